//! Keeps the meetings of every group 12 weeks ahead. This is the only place that makes meetings out of series.

use super::Worker;
use crate::{
    domain::series::{DAYS_AHEAD, Occurrence, expand, monday_of},
    store::{Actor, Conn, Failure, Store, audit, meetings},
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::json;

/// Fills what is missing from now on.
pub async fn run(worker: Worker) -> Result<(), Failure> {
    let added = materialise(&worker.app.store, worker.app.now()).await?;
    if added > 0 {
        tracing::info!(added, "meetings added");
    }
    Ok(())
}

/// Inserts the missing meetings of every group that is not closed, in a transaction of its own. Returns how many.
pub async fn materialise(store: &Store, now: DateTime<Utc>) -> Result<u64, Failure> {
    store
        .write(Actor::Worker, move |mut tx| async move {
            let added = materialise_in(&mut tx, now).await?;
            Ok::<_, Failure>((tx, added))
        })
        .await
}

/// The same within a transaction that goes on: for the commands that load groups.
pub async fn materialise_in(conn: &mut Conn, now: DateTime<Utc>) -> Result<u64, Failure> {
    // No zone is more than a day away from UTC, so this covers the week of every local today.
    let since = monday_of(now.date_naive() - Days::new(1));
    let mut added = 0;
    for group in meetings::groups_to_fill(&mut *conn, since).await? {
        let Ok(zone) = group.zone.parse::<Tz>() else {
            // One group with a mistyped zone must not leave all others without meetings.
            tracing::error!(group = %group.group, zone = group.zone, "a group's zone is not known");
            continue;
        };
        let missing = missing(&group, zone, now);
        if missing.is_empty() {
            continue;
        }
        let inserted = meetings::insert_missing(conn, group.group, &missing).await?;
        audit::record(conn, "meetings added", group.group, json!({ "count": inserted })).await?;
        added += inserted;
    }
    Ok(added)
}

/// Dates from today, or from the first day of the group, for 12 weeks; without the weeks that have their meeting.
fn missing(group: &meetings::GroupToFill, zone: Tz, now: DateTime<Utc>) -> Vec<Occurrence> {
    let today: NaiveDate = now.with_timezone(&zone).date_naive();
    let horizon = today + Days::new(DAYS_AHEAD);
    let last = group.closes_on.map_or(horizon, |closes_on| closes_on.min(horizon));
    let mut dates = expand(group.series, &zone, group.starts_on.max(today), last);
    dates.retain(|date| !group.weeks.contains(&date.week));
    dates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ids::GroupId, series::Series};
    use chrono::{NaiveTime, Weekday};
    use uuid::Uuid;

    fn group() -> meetings::GroupToFill {
        meetings::GroupToFill {
            group: GroupId(Uuid::nil()),
            series: Series {
                weekday: Weekday::Tue,
                starts_at: NaiveTime::from_hms_opt(19, 0, 0).unwrap(),
                minutes: 75,
            },
            zone: "America/New_York".to_owned(),
            starts_on: "2026-01-06".parse().unwrap(),
            closes_on: None,
            weeks: Vec::new(),
        }
    }

    fn days(group: &meetings::GroupToFill, now: &str) -> Vec<String> {
        let zone: Tz = group.zone.parse().unwrap();
        missing(group, zone, now.parse().unwrap())
            .iter()
            .map(|date| date.starts_at.with_timezone(&zone).format("%F %R").to_string())
            .collect()
    }

    #[test]
    fn twelve_weeks_ahead_at_the_same_wall_time() {
        let found = days(&group(), "2027-02-24T12:00:00Z");
        assert_eq!(found.len(), 12);
        assert_eq!((found[0].as_str(), found[11].as_str()), ("2027-03-02 19:00", "2027-05-18 19:00"));
    }

    #[test]
    fn today_is_the_day_in_the_groups_zone() {
        // Wednesday in UTC, still Tuesday evening in New York.
        assert_eq!(days(&group(), "2026-11-25T02:00:00Z")[0], "2026-11-24 19:00");
        assert_eq!(days(&group(), "2026-11-25T06:00:00Z")[0], "2026-12-01 19:00");
    }

    #[test]
    fn nothing_before_the_first_day_or_after_the_last() {
        let later = meetings::GroupToFill { starts_on: "2026-12-15".parse().unwrap(), ..group() };
        assert_eq!(days(&later, "2026-11-24T12:00:00Z")[0], "2026-12-15 19:00");
        let closing = meetings::GroupToFill { closes_on: Some("2026-12-08".parse().unwrap()), ..group() };
        assert_eq!(days(&closing, "2026-11-24T12:00:00Z").last().unwrap(), "2026-12-08 19:00");
    }

    #[test]
    fn a_week_that_has_its_meeting_is_left_alone() {
        let filled = meetings::GroupToFill { weeks: vec!["2026-11-23".parse().unwrap()], ..group() };
        assert_eq!(days(&filled, "2026-11-24T12:00:00Z")[0], "2026-12-01 19:00");
    }
}
