//! Many mails of one kind in one statement: one round trip for five hundred.

use super::{Conn, Failure};
use crate::domain::letter::{ListLetter, NewWords};
use uuid::Uuid;

/// Stores words that mails point at; before those mails, in the same transaction.
pub async fn insert_words(conn: &mut Conn, words: &[NewWords]) -> Result<(), Failure> {
    if words.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into digest_words (id, text_body, html_body)
         select * from unnest($1::uuid[], $2::text[], $3::text[])",
        &words.iter().map(|words| words.id).collect::<Vec<_>>(),
        &words.iter().map(|words| words.text.as_str()).collect::<Vec<_>>() as &[&str],
        &words.iter().map(|words| words.html.as_str()).collect::<Vec<_>>() as &[&str]
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes mails to the list into the outbox, as [`super::enqueue`] does with one, each under the id that comes with it. One
/// whose event was mailed already is left out. They are tied to whoever subscribed and to nothing else.
pub async fn enqueue_all(conn: &mut Conn, letters: &[ListLetter], public_host: &str) -> Result<(), Failure> {
    let uuids = |of: fn(&ListLetter) -> Uuid| letters.iter().map(of).collect::<Vec<_>>();
    let texts = |of: fn(&ListLetter) -> &str| letters.iter().map(of).collect::<Vec<_>>();
    sqlx::query!(
        "insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id, expires_at,
           subscriber_id, unsubscribe_url, words_id, preferences_url, window_ends_at)
         select id, event_key, kind, to_address, subject, '', '', '<' || id || '@' || $1::text || '>',
           now() + make_interval(secs => expires), subscriber_id, unsubscribe_url, words_id, preferences_url, window_ends_at
         from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::uuid[], $9::text[],
             $10::uuid[], $11::text[], $12::timestamptz[])
           as new (id, event_key, kind, to_address, subject, expires, subscriber_id, unsubscribe_url, words_id,
             preferences_url, window_ends_at)
         on conflict (event_key) do nothing",
        public_host,
        &uuids(|letter| letter.id),
        &texts(|letter| &letter.event_key) as &[&str],
        &texts(|letter| letter.kind) as &[&str],
        &texts(|letter| letter.to.as_str()) as &[&str],
        &texts(|letter| &letter.subject) as &[&str],
        &letters.iter().map(|letter| letter.expires_in_seconds).collect::<Vec<_>>() as &[Option<i32>],
        &uuids(|letter| letter.list.subscriber.0),
        &texts(|letter| &letter.list.unsubscribe_url) as &[&str],
        &uuids(|letter| letter.words),
        &texts(|letter| &letter.preferences_url) as &[&str],
        &letters.iter().map(|letter| letter.window_ends_at).collect::<Vec<_>>()
    )
    .execute(conn)
    .await?;
    Ok(())
}
