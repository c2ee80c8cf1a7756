//! How full each group of the demo practice is, so that every state of a seat and of a group can be seen. About half of
//! the groups keep three seats free or more: somebody who tries the product should find a seat.

/// How full a group is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Slug of the group.
    pub group: &'static str,
    /// Reserved seats.
    pub reserved: usize,
    /// Seats that are held and will be for ten minutes.
    pub held: usize,
    /// Seats whose hold has lapsed: free, though their rows still name somebody.
    pub lapsed: usize,
    /// People in line.
    pub waiting: usize,
}

const fn plan(group: &'static str, reserved: usize, held: usize, lapsed: usize, waiting: usize) -> Plan {
    Plan { group, reserved, held, lapsed, waiting }
}

/// Groups that few people may join come first, so that those few are not taken by others.
pub const PLANS: [Plan; 26] = [
    // Florida and New Jersey only.
    plan("living-with-it", 5, 0, 0, 0),
    // No seat at the moment: the last one is held.
    plan("leaving-it-unlocked", 6, 1, 0, 0),
    plan("morning-alarm", 2, 0, 0, 0),
    // Full, with a line; the seventh seat was given back and is offered to the first.
    plan("night-watch", 6, 0, 0, 4),
    plan("here-and-now", 8, 0, 0, 2),
    // Past the second week: they take nobody new.
    plan("a-slow-morning", 7, 0, 0, 0),
    plan("the-hour-between-us", 7, 0, 0, 0),
    plan("slowly-together", 6, 0, 0, 0),
    plan("room-for-missing", 6, 0, 0, 0),
    // Running, with seats.
    plan("living-with-anxiety", 4, 0, 0, 0),
    plan("low-tide", 3, 1, 1, 0),
    plan("small-steps-out", 3, 0, 0, 0),
    plan("two-chairs", 5, 0, 0, 0),
    plan("said-and-unsaid", 5, 1, 0, 0),
    plan("solid-ground", 3, 0, 0, 0),
    plan("daylight", 4, 0, 0, 0),
    plan("after-a-loss", 4, 0, 0, 0),
    plan("before-it-boils", 5, 0, 0, 0),
    plan("all-the-weather", 4, 0, 0, 0),
    plan("skills-for-hard-moments", 8, 0, 0, 0),
    plan("skills-for-anxious-days", 5, 0, 0, 0),
    // One seat left.
    plan("skills-before-the-day", 9, 0, 0, 0),
    // Forming, from nearly empty to one short of the minimum.
    plan("sunday-light", 1, 0, 0, 0),
    plan("skills-after-work", 2, 0, 0, 0),
    plan("on-my-own-again", 3, 0, 0, 0),
    plan("between-you-and-me", 3, 0, 0, 0),
];

/// Who sits or waits where in any case: local part of the address and slug.
pub const SEATED: [(&str, &str); 5] = [
    ("wren", "living-with-anxiety"),
    ("jonah", "skills-for-hard-moments"),
    ("jonah", "low-tide"),
    ("marisol", "living-with-it"),
    ("marisol", "skills-for-hard-moments"),
];

/// Groups in which somebody gave back a seat that is offered to the first in line now.
pub const OFFERED: [&str; 1] = ["night-watch"];

/// Who told that she will miss the meeting after her next one, and where.
pub const AWAY: [(&str, &str); 1] = [("wren", "living-with-anxiety")];

/// Who waits where in any case.
pub const IN_LINE: [(&str, &str); 1] = [("jonah", "night-watch")];
