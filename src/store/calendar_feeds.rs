//! The secret calendar feed of a member: only its token's hash is stored, and what it says is read from seats and meetings.

use super::{Conn, Failure, audit, groups::weekday, sessions::Member};
use crate::domain::ids::{AccountId, GroupId, MeetingId};
use chrono::{DateTime, Duration, Utc, Weekday};
use serde_json::json;

/// SHA-256 of a feed's token.
pub type FeedHash = [u8; 32];

/// Makes the feed, or gives it a new token: the old address finds nothing from then on.
pub async fn make(conn: &mut Conn, member: &Member, token: &FeedHash) -> Result<(), Failure> {
    sqlx::query!(
        "insert into calendar_feeds (account_id, token_hash) values ($1, $2)
         on conflict (account_id) do update set token_hash = excluded.token_hash, made_at = now()",
        member.id().0,
        &token[..]
    )
    .execute(&mut *conn)
    .await?;
    audit::record(conn, "calendar feed made", member.id(), json!({})).await
}

/// Switches the feed off. Without one there is nothing to do.
pub async fn stop(conn: &mut Conn, member: &Member) -> Result<(), Failure> {
    let gone =
        sqlx::query!("delete from calendar_feeds where account_id = $1", member.id().0).execute(&mut *conn).await?;
    if gone.rows_affected() > 0 {
        audit::record(conn, "calendar feed switched off", member.id(), json!({})).await?;
    }
    Ok(())
}

/// When the feed of an account was made, if there is one.
pub async fn made_at(
    executor: impl sqlx::PgExecutor<'_>,
    account: AccountId,
) -> Result<Option<DateTime<Utc>>, Failure> {
    Ok(sqlx::query_scalar!("select made_at from calendar_feeds where account_id = $1", account.0)
        .fetch_optional(executor)
        .await?)
}

/// Whose feed this is.
pub async fn find(executor: impl sqlx::PgExecutor<'_>, token: &FeedHash) -> Result<Option<AccountId>, Failure> {
    let account = sqlx::query_scalar!("select account_id from calendar_feeds where token_hash = $1", &token[..])
        .fetch_optional(executor)
        .await?;
    Ok(account.map(AccountId))
}

/// A meeting as a calendar shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FeedEvent {
    /// Its id; it stays with its week, so a calendar knows it again.
    pub id: MeetingId,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// The group's zone, by its IANA name.
    pub zone: String,
    /// On which the group meets by its series, in that zone.
    pub weekday: Weekday,
    /// Rises with every change that she should see.
    pub sequence: i32,
    /// When that was.
    pub changed_at: DateTime<Utc>,
    /// It does not take place, or not with her.
    pub cancelled: bool,
}

/// Her meetings of the last 90 days and all that are planned. Meetings that lay ahead when she gave a seat back are
/// cancelled for her; each end and each new beginning of a seat counts as a change of them. `now` is the calendar's clock.
pub async fn events(
    executor: impl sqlx::PgExecutor<'_>,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<FeedEvent>, Failure> {
    read(executor, account, None, now - Duration::days(90)).await
}

/// Her meetings of one group that lie ahead, with the same ids and numbers as in her feed. Those that were cancelled before
/// her first one are among them: she may have them in her calendar from a time when one of them was to be the first.
pub async fn coming_of_group(
    executor: impl sqlx::PgExecutor<'_>,
    account: AccountId,
    group: GroupId,
    now: DateTime<Utc>,
) -> Result<Vec<FeedEvent>, Failure> {
    read(executor, account, Some(group), now).await
}

async fn read(
    executor: impl sqlx::PgExecutor<'_>,
    account: AccountId,
    group: Option<GroupId>,
    after: DateTime<Utc>,
) -> Result<Vec<FeedEvent>, Failure> {
    let rows = sqlx::query!(
        r#"with hers as (
             select r.group_id, r.ended_at, r.confirmed_at, coalesce(f.starts_at, r.confirmed_at) as since
             from reservations r left join meetings f on f.id = r.first_meeting_id where r.member_id = $1
           ), turns as (
             select group_id, count(*) + count(ended_at) - 1 as count, max(greatest(confirmed_at, ended_at)) as at
             from reservations where member_id = $1 group by group_id
           )
           select m.id, m.starts_at, m.ends_at, g.zone, g.weekday, (m.sequence + t.count)::int as "sequence!",
             greatest(m.changed_at, t.at) as "changed_at!",
             m.status <> 'scheduled' or not bool_or(h.ended_at is null or m.starts_at < h.ended_at) as "cancelled!"
           from hers h join turns t on t.group_id = h.group_id join groups g on g.id = h.group_id
           join meetings m on m.group_id = h.group_id and (m.starts_at >= h.since
               or $3::uuid is not null and m.status <> 'scheduled' and m.starts_at >= h.confirmed_at)
             -- What was planned only after she had left was never in her calendar.
             and (h.ended_at is null or m.starts_at < h.ended_at + interval '12 weeks')
           where m.starts_at > $2 and ($3::uuid is null or m.group_id = $3)
           group by m.id, g.zone, g.weekday, t.count, t.at order by m.starts_at, m.id"#,
        account.0,
        after,
        group.map(|group| group.0)
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| FeedEvent {
            id: MeetingId(row.id),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            zone: row.zone,
            weekday: weekday(row.weekday),
            sequence: row.sequence,
            changed_at: row.changed_at,
            cancelled: row.cancelled,
        })
        .collect())
}
