//! The first answer to a form that may arrive twice. Only a committed success is kept; a refusal leaves nothing.

use super::{Conn, Failure, sessions::Member};
use crate::domain::ids::IdempotencyKey;
use serde::{Serialize, de::DeserializeOwned};

/// The advisory lock for which a twin waits.
pub(super) fn lock_key(key: IdempotencyKey) -> i64 {
    let (high, low) = key.0.as_u64_pair();
    i64::from_ne_bytes((high ^ low.rotate_left(1)).to_ne_bytes())
}

/// Waits for a twin of this request that is under way, then gives the twin's answer, if it had one.
///
/// The advisory lock makes the second of two equal requests wait until the first has committed.
pub async fn first_answer<T: DeserializeOwned>(
    conn: &mut Conn,
    member: &Member,
    action: &str,
    key: IdempotencyKey,
) -> Result<Option<T>, Failure> {
    sqlx::query!("select pg_advisory_xact_lock($1)", lock_key(key)).execute(&mut *conn).await?;
    let answer = sqlx::query_scalar!(
        "select answer from idempotency_keys
         where member_id = $1 and action = $2 and key = $3 and created_at > now() - interval '48 hours'",
        member.id().0,
        action,
        key.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(answer.and_then(|answer| serde_json::from_value(answer).ok()))
}

/// Keeps an answer, in the transaction of what it answers for.
pub async fn keep(
    conn: &mut Conn,
    member: &Member,
    action: &str,
    key: IdempotencyKey,
    answer: &impl Serialize,
) -> Result<(), Failure> {
    let answer = serde_json::to_value(answer).map_err(|error| Failure::Broken(error.to_string()))?;
    sqlx::query!(
        "insert into idempotency_keys (member_id, action, key, answer) values ($1, $2, $3, $4)
         on conflict (member_id, action, key) do update set answer = excluded.answer, created_at = now()",
        member.id().0,
        action,
        key.0,
        answer
    )
    .execute(conn)
    .await?;
    Ok(())
}
