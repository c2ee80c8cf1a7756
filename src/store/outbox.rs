//! The outbox: mails are written in the transaction of their event and sent later, at least once, always with the same
//! Message-ID. Leases and delays are judged by `now()` of Postgres, so that workers with different clocks agree.
//!
//! Two streams leave it: mails to accounts, here, and mails to the list ([`super::outbox_list`]), which have an address that
//! ends them. Neither claims what belongs to the other, so that no code waits behind a weekly mail to everybody.

use super::{Conn, Failure};
use crate::domain::letter::{Letter, OutboxMail, Shared, SharedWords, Tie};
use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use std::sync::Arc;
use uuid::Uuid;

mod batch;

pub use batch::{enqueue_all, insert_words};

/// A mail that no worker ever answered for after so many claims stops the worker each time; it is given up.
pub(super) const CLAIMS_AT_MOST: i16 = 50;

/// Writes a mail into the outbox. A mail of the same event is there already: nothing happens, and the first one stays.
///
/// `public_host` is the right side of the Message-ID ([`crate::domain::letter::host_of`] of `PUBLIC_URL`); its left side
/// is drawn by Postgres.
pub async fn enqueue(conn: &mut Conn, letter: &Letter, public_host: &str) -> Result<(), Failure> {
    let (meeting, sequence, reservation, offer) = match letter.tied_to {
        Some(Tie::Meeting { meeting, sequence, reservation }) => {
            (Some(meeting.0), Some(sequence), Some(reservation.0), None)
        }
        Some(Tie::Seat(reservation)) => (None, None, Some(reservation.0), None),
        Some(Tie::Offer(offer)) => (None, None, None, Some(offer.0)),
        None => (None, None, None, None),
    };
    sqlx::query!(
        "insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, calendar,
                             message_id, expires_at, subscriber_id, unsubscribe_url,
                             about_meeting, about_sequence, about_reservation, about_offer)
         select drawn.id, $1, $2, $3, $4, $5, $6, $7,
                '<' || drawn.id || '@' || $8::text || '>', now() + make_interval(secs => $9::integer), $10, $11,
                $12, $13, $14, $15
         from (select gen_random_uuid() as id) drawn
         on conflict (event_key) do nothing",
        letter.event_key,
        letter.kind,
        letter.to.as_str(),
        letter.subject,
        letter.text,
        letter.html,
        letter.calendar,
        public_host,
        letter.expires_in_seconds,
        letter.list.as_ref().map(|list| list.subscriber.0),
        letter.list.as_ref().map(|list| list.unsubscribe_url.as_str()),
        meeting,
        sequence,
        reservation,
        offer
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A row as it is claimed.
pub(super) struct Claimed {
    pub id: Uuid,
    pub kind: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub calendar: Option<String>,
    pub unsubscribe_url: Option<String>,
    pub message_id: String,
    pub created_at: DateTime<Utc>,
    pub attempts: i16,
    pub words_id: Option<Uuid>,
    pub preferences_url: Option<String>,
}

impl Claimed {
    /// The mail, with the words that it shares with others, if it does.
    pub fn with(self, words: Option<Arc<SharedWords>>) -> OutboxMail {
        let preferences_url = self.preferences_url.unwrap_or_default();
        OutboxMail {
            id: self.id,
            kind: self.kind,
            to: self.to,
            subject: self.subject,
            text: self.text,
            html: self.html,
            created_at: words.as_ref().map_or(self.created_at, |words| words.written_at),
            shared: words.map(|words| Shared { words, preferences_url }),
            calendar: self.calendar,
            unsubscribe_url: self.unsubscribe_url,
            message_id: self.message_id,
            attempts: self.attempts,
        }
    }
}

/// Claims up to `batch` mails to accounts that are due, for `lease_seconds`. Nobody else gets them before the lease ends.
///
/// Whatever goes out of date first comes first: a sign-in code waits behind nothing. A reminder of something that is not so
/// any more is not claimed; [`expire`] gives it up.
pub async fn claim(conn: &mut Conn, batch: u16, lease_seconds: u32) -> Result<Vec<OutboxMail>, Failure> {
    let mails = sqlx::query_as!(
        Claimed,
        r#"with due as (
             select id from outbox
             where sent_at is null and failed_at is null and unsubscribe_url is null and send_after <= now()
               and (leased_until is null or leased_until <= now())
               and (expires_at is null or expires_at > now())
               and attempts < $3
               and not outbox_is_stale(about_meeting, about_sequence, about_reservation, about_offer)
             order by expires_at, send_after
             limit $1
             for update skip locked
           )
           update outbox set leased_until = now() + make_interval(secs => $2), attempts = attempts + 1
           from due where outbox.id = due.id
           returning outbox.id, kind, to_address as "to", subject, text_body as text, html_body as html, calendar,
                     unsubscribe_url, message_id, created_at, attempts, words_id, preferences_url"#,
        i64::from(batch),
        f64::from(lease_seconds),
        CLAIMS_AT_MOST
    )
    .fetch_all(conn)
    .await?;
    Ok(mails.into_iter().map(|mail| mail.with(None)).collect())
}

