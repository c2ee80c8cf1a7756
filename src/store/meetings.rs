//! Meetings: the dates of a group's series as rows. They are inserted in one place, [`crate::jobs::meetings`].
//!
//! Meetings are calendar matters: the functions take the server's clock as a parameter.

use super::{Conn, Failure, audit, locks::ExclusiveLock};
use crate::domain::{
    ids::{GroupId, MeetingId, OfferId},
    series::{Occurrence, Series},
};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc, Weekday};
use serde_json::json;
use sqlx::PgExecutor;
use uuid::Uuid;

/// One meeting that takes place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MeetingRow {
    /// Its id; it stays with its week.
    pub id: MeetingId,
    /// Whose meeting it is.
    pub group: GroupId,
    /// Monday of its local week.
    pub week: NaiveDate,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
}

struct Row {
    id: Uuid,
    group_id: Uuid,
    week: NaiveDate,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

impl From<Row> for MeetingRow {
    fn from(row: Row) -> Self {
        Self {
            id: MeetingId(row.id),
            group: GroupId(row.group_id),
            week: row.week,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
        }
    }
}

/// Inserts those meetings that are missing; weeks that have one, whatever its time or status, are left alone. Returns
/// how many were new.
pub async fn insert_missing(conn: &mut Conn, group: GroupId, occurrences: &[Occurrence]) -> Result<u64, Failure> {
    let weeks: Vec<NaiveDate> = occurrences.iter().map(|one| one.week).collect();
    let starts: Vec<DateTime<Utc>> = occurrences.iter().map(|one| one.starts_at).collect();
    let ends: Vec<DateTime<Utc>> = occurrences.iter().map(|one| one.ends_at).collect();
    let inserted = sqlx::query!(
        "insert into meetings (id, group_id, week, starts_at, ends_at)
         select gen_random_uuid(), $1, one.week, one.starts_at, one.ends_at
         from unnest($2::date[], $3::timestamptz[], $4::timestamptz[]) as one (week, starts_at, ends_at)
         on conflict on constraint meetings_week_key do nothing",
        group.0,
        &weeks,
        &starts,
        &ends
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected())
}

/// A group whose meetings are to be kept ahead, and the weeks from `since` on that it has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupToFill {
    /// The group.
    pub group: GroupId,
    /// Its series.
    pub series: Series,
    /// IANA name of its zone.
    pub zone: String,
    /// No meeting before this local day.
    pub starts_on: NaiveDate,
    /// No meeting after this local day, once a closing date is set.
    pub closes_on: Option<NaiveDate>,
    /// Mondays of the weeks from `since` on that have a meeting.
    pub weeks: Vec<NaiveDate>,
}

/// Groups that are not closed, or that go on to a day from `since` on, with the weeks from `since` on that they have.
pub async fn groups_to_fill(executor: impl PgExecutor<'_>, since: NaiveDate) -> Result<Vec<GroupToFill>, Failure> {
    struct SeriesRow {
        id: Uuid,
        weekday: i16,
        local_time: NaiveTime,
        minutes: i16,
        zone: String,
        starts_on: NaiveDate,
        closes_on: Option<NaiveDate>,
        weeks: Vec<NaiveDate>,
    }
    let rows = sqlx::query_as!(
        SeriesRow,
        r#"select id, weekday, local_time, minutes, zone, starts_on, closes_on,
                  array(select week from meetings where group_id = groups.id and week >= $1) as "weeks!"
           from groups where status <> 'closed' or closes_on >= $1 order by id"#,
        since
    )
    .fetch_all(executor)
    .await?;
    rows.into_iter()
        .map(|row| {
            // The table's checks keep both within range; a row that breaks them is a mistake of ours.
            let weekday = u8::try_from(row.weekday - 1).ok().and_then(|day| Weekday::try_from(day).ok());
            let (Some(weekday), Ok(minutes)) = (weekday, u16::try_from(row.minutes)) else {
                return Err(Failure::Broken(format!("the series of group {} cannot be read", row.id)));
            };
            Ok(GroupToFill {
                group: GroupId(row.id),
                series: Series { weekday, starts_at: row.local_time, minutes },
                zone: row.zone,
                starts_on: row.starts_on,
                closes_on: row.closes_on,
                weeks: row.weeks,
            })
        })
        .collect()
}

