//! Questions to the practice.

use super::{Conn, Failure};
use crate::domain::{contact::Question, email::Email, ids::AccountId};
use uuid::Uuid;

/// Keeps a question, with the account of whoever was signed in; says whether it is a new one. One that was sent twice is kept
/// once.
pub async fn add(conn: &mut Conn, id: Uuid, question: &Question, asks: Option<AccountId>) -> Result<bool, Failure> {
    let added = sqlx::query!(
        "insert into contact_questions (id, name, email, question, account_id) values ($1, $2, $3, $4, $5)
         on conflict (id) do nothing",
        id,
        question.name.as_str(),
        question.email.as_str(),
        question.text.as_str(),
        asks.map(|account| account.0)
    )
    .execute(conn)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Where the answer would have gone, once the address is erased.
const ERASED: &str = "erased@deleted.invalid";

/// Erases what somebody asked while she was signed in. Of a question that only came with her address the address goes: the
/// words may be somebody else's, who typed it by mistake. Gives the ids of both: the office's mails hold name and address too.
pub async fn forget(conn: &mut Conn, account: AccountId, email: &Email) -> Result<Vec<Uuid>, Failure> {
    let mut ids = sqlx::query_scalar!("delete from contact_questions where account_id = $1 returning id", account.0)
        .fetch_all(&mut *conn)
        .await?;
    let typed = sqlx::query_scalar!(
        "update contact_questions set email = $2 where email = $1 returning id",
        email.as_str(),
        ERASED
    )
    .fetch_all(conn)
    .await?;
    ids.extend(typed);
    Ok(ids)
}