/// Notes that a mail has left. True whatever happened to the lease meanwhile: it did leave. Of a token that was mailed for the
/// weekly list only a hash is kept, so the words that carry it go now.
pub async fn mark_sent(conn: &mut Conn, mail: &OutboxMail) -> Result<(), Failure> {
    sqlx::query!(
        r"update outbox set sent_at = now(), failed_at = null, leased_until = null, last_error = null,
           text_body = case when kind like 'subscription\_%' then '' else text_body end,
           html_body = case when kind like 'subscription\_%' then '' else html_body end
         where id = $1 and sent_at is null",
        mail.id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a mail could not be sent. With `retry` it is due again after 30 seconds, then after twice as long each
/// time up to an hour, and is given up a day after it was written; without, at once. One to the list waits up to four hours, and
/// until it is out of date: a relay that is away for days costs nobody her week. Does nothing when the lease has
/// ended and another worker has the mail, when it goes to another address now, or when it was given up meanwhile: what was
/// erased stays so.
pub async fn mark_failed(conn: &mut Conn, mail: &OutboxMail, retry: bool, why: &str) -> Result<(), Failure> {
    // Servers say long things, and Postgres keeps no NUL.
    let why: String = why.chars().filter(|c| !c.is_control()).take(300).collect();
    sqlx::query!(
        "update outbox set
           leased_until = null,
           last_error = $4,
           send_after = now() + least(case when unsubscribe_url is null then interval '1 hour' else interval '4 hours' end,
             interval '30 seconds' * power(2, least(attempts, 20) - 1)),
           -- A mail that lay still for a day while no worker ran deserves more than one try.
           failed_at = case when not $3
             or unsubscribe_url is null and created_at <= now() - interval '24 hours' and attempts >= 5 then now() end
         where id = $1 and attempts = $2 and to_address = $5 and sent_at is null and failed_at is null",
        mail.id,
        mail.attempts,
        retry,
        why,
        mail.to
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives up mails to accounts that nobody wants any more (codes that are out of date, reminders of what is not so any more)
/// or that no worker survives. Returns how many.
///
/// A reminder that never went out leaves its event free: a seat may be taken again, a meeting moved back, in time for one.
pub async fn expire(conn: &mut Conn) -> Result<u64, Failure> {
    let given_up = sqlx::query!(
        "update outbox set failed_at = now(), leased_until = null,
           last_error = case when expires_at <= now() then 'out of date'
             when attempts >= $1 then 'claimed too often without an answer' else 'ended' end,
           event_key = case when attempts = 0 and coalesce(about_reservation, about_offer) is not null
             then event_key || ':' || id else event_key end
         where sent_at is null and failed_at is null and unsubscribe_url is null
           and (leased_until is null or leased_until <= now())
           and (expires_at <= now() or attempts >= $1
             or outbox_is_stale(about_meeting, about_sequence, about_reservation, about_offer))",
        CLAIMS_AT_MOST
    )
    .execute(conn)
    .await?;
    Ok(given_up.rows_affected())
}

/// How much lies in one of the two streams of the outbox.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Depth {
    /// Mails that are still to be sent.
    pub waiting: i64,
    /// Age in seconds of the oldest of them; 0 when there is none.
    pub oldest_seconds: f64,
    /// Mails that were given up within the last day, without those that went out of date, were discarded, or were not wanted
    /// any more.
    pub given_up: i64,
    /// Mails of a restored backup that wait for somebody to decide about them.
    pub held: i64,
}

/// Measures the mails to accounts.
pub async fn depth(executor: impl PgExecutor<'_>) -> Result<Depth, Failure> {
    let depth = sqlx::query_as!(
        Depth,
        r#"select
             count(*) filter (where failed_at is null and send_after < 'infinity') as "waiting!",
             coalesce(extract(epoch from now() - min(created_at) filter (where failed_at is null and send_after < 'infinity')), 0)::float8
               as "oldest_seconds!",
             count(*) filter (where failed_at > now() - interval '1 day'
                                and coalesce(last_error, '') not in ('out of date', 'discarded', 'ended')) as "given_up!",
             count(*) filter (where failed_at is null and send_after = 'infinity') as "held!"
           from outbox where sent_at is null and unsubscribe_url is null"#
    )
    .fetch_one(executor)
    .await?;
    Ok(depth)
}

/// Mails of a restored backup that are held: they are due at no time, until somebody decides about them.
pub async fn count_held(executor: impl PgExecutor<'_>) -> Result<i64, Failure> {
    let held = sqlx::query_scalar!(
        // Each stream has its own index.
        r#"select (select count(*) from outbox
               where send_after = 'infinity' and sent_at is null and failed_at is null and unsubscribe_url is null)
             + (select count(*) from outbox
               where send_after = 'infinity' and sent_at is null and failed_at is null and unsubscribe_url is not null)
             as "held!""#
    )
    .fetch_one(executor)
    .await?;
    Ok(held)
}

/// Lets held mails go out. Returns how many.
pub async fn release_held(conn: &mut Conn) -> Result<u64, Failure> {
    let released = sqlx::query!(
        "update outbox set send_after = now() where id = any(array(
           select id from outbox
           where send_after = 'infinity' and sent_at is null and failed_at is null and unsubscribe_url is null
           union all select id from outbox
           where send_after = 'infinity' and sent_at is null and failed_at is null and unsubscribe_url is not null))"
    )
    .execute(conn)
    .await?;
    Ok(released.rows_affected())
}

/// Gives held mails up. Returns how many.
pub async fn discard_held(conn: &mut Conn) -> Result<u64, Failure> {
    let discarded = sqlx::query!(
        "update outbox set failed_at = now(), last_error = 'discarded' where id = any(array(
           select id from outbox
           where send_after = 'infinity' and sent_at is null and failed_at is null and unsubscribe_url is null
           union all select id from outbox
           where send_after = 'infinity' and sent_at is null and failed_at is null and unsubscribe_url is not null))"
    )
    .execute(conn)
    .await?;
    Ok(discarded.rows_affected())
}

/// Mails that are due and wait to be sent, for the metrics.
pub async fn count_due(executor: impl PgExecutor<'_>) -> Result<i64, Failure> {
    let due = sqlx::query_scalar!(
        r#"select (select count(*) from outbox
               where sent_at is null and failed_at is null and send_after <= now() and unsubscribe_url is null
                 and (expires_at is null or expires_at > now()))
             + (select count(*) from outbox
               where sent_at is null and failed_at is null and send_after <= now() and unsubscribe_url is not null
                 and (expires_at is null or expires_at > now())) as "due!""#
    )
    .fetch_one(executor)
    .await?;
    Ok(due)
}
