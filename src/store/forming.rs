//! Forming groups: decided on their day. The calendar's clock is a parameter; the day is that of the group's zone.

use super::{Conn, Failure, audit, group_news, locks::ExclusiveLock};
use crate::domain::{
    digest::News,
    ids::{AccountId, GroupId, ReservationId},
};
use chrono::{DateTime, Utc};
use serde_json::json;

/// Days by which a group with too few reservations moves, once.
pub const MOVES_BY_DAYS: i32 = 14;

/// Forming groups whose day has come.
pub async fn groups_to_decide(
    executor: impl sqlx::PgExecutor<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<GroupId>, Failure> {
    let ids = sqlx::query_scalar!(
        "select id from groups where status = 'forming' and decide_on <= ($1 at time zone zone)::date order by id",
        now
    )
    .fetch_all(executor)
    .await?;
    Ok(ids.into_iter().map(GroupId).collect())
}

/// What was decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Enough have reserved: it is open.
    Opens,
    /// Too few: both dates move.
    Moves,
    /// Too few a second time; the caller closes it.
    Closes,
}

/// Decides a forming group whose day has come; nothing when it is not to be decided.
pub async fn decide(
    conn: &mut Conn,
    _lock: &ExclusiveLock,
    group: GroupId,
    now: DateTime<Utc>,
) -> Result<Option<Decision>, Failure> {
    let facts = sqlx::query!(
        r#"select moved_at is not null as "moved!", minimum,
             (select count(*) from seats s where s.group_id = g.id and s.state = 'reserved') as "reserved!"
           from groups g where id = $1 and status = 'forming' and decide_on <= ($2 at time zone zone)::date"#,
        group.0,
        now
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(facts) = facts else { return Ok(None) };
    if facts.reserved >= i64::from(facts.minimum) {
        sqlx::query!("update groups set status = 'open' where id = $1", group.0).execute(&mut *conn).await?;
        group_news::note(&mut *conn, group, News::Opened, now).await?;
        audit::record(conn, "group opened", group, json!({ "reserved": facts.reserved })).await?;
        return Ok(Some(Decision::Opens));
    }
    if facts.moved {
        return Ok(Some(Decision::Closes));
    }
    sqlx::query!(
        "update groups set starts_on = starts_on + $2::int, decide_on = decide_on + $2::int,
           cycle_began_on = cycle_began_on + $2::int, moved_at = $3
         where id = $1",
        group.0,
        MOVES_BY_DAYS,
        now
    )
    .execute(&mut *conn)
    .await?;
    // The weeks that do not take place keep their rows, so that nobody makes them anew. The mail about the move tells of them.
    sqlx::query!(
        "update meetings m set status = 'cancelled', told_sequence = m.sequence + 1 from groups g
         where g.id = $1 and m.group_id = g.id and m.status = 'scheduled'
           and (m.starts_at at time zone g.zone)::date < g.starts_on",
        group.0
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update reservations r set first_meeting_id = (select m.id from meetings m
           where m.group_id = r.group_id and m.status = 'scheduled' order by m.starts_at limit 1)
         where r.group_id = $1 and r.ended_at is null",
        group.0
    )
    .execute(&mut *conn)
    .await?;
    audit::record(conn, "group moved", group, json!({ "reserved": facts.reserved, "days": MOVES_BY_DAYS })).await?;
    Ok(Some(Decision::Moves))
}

/// Somebody with a seat, and when she meets first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seated {
    /// Who.
    pub member: AccountId,
    /// Her reservation.
    pub reservation: ReservationId,
    /// Start of the first meeting that she comes to and that takes place.
    pub first: Option<DateTime<Utc>>,
}

/// Everybody with a seat in a group.
pub async fn seated(conn: &mut Conn, group: GroupId) -> Result<Vec<Seated>, Failure> {
    let rows = sqlx::query!(
        r#"select r.id, r.member_id, (select min(n.starts_at) from meetings n
               where n.group_id = r.group_id and n.status = 'scheduled' and n.starts_at >= m.starts_at) as starts_at
           from reservations r left join meetings m on m.id = r.first_meeting_id
           where r.group_id = $1 and r.ended_at is null order by r.confirmed_at, r.id"#,
        group.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Seated {
            member: AccountId(row.member_id),
            reservation: ReservationId(row.id),
            first: row.starts_at,
        })
        .collect())
}
