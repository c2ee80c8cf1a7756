//! Sign-in codes: bound to the browser that asked, one use, five tries, judged by the database's clock.

use super::{Conn, Failure, accounts};
use crate::domain::email::Email;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Tries that a code has.
pub const TRIES: i16 = 5;

/// What is stored of a new code.
#[derive(Debug)]
pub struct NewCode<'a> {
    /// Where it was mailed.
    pub email: &'a Email,
    /// SHA-256 of the browser's cookie.
    pub browser: [u8; 32],
    /// Keyed hash of the six digits.
    pub code: [u8; 32],
    /// SHA-256 of the link's token.
    pub link: [u8; 32],
    /// Own path to go to afterwards.
    pub next: Option<&'a str>,
    /// How long it works.
    pub seconds: u32,
}

/// Adds a code; older ones of the same browser stop working.
pub async fn add(conn: &mut Conn, new: &NewCode<'_>) -> Result<Uuid, Failure> {
    sqlx::query!(
        "update sign_in_codes set used_at = now() where browser_hash = $1 and used_at is null",
        &new.browser[..]
    )
    .execute(&mut *conn)
    .await?;
    let id = sqlx::query_scalar!(
        "insert into sign_in_codes (id, email, browser_hash, code_hash, link_hash, next_path, expires_at)
         values (gen_random_uuid(), $1, $2, $3, $4, $5, now() + make_interval(secs => $6)) returning id",
        new.email.as_str(),
        &new.browser[..],
        &new.code[..],
        &new.link[..],
        new.next,
        f64::from(new.seconds)
    )
    .fetch_one(conn)
    .await?;
    Ok(id)
}

/// The code a browser waits for.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its row.
    pub id: Uuid,
    /// Where it was mailed.
    pub email: String,
    /// Keyed hash of the six digits.
    pub code_hash: Vec<u8>,
    /// SHA-256 of the link's token.
    pub link_hash: Vec<u8>,
    /// Own path to go to afterwards.
    pub next_path: Option<String>,
    /// End.
    pub expires_at: DateTime<Utc>,
}

/// The living code of a browser. With `lock`ed rows two tries at once count twice.
pub async fn pending(conn: &mut Conn, browser: &[u8; 32]) -> Result<Option<Pending>, Failure> {
    // The account before its code: a session is begun for it below, and a new address or a deletion takes both, see `locks`.
    if let Some((email, _)) = shown(&mut *conn, browser).await? {
        accounts::stay_of(&mut *conn, &email).await?;
    }
    let pending = sqlx::query_as!(
        Pending,
        "select id, email, code_hash, link_hash, next_path, expires_at from sign_in_codes
         where browser_hash = $1 and used_at is null and expires_at > now() and tries < $2
         order by created_at desc limit 1 for update",
        &browser[..],
        TRIES
    )
    .fetch_optional(conn)
    .await?;
    Ok(pending)
}

/// What the code page shows: where the last mail went and until when its code works.
pub async fn shown(
    executor: impl sqlx::PgExecutor<'_>,
    browser: &[u8; 32],
) -> Result<Option<(String, DateTime<Utc>)>, Failure> {
    let row = sqlx::query!(
        "select email, expires_at from sign_in_codes where browser_hash = $1 and created_at > now() - interval '1 day'
         order by created_at desc limit 1",
        &browser[..]
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| (row.email, row.expires_at)))
}

/// The code that signed this browser in within the last minute, if one did.
pub async fn just_used(conn: &mut Conn, browser: &[u8; 32]) -> Result<Option<Pending>, Failure> {
    let used = sqlx::query_as!(
        Pending,
        "select id, email, code_hash, link_hash, next_path, expires_at from sign_in_codes
         where browser_hash = $1 and used_at > now() - interval '1 minute' order by used_at desc limit 1",
        &browser[..]
    )
    .fetch_optional(conn)
    .await?;
    Ok(used)
}

/// Counts a wrong try.
pub async fn count_try(conn: &mut Conn, id: Uuid) -> Result<(), Failure> {
    sqlx::query!("update sign_in_codes set tries = tries + 1 where id = $1", id).execute(conn).await?;
    Ok(())
}

/// Uses a code up.
pub async fn use_up(conn: &mut Conn, id: Uuid) -> Result<(), Failure> {
    sqlx::query!("update sign_in_codes set used_at = now() where id = $1", id).execute(conn).await?;
    Ok(())
}
