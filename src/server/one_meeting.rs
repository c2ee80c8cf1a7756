//! One meeting beside its series: called off, or at another time. Whoever has a seat is told once, by
//! [`crate::jobs::changes`], with a calendar file that takes the meeting out or moves it.

use super::{line, state::App, times};
use crate::{
    domain::{ids::GroupId, series::instant_of},
    store::{
        Actor, Failure, Tx, locks,
        meetings::{self, OneMeeting},
    },
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use thiserror::Error;

/// Why a meeting stays as it is.
#[derive(Debug, Error)]
pub enum Stays {
    /// No meeting that takes place and has not begun is on that day.
    #[error("no meeting that still lies ahead is on that day")]
    NoMeeting,
    /// The new time is past.
    #[error("the new time is past")]
    Past,
    /// The group has ended by then.
    #[error("the group has had its last day, {0}, by then")]
    AfterLast(NaiveDate),
    /// The leader is in another meeting then.
    #[error("its leader meets with “{0}” at that time")]
    LeaderMeets(String),
    /// It is there already.
    #[error("that is its time already")]
    SameTime,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Failure),
}

/// Calls off the meeting of a group on a day of its zone. Gives the start that it had.
pub async fn cancel(app: &App, actor: Actor, group: GroupId, day: NaiveDate) -> Result<DateTime<Utc>, Stays> {
    let now = app.now();
    let work = move |mut tx: Tx| async move {
        let lock = locks::exclusive(&mut tx, group).await?;
        let meeting = meetings::on_day(&mut tx, &lock, group, day, now).await?.ok_or(Stays::NoMeeting)?.meeting;
        meetings::cancel(&mut tx, &lock, &meeting).await?;
        Ok::<_, Stays>((tx, meeting.starts_at))
    };
    let was = app.store.write(actor, work).await?;
    line::hint(app).await;
    Ok(was)
}

/// Puts the meeting of a group on a day to another wall time of the group's zone, as long as it was. Gives the start that it
/// had and the one that it has.
pub async fn shift(
    app: &App,
    actor: Actor,
    group: GroupId,
    day: NaiveDate,
    to: NaiveDateTime,
) -> Result<(DateTime<Utc>, DateTime<Utc>), Stays> {
    let now = app.now();
    let work = move |mut tx: Tx| async move {
        let lock = locks::exclusive(&mut tx, group).await?;
        let found = meetings::on_day(&mut tx, &lock, group, day, now).await?;
        let OneMeeting { meeting, zone, closes_on } = found.ok_or(Stays::NoMeeting)?;
        let zone = times::parse_zone(&zone).unwrap_or(chrono_tz::America::New_York);
        let starts_at = instant_of(to, &zone);
        let ends_at = starts_at + (meeting.ends_at - meeting.starts_at);
        if starts_at == meeting.starts_at {
            return Err(Stays::SameTime);
        }
        if starts_at <= now {
            return Err(Stays::Past);
        }
        if let Some(last) = closes_on.filter(|last| times::day_of(starts_at, zone) > *last) {
            return Err(Stays::AfterLast(last));
        }
        if let Some(title) = meetings::leader_meets_at(&mut tx, &meeting, starts_at, ends_at).await? {
            return Err(Stays::LeaderMeets(title));
        }
        meetings::shift(&mut tx, &lock, &meeting, starts_at, ends_at).await?;
        Ok::<_, Stays>((tx, (meeting.starts_at, starts_at)))
    };
    let moved = app.store.write(actor, work).await?;
    line::hint(app).await;
    Ok(moved)
}
