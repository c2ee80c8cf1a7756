//! A fresh code for a session on "my own device": such a device stays signed in for weeks and may be in other hands, so
//! before her data leaves, her address changes or her account goes, she types a code that was mailed just now.

use super::{super::audit, Conn, Failure, Signed};
use serde_json::json;

/// Tries that a code has.
const TRIES: i16 = 5;

/// Whether this session may do what asks for a fresh code: it is not on her own device, or a code was typed within the last
/// ten minutes.
pub async fn is_fresh(executor: impl sqlx::PgExecutor<'_>, signed: &Signed) -> Result<bool, Failure> {
    let fresh = sqlx::query_scalar!(
        r#"select not own_device or verified_at > now() - interval '10 minutes' as "fresh!" from sessions where id = $1"#,
        signed.session
    )
    .fetch_optional(executor)
    .await?;
    Ok(fresh.unwrap_or_default())
}

/// Whether a code is on its way for this session.
pub async fn is_asked(executor: impl sqlx::PgExecutor<'_>, signed: &Signed) -> Result<bool, Failure> {
    let asked = sqlx::query_scalar!(
        r#"select code_until > now() and code_tries < $2 as "asked" from sessions where id = $1"#,
        signed.session,
        TRIES
    )
    .fetch_optional(executor)
    .await?;
    Ok(asked.flatten().unwrap_or_default())
}

/// Keeps the keyed hash of a code that is mailed; an older one stops working.
pub async fn keep_code(conn: &mut Conn, signed: &Signed, tag: &[u8; 32], seconds: u32) -> Result<(), Failure> {
    sqlx::query!(
        "update sessions set code_hash = $2, code_until = now() + make_interval(secs => $3), code_tries = 0 where id = $1",
        signed.session,
        &tag[..],
        f64::from(seconds)
    )
    .execute(&mut *conn)
    .await?;
    audit::record(conn, "fresh code asked for", signed.account, json!({ "session": signed.session })).await
}

/// What typing a code came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Typed {
    /// It was the one.
    Right,
    /// It was another.
    Wrong,
    /// No code works: none was asked for, or it is used, too old or was tried too often.
    Over,
}

/// Tries a code; each try counts. The hashes are keyed, so that comparing them tells nothing about the digits.
pub async fn try_code(conn: &mut Conn, signed: &Signed, tag: &[u8; 32]) -> Result<Typed, Failure> {
    let right = sqlx::query_scalar!(
        r#"update sessions set code_tries = code_tries + 1
           where id = $1 and code_hash is not null and code_until > now() and code_tries < $3
           returning code_hash = $2 as "right!""#,
        signed.session,
        &tag[..],
        TRIES
    )
    .fetch_optional(&mut *conn)
    .await?;
    match right {
        None => Ok(Typed::Over),
        Some(false) => Ok(Typed::Wrong),
        Some(true) => {
            sqlx::query!(
                "update sessions set verified_at = now(), code_hash = null, code_until = null, code_tries = 0 where id = $1",
                signed.session
            )
            .execute(&mut *conn)
            .await?;
            audit::record(conn, "fresh code typed", signed.account, json!({ "session": signed.session })).await?;
            Ok(Typed::Right)
        }
    }
}
