//! VTIMEZONE (RFC 5545, 3.6.5): what a calendar needs to know of a zone in order to place our wall times. Written from the
//! zone data of the program, a component for each change of clocks within the time that the calendar covers.

use chrono::{DateTime, Duration, Offset as _, TimeDelta, Utc};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};
use std::fmt::Write as _;

/// The component, with its line ends. `from` lies before everything in the calendar, `to` behind it.
pub fn component(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let mut text = format!("BEGIN:VTIMEZONE\r\nTZID:{}\r\n", zone.name());
    observance(&mut text, zone, from, seconds(zone, from));
    let mut at = from;
    while at < to {
        let next = at + Duration::days(1);
        if seconds(zone, at) != seconds(zone, next) {
            let change = change_between(zone, at, next);
            observance(&mut text, zone, change, seconds(zone, at));
        }
        at = next;
    }
    text.push_str("END:VTIMEZONE\r\n");
    text
}

/// Seconds east of UTC.
fn seconds(zone: Tz, at: DateTime<Utc>) -> i32 {
    at.with_timezone(&zone).offset().fix().local_minus_utc()
}

/// The first second with the offset that holds at `after`.
fn change_between(zone: Tz, mut before: DateTime<Utc>, mut after: DateTime<Utc>) -> DateTime<Utc> {
    let old = seconds(zone, before);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + Duration::seconds((after - before).num_seconds() / 2);
        if seconds(zone, middle) == old { before = middle } else { after = middle }
    }
    after
}

/// What holds from `at` on; before that the clocks showed `old_seconds` east of UTC.
fn observance(text: &mut String, zone: Tz, at: DateTime<Utc>, old_seconds: i32) {
    let local = at.with_timezone(&zone);
    let kind = if local.offset().dst_offset() == TimeDelta::zero() { "STANDARD" } else { "DAYLIGHT" };
    let name = local.offset().abbreviation().unwrap_or("local").to_owned();
    // The wall clock as it stood until then.
    let wall = (at + Duration::seconds(i64::from(old_seconds))).format("%Y%m%dT%H%M%S");
    let (old, new) = (utc_offset(old_seconds), utc_offset(seconds(zone, at)));
    // Writing into a text cannot fail.
    let _ = write!(
        text,
        "BEGIN:{kind}\r\nDTSTART:{wall}\r\nTZOFFSETFROM:{old}\r\nTZOFFSETTO:{new}\r\nTZNAME:{name}\r\nEND:{kind}\r\n"
    );
}

/// "-0500".
fn utc_offset(seconds: i32) -> String {
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changes_of_clocks_in_new_york() {
        let text = component(
            chrono_tz::America::New_York,
            "2026-11-20T00:00:00Z".parse().unwrap(),
            "2027-12-01T00:00:00Z".parse().unwrap(),
        );
        assert!(text.starts_with("BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nBEGIN:STANDARD\r\nDTSTART:20261119T190000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0500\r\n"), "{text}");
        assert!(text.contains("BEGIN:DAYLIGHT\r\nDTSTART:20270314T020000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nTZNAME:EDT\r\nEND:DAYLIGHT\r\n"), "{text}");
        assert!(text.contains("BEGIN:STANDARD\r\nDTSTART:20271107T020000\r\nTZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nTZNAME:EST\r\nEND:STANDARD\r\n"), "{text}");
        assert_eq!(text.matches("DTSTART").count(), 3);
    }

    #[test]
    fn a_zone_without_changes_has_one_observance() {
        let text = component(
            chrono_tz::Asia::Kolkata,
            "2026-11-20T00:00:00Z".parse().unwrap(),
            "2027-12-01T00:00:00Z".parse().unwrap(),
        );
        assert_eq!(text.matches("DTSTART").count(), 1);
        assert!(text.contains("TZOFFSETTO:+0530"), "{text}");
    }
}
