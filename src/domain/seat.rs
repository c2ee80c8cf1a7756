//! The life of one seat, as a pure machine. The database enforces the same moves; this says what they are.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Holds a member may have at a time.
pub const HOLDS_AT_A_TIME: i64 = 3;
/// Fresh holds of a member on one group within a day.
pub const FRESH_HOLDS_A_DAY: i64 = 3;
/// Renewals of one hold.
pub const RENEWALS: i16 = 10;
/// Reservations a member may have at a time.
pub const RESERVATIONS: i64 = 3;

/// State of a seat. `M` names a member.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Seat<M> {
    /// Nobody's.
    Free,
    /// Somebody's until a time; lapsed at that time, without anything having to run.
    Held {
        /// Whose.
        by: M,
        /// The end.
        until: DateTime<Utc>,
        /// Renewals so far.
        renewals: i16,
        /// An offer to the first in line cannot be renewed.
        offer: bool,
    },
    /// Somebody's every week.
    Reserved {
        /// Whose.
        by: M,
    },
}

/// What somebody wants to do with a seat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move<M> {
    /// Take it for ten minutes, until the given time.
    Hold(M, DateTime<Utc>),
    /// Hold it longer, until the given time.
    Renew(M, DateTime<Utc>),
    /// Offer it to the first in line, until the given time.
    Offer(M, DateTime<Utc>),
    /// Make it hers.
    Confirm(M),
    /// Let a hold go, or decline an offer.
    LetGo(M),
    /// Give a reserved seat back.
    Release(M),
}

/// Why a move is not possible.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Refusal {
    /// Somebody else has it.
    #[error("somebody else has this seat")]
    Taken,
    /// It is not hers, or not in the state for this move.
    #[error("this seat is not hers to move")]
    NotHers,
    /// The hold has lapsed.
    #[error("the hold has lapsed")]
    Lapsed,
    /// Renewed ten times already.
    #[error("renewed as often as possible")]
    RenewedTooOften,
    /// An offer keeps its end.
    #[error("an offer cannot be renewed")]
    OfferKeepsItsEnd,
}

impl<M: Copy + PartialEq> Seat<M> {
    /// The state at this moment: a lapsed hold is a free seat.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>) -> Self {
        match self {
            Self::Held { until, .. } if until <= now => Self::Free,
            other => other,
        }
    }

    /// The seat after a move.
    pub fn after(self, wish: Move<M>, now: DateTime<Utc>) -> Result<Self, Refusal> {
        match (self.at(now), wish) {
            (Self::Free, Move::Hold(by, until)) => Ok(Self::Held { by, until, renewals: 0, offer: false }),
            (Self::Free, Move::Offer(by, until)) => Ok(Self::Held { by, until, renewals: 0, offer: true }),
            (Self::Held { .. } | Self::Reserved { .. }, Move::Hold(..) | Move::Offer(..)) => Err(Refusal::Taken),

            (Self::Held { by, renewals, offer, .. }, Move::Renew(member, until)) if by == member => {
                match (offer, renewals) {
                    (true, _) => Err(Refusal::OfferKeepsItsEnd),
                    (false, n) if n >= RENEWALS => Err(Refusal::RenewedTooOften),
                    (false, n) => Ok(Self::Held { by, until, renewals: n + 1, offer }),
                }
            }
            (Self::Free, Move::Renew(member, _)) if self.was_held_by(member) => Err(Refusal::Lapsed),

            // A lapsed hold can still be confirmed while nobody took the seat.
            (Self::Held { by, .. }, Move::Confirm(member)) if by == member => Ok(Self::Reserved { by }),
            (Self::Free, Move::Confirm(member)) if self.was_held_by(member) => Ok(Self::Reserved { by: member }),

            (Self::Held { by, .. }, Move::LetGo(member)) if by == member => Ok(Self::Free),
            (Self::Reserved { by }, Move::Release(member)) if by == member => Ok(Self::Free),
            _ => Err(Refusal::NotHers),
        }
    }

    fn was_held_by(self, member: M) -> bool {
        matches!(self, Self::Held { by, .. } if by == member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_hold_lapses_at_its_very_end() {
        let held = Seat::Free.after(Move::Hold('a', at(600)), at(0)).unwrap();
        assert_eq!(held.after(Move::Hold('b', at(1200)), at(599)), Err(Refusal::Taken));
        assert!(held.after(Move::Hold('b', at(1200)), at(600)).is_ok());
        assert_eq!(held.after(Move::Renew('a', at(1200)), at(600)), Err(Refusal::Lapsed));
        assert_eq!(held.after(Move::Confirm('a'), at(9999)), Ok(Seat::Reserved { by: 'a' }));
    }

    #[test]
    fn ten_renewals_and_no_more_and_never_of_an_offer() {
        let mut seat = Seat::Free.after(Move::Hold('a', at(600)), at(0)).unwrap();
        for _ in 0..RENEWALS {
            seat = seat.after(Move::Renew('a', at(600)), at(1)).unwrap();
        }
        assert_eq!(seat.after(Move::Renew('a', at(600)), at(1)), Err(Refusal::RenewedTooOften));
        let offer = Seat::Free.after(Move::Offer('a', at(600)), at(0)).unwrap();
        assert_eq!(offer.after(Move::Renew('a', at(700)), at(1)), Err(Refusal::OfferKeepsItsEnd));
    }

    fn any_move() -> impl Strategy<Value = Move<u8>> {
        (0_u8..3, 0_i64..40, 0_u8..6).prop_map(|(who, until, which)| match which {
            0 => Move::Hold(who, at(until)),
            1 => Move::Renew(who, at(until)),
            2 => Move::Offer(who, at(until)),
            3 => Move::Confirm(who),
            4 => Move::LetGo(who),
            _ => Move::Release(who),
        })
    }

    proptest! {
        /// Whatever is tried in whatever order, a seat that is somebody's changes only by that person's own move.
        #[test]
        fn nobody_takes_what_is_anothers(moves in prop::collection::vec(any_move(), 1..60)) {
            let mut seat: Seat<u8> = Seat::Free;
            for (second, wish) in moves.into_iter().enumerate() {
                let now = at(i64::try_from(second).unwrap());
                let before = seat.at(now);
                let who = match wish {
                    Move::Hold(m, _) | Move::Renew(m, _) | Move::Offer(m, _) | Move::Confirm(m) | Move::LetGo(m) | Move::Release(m) => m,
                };
                if let Ok(after) = seat.after(wish, now) {
                    match before {
                        Seat::Held { by, .. } | Seat::Reserved { by } => prop_assert_eq!(by, who),
                        Seat::Free => {}
                    }
                    seat = after;
                }
            }
        }
    }
}
