//! The line of a group: who is offered which seat, and when an offer ends. Pure, so that finder, hold, join and worker all
//! decide by the same rule.

use super::{
    eligibility::Age,
    ids::{AccountId, EntryId},
    place::Place,
    series::instant_of,
};
use chrono::{DateTime, Days, Duration, NaiveTime, TimeZone, Timelike, Utc};
use uuid::Uuid;

/// Lines in which a member may wait at a time.
pub const LINES: i64 = 5;
/// Declined offers that end a place in line.
pub const DECLINES: i16 = 2;
/// A seat released so many hours before a meeting, or less, is offered from the next one on.
pub const LATE_HOURS: i64 = 2;

/// Somebody in line, as far as offering needs her.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiter {
    /// Her place in line.
    pub entry: EntryId,
    /// Who.
    pub member: AccountId,
    /// Where she is.
    pub place: Option<Place>,
    /// Her age.
    pub age: Age,
    /// Whether she has a seat here, holds one or is offered one.
    pub seated: bool,
    /// Whether she has been told that her turn came while she was not eligible.
    pub told_skipped: bool,
    /// Vacancies that were offered to her before; none is offered twice.
    pub offered: Vec<Uuid>,
}

/// A free seat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vacancy {
    /// Number of the seat.
    pub seat: i16,
    /// Names the vacancy once it has been offered.
    pub id: Option<Uuid>,
}

/// The line of a group in the order of joining, and its free seats in the order of their numbers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line {
    /// Who waits.
    pub waiters: Vec<Waiter>,
    /// What is free.
    pub vacancies: Vec<Vacancy>,
}

/// What is to be done about a line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Turns {
    /// Offers to make: the vacancy and the index of the waiter.
    pub offers: Vec<(Vacancy, usize)>,
    /// Waiters whose turn came while they were not eligible, by index.
    pub skipped: Vec<usize>,
}

impl Line {
    /// Whether a seat can be offered to a waiter, eligible or not.
    fn is_open_to(vacancy: Vacancy, waiter: &Waiter) -> bool {
        !waiter.seated && vacancy.id.is_none_or(|id| !waiter.offered.contains(&id))
    }

    /// A free seat that was not offered to a waiter before, whether or not she has one.
    pub fn vacancy_for(&self, waiter: &Waiter) -> Option<Vacancy> {
        self.vacancies.iter().copied().find(|vacancy| vacancy.id.is_none_or(|id| !waiter.offered.contains(&id)))
    }

    /// Gives each free seat to the first who can be offered it. Nobody gets two, nobody overtakes.
    pub fn turns(&self, is_eligible: impl Fn(&Waiter) -> bool) -> Turns {
        let mut turns = Turns::default();
        let mut served = vec![false; self.waiters.len()];
        for vacancy in &self.vacancies {
            for (index, waiter) in self.waiters.iter().enumerate() {
                if served[index] || !Self::is_open_to(*vacancy, waiter) {
                    continue;
                }
                if is_eligible(waiter) {
                    served[index] = true;
                    turns.offers.push((*vacancy, index));
                    break;
                }
                if !turns.skipped.contains(&index) {
                    turns.skipped.push(index);
                }
            }
        }
        turns
    }

    /// The free seats that somebody may take without overtaking: those that nobody before her in line can be offered.
    /// Whoever does not wait here is behind everybody.
    pub fn open_to(&self, member: Option<AccountId>, is_eligible: impl Fn(&Waiter) -> bool) -> Vec<i16> {
        let hers = member.and_then(|member| self.waiters.iter().position(|waiter| waiter.member == member));
        let before = &self.waiters[..hers.unwrap_or(self.waiters.len())];
        let is_open = |vacancy: &&Vacancy| {
            !before.iter().any(|waiter| Self::is_open_to(**vacancy, waiter) && is_eligible(waiter))
        };
        self.vacancies.iter().filter(is_open).map(|vacancy| vacancy.seat).collect()
    }
}

/// Hours, local to a member, in which no offer ends: from the first on, before the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quiet {
    /// First quiet hour, 0–23.
    pub from: u8,
    /// First hour that is not quiet any more, 0–23.
    pub to: u8,
}

impl Quiet {
    /// Whether an hour is quiet.
    pub fn holds(self, hour: u32) -> bool {
        let (from, to) = (u32::from(self.from), u32::from(self.to));
        if from <= to { (from..to).contains(&hour) } else { hour >= from || hour < to }
    }

    /// Whether the hour is in the part before midnight.
    fn is_evening(self, hour: u32) -> bool {
        self.from > self.to && hour >= u32::from(self.from)
    }
}

/// When an offer ends: so many seconds from now; where that would be a quiet hour on the member's wall, an hour after the
/// quiet ends.
pub fn offer_end<Z: TimeZone>(now: DateTime<Utc>, seconds: u32, quiet: Option<Quiet>, zone: &Z) -> DateTime<Utc> {
    let end = now + Duration::seconds(i64::from(seconds));
    let local = end.with_timezone(zone);
    let Some(quiet) = quiet.filter(|quiet| quiet.holds(local.hour())) else { return end };
    // Where the quiet ends at 23, an hour later is midnight, and that is the next day's.
    let hour = (u32::from(quiet.to) + 1) % 24;
    let is_tomorrow = quiet.is_evening(local.hour()) || hour == 0;
    let day = local.date_naive() + Days::new(u64::from(is_tomorrow));
    let Some(time) = NaiveTime::from_hms_opt(hour, 0, 0) else { return end };
    instant_of(day.and_time(time), zone)
}

#[cfg(test)]
mod tests;
