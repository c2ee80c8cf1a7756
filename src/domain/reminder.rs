//! Reminders of meetings: when they are due, and which mails a member wants.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// A reminder of a meeting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Before {
    /// A day before.
    Day,
    /// An hour before.
    Hour,
}

impl Before {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Day, Self::Hour];

    /// Its part of the key of a mail, which is the folder of the mail.
    pub fn key(self) -> &'static str {
        match self {
            Self::Day => "meeting_day",
            Self::Hour => "meeting_hour",
        }
    }

    /// How long before the start it is due, and how long before the start it makes sense no more: a worker that was down
    /// reminds of the hour until the meeting begins, and of the day until the last two hours, when the other one is near.
    /// Both count by the clock that never changes: a day is 24 hours, also where the clocks change in between.
    fn bounds(self) -> (Duration, Duration) {
        match self {
            Self::Day => (Duration::hours(24), Duration::hours(2)),
            Self::Hour => (Duration::hours(1), Duration::zero()),
        }
    }

    /// How long before the start it is due.
    pub fn lead(self) -> Duration {
        self.bounds().0
    }

    /// Meetings that start after the first and not after the second are to be reminded of now.
    pub fn starts_between(self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        let (from, until) = self.bounds();
        (now + until, now + from)
    }

    /// Seconds from now until nobody wants a reminder of a meeting with this start any more.
    pub fn seconds_left(self, starts_at: DateTime<Utc>, now: DateTime<Utc>) -> u32 {
        let (_, until) = self.bounds();
        u32::try_from((starts_at - until - now).num_seconds()).unwrap_or_default().max(1)
    }
}

/// Which mails a member wants. Those that change a seat of hers are no question.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a box of its own that she ticks or does not")]
pub struct MailChoices {
    /// A day before a meeting.
    pub day_before: bool,
    /// An hour before a meeting.
    pub hour_before: bool,
    /// A meeting has another time, or does not take place.
    pub meeting_changes: bool,
    /// The time for a seat that is held for her is nearly over.
    pub offer_ending: bool,
}

impl MailChoices {
    /// Folders of the mails that she does not want.
    pub fn unwanted(self) -> Vec<&'static str> {
        [
            (self.day_before, Before::Day.key()),
            (self.hour_before, Before::Hour.key()),
            (self.meeting_changes, "meeting_changed"),
            (self.offer_ending, "offer_ending"),
        ]
        .into_iter()
        .filter_map(|(wanted, folder)| (!wanted).then_some(folder))
        .collect()
    }
}

impl Default for MailChoices {
    fn default() -> Self {
        Self { day_before: true, hour_before: true, meeting_changes: true, offer_ending: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_due(before: Before, starts_at: &str, now: &str) -> bool {
        let (after, until) = before.starts_between(now.parse().unwrap());
        let starts_at: DateTime<Utc> = starts_at.parse().unwrap();
        after < starts_at && starts_at <= until
    }

    #[test]
    fn each_is_due_in_its_own_time() {
        let start = "2026-12-02T00:00:00Z";
        for (now, day, hour) in [
            ("2026-11-30T23:59:59Z", false, false),
            ("2026-12-01T00:00:00Z", true, false),
            ("2026-12-01T21:59:59Z", true, false),
            ("2026-12-01T22:00:00Z", false, false),
            ("2026-12-01T22:59:59Z", false, false),
            ("2026-12-01T23:00:00Z", false, true),
            ("2026-12-01T23:59:59Z", false, true),
            ("2026-12-02T00:00:00Z", false, false),
        ] {
            assert_eq!((is_due(Before::Day, start, now), is_due(Before::Hour, start, now)), (day, hour), "{now}");
        }
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(Before::Hour.seconds_left(at(start), at("2026-12-01T23:30:00Z")), 1800);
        assert_eq!(Before::Day.seconds_left(at(start), at("2026-12-01T00:00:00Z")), 22 * 3600);
    }
}
