//! What is deleted because nobody needs it any more, and how old it has to be. Ages are judged by `now()` of Postgres.
//!
//! Each function removes at most [`AT_ONCE`] rows, so that no statement runs into its time limit and no lock is held for
//! long; it is called again until it returns less.

use super::{Conn, Failure};

/// Rows that one call removes at most.
pub const AT_ONCE: i64 = 2000;

/// Sign-in codes that were used or are out of date, after a day.
pub async fn sign_in_codes(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from sign_in_codes where id in (
           select id from sign_in_codes
           where used_at < now() - interval '1 day' or expires_at < now() - interval '1 day' limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// Answers to forms that may be posted twice, after 48 hours.
pub async fn idempotency_keys(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from idempotency_keys where (member_id, action, key) in (
           select member_id, action, key from idempotency_keys where created_at < now() - interval '48 hours' limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// Sign-in sessions, 30 days after they ended, ran out or were left alone for too long.
pub async fn sessions(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from sessions where id in (
           select id from sessions
           where least(revoked_at, expires_at, used_at + make_interval(secs => idle_seconds))
                 < now() - interval '30 days'
           limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// The record of holds, after 30 days; what it counts is the holds of one day.
pub async fn holds(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from holds where id in (select id from holds where held_at < now() - interval '30 days' limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// Answers of unfinished forms that were not touched for 30 days.
pub async fn drafts(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from drafts where (member_id, step) in (
           select member_id, step from drafts where updated_at < now() - interval '30 days' limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// Token buckets that nobody has taken from for a day: they are full again, and their keys hold networks.
pub async fn rate_buckets(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from rate_buckets where key in (
           select key from rate_buckets where updated_at < now() - interval '1 day' limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// Questions to the practice, after a year.
pub async fn contact_questions(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from contact_questions where id in (
           select id from contact_questions where asked_at < now() - interval '1 year' limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// New addresses that were asked for, 30 days after that ended or ran out.
pub async fn address_changes(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from address_changes where id in (
           select id from address_changes where coalesce(ended_at, expires_at) < now() - interval '30 days' limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// Which groups have changed, after two hours; see [`super::group_changes::OF_USE`]. Each seat that changes hands leaves
/// one, and they are short, so more of them go at once.
pub async fn group_changes(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from group_changes where ctid = any (array(
           select ctid from group_changes where changed_at < now() - interval '2 hours' order by xid limit $1))",
        10 * AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// Addresses that were typed for the weekly mail and have not said yes, after 7 days, whether or not anybody is there. What
/// they had asked for before goes with them; one that ended the mail stays as it was.
pub async fn pending_subscribers(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from subscribers where id in (
           select id from subscribers
           where (status = 'pending' or status = 'bounced' and confirmed_at is null) and asked_at < now() - interval '7 days'
           limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// New addresses for the weekly mail that have not said yes, 7 days after their link ran out.
pub async fn new_addresses(conn: &mut Conn) -> Result<u64, Failure> {
    let forgotten = sqlx::query!(
        "update subscribers set new_email = null, new_email_hash = null, new_email_expires_at = null where id in (
           select id from subscribers where new_email_expires_at < now() - interval '7 days' limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(forgotten.rows_affected())
}

/// What was asked for at an address that had ended the weekly mail, where it has not said yes within 7 days. What it had stays.
pub async fn asked_again(conn: &mut Conn) -> Result<u64, Failure> {
    let forgotten = sqlx::query!(
        "update subscribers set asked = null where id in (
           select id from subscribers where (asked ->> 'asked_at')::timestamptz < now() - interval '7 days' limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(forgotten.rows_affected())
}

/// Words and address of mails that were sent or given up 90 days ago; the row stays, so that its event is never mailed
/// again. Mails that go out of date hold a way in: their words go as soon as it is closed.
pub async fn mail_bodies(conn: &mut Conn) -> Result<u64, Failure> {
    let scrubbed = sqlx::query!(
        "update outbox set text_body = '', html_body = '', calendar = null, words_id = null, preferences_url = null,
           to_address = case when coalesce(sent_at, failed_at) < now() - interval '90 days' then '' else to_address end
         where id in (
           select id from outbox
           where coalesce(sent_at, failed_at) < now() - interval '90 days' and (to_address <> '' or text_body <> '')
             or coalesce(sent_at, failed_at) is not null and expires_at < now() and (text_body <> '' or words_id is not null)
           limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(scrubbed.rows_affected())
}

/// Weekly mails that were sent or given up 30 days ago. What keeps a window from being told again is its digest, so nothing of
/// the mail need stay; other mails to the list are rare and stay as all others do.
pub async fn digest_mails(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from outbox where id in (
           select id from outbox where kind = 'digest' and coalesce(sent_at, failed_at) < now() - interval '30 days' limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// Words of weekly mails that were written 40 days ago: the last mail that said them is gone, or is given up.
pub async fn digest_words(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from digest_words where id in (
           select id from digest_words where written_at < now() - interval '40 days' limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// Windows that were told 400 days ago, so that a year can be compared with the one before. Somebody who has paused for longer
/// hears of all that fits, as if for the first time.
pub async fn digests(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from digests where (subscriber_id, ends_at) in (
           select subscriber_id, ends_at from digests
           where run_id in (select id from digest_runs where began_at < now() - interval '400 days') limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// Rounds without any digest left.
pub async fn digest_runs(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from digest_runs where id in (
           select id from digest_runs r where began_at < now() - interval '400 days'
             and not exists (select from digests d where d.run_id = r.id) limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}

/// What happened to groups 400 days ago: no window goes back further.
pub async fn group_news(conn: &mut Conn) -> Result<u64, Failure> {
    let gone = sqlx::query!(
        "delete from group_news where id in (select id from group_news where at < now() - interval '400 days' limit $1)",
        AT_ONCE
    )
    .execute(conn)
    .await?;
    Ok(gone.rows_affected())
}
