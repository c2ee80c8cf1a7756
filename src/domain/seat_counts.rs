//! How many seats of a circle are in which state, and in which order a drawing of the circle fills them.
//!
//! A drawing never says who sits where: seats are filled by their distance from the therapist, so the free ones
//! are always the nearest to the viewer.

use serde::{Deserialize, Serialize};

/// The seats of one group, counted for one reader. Each seat is counted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatCounts {
    /// All seats of the group, without the therapist's chair.
    pub capacity: u8,
    /// Seats that other members have reserved.
    pub reserved: u8,
    /// Seats on hold for somebody else, by a hold or by an offer.
    pub held: u8,
    /// Seats that the reader has reserved, or holds.
    pub yours: u8,
    /// Seats that are offered to the reader.
    pub offered: u8,
}

/// What one seat looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatForm {
    /// Somebody has it.
    Reserved,
    /// It is on hold for somebody else.
    Held,
    /// The reader could take it.
    Free,
    /// The reader has it.
    Yours,
}

impl SeatCounts {
    /// A circle in which every seat is taken: what is drawn while the real counts are on their way.
    pub const fn filled(capacity: u8) -> Self {
        Self { capacity, reserved: capacity, held: 0, yours: 0, offered: 0 }
    }

    /// Seats that anybody eligible could take now. An offered seat is not among them.
    pub const fn free(self) -> u8 {
        self.capacity
            .saturating_sub(self.reserved)
            .saturating_sub(self.held)
            .saturating_sub(self.yours)
            .saturating_sub(self.offered)
    }

    /// Counts that are the same for everybody, as a reader counts them who has reserved `yours` of the seats.
    #[must_use]
    pub fn read_by(self, yours: u8) -> Self {
        let yours = yours.min(self.reserved);
        Self { reserved: self.reserved - yours, yours, ..self }
    }

    /// Whether no seat is free, and none could become free by a hold or an offer that ends.
    pub const fn is_full(self) -> bool {
        self.free() == 0 && self.held == 0 && self.offered == 0
    }

    /// The forms of all seats in the order of filling: reserved, held, free (offered among them), yours.
    pub fn forms(self) -> impl Iterator<Item = SeatForm> {
        (0..self.capacity).map(move |seat| self.form(seat))
    }

    /// The form of the seat that is filled as number `seat`, counted from 0.
    const fn form(self, seat: u8) -> SeatForm {
        if seat >= self.capacity.saturating_sub(self.yours) {
            SeatForm::Yours
        } else if seat < self.reserved {
            SeatForm::Reserved
        } else if seat < self.reserved.saturating_add(self.held) {
            SeatForm::Held
        } else {
            SeatForm::Free
        }
    }
}

/// The positions of a circle in the order of filling. The therapist has position 0, the members' positions follow
/// clockwise from 1 to `capacity`; those next to the therapist are filled first, on both sides in turn.
pub fn order(capacity: u8) -> impl Iterator<Item = u8> {
    (0..capacity).map(move |seat| if seat % 2 == 0 { seat / 2 + 1 } else { capacity - seat / 2 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(capacity: u8, reserved: u8, held: u8, yours: u8, offered: u8) -> SeatCounts {
        SeatCounts { capacity, reserved, held, yours, offered }
    }

    fn forms(counts: SeatCounts) -> Vec<SeatForm> {
        counts.forms().collect()
    }

    #[test]
    fn seats_next_to_the_therapist_are_filled_first() {
        assert_eq!(order(8).collect::<Vec<_>>(), [1, 8, 2, 7, 3, 6, 4, 5]);
        assert_eq!(order(7).collect::<Vec<_>>(), [1, 7, 2, 6, 3, 5, 4]);
        assert_eq!(order(1).collect::<Vec<_>>(), [1]);
        assert_eq!(order(0).count(), 0);
    }

    #[test]
    fn every_position_is_filled_once() {
        for capacity in 0..=u8::MAX {
            let mut positions: Vec<u8> = order(capacity).collect();
            positions.sort_unstable();
            assert!(positions.into_iter().eq(1..=capacity), "capacity {capacity}");
        }
    }

    #[test]
    fn forms_follow_the_order_of_filling() {
        use SeatForm::{Free, Held, Reserved, Yours};
        assert_eq!(forms(counts(6, 2, 1, 1, 0)), [Reserved, Reserved, Held, Free, Free, Yours]);
        assert_eq!(
            forms(counts(5, 4, 0, 0, 1)),
            [Reserved, Reserved, Reserved, Reserved, Free],
            "an offered seat looks free"
        );
    }

    #[test]
    fn forms_agree_with_the_counts() {
        for capacity in 5..=12 {
            for reserved in 0..=capacity {
                for held in 0..=capacity - reserved {
                    for yours in 0..=capacity - reserved - held {
                        let seats = counts(capacity, reserved, held, yours, 0);
                        let count = |form| forms(seats).into_iter().filter(|seat| *seat == form).count();
                        assert_eq!(count(SeatForm::Reserved), usize::from(reserved));
                        assert_eq!(count(SeatForm::Held), usize::from(held));
                        assert_eq!(count(SeatForm::Yours), usize::from(yours));
                        assert_eq!(count(SeatForm::Free), usize::from(seats.free()));
                    }
                }
            }
        }
    }

    #[test]
    fn a_reader_finds_her_own_seat_among_the_reserved() {
        assert_eq!(counts(8, 5, 1, 0, 0).read_by(1), counts(8, 4, 1, 1, 0));
        assert_eq!(counts(8, 5, 1, 0, 0).read_by(0), counts(8, 5, 1, 0, 0));
        assert_eq!(counts(8, 0, 0, 0, 0).read_by(1), counts(8, 0, 0, 0, 0), "she has left it elsewhere");
    }

    #[test]
    fn counts_that_exceed_the_capacity_still_draw_one_form_a_seat() {
        assert_eq!(counts(5, 9, 0, 0, 0).free(), 0);
        assert_eq!(forms(counts(5, 255, 255, 1, 255)).len(), 5);
        assert_eq!(forms(counts(5, 255, 0, 1, 0)).last(), Some(&SeatForm::Yours));
    }

    #[test]
    fn only_a_circle_without_a_hold_or_an_offer_is_full() {
        assert!(SeatCounts::filled(8).is_full());
        assert!(counts(8, 7, 0, 1, 0).is_full());
        assert!(!counts(8, 7, 1, 0, 0).is_full());
        assert!(!counts(8, 7, 0, 0, 1).is_full());
        assert!(!counts(8, 7, 0, 0, 0).is_full());
        assert_eq!(counts(8, 5, 1, 0, 0).free(), 2);
        assert_eq!(counts(8, 7, 0, 0, 1).free(), 0, "an offered seat is not on sale");
    }
}
