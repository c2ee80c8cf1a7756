//! A curriculum and where a group stands in it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// How a group goes through its curriculum.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Begins again after the last unit; anybody may join at any unit.
    Rolling,
    /// Runs once; no new members after the second unit.
    Closed,
}

impl Mode {
    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Rolling => "rolling",
            Self::Closed => "closed",
        }
    }
}

/// One week's content.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unit {
    /// Title.
    pub title: String,
    /// Part of the curriculum it belongs to: "Distress tolerance".
    pub module: String,
    /// One line for an outline.
    pub summary: String,
    /// Names of the skills of the week.
    pub skills: Vec<String>,
    /// Reading time in minutes.
    pub minutes: u8,
    /// Small things to try before the next meeting.
    pub homework: Vec<String>,
    /// A question to bring.
    pub question: String,
    /// The text, as Markdown.
    pub body: String,
}

/// The last unit after which a closed curriculum takes no new members.
pub const LAST_ENTRY: u32 = 2;

/// Unit of the next meeting, from 1: one more than the meetings held since the cycle began, over and over for a
/// rolling curriculum. A closed one that is through stays at its last unit.
pub fn unit_at(mode: Mode, held: u32, length: u32) -> u32 {
    let length = length.max(1);
    match mode {
        Mode::Rolling => held % length + 1,
        Mode::Closed => (held + 1).min(length),
    }
}

/// Whether somebody may join a group now, whose next meeting has this number in its cycle (from 1).
pub fn takes_members(mode: Mode, held: u32) -> bool {
    match mode {
        Mode::Rolling => true,
        Mode::Closed => held < LAST_ENTRY,
    }
}

/// One of the coming meetings with the unit it will have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Planned {
    /// Local day.
    pub day: NaiveDate,
    /// Unit, from 1.
    pub unit: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rolling_begins_again_and_closed_stays() {
        let rolling: Vec<_> = (0..14).map(|held| unit_at(Mode::Rolling, held, 12)).collect();
        assert_eq!(rolling, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2]);
        assert_eq!(
            (0..10).map(|held| unit_at(Mode::Closed, held, 8)).collect::<Vec<_>>(),
            [1, 2, 3, 4, 5, 6, 7, 8, 8, 8]
        );
    }

    #[test]
    fn a_closed_group_takes_members_for_units_one_and_two() {
        assert_eq!(
            (0..4).map(|held| takes_members(Mode::Closed, held)).collect::<Vec<_>>(),
            [true, true, false, false]
        );
        assert!((0..40).all(|held| takes_members(Mode::Rolling, held)));
    }
}
