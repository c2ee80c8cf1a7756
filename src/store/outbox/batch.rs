//! Many mails of one kind in one statement: one round trip for five hundred.

use super::{Conn, Failure};
use crate::domain::letter::Letter;
use uuid::Uuid;

/// Writes mails to the list into the outbox, as [`super::enqueue`] does with one, each under the id that comes with it. One
/// whose event was mailed already is left out. They are tied to whoever subscribed and to nothing else.
pub async fn enqueue_all(conn: &mut Conn, letters: &[(Uuid, Letter)], public_host: &str) -> Result<(), Failure> {
    let column = |of: fn(&Letter) -> &str| letters.iter().map(|(_, letter)| of(letter)).collect::<Vec<_>>();
    let list = |letter: &Letter| letter.list.as_ref().map(|list| list.subscriber.0);
    let url = |letter: &Letter| letter.list.as_ref().map(|list| list.unsubscribe_url.clone());
    sqlx::query!(
        "insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id, calendar, expires_at,
           subscriber_id, unsubscribe_url)
         select id, event_key, kind, to_address, subject, text_body, html_body, '<' || id || '@' || $1::text || '>', calendar,
           now() + make_interval(secs => expires), subscriber_id, unsubscribe_url
         from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::integer[],
             $11::uuid[], $12::text[])
           as new (id, event_key, kind, to_address, subject, text_body, html_body, calendar, expires, subscriber_id, unsubscribe_url)
         on conflict (event_key) do nothing",
        public_host,
        &letters.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        &column(|letter| &letter.event_key) as &[&str],
        &column(|letter| letter.kind) as &[&str],
        &column(|letter| letter.to.as_str()) as &[&str],
        &column(|letter| &letter.subject) as &[&str],
        &column(|letter| &letter.text) as &[&str],
        &column(|letter| &letter.html) as &[&str],
        &letters.iter().map(|(_, letter)| letter.calendar.clone()).collect::<Vec<_>>() as &[Option<String>],
        &letters.iter().map(|(_, letter)| letter.expires_in_seconds).collect::<Vec<_>>() as &[Option<i32>],
        &letters.iter().map(|(_, letter)| list(letter)).collect::<Vec<_>>() as &[Option<Uuid>],
        &letters.iter().map(|(_, letter)| url(letter)).collect::<Vec<_>>() as &[Option<String>]
    )
    .execute(conn)
    .await?;
    Ok(())
}
