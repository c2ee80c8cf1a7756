//! A weekly series: weekday, local wall time, zone and length; and how it becomes instants.

use chrono::{
    DateTime, Datelike, Days, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc, Weekday,
};
use serde::{Deserialize, Serialize};

/// How far ahead meetings are made out of series, in days.
pub const DAYS_AHEAD: u64 = 12 * 7;

/// When a group meets, in its own zone. The zone itself stays with the caller: its data is no part of the domain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Series {
    /// Day of the week on which it meets.
    pub weekday: Weekday,
    /// Local wall time of the start.
    pub starts_at: NaiveTime,
    /// Length in minutes.
    pub minutes: u16,
}

/// One date of a series, as instants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Occurrence {
    /// Monday of its local week; it names the meeting within its group.
    pub week: NaiveDate,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
}

/// The occurrences of a series on local days from `from` to `to`, both included, in order.
///
/// Expanded from local time: a series at 19:00 stays at 19:00 when the clocks change. A wall time that does not
/// exist is moved forward by the gap; one that exists twice is the first of both.
pub fn expand<Z: TimeZone>(series: Series, zone: &Z, from: NaiveDate, to: NaiveDate) -> Vec<Occurrence> {
    let ahead = (7 + series.weekday.num_days_from_monday() - from.weekday().num_days_from_monday()) % 7;
    let Some(mut day) = from.checked_add_days(Days::new(u64::from(ahead))) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    while day <= to {
        let starts_at = instant_of(day.and_time(series.starts_at), zone);
        found.push(Occurrence {
            week: monday_of(day),
            starts_at,
            ends_at: starts_at + Duration::minutes(i64::from(series.minutes)),
        });
        match day.checked_add_days(Days::new(7)) {
            Some(next) => day = next,
            None => break,
        }
    }
    found
}

/// The instant at which a series meets in the week in which a day lies.
pub fn in_week_of<Z: TimeZone>(day: NaiveDate, weekday: Weekday, time: NaiveTime, zone: &Z) -> DateTime<Utc> {
    instant_of((monday_of(day) + Days::new(u64::from(weekday.num_days_from_monday()))).and_time(time), zone)
}

/// Monday of the week in which a day lies.
pub fn monday_of(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

/// The instant at which a wall in this zone shows this time.
pub fn instant_of<Z: TimeZone>(wall: NaiveDateTime, zone: &Z) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => instant.with_timezone(&Utc),
        // The clocks jump over this wall time. Read with the offset that held before the jump, the instant shows
        // as the wall time plus the gap. No zone skips a time within a day of another skip.
        LocalResult::None => {
            let day_before = wall - Duration::days(1);
            match zone.from_local_datetime(&day_before) {
                LocalResult::Single(before) | LocalResult::Ambiguous(before, _) => {
                    before.with_timezone(&Utc) + Duration::days(1)
                }
                // A whole day was skipped (Samoa, 2011): two days earlier there was a wall time again.
                LocalResult::None => zone
                    .from_local_datetime(&(wall - Duration::days(2)))
                    .earliest()
                    .map_or_else(|| wall.and_utc(), |before| before.with_timezone(&Utc) + Duration::days(2)),
            }
        }
    }
}

/// Name of a weekday as it stands in a heading: "Tuesday".
pub fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

/// A weekday by its first three letters, as query strings and practice files write it.
pub fn parse_weekday(text: &str) -> Option<Weekday> {
    WEEK.into_iter().find(|day| weekday_code(*day) == text)
}

/// The first three letters of a weekday, in lower case.
pub fn weekday_code(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "mon",
        Weekday::Tue => "tue",
        Weekday::Wed => "wed",
        Weekday::Thu => "thu",
        Weekday::Fri => "fri",
        Weekday::Sat => "sat",
        Weekday::Sun => "sun",
    }
}

/// The days of a week from Monday on.
pub const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America::New_York, Pacific::Apia, Tz};
    use proptest::prelude::*;

    fn series(weekday: Weekday, hour: u32, minute: u32) -> Series {
        Series { weekday, starts_at: NaiveTime::from_hms_opt(hour, minute, 0).unwrap(), minutes: 75 }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn starts(series: Series, zone: Tz, from: &str, to: &str) -> Vec<String> {
        expand(series, &zone, day(from), day(to)).iter().map(|o| o.starts_at.format("%F %R").to_string()).collect()
    }

    #[test]
    fn seven_in_the_evening_stays_across_both_clock_changes_of_2027() {
        let sundays = series(Weekday::Sun, 19, 0);
        assert_eq!(
            starts(sundays, New_York, "2027-03-07", "2027-03-21"),
            ["2027-03-08 00:00", "2027-03-14 23:00", "2027-03-21 23:00"]
        );
        assert_eq!(
            starts(sundays, New_York, "2027-10-31", "2027-11-14"),
            ["2027-10-31 23:00", "2027-11-08 00:00", "2027-11-15 00:00"]
        );
    }

    #[test]
    fn half_past_two_does_not_exist_on_march_14_and_moves_forward_by_the_gap() {
        assert_eq!(starts(series(Weekday::Sun, 2, 30), New_York, "2027-03-14", "2027-03-14"), ["2027-03-14 07:30"]);
        let shown = instant_of(day("2027-03-14").and_hms_opt(2, 30, 0).unwrap(), &New_York).with_timezone(&New_York);
        assert_eq!(shown.format("%R").to_string(), "03:30");
    }

    #[test]
    fn half_past_one_exists_twice_on_november_7_and_is_the_first() {
        assert_eq!(starts(series(Weekday::Sun, 1, 30), New_York, "2027-11-07", "2027-11-07"), ["2027-11-07 05:30"]);
    }

    #[test]
    fn a_day_that_was_skipped_whole_still_has_an_instant() {
        let skipped = day("2011-12-30").and_hms_opt(12, 0, 0).unwrap();
        assert_eq!(instant_of(skipped, &Apia).with_timezone(&Apia).format("%F %R").to_string(), "2011-12-31 12:00");
    }

    proptest! {
        #[test]
        fn one_a_week_each_in_its_own_week_at_its_wall_time(
            weekday in 0_usize..7, hour in 4_u32..24, start in 0_u64..3000, zone in prop::sample::select(vec!["America/New_York", "America/Chicago", "America/Los_Angeles", "America/Phoenix"]),
        ) {
            let zone: Tz = zone.parse().unwrap();
            let series = series(WEEK[weekday], hour, 0);
            let from = day("2024-01-01") + Days::new(start);
            let found = expand(series, &zone, from, from + Days::new(83));
            prop_assert_eq!(found.len(), 12);
            for (i, one) in found.iter().enumerate() {
                let local = one.starts_at.with_timezone(&zone);
                prop_assert_eq!(local.weekday(), WEEK[weekday]);
                prop_assert_eq!(local.time(), series.starts_at);
                prop_assert_eq!(one.week, monday_of(local.date_naive()));
                prop_assert_eq!(one.week, found[0].week + Days::new(7 * i as u64));
            }
        }
    }
}
