//! Answers as typed, valid or not: nothing typed is lost.

use super::{Conn, Failure, sessions::Member};
use crate::domain::{about::FieldError, ids::AccountId};
use serde::{Serialize, de::DeserializeOwned};

/// A step of reserving whose answers are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DraftStep {
    /// About you.
    About,
    /// Agreements.
    Agreements,
}

impl DraftStep {
    fn code(self) -> &'static str {
        match self {
            Self::About => "about",
            Self::Agreements => "agreements",
        }
    }
}

/// Keeps what was typed at a step, with what was wrong with it.
pub async fn keep(
    conn: &mut Conn,
    member: &Member,
    step: DraftStep,
    typed: &impl Serialize,
    errors: &[FieldError],
) -> Result<(), Failure> {
    let broken = |error: serde_json::Error| Failure::Broken(error.to_string());
    let mut fields = serde_json::to_value(typed).map_err(broken)?;
    // Postgres keeps no NUL; the error at the field says that it has to be typed again.
    for field in fields.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
        if let serde_json::Value::String(text) = field {
            text.retain(|c| c != '\0');
        }
    }
    sqlx::query!(
        "insert into drafts (member_id, step, fields, errors) values ($1, $2, $3, $4)
         on conflict (member_id, step) do update set fields = excluded.fields, errors = excluded.errors, updated_at = now()",
        member.id().0,
        step.code(),
        fields,
        serde_json::to_value(errors).map_err(broken)?
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What was typed last at a step, and what was wrong with it. A draft of an older form is as good as none.
pub async fn find<T: DeserializeOwned>(
    executor: impl sqlx::PgExecutor<'_>,
    member: AccountId,
    step: DraftStep,
) -> Result<Option<(T, Vec<FieldError>)>, Failure> {
    let row =
        sqlx::query!("select fields, errors from drafts where member_id = $1 and step = $2", member.0, step.code())
            .fetch_optional(executor)
            .await?;
    Ok(row.and_then(|row| {
        Some((serde_json::from_value(row.fields).ok()?, serde_json::from_value(row.errors).unwrap_or_default()))
    }))
}

/// Forgets a draft whose answers are kept elsewhere now.
pub async fn forget(conn: &mut Conn, member: &Member, step: DraftStep) -> Result<(), Failure> {
    sqlx::query!("delete from drafts where member_id = $1 and step = $2", member.id().0, step.code())
        .execute(conn)
        .await?;
    Ok(())
}
