//! Times as text, in a reader's zone. Formatted here and nowhere else: the browser formats nothing but the countdown, so
//! that hydration cannot differ.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeZone as _, Timelike as _, Utc, Weekday};
use chrono_tz::Tz;

use crate::domain::series::{instant_of, weekday_name};

/// A zone by its IANA name, or nothing.
pub fn parse_zone(name: &str) -> Option<Tz> {
    crate::domain::finder::is_zone_name(name).then(|| name.parse().ok()).flatten()
}

/// Hour and minute: "7:00" and "PM".
pub fn clock_parts(time: NaiveTime) -> (String, &'static str) {
    let (pm, hour) = time.hour12();
    (format!("{hour}:{:02}", time.minute()), if pm { "PM" } else { "AM" })
}

/// "7:00 PM".
pub fn clock(time: NaiveTime) -> String {
    let (hour, half) = clock_parts(time);
    format!("{hour} {half}")
}

/// "7:00 PM" on a reader's wall.
pub fn clock_at(at: DateTime<Utc>, zone: Tz) -> String {
    clock(at.with_timezone(&zone).time())
}

/// "7:00 to 8:15 PM", or "11:30 AM to 12:30 PM".
pub fn span(start: NaiveTime, minutes: u16) -> String {
    let end = start + chrono::Duration::minutes(i64::from(minutes));
    let (from, half) = clock_parts(start);
    let (to, end_half) = clock_parts(end);
    if half == end_half { format!("{from} to {to} {half}") } else { format!("{from} {half} to {to} {end_half}") }
}

/// "Tuesday, November 24".
pub fn long_day(day: NaiveDate) -> String {
    format!("{}, {} {}", weekday_name(day.weekday()), month(day), day.day())
}

/// "November 24".
pub fn month_day(day: NaiveDate) -> String {
    format!("{} {}", month(day), day.day())
}

/// "November 24, 2026".
pub fn full_date(day: NaiveDate) -> String {
    format!("{} {}, {}", month(day), day.day(), day.year())
}

/// "Tue, Nov 24".
pub fn short_day(day: NaiveDate) -> String {
    day.format("%a, %b %-d").to_string()
}

/// "Aug 3, 2028".
pub fn short_date(day: NaiveDate) -> String {
    day.format("%b %-d, %Y").to_string()
}

fn month(day: NaiveDate) -> String {
    day.format("%B").to_string()
}

