//! Which mails a member wants.

use super::{Conn, Failure, audit, sessions::Member};
use crate::domain::{ids::AccountId, reminder::MailChoices};
use serde_json::json;

/// What she chose; all, while she has chosen nothing.
pub async fn find(executor: impl sqlx::PgExecutor<'_>, account: AccountId) -> Result<MailChoices, Failure> {
    let row = sqlx::query!(
        "select day_before, hour_before, meeting_changes, offer_ending from mail_choices where account_id = $1",
        account.0
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map_or_else(MailChoices::default, |row| MailChoices {
        day_before: row.day_before,
        hour_before: row.hour_before,
        meeting_changes: row.meeting_changes,
        offer_ending: row.offer_ending,
    }))
}

/// Keeps what she chose; mails that she does not want any more and that have not left do not leave. The same again is nothing
/// to keep; tells whether anything was.
pub async fn keep(conn: &mut Conn, member: &Member, choices: MailChoices) -> Result<bool, Failure> {
    if find(&mut *conn, member.id()).await? == choices {
        return Ok(false);
    }
    sqlx::query!(
        "insert into mail_choices (account_id, day_before, hour_before, meeting_changes, offer_ending)
         values ($1, $2, $3, $4, $5)
         on conflict (account_id) do update set day_before = excluded.day_before, hour_before = excluded.hour_before,
           meeting_changes = excluded.meeting_changes, offer_ending = excluded.offer_ending, updated_at = now()",
        member.id().0,
        choices.day_before,
        choices.hour_before,
        choices.meeting_changes,
        choices.offer_ending
    )
    .execute(&mut *conn)
    .await?;
    // The event of one that never went out is free again: she may change her mind in time for one.
    sqlx::query!(
        "update outbox set failed_at = now(), leased_until = null, last_error = 'ended',
           event_key = case when attempts = 0 then event_key || ':' || id else event_key end
         where to_address = $1 and kind = any($2) and sent_at is null and failed_at is null",
        member.email().as_str(),
        &choices.unwanted() as &[&str]
    )
    .execute(&mut *conn)
    .await?;
    let detail = json!({
        "day_before": choices.day_before, "hour_before": choices.hour_before,
        "meeting_changes": choices.meeting_changes, "offer_ending": choices.offer_ending,
    });
    audit::record(conn, "mail choices changed", member.id(), detail).await?;
    Ok(true)
}
