//! Deleting an account: what is erased at once, and what stays because the practice has to keep its record of care. The
//! row of the account stays without an address, so that the record hangs on something; nobody can sign in to it.

use super::{
    Conn, Failure, address_changes, audit, contact,
    sessions::TokenHash,
    subscribers::{AddressMac, ending},
};
use crate::domain::{
    email::Email,
    ids::{AccountId, GroupId},
};
use serde_json::json;

/// Groups in which she has a seat, a hold or an offer, or waits; in the order in which their locks are taken.
pub async fn groups_of(executor: impl sqlx::PgExecutor<'_>, account: AccountId) -> Result<Vec<GroupId>, Failure> {
    let ids = sqlx::query_scalar!(
        r#"select group_id as "id!" from (
             select group_id from seats where member_id = $1 and state <> 'free'
             union select group_id from waiting_entries where member_id = $1 and ended_at is null
             union select group_id from offers where member_id = $1 and closed_at is null) as hers
           order by 1"#,
        account.0
    )
    .fetch_all(executor)
    .await?;
    Ok(ids.into_iter().map(GroupId).collect())
}

/// Whether she ever had a seat: then there is a record of care.
pub async fn has_record(executor: impl sqlx::PgExecutor<'_>, account: AccountId) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar!(r#"select exists(select from reservations where member_id = $1) as "has!""#, account.0)
        .fetch_one(executor)
        .await?)
}

/// Whether this token belongs to a session of an account that is deleted: the same form came twice.
pub async fn is_done(executor: impl sqlx::PgExecutor<'_>, token: &TokenHash) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select exists(select from sessions s join accounts a on a.id = s.account_id
             where s.token_hash = $1 and a.deleted_at is not null) as "done!""#,
        &token[..]
    )
    .fetch_one(executor)
    .await?)
}

/// Erases what need not be kept. Seats, lines and offers have been ended before, under their locks. `mac` is the keyed hash of
/// her address: it stays where the weekly mail went there.
pub async fn erase(conn: &mut Conn, account: AccountId, email: &Email, mac: &AddressMac) -> Result<(), Failure> {
    let record = has_record(&mut *conn, account).await?;
    if record {
        sqlx::query!(
            "update members set display_name = null, phone = null, state = null, outside_us = false, says_adult = false,
               zone = null, contact_name = null, contact_phone = null, updated_at = now() where account_id = $1",
            account.0
        )
        .execute(&mut *conn)
        .await?;
    } else {
        sqlx::query!("delete from members where account_id = $1", account.0).execute(&mut *conn).await?;
        sqlx::query!("delete from agreements where member_id = $1", account.0).execute(&mut *conn).await?;
    }
    sqlx::query!("delete from drafts where member_id = $1", account.0).execute(&mut *conn).await?;
    sqlx::query!("delete from holds where member_id = $1", account.0).execute(&mut *conn).await?;
    sqlx::query!("delete from idempotency_keys where member_id = $1", account.0).execute(&mut *conn).await?;
    sqlx::query!("delete from calendar_feeds where account_id = $1", account.0).execute(&mut *conn).await?;
    sqlx::query!("delete from mail_choices where account_id = $1", account.0).execute(&mut *conn).await?;
    sqlx::query!("delete from address_changes where account_id = $1", account.0).execute(&mut *conn).await?;
    sqlx::query!("delete from sign_in_codes where email = $1", email.as_str()).execute(&mut *conn).await?;
    ending::wipe_of(&mut *conn, email, mac).await?;
    sqlx::query!(
        "update sessions set revoked_at = coalesce(revoked_at, now()), device = '', code_hash = null, code_until = null
         where account_id = $1",
        account.0
    )
    .execute(&mut *conn)
    .await?;
    // Mails that are about her and went elsewhere: to a new address that she asked for or a former one, and to the office, with
    // her questions.
    let questions = contact::forget(&mut *conn, account, email).await?;
    let mut elsewhere: Vec<_> = questions.iter().map(|id| format!("contact_question:{id}")).collect();
    let changes = address_changes::all_of(&mut *conn, account).await?;
    let mails_of = |change| ["address_new", "address_changed"].map(|kind| format!("{kind}:{change}"));
    elsewhere.extend(changes.into_iter().flat_map(mails_of));
    // A mail that a worker has in its hands may still leave; all others do not. The rows stay, so that no event is mailed
    // anew.
    sqlx::query!(
        "update outbox set to_address = '', subject = '', text_body = '', html_body = '', calendar = null,
           words_id = null, preferences_url = null,
           failed_at = case when sent_at is null then coalesce(failed_at, now()) end,
           last_error = case when sent_at is null then 'discarded' end
         where to_address = $1 or event_key = any ($2)",
        email.as_str(),
        &elsewhere
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update accounts set email = id::text || '@deleted.invalid', deleted_at = now() where id = $1",
        account.0
    )
    .execute(&mut *conn)
    .await?;
    audit::record(conn, "account deleted", account, json!({ "record_kept": record })).await
}