/// The local day of an instant.
pub fn day_of(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// "Tonight", "Today", "Tomorrow", the weekday of a day within a week, or the date: "December 10".
pub fn near_day(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    let today = day_of(now, zone);
    match (local.date_naive() - today).num_days() {
        0 if local.hour() >= 17 => "Tonight".to_owned(),
        0 => "Today".to_owned(),
        1 => "Tomorrow".to_owned(),
        2..=6 => weekday_name(local.weekday()).to_owned(),
        _ => month_day(local.date_naive()),
    }
}

/// "tonight at 7:00 PM", "tomorrow at 9:30 AM", "on Tuesday, December 1 at 7:00 PM": for the middle of a sentence.
pub fn near_moment(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> String {
    let near = near_day(at, now, zone);
    let clock = clock_at(at, zone);
    match near.as_str() {
        "Tonight" | "Today" | "Tomorrow" => format!("{} at {clock}", near.to_lowercase()),
        _ => format!("on {} at {clock}", long_day(day_of(at, zone))),
    }
}

/// What people call a zone: "Eastern"; for a zone without such a name its city: "Kiritimati time".
pub fn zone_label(zone: Tz) -> String {
    let name = zone.name();
    let known = match name {
        "America/New_York"
        | "America/Detroit"
        | "America/Toronto"
        | "US/Eastern"
        | "America/Kentucky/Louisville"
        | "America/Indiana/Indianapolis"
        | "EST5EDT" => Some("Eastern"),
        "America/Chicago"
        | "America/Menominee"
        | "America/Winnipeg"
        | "US/Central"
        | "CST6CDT"
        | "America/Indiana/Knox" => Some("Central"),
        "America/Denver" | "America/Boise" | "America/Edmonton" | "US/Mountain" | "MST7MDT" => Some("Mountain"),
        "America/Phoenix" | "US/Arizona" => Some("Arizona"),
        "America/Los_Angeles" | "America/Vancouver" | "US/Pacific" | "PST8PDT" => Some("Pacific"),
        "America/Anchorage" | "America/Juneau" | "America/Nome" | "US/Alaska" => Some("Alaska"),
        "Pacific/Honolulu" | "US/Hawaii" => Some("Hawaii"),
        "America/Puerto_Rico" | "America/St_Thomas" | "America/Halifax" => Some("Atlantic"),
        "Pacific/Guam" | "Pacific/Saipan" => Some("Chamorro"),
        "Pacific/Pago_Pago" => Some("Samoa"),
        "UTC" | "Etc/UTC" => Some("UTC"),
        _ => None,
    };
    known.map_or_else(
        || {
            let city = name.rsplit('/').next().unwrap_or(name).replace('_', " ");
            format!("{city} time")
        },
        ToOwned::to_owned,
    )
}

/// The zones a reader can choose from without script: those of the United States, then one for each hour elsewhere.
pub const CHOICES: [(&str, &str); 18] = [
    ("America/New_York", "Eastern"),
    ("America/Chicago", "Central"),
    ("America/Denver", "Mountain"),
    ("America/Phoenix", "Arizona"),
    ("America/Los_Angeles", "Pacific"),
    ("America/Anchorage", "Alaska"),
    ("Pacific/Honolulu", "Hawaii"),
    ("America/Puerto_Rico", "Atlantic (Puerto Rico, Virgin Islands)"),
    ("Pacific/Guam", "Chamorro (Guam, Northern Marianas)"),
    ("Pacific/Pago_Pago", "Samoa"),
    ("America/Sao_Paulo", "São Paulo"),
    ("Europe/London", "London"),
    ("Europe/Berlin", "Berlin"),
    ("Africa/Lagos", "Lagos"),
    ("Asia/Kolkata", "Kolkata"),
    ("Asia/Tokyo", "Tokyo"),
    ("Australia/Sydney", "Sydney"),
    ("Pacific/Auckland", "Auckland"),
];

/// A weekly rhythm on a reader's wall: "Tuesdays, 7:00 to 8:15 PM Eastern". Taken from the next meeting, so that it is
/// right in the weeks in which two zones change their clocks on different days.
pub fn rhythm(at: DateTime<Utc>, minutes: u16, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    format!("{}s, {} {}", weekday_name(local.weekday()), span(local.time(), minutes), zone_label(zone))
}

/// "7:30 PM Central for the group", where the group's own wall shows something else than the reader's.
pub fn beside(at: DateTime<Utc>, reader: Tz, group: Tz) -> Option<String> {
    let (here, there) = (at.with_timezone(&reader), at.with_timezone(&group));
    if here.naive_local() == there.naive_local() {
        return None;
    }
    let day =
        if here.weekday() == there.weekday() { String::new() } else { format!("{}s ", weekday_name(there.weekday())) };
    Some(format!("{day}{} {} for the group", clock(there.time()), zone_label(group)))
}

/// The instant of a wall time in a zone.
pub fn instant(day: NaiveDate, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    instant_of(day.and_time(time), &zone)
}

/// Midnight at the start of a local day.
pub fn start_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    zone.from_local_datetime(&day.and_time(NaiveTime::MIN))
        .earliest()
        .map_or_else(|| instant(day, NaiveTime::MIN, zone), |at| at.with_timezone(&Utc))
}

/// The weekday of an instant on a reader's wall.
pub fn weekday_at(at: DateTime<Utc>, zone: Tz) -> Weekday {
    at.with_timezone(&zone).weekday()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America::Chicago, America::New_York, Pacific::Kiritimati};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn times_read_as_people_say_them() {
        let tuesday = at("2026-11-25T00:00:00Z");
        assert_eq!(clock_at(tuesday, New_York), "7:00 PM");
        assert_eq!(rhythm(tuesday, 75, New_York), "Tuesdays, 7:00 to 8:15 PM Eastern");
        assert_eq!(span(NaiveTime::from_hms_opt(11, 30, 0).unwrap(), 60), "11:30 AM to 12:30 PM");
        assert_eq!(near_moment(tuesday, at("2026-11-24T15:00:00Z"), New_York), "tonight at 7:00 PM");
        assert_eq!(near_moment(tuesday, at("2026-11-20T15:00:00Z"), New_York), "on Tuesday, November 24 at 7:00 PM");
        assert_eq!(beside(tuesday, New_York, Chicago).as_deref(), Some("6:00 PM Central for the group"));
        assert_eq!(beside(tuesday, New_York, New_York), None);
        assert_eq!(beside(tuesday, Kiritimati, New_York).as_deref(), Some("Tuesdays 7:00 PM Eastern for the group"));
        assert_eq!(zone_label(Kiritimati), "Kiritimati time");
    }

    #[test]
    fn every_choice_of_a_zone_exists() {
        assert!(CHOICES.iter().all(|(name, _)| parse_zone(name).is_some()));
        assert!(parse_zone("Mars/Olympus").is_none());
    }
}
