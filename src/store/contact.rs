//! Questions to the practice.

use super::{Conn, Failure};
use crate::domain::contact::Question;
use uuid::Uuid;

/// Keeps a question; says whether it is a new one. One that was sent twice is kept once.
pub async fn add(conn: &mut Conn, id: Uuid, question: &Question) -> Result<bool, Failure> {
    let added = sqlx::query!(
        "insert into contact_questions (id, name, email, question) values ($1, $2, $3, $4) on conflict (id) do nothing",
        id,
        question.name.as_str(),
        question.email.as_str(),
        question.text.as_str()
    )
    .execute(conn)
    .await?;
    Ok(added.rows_affected() == 1)
}
