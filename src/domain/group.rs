//! What a group is: its kind, its status, and what a visitor may expect of it.

use serde::{Deserialize, Serialize};

/// Kind of a group. It decides who may join and which curriculum it follows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Educational, led by a therapist as instructor, open to every state.
    Skills,
    /// Members work on what happens between them; no topic.
    Process,
    /// One topic, for residents of states in which the leader may practise.
    Therapy,
}

impl Kind {
    /// All kinds, in the order in which lists show them.
    pub const ALL: [Self; 3] = [Self::Therapy, Self::Process, Self::Skills];

    /// The word in query strings and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Skills => "skills",
            Self::Process => "process",
            Self::Therapy => "therapy",
        }
    }

    /// The name for readers: "therapy group".
    pub fn name(self) -> &'static str {
        match self {
            Self::Skills => "skills group",
            Self::Process => "process group",
            Self::Therapy => "therapy group",
        }
    }

    /// The name of a choice: "Therapy groups".
    pub fn plural(self) -> &'static str {
        match self {
            Self::Skills => "Skills groups",
            Self::Process => "Process groups",
            Self::Therapy => "Therapy groups",
        }
    }

    /// Finds a kind by its word.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Where a group is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Status {
    /// Not begun; it opens when enough people have reserved.
    Forming {
        /// Reservations so far.
        reserved: u8,
        /// Reservations it needs.
        minimum: u8,
    },
    /// Meets every week.
    Open,
    /// Has ended, or will on a date that is set.
    Closed,
}

/// What happens when somebody confirms.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ConfirmMode {
    /// The seat is hers at once.
    AtOnce,
    /// The leader looks at a short intake first.
    AfterLook,
}

impl ConfirmMode {
    /// The word in the database and in practice files.
    pub fn code(self) -> &'static str {
        match self {
            Self::AtOnce => "at once",
            Self::AfterLook => "after the leader's look",
        }
    }

    /// Finds a mode by its word.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::AtOnce, Self::AfterLook].into_iter().find(|mode| mode.code() == code)
    }
}

/// Seats a group may have.
pub const SEATS: std::ops::RangeInclusive<u8> = 5..=12;

/// Whole cents as a reader wants them: "$45", "$42.50", "free of charge".
pub fn price(cents: u32) -> String {
    match (cents / 100, cents % 100) {
        (0, 0) => "Free of charge".to_owned(),
        (dollars, 0) => format!("${dollars}"),
        (dollars, cents) => format!("${dollars}.{cents:02}"),
    }
}

/// A price with what it is for: "$45 a meeting".
pub fn price_a_meeting(cents: u32) -> String {
    if cents == 0 { price(0) } else { format!("{} a meeting", price(cents)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_read_as_people_say_them() {
        assert_eq!(price_a_meeting(4500), "$45 a meeting");
        assert_eq!(price_a_meeting(4205), "$42.05 a meeting");
        assert_eq!(price_a_meeting(0), "Free of charge");
    }
}