/// The next meeting of a group that has not begun.
pub async fn next_of_group(
    executor: impl PgExecutor<'_>,
    group: GroupId,
    now: DateTime<Utc>,
) -> Result<Option<MeetingRow>, Failure> {
    let row = sqlx::query_as!(
        Row,
        "select id, group_id, week, starts_at, ends_at from meetings
         where group_id = $1 and status = 'scheduled' and starts_at > $2 order by starts_at limit 1",
        group.0,
        now
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(MeetingRow::from))
}

/// The meeting of a group that is going on, or else the next one: what "your next meeting" means to a member, since her
/// week runs from the end of one meeting to the end of the next.
pub async fn running_or_next(
    executor: impl PgExecutor<'_>,
    group: GroupId,
    now: DateTime<Utc>,
) -> Result<Option<MeetingRow>, Failure> {
    let row = sqlx::query_as!(
        Row,
        "select id, group_id, week, starts_at, ends_at from meetings
         where group_id = $1 and status = 'scheduled' and ends_at > $2 order by starts_at limit 1",
        group.0,
        now
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(MeetingRow::from))
}

/// The next meetings of a group that have not begun, at most `limit`, without cancelled and paused ones.
pub async fn coming(
    executor: impl PgExecutor<'_>,
    group: GroupId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<MeetingRow>, Failure> {
    let rows = sqlx::query_as!(
        Row,
        "select id, group_id, week, starts_at, ends_at from meetings
         where group_id = $1 and status = 'scheduled' and starts_at > $2 order by starts_at limit $3",
        group.0,
        now,
        limit
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(MeetingRow::from).collect())
}

/// The first meeting of whoever takes an offered seat: not before the seat is free.
pub async fn first_of_offer(
    executor: impl PgExecutor<'_>,
    offer: OfferId,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Failure> {
    Ok(sqlx::query_scalar!(
        "select m.starts_at from offers o
         left join seats s on s.group_id = o.group_id and s.offer_id = o.id and s.state = 'offered'
         join meetings m on m.group_id = o.group_id and m.status = 'scheduled' and m.starts_at > $2
           and m.starts_at >= coalesce(s.free_from, $2)
         join groups g on g.id = o.group_id and (g.closes_on is null or m.starts_at < g.closes_on + 1)
         where o.id = $1 order by m.starts_at limit 1",
        offer.0,
        now
    )
    .fetch_optional(executor)
    .await?)
}

/// A meeting that may be called off or put to another time, with what decides where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OneMeeting {
    /// The meeting.
    pub meeting: MeetingRow,
    /// IANA name of the group's zone.
    pub zone: String,
    /// The first day of the group.
    pub starts_on: NaiveDate,
    /// Its last day, if it closes.
    pub closes_on: Option<NaiveDate>,
    /// Start of the meeting before it that takes place.
    pub before: Option<DateTime<Utc>>,
    /// Start of the one after it.
    pub after: Option<DateTime<Utc>>,
}

/// The meeting of a group on this day of its zone that takes place and has not begun.
pub async fn on_day(
    conn: &mut Conn,
    _lock: &ExclusiveLock,
    group: GroupId,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Option<OneMeeting>, Failure> {
    let row = sqlx::query!(
        "select m.id, m.week, m.starts_at, m.ends_at, g.zone, g.starts_on, g.closes_on,
           (select max(o.starts_at) from meetings o
            where o.group_id = m.group_id and o.status = 'scheduled' and o.starts_at < m.starts_at) as before,
           (select min(o.starts_at) from meetings o
            where o.group_id = m.group_id and o.status = 'scheduled' and o.starts_at > m.starts_at) as after
         from meetings m join groups g on g.id = m.group_id
         where m.group_id = $1 and m.status = 'scheduled' and m.starts_at > $3
           and (m.starts_at at time zone g.zone)::date = $2
         order by m.starts_at limit 1",
        group.0,
        day,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| OneMeeting {
        meeting: MeetingRow {
            id: MeetingId(row.id),
            group,
            week: row.week,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
        },
        zone: row.zone,
        starts_on: row.starts_on,
        closes_on: row.closes_on,
        before: row.before,
        after: row.after,
    }))
}

/// The title of a group with the same leader that meets at some moment between these two; the meeting itself does not count.
/// The leader's row is locked, so that no other meeting of his is moved there meanwhile.
pub async fn leader_meets_at(
    conn: &mut Conn,
    meeting: &MeetingRow,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
) -> Result<Option<String>, Failure> {
    let leader = sqlx::query_scalar!(
        "select t.id from therapists t join groups g on g.leader_id = t.id where g.id = $1 for no key update of t",
        meeting.group.0
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(sqlx::query_scalar!(
        "select g.title from meetings m join groups g on g.id = m.group_id
         where g.leader_id = $1 and m.id <> $2 and m.status = 'scheduled' and m.starts_at < $4 and m.ends_at > $3
         order by m.starts_at limit 1",
        leader,
        meeting.id.0,
        starts_at,
        ends_at
    )
    .fetch_optional(conn)
    .await?)
}

/// How many who have a seat in the meeting's group have one in another group as well that meets at some moment between these two.
pub async fn members_who_meet_at(
    conn: &mut Conn,
    meeting: &MeetingRow,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
) -> Result<i64, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select count(distinct here.member_id) as "count!" from seats here
           join seats there on there.member_id = here.member_id and there.group_id <> here.group_id and there.state = 'reserved'
           join meetings m on m.group_id = there.group_id and m.status = 'scheduled' and m.starts_at < $3 and m.ends_at > $2
           where here.group_id = $1 and here.state = 'reserved'"#,
        meeting.group.0,
        starts_at,
        ends_at
    )
    .fetch_one(conn)
    .await?)
}

