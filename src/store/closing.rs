//! Closing a group: at once nobody new, at the end of the last meeting nobody any more. The calendar's clock is a
//! parameter; local days are those of the group's zone.

use super::{
    Conn, Failure, audit,
    locks::ExclusiveLock,
    releases::{self, ReleaseReason},
};
use crate::domain::ids::{AccountId, GroupId};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

/// What closing a group means for those who are to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closing {
    /// Whoever had a seat, held one, was offered one or waited; and whether it was a seat.
    pub members: Vec<(AccountId, bool)>,
    /// Start of the last meeting that takes place.
    pub last: Option<DateTime<Utc>>,
}

/// Closes a group on a day: holds, offers and the line end at once, and so do the meetings after that day. Gives nothing
/// when it is closed already.
pub async fn close(
    conn: &mut Conn,
    _lock: &ExclusiveLock,
    group: GroupId,
    closes_on: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Option<Closing>, Failure> {
    let closed = sqlx::query!(
        "update groups set status = 'closed', closes_on = $2 where id = $1 and status <> 'closed' returning id",
        group.0,
        closes_on
    )
    .fetch_optional(&mut *conn)
    .await?;
    if closed.is_none() {
        return Ok(None);
    }
    let members = sqlx::query!(
        r#"select member_id as "member_id!", bool_or(seat) as "seat!" from (
             select member_id, state = 'reserved' as seat from seats
             where group_id = $1 and (state = 'reserved' or state <> 'free' and held_until > now())
             union all select member_id, false from waiting_entries where group_id = $1 and ended_at is null) as people
           group by member_id order by member_id"#,
        group.0
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query!(
        "with held as (
           update holds set ended_at = now(), outcome = 'let go' where group_id = $1 and ended_at is null
         ), offered as (
           update offers set state = 'ended', closed_at = now() where group_id = $1 and closed_at is null
         ), waiting as (
           update waiting_entries set ended_at = now(), end_reason = 'group closed' where group_id = $1 and ended_at is null
         ), meetings as (
           update meetings m set status = 'cancelled', told_sequence = m.sequence + 1 from groups g
           where g.id = $1 and m.group_id = g.id and m.status = 'scheduled' and m.starts_at > $3
             and (m.starts_at at time zone g.zone)::date > $2
         )
         update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, renewals = 0,
           offer_id = null
         where group_id = $1 and state in ('held', 'offered')",
        group.0,
        closes_on,
        now
    )
    .execute(&mut *conn)
    .await?;
    let last = sqlx::query_scalar!(
        "select max(starts_at) from meetings where group_id = $1 and status = 'scheduled' and ends_at > $2",
        group.0,
        now
    )
    .fetch_one(&mut *conn)
    .await?;
    audit::record(&mut *conn, "group closed", group, json!({ "closes_on": closes_on })).await?;
    let members = members.into_iter().map(|row| (AccountId(row.member_id), row.seat)).collect();
    Ok(Some(Closing { members, last }))
}

/// Closed groups whose last meeting is over and in which somebody still has a seat.
pub async fn groups_to_finish(
    executor: impl sqlx::PgExecutor<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<GroupId>, Failure> {
    let ids = sqlx::query_scalar!(
        "select id from groups g
         where status = 'closed' and closes_on <= ($1 at time zone zone)::date
           and exists (select from reservations r where r.group_id = g.id and r.ended_at is null)
           and not exists (select from meetings m where m.group_id = g.id and m.status = 'scheduled' and m.ends_at > $1)
         order by id",
        now
    )
    .fetch_all(executor)
    .await?;
    Ok(ids.into_iter().map(GroupId).collect())
}

/// Ends the reservations of a closed group whose last meeting is over. Returns how many.
pub async fn finish(
    conn: &mut Conn,
    lock: &ExclusiveLock,
    group: GroupId,
    now: DateTime<Utc>,
) -> Result<usize, Failure> {
    if !groups_to_finish(&mut *conn, now).await?.contains(&group) {
        return Ok(0);
    }
    let members = sqlx::query_scalar!(
        "select member_id from reservations where group_id = $1 and ended_at is null order by id",
        group.0
    )
    .fetch_all(&mut *conn)
    .await?;
    for member in &members {
        releases::end(&mut *conn, lock, group, AccountId(*member), ReleaseReason::GroupClosed, None, now).await?;
    }
    Ok(members.len())
}
