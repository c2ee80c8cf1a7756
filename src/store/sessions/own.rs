//! Somebody's own sessions: which there are, and ending them. An ended one works nowhere from then on.

use super::{super::audit, Conn, Failure, Signed};
use crate::domain::ids::AccountId;
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

/// A living session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Device {
    /// Its row.
    pub id: Uuid,
    /// "Firefox on Linux".
    pub words: String,
    /// Whether she said that the device is her own.
    pub own_device: bool,
    /// When she signed in.
    pub begun_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub used_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// Her living sessions: the one that asks first, then those used last.
pub async fn living(executor: impl sqlx::PgExecutor<'_>, signed: &Signed) -> Result<Vec<Device>, Failure> {
    let devices = sqlx::query_as!(
        Device,
        r#"select id, device as words, own_device, created_at as begun_at, used_at, id = $2 as "is_this!" from sessions
           where account_id = $1 and revoked_at is null and expires_at > now()
             and used_at > now() - make_interval(secs => idle_seconds)
           order by id <> $2, used_at desc, id"#,
        signed.account.0,
        signed.session
    )
    .fetch_all(executor)
    .await?;
    Ok(devices)
}

/// Ends one of her sessions. Tells whether there was such a living one; nobody else's is ever touched.
pub async fn end_one(conn: &mut Conn, signed: &Signed, id: Uuid) -> Result<bool, Failure> {
    let ended = sqlx::query!(
        "update sessions set revoked_at = now() where id = $1 and account_id = $2 and revoked_at is null",
        id,
        signed.account.0
    )
    .execute(&mut *conn)
    .await?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    audit::record(conn, "session ended", signed.account, json!({ "session": id })).await?;
    Ok(true)
}

/// Ends every session of an account, and its calendar feed: whoever took one of them may have made the other. Returns how
/// many sessions.
pub async fn end_all(conn: &mut Conn, account: AccountId) -> Result<u64, Failure> {
    let ended =
        sqlx::query!("update sessions set revoked_at = now() where account_id = $1 and revoked_at is null", account.0)
            .execute(&mut *conn)
            .await?
            .rows_affected();
    let feeds = sqlx::query!("delete from calendar_feeds where account_id = $1", account.0)
        .execute(&mut *conn)
        .await?
        .rows_affected();
    audit::record(conn, "signed out everywhere", account, json!({ "sessions": ended, "feeds": feeds })).await?;
    Ok(ended)
}
