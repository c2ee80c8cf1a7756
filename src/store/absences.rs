//! Absences: told before a meeting begins, and taken back. They free no seat.

use super::{Conn, Failure, audit, sessions::Member};
use crate::domain::ids::{AccountId, GroupId, MeetingId};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::HashSet;

/// Whether a meeting can still be changed by a member: she has a seat in its group, it takes place and has not begun.
pub async fn is_hers_to_tell(
    conn: &mut Conn,
    member: &Member,
    meeting: MeetingId,
    now: DateTime<Utc>,
) -> Result<Option<bool>, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select m.status = 'scheduled' and m.starts_at > $3 as "open!" from meetings m
           join reservations r on r.group_id = m.group_id and r.member_id = $2 and r.ended_at is null
           where m.id = $1"#,
        meeting.0,
        member.id().0,
        now
    )
    .fetch_optional(conn)
    .await?)
}

/// Tells an absence. Telling twice keeps the first.
pub async fn tell(conn: &mut Conn, member: &Member, meeting: MeetingId) -> Result<(), Failure> {
    let told = sqlx::query!(
        "insert into absences (meeting_id, member_id) values ($1, $2) on conflict do nothing",
        meeting.0,
        member.id().0
    )
    .execute(&mut *conn)
    .await?;
    if told.rows_affected() == 1 {
        audit::record(conn, "absence told", meeting, json!({})).await?;
    }
    Ok(())
}

/// Takes an absence back. Nothing to take back is fine too.
pub async fn take_back(conn: &mut Conn, member: &Member, meeting: MeetingId) -> Result<(), Failure> {
    let gone = sqlx::query!("delete from absences where meeting_id = $1 and member_id = $2", meeting.0, member.id().0)
        .execute(&mut *conn)
        .await?;
    if gone.rows_affected() == 1 {
        audit::record(conn, "absence taken back", meeting, json!({})).await?;
    }
    Ok(())
}

/// Meetings from now on for which a member told that she will be away.
pub async fn coming_of(
    executor: impl sqlx::PgExecutor<'_>,
    member: AccountId,
    now: DateTime<Utc>,
) -> Result<HashSet<MeetingId>, Failure> {
    let ids = sqlx::query_scalar!(
        "select a.meeting_id from absences a join meetings m on m.id = a.meeting_id where a.member_id = $1 and m.starts_at > $2",
        member.0,
        now
    )
    .fetch_all(executor)
    .await?;
    Ok(ids.into_iter().map(MeetingId).collect())
}

/// Forgets what a member told of coming meetings of a group in which she has no seat any more.
pub async fn forget_coming(
    conn: &mut Conn,
    member: AccountId,
    group: GroupId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "delete from absences a using meetings m
         where m.id = a.meeting_id and a.member_id = $1 and m.group_id = $2 and m.starts_at > $3",
        member.0,
        group.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
