//! One meeting beside its series: called off, or at another time. Whoever has a seat and wants to hear of such changes is told
//! once, by [`crate::jobs::changes`], with a calendar file that takes the meeting out or moves it.
//!
//! A meeting stays between its neighbours: the order of meetings is that of their weeks, by which members come in and units
//! move on.

use super::{line, state::App, times};
use crate::{
    domain::{
        ids::GroupId,
        series::{DAYS_AHEAD, instant_of},
    },
    store::{
        Actor, Failure, Tx, locks,
        meetings::{self, OneMeeting},
    },
};
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Utc};
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
    /// The group has not begun by then.
    #[error("the group begins on {0} only")]
    BeforeFirst(NaiveDate),
    /// It would not be between its neighbours any more, or further ahead than meetings are planned.
    #[error(
        "it has to stay between the meetings before and after it, on a day of its own and within {DAYS_AHEAD} days"
    )]
    OutOfOrder,
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

/// What became of a meeting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shifted {
    /// The start that it had.
    pub was: DateTime<Utc>,
    /// The one that it has.
    pub is: DateTime<Utc>,
    /// How many of its members have another meeting at that time.
    pub double: i64,
}

/// Puts the meeting of a group on a day to another wall time of the group's zone, as long as it was.
pub async fn shift(
    app: &App,
    actor: Actor,
    group: GroupId,
    day: NaiveDate,
    to: NaiveDateTime,
) -> Result<Shifted, Stays> {
    let now = app.now();
    let work = move |mut tx: Tx| async move {
        let lock = locks::exclusive(&mut tx, group).await?;
        let found = meetings::on_day(&mut tx, &lock, group, day, now).await?;
        let OneMeeting { meeting, zone, starts_on, closes_on, before, after } = found.ok_or(Stays::NoMeeting)?;
        let zone = times::parse_zone(&zone).unwrap_or(chrono_tz::America::New_York);
        let starts_at = instant_of(to, &zone);
        let ends_at = starts_at + (meeting.ends_at - meeting.starts_at);
        if starts_at == meeting.starts_at {
            return Err(Stays::SameTime);
        }
        if starts_at <= now {
            return Err(Stays::Past);
        }
        let day = |at: DateTime<Utc>| times::day_of(at, zone);
        if day(starts_at) < starts_on {
            return Err(Stays::BeforeFirst(starts_on));
        }
        if let Some(last) = closes_on.filter(|last| day(starts_at) > *last) {
            return Err(Stays::AfterLast(last));
        }
        let last = day(now) + Days::new(DAYS_AHEAD);
        if before.is_some_and(|before| day(starts_at) <= day(before))
            || after.is_some_and(|after| day(starts_at) >= day(after))
            || day(starts_at) > last
        {
            return Err(Stays::OutOfOrder);
        }
        if let Some(title) = meetings::leader_meets_at(&mut tx, &meeting, starts_at, ends_at).await? {
            return Err(Stays::LeaderMeets(title));
        }
        let double = meetings::members_who_meet_at(&mut tx, &meeting, starts_at, ends_at).await?;
        meetings::shift(&mut tx, &lock, &meeting, starts_at, ends_at).await?;
        Ok::<_, Stays>((tx, Shifted { was: meeting.starts_at, is: starts_at, double }))
    };
    let moved = app.store.write(actor, work).await?;
    line::hint(app).await;
    Ok(moved)
}
