//! What is stored about a subscriber, for herself: the row, her weeks, mails to the list, and what was done. Hashes and the words of
//! mails are left out.

use super::Subscriber;
use crate::store::{Conn, Failure, account_data::TableData};

/// Everything, read at one moment.
pub async fn collect(conn: &mut Conn, subscriber: &Subscriber) -> Result<Vec<TableData>, Failure> {
    let (id, email) = (subscriber.id.0, subscriber.email.as_str());
    let row = sqlx::query_scalar!(
        "select to_jsonb(t) from (
           select id, email, status, topics, kinds, place, days, times, zone, weekday, hour, paused_until, details,
             consent_version, consent_text, asked_at, asked, confirmed_at, mailed_at, new_email, new_email_expires_at,
             ended_at, created_at
           from subscribers where id = $1) t",
        id
    )
    .fetch_all(&mut *conn)
    .await?;
    let weeks = sqlx::query_scalar!(
        "select to_jsonb(t) from (
           select starts_at, ends_at, status, ended, groups from digests where subscriber_id = $1 order by ends_at) t",
        id
    )
    .fetch_all(&mut *conn)
    .await?;
    let mails = sqlx::query_scalar!(
        r#"select to_jsonb(t) from (
           select subject, kind, created_at, sent_at, failed_at from outbox
           where subscriber_id = $1 or to_address = $2 and (kind like 'subscription\_%' or unsubscribe_url is not null)
             -- To an address that she had before, or asked for.
             or kind like 'subscription\_%' and event_key collate "C" >= 'subscription:' || $1::uuid || ':'
               and event_key collate "C" < 'subscription:' || $1::uuid || ';'
           order by created_at) t"#,
        id,
        email
    )
    .fetch_all(&mut *conn)
    .await?;
    let trail = sqlx::query_scalar!(
        "select to_jsonb(t) from (
           select at, action, case
             when actor = $1::uuid::text then 'whoever had a link from our mails'
             when actor = 'visitor' then 'somebody on our page'
             when actor = 'worker' then 'the program'
             else 'somebody signed in' end as who
           from audit_events where subject = $1::uuid::text order by at, id) t",
        id
    )
    .fetch_all(conn)
    .await?;
    let table = |table: &str, rows: Vec<Option<serde_json::Value>>| TableData {
        table: table.to_owned(),
        rows: rows.into_iter().flatten().collect(),
    };
    Ok(vec![table("subscribers", row), table("digests", weeks), table("outbox", mails), table("audit_events", trail)])
}
