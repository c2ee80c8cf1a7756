//! The door of a group: what decides who may come in. The rules for finder, page, hold, offer and confirm stand here once;
//! a list knows much more of a group, a hold reads no more than this.

use super::{
    curriculum::{Mode, takes_members},
    eligibility::{Age, Authority, Eligibility, Facts, Reason, Step, check},
    group::{ConfirmMode, Kind},
    ids::AccountId,
    place::Place,
    waiting::{Line, Waiter},
};
use chrono::NaiveDate;

/// What decides.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Door<'a> {
    /// Kind of the group.
    pub kind: Kind,
    /// Whether the group has closed.
    pub is_closed: bool,
    /// What happens when somebody confirms.
    pub confirm: ConfirmMode,
    /// How it goes through its curriculum.
    pub mode: Mode,
    /// Meetings held since the cycle began.
    pub held: u32,
    /// The leader's authorities.
    pub authorities: &'a [Authority],
    /// Day of the next meeting, in the group's zone: the day on which an authority must hold.
    pub next_day: Option<NaiveDate>,
    /// People in line.
    pub waiting: u32,
    /// The line and what is free; known only where there are both.
    pub line: &'a Line,
}

impl Door<'_> {
    /// Whether the group takes anybody new at all.
    pub fn takes_members(&self) -> bool {
        !self.is_closed && self.next_day.is_some() && takes_members(self.mode, self.held)
    }

    /// Whether seats are held, confirmed and waited for here: not where the leader looks first, and talks with whoever wants
    /// to join.
    pub fn takes_reservations(&self) -> bool {
        self.takes_members() && self.confirm == ConfirmMode::AtOnce
    }

    /// The numbers of the free seats that somebody could hold without overtaking anybody; `None` where nobody waits, so that
    /// any free one will do.
    pub fn open_to(&self, member: Option<AccountId>) -> Option<Vec<i16>> {
        (self.waiting > 0).then(|| self.line.open_to(member, |waiter| self.may_be_offered(waiter)))
    }

    /// Whether a seat can be offered to somebody in line, as far as eligibility goes.
    pub fn may_be_offered(&self, waiter: &Waiter) -> bool {
        self.takes_members() && self.eligibility(Step::Hold, waiter.place, waiter.age).is_eligible()
    }

    /// May somebody join, as far as one knows her?
    pub fn eligibility(&self, step: Step, place: Option<Place>, age: Age) -> Eligibility {
        let Some(day) = self.next_day else { return Eligibility::NotEligible(Reason::UnknownKind) };
        check(step, Facts { kind: Some(self.kind), place, age, authorities: self.authorities, day })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_reserved_only_where_new_members_are_taken_and_nobody_looks_first() {
        let line = Line::default();
        let open = Door {
            kind: Kind::Skills,
            is_closed: false,
            confirm: ConfirmMode::AtOnce,
            mode: Mode::Closed,
            held: 0,
            authorities: &[],
            next_day: NaiveDate::from_ymd_opt(2026, 12, 1),
            waiting: 0,
            line: &line,
        };
        assert!(open.takes_members() && open.takes_reservations());
        let looks = Door { confirm: ConfirmMode::AfterLook, ..open };
        assert!(looks.takes_members() && !looks.takes_reservations());
        for shut in [
            Door { is_closed: true, ..open },
            Door { held: 2, ..open },
            Door { next_day: None, ..open },
            Door { held: 2, ..looks },
        ] {
            assert!(!shut.takes_members() && !shut.takes_reservations(), "{shut:?}");
        }
    }
}
