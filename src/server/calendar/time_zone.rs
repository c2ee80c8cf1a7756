//! VTIMEZONE (RFC 5545, 3.6.5): what a calendar needs to know of a zone in order to place our wall times. Written from the
//! zone data of the program, a component for each change of clocks within the time that the calendar covers.

use chrono::{DateTime, Duration, Offset as _, TimeDelta, Utc};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};
use icalendar::parser::{Component, Property};

/// The component. `from` lies before everything in the calendar, `to` behind it.
pub fn component(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Component<'static> {
    let mut observances = vec![observance(zone, from, seconds(zone, from))];
    let mut at = from;
    while at < to {
        let next = at + Duration::days(1);
        if seconds(zone, at) != seconds(zone, next) {
            let change = change_between(zone, at, next);
            observances.push(observance(zone, change, seconds(zone, at)));
        }
        at = next;
    }
    Component {
        name: "VTIMEZONE".into(),
        properties: vec![property("TZID", zone.name().to_owned())],
        components: observances,
    }
}

fn property(name: &'static str, value: String) -> Property<'static> {
    Property { name: name.into(), val: value.into(), params: Vec::new() }
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
fn observance(zone: Tz, at: DateTime<Utc>, old_seconds: i32) -> Component<'static> {
    let local = at.with_timezone(&zone);
    let is_standard = local.offset().dst_offset() == TimeDelta::zero();
    // The wall clock as it stood until then.
    let wall = at + Duration::seconds(i64::from(old_seconds));
    Component {
        name: if is_standard { "STANDARD" } else { "DAYLIGHT" }.into(),
        properties: vec![
            property("DTSTART", wall.format("%Y%m%dT%H%M%S").to_string()),
            property("TZOFFSETFROM", utc_offset(old_seconds)),
            property("TZOFFSETTO", utc_offset(seconds(zone, at))),
            property("TZNAME", local.offset().abbreviation().unwrap_or("local").to_owned()),
        ],
        components: Vec::new(),
    }
}

/// "-0500".
fn utc_offset(seconds: i32) -> String {
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The component as a calendar has it.
    fn text(zone: Tz, from: &str, to: &str) -> String {
        let component = component(zone, from.parse().unwrap(), to.parse().unwrap());
        let calendar = icalendar::parser::Calendar { properties: Vec::new(), components: vec![component] };
        calendar.to_string()
    }

    #[test]
    fn the_changes_of_clocks_in_new_york() {
        let text = text(chrono_tz::America::New_York, "2026-11-20T00:00:00Z", "2027-12-01T00:00:00Z");
        assert!(text.starts_with("BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nBEGIN:STANDARD\r\nDTSTART:20261119T190000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0500\r\n"), "{text}");
        assert!(text.contains("BEGIN:DAYLIGHT\r\nDTSTART:20270314T020000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nTZNAME:EDT\r\nEND:DAYLIGHT\r\n"), "{text}");
        assert!(text.contains("BEGIN:STANDARD\r\nDTSTART:20271107T020000\r\nTZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nTZNAME:EST\r\nEND:STANDARD\r\n"), "{text}");
        assert_eq!(text.matches("DTSTART").count(), 3);
    }

    #[test]
    fn a_zone_without_changes_has_one_observance() {
        let text = text(chrono_tz::Asia::Kolkata, "2026-11-20T00:00:00Z", "2027-12-01T00:00:00Z");
        assert_eq!(text.matches("DTSTART").count(), 1);
        assert!(text.contains("TZOFFSETTO:+0530"), "{text}");
    }
}
