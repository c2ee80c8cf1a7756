//! What only shows when the parts of a file are laid side by side: the same word twice, an unknown leader, a leader who
//! would have to be in two groups at once.

use super::{
    file::{Entry, GroupDraft, TherapistDraft},
    reading::{Lines, Report},
};
use crate::{
    domain::series::{Series, expand},
    store::practice_load::AuthorityFacts,
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use std::collections::HashMap;

/// The times of a weekly series through one year, so that clock changes of different zones are in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Year(Vec<(DateTime<Utc>, DateTime<Utc>)>);

impl Year {
    /// The year from a day on.
    pub fn of(series: Series, zone: Tz, from: NaiveDate) -> Self {
        let dates = expand(series, &zone, from, from + Days::new(371));
        Self(dates.into_iter().map(|date| (date.starts_at, date.ends_at)).collect())
    }

    /// Whether any meeting of one overlaps with one of the other.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (mut mine, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some((start, end)), Some((other_start, other_end))) = (mine.peek(), theirs.peek()) {
            if start < other_end && other_start < end {
                return true;
            }
            if end <= other_end {
                mine.next();
            } else {
                theirs.next();
            }
        }
        false
    }
}

/// Slugs and addresses of the therapists: each once.
pub fn therapists(report: &Report, therapists: &[TherapistDraft]) {
    once(report, "slug", therapists.iter().map(|draft| (draft.slug.as_deref(), &draft.lines)));
    once(report, "email", therapists.iter().map(|draft| (draft.email.as_deref(), &draft.lines)));
}

/// The authorities of one therapist: each kind, state and number once.
pub fn authorities(report: &Report, authorities: &[Entry<Option<AuthorityFacts>>]) {
    let mut seen = HashMap::new();
    for entry in authorities {
        let Some(facts) = &entry.facts else { continue };
        let line = entry.lines.of("number");
        if let Some(first) = seen.insert((&facts.kind, &facts.state, &facts.number), line) {
            report.say(line, format!("this {} stands in line {first} already", facts.kind));
        }
    }
}

/// Slugs of the groups, their leaders, and the times of groups that have the same leader.
pub fn groups(report: &Report, groups: &[GroupDraft], therapists: &[TherapistDraft], today: NaiveDate) {
    once(report, "slug", groups.iter().map(|draft| (draft.slug.as_deref(), &draft.lines)));
    let mut led: HashMap<&str, Vec<(Year, &GroupDraft)>> = HashMap::new();
    for group in groups {
        let Some(leader) = group.leader.as_deref() else { continue };
        if !therapists.iter().any(|therapist| therapist.slug.as_deref() == Some(leader)) {
            report.say(group.lines.of("leader"), format!("no therapist of this file has the slug “{leader}”"));
            continue;
        }
        let (Some(series), Some(zone)) = (group.series, group.zone) else { continue };
        let year = Year::of(series, zone, today);
        let others = led.entry(leader).or_default();
        for (other, draft) in others.iter() {
            if year.overlaps(other) {
                report.say(group.lines.of("time"), at_once(leader, draft.slug.as_deref(), draft.lines.of("time")));
            }
        }
        others.push((year, group));
    }
}

fn at_once(leader: &str, other: Option<&str>, line: usize) -> String {
    format!(
        "“{leader}” would be in two groups at once: “{}” in line {line} meets then too",
        other.unwrap_or("the group")
    )
}

fn once<'a>(report: &Report, key: &str, values: impl Iterator<Item = (Option<&'a str>, &'a Lines)>) {
    let mut seen = HashMap::new();
    for (value, lines) in values {
        let (Some(value), line) = (value, lines.of(key)) else { continue };
        match seen.get(value) {
            Some(first) => report.say(line, format!("“{key}” is “{value}” in line {first} already")),
            None => {
                seen.insert(value, line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{NaiveTime, Weekday};

    fn year(weekday: Weekday, hour: u32, zone: Tz) -> Year {
        let series = Series { weekday, starts_at: NaiveTime::from_hms_opt(hour, 0, 0).unwrap(), minutes: 60 };
        Year::of(series, zone, "2026-11-24".parse().unwrap())
    }

    #[test]
    fn zones_that_change_their_clocks_apart_overlap_if_they_ever_do() {
        use chrono_tz::America::{New_York, Phoenix};
        // Phoenix is two hours behind New York in winter and three in summer.
        let phoenix = year(Weekday::Tue, 16, Phoenix);
        assert!(year(Weekday::Tue, 18, New_York).overlaps(&phoenix));
        assert!(year(Weekday::Tue, 19, New_York).overlaps(&phoenix));
        assert!(!year(Weekday::Tue, 20, New_York).overlaps(&phoenix));
        assert!(!year(Weekday::Wed, 18, New_York).overlaps(&phoenix));
    }
}
