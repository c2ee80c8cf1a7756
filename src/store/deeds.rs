//! What a deed of a member in a group begins with: proof, the first answer to the same form, the locks; one round trip.

use super::{
    Conn, Failure, idempotency,
    locks::GroupLock,
    sessions::{Member, Signed, TokenHash},
};
use crate::{
    domain::ids::{AccountId, GroupId, IdempotencyKey},
    error::AppError,
};
use serde::de::DeserializeOwned;

/// How far a deed came at its beginning.
#[derive(Debug)]
pub enum Begun<T> {
    /// It was done before; this was the answer.
    Answered(T),
    /// She may go on: what is read from here on stands still for her.
    Open(Member, GroupId, GroupLock),
}

/// Begins a deed: whoever is signed in with this token, as a member, in the group of this slug.
///
/// Waits for a twin of this request, for whoever changes the group's line or seats, and for her other requests.
pub async fn begin<T: DeserializeOwned>(
    conn: &mut Conn,
    token: Option<TokenHash>,
    action: &str,
    key: IdempotencyKey,
    slug: &str,
) -> Result<Begun<T>, AppError> {
    let token = token.ok_or(AppError::SignInNeeded)?;
    // Postgres refuses a NUL; a slug never has one.
    let slug = if slug.contains('\0') { "" } else { slug };
    let row = sqlx::query!(
        "select session_id, account_id, email, role, stale, answer, group_id from begin_deed($1, $2, $3, $4, $5)",
        &token[..],
        action,
        key.0,
        idempotency::lock_key(key),
        slug
    )
    .fetch_one(conn)
    .await?;
    let signed = match (row.session_id, row.account_id, row.email, row.role) {
        (Some(session), Some(account), Some(email), Some(role)) => {
            Signed::from_row(session, AccountId(account), &email, &role, row.stale.unwrap_or_default())
        }
        _ => None,
    };
    let member = signed.ok_or(AppError::SignInNeeded)?.into_member().ok_or(AppError::Forbidden)?;
    if let Some(answer) = row.answer {
        let answer = serde_json::from_value(answer).map_err(|error| Failure::Broken(error.to_string()))?;
        return Ok(Begun::Answered(answer));
    }
    let group = GroupId(row.group_id.ok_or(AppError::NotFound)?);
    Ok(Begun::Open(member, group, GroupLock::taken()))
}