/// Calls a meeting off: its row stays, the unit does not move on. Whoever has a seat is told by
/// [`crate::jobs::changes`].
pub async fn cancel(conn: &mut Conn, _lock: &ExclusiveLock, meeting: &MeetingRow) -> Result<(), Failure> {
    sqlx::query!("update meetings set status = 'cancelled' where id = $1", meeting.id.0).execute(&mut *conn).await?;
    let detail = json!({ "meeting": meeting.id.0, "starts_at": meeting.starts_at });
    audit::record(conn, "meeting cancelled", meeting.group, detail).await
}

/// Puts a meeting to another time; it keeps its id and its week. Whoever has a seat is told by [`crate::jobs::changes`].
pub async fn shift(
    conn: &mut Conn,
    _lock: &ExclusiveLock,
    meeting: &MeetingRow,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!("update meetings set starts_at = $2, ends_at = $3 where id = $1", meeting.id.0, starts_at, ends_at)
        .execute(&mut *conn)
        .await?;
    let detail = json!({ "meeting": meeting.id.0, "from": meeting.starts_at, "to": starts_at });
    audit::record(conn, "meeting moved", meeting.group, detail).await
}

/// One meeting.
pub async fn find(executor: impl PgExecutor<'_>, meeting: MeetingId) -> Result<Option<MeetingRow>, Failure> {
    let row =
        sqlx::query_as!(Row, "select id, group_id, week, starts_at, ends_at from meetings where id = $1", meeting.0)
            .fetch_optional(executor)
            .await?;
    Ok(row.map(MeetingRow::from))
}

/// How many meetings the group has held since its cycle began: scheduled ones that have ended and whose local day, in
/// the group's zone, is not before `cycle_began_on`. A cancelled or paused one does not move the unit on.
pub async fn held_since(
    executor: impl PgExecutor<'_>,
    group: GroupId,
    cycle_began_on: NaiveDate,
    now: DateTime<Utc>,
) -> Result<u32, Failure> {
    let held = sqlx::query_scalar!(
        r#"select count(*) as "held!" from meetings join groups on groups.id = meetings.group_id
           where group_id = $1 and meetings.status = 'scheduled' and ends_at <= $3
             and (starts_at at time zone groups.zone)::date >= $2"#,
        group.0,
        cycle_began_on,
        now
    )
    .fetch_one(executor)
    .await?;
    Ok(u32::try_from(held).unwrap_or(u32::MAX))
}
