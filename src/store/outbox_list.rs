//! The mails of the outbox that go to the list. They are claimed by the hundred and marked by the group, so that tens of
//! thousands of them cost little; and each group is asked for again right before it leaves, because whoever has ended her
//! mails meanwhile wants none.

use super::{
    Actor, Conn, Failure, Store, Tx, audit,
    outbox::{CLAIMS_AT_MOST, Claimed, Depth},
};
use crate::domain::{
    ids::SubscriberId,
    letter::{OutboxMail, SharedWords},
};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgExecutor;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use uuid::Uuid;

/// Keyed hash of an address ([`crate::server::state::Keys::addresses`]).
pub type AddressMac = [u8; 32];

/// Words by their id.
pub type Words = HashMap<Uuid, Arc<SharedWords>>;

/// Claims up to `batch` mails to the list that are due, oldest first, for `lease_seconds`. `known`: words that were read before;
/// it holds all that the claimed mails say afterwards, and no others.
pub async fn claim(
    conn: &mut Conn,
    batch: u16,
    lease_seconds: u32,
    mut known: Words,
) -> Result<(Vec<OutboxMail>, Words), Failure> {
    let claimed = sqlx::query_as!(
        Claimed,
        // Not a join: whatever the statistics say, each row is found by its key.
        r#"update outbox set leased_until = now() + make_interval(secs => $2), attempts = attempts + 1
           where id = any(array(
             select id from outbox
             where sent_at is null and failed_at is null and unsubscribe_url is not null and send_after <= now()
               and (leased_until is null or leased_until <= now())
               and (expires_at is null or expires_at > now())
               and attempts < $3
             order by send_after
             limit $1
             for update skip locked))
           returning id, kind, to_address as "to", subject, text_body as text, html_body as html, calendar,
                     unsubscribe_url, message_id, created_at, attempts, words_id, preferences_url"#,
        i64::from(batch),
        f64::from(lease_seconds),
        CLAIMS_AT_MOST
    )
    .fetch_all(&mut *conn)
    .await?;
    let said: HashSet<_> = claimed.iter().filter_map(|mail| mail.words_id).collect();
    known.retain(|id, _| said.contains(id));
    let unknown: Vec<_> = said.into_iter().filter(|id| !known.contains_key(id)).collect();
    if !unknown.is_empty() {
        let read = sqlx::query_as!(
            SharedWords,
            "select id, text_body as text, html_body as html, written_at from digest_words where id = any($1)",
            &unknown
        )
        .fetch_all(conn)
        .await?;
        known.extend(read.into_iter().map(|words| (words.id, Arc::new(words))));
    }
    let mut mails: Vec<_> = claimed
        .into_iter()
        .map(|mail| {
            let words = mail.words_id.and_then(|id| known.get(&id)).cloned();
            mail.with(words)
        })
        .collect();
    // Whoever sends them puts each text together once.
    mails.sort_by_key(|mail| mail.shared.as_ref().map(|shared| shared.words.id));
    Ok((mails, known))
}

/// Mails that are given up in one transaction.
const GIVE_UP: i64 = 2000;

/// Gives up all mails to the list that went out of date or that no worker survives, some at a time: after a week without a
/// relay that may be everybody's. Those that somebody else gives up at the same moment are waited for.
pub async fn expire(store: &Store, actor: Actor) -> Result<(), Failure> {
    loop {
        let work = |mut tx: Tx| async move {
            let given_up = expire_some(&mut tx).await?;
            Ok::<_, Failure>((tx, given_up))
        };
        if store.write(actor.clone(), work).await? < GIVE_UP.unsigned_abs() {
            return Ok(());
        }
    }
}

async fn expire_some(conn: &mut Conn) -> Result<u64, Failure> {
    let given_up = sqlx::query!(
        "update outbox set failed_at = now(), leased_until = null,
           last_error = case when expires_at <= now() then 'out of date' else 'claimed too often without an answer' end
         where id = any(array(
           select id from outbox
           where sent_at is null and failed_at is null and unsubscribe_url is not null
             and (leased_until is null or leased_until <= now())
             and (expires_at <= now() or attempts >= $1)
           order by id limit $2 for update))",
        CLAIMS_AT_MOST,
        GIVE_UP
    )
    .execute(conn)
    .await?;
    Ok(given_up.rows_affected())
}

/// A claimed mail that is about to leave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Next {
    /// Its id.
    pub id: Uuid,
    /// The claim: another one has another number.
    pub attempts: i16,
    /// The address that it goes to, as it was when it was claimed.
    pub to: String,
    /// Of that address.
    pub mac: AddressMac,
}

/// Notes that the mails `sent` have left, and gives the ids of those of `next` that may leave now, in one statement: the
/// claim is still ours, and she is on the list with that address, confirmed, not paused, not suppressed. Those that she does
/// not want any more are closed; one that goes to another address meanwhile is left for the next claim. Done twice it is the
/// same. `now` is the calendar's clock.
pub async fn settle(conn: &mut Conn, sent: &[Uuid], next: &[Next], now: DateTime<Utc>) -> Result<Vec<Uuid>, Failure> {
    let ids: Vec<_> = next.iter().map(|one| one.id).collect();
    let attempts: Vec<_> = next.iter().map(|one| one.attempts).collect();
    let to: Vec<_> = next.iter().map(|one| one.to.as_str()).collect();
    let macs: Vec<_> = next.iter().map(|one| one.mac.to_vec()).collect();
    let may_leave = sqlx::query_scalar!(
        r#"select mail as "mail!" from outbox_settle($1, $2, $3, $4, $5, $6) mail"#,
        sent,
        &ids,
        &attempts,
        &to as &[&str],
        &macs,
        now
    )
    .fetch_all(conn)
    .await?;
    Ok(may_leave)
}

/// Gives claimed mails back that nobody tried to send: they are due again at once, or for another worker.
pub async fn give_back(conn: &mut Conn, mails: &[(Uuid, i16)]) -> Result<(), Failure> {
    let ids: Vec<_> = mails.iter().map(|(id, _)| *id).collect();
    let attempts: Vec<_> = mails.iter().map(|(_, attempts)| *attempts).collect();
    sqlx::query!(
        "update outbox set leased_until = null, attempts = outbox.attempts - 1
         from unnest($1::uuid[], $2::smallint[]) as one (id, attempts)
         where outbox.id = one.id and outbox.attempts = one.attempts and sent_at is null and failed_at is null",
        &ids,
        &attempts
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the relay takes mails to the list, but for those to these addresses: it took one within a day, and refused none to
/// anybody else since then, nor has one that waits for another try. Asked seldom; it goes through the mails of the list.
pub async fn takes_others(executor: impl PgExecutor<'_>, addresses: &[&str]) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select taken.at is not null and not exists (
             select from outbox
             where unsubscribe_url is not null and sent_at is null and to_address <> all($1)
               and (failed_at is null and last_error is not null
                 or failed_at > taken.at and last_error not in ('out of date', 'discarded', 'ended'))) as "takes!"
           from (select max(sent_at) as at from outbox
                 where unsubscribe_url is not null and sent_at > now() - interval '24 hours') as taken"#,
        addresses as &[&str]
    )
    .fetch_one(executor)
    .await?)
}

/// Nobody is at this address, as the relay said for good: no mail to the list goes there any more, whoever brings it again.
/// Mails to an account are not touched.
pub async fn bounce(conn: &mut Conn, mail: &OutboxMail, mac: &AddressMac) -> Result<(), Failure> {
    let subscriber = sqlx::query_scalar!(
        "update subscribers s set status = 'bounced', ended_at = now() from outbox o
         where o.id = $1 and s.id = o.subscriber_id and s.email = $2 and s.status = 'confirmed' returning s.id",
        mail.id,
        mail.to
    )
    .fetch_optional(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into suppressions (email_mac, reason) values ($1, 'bounced') on conflict do nothing",
        &mac[..]
    )
    .execute(&mut *conn)
    .await?;
    if let Some(subscriber) = subscriber {
        audit::record(conn, "subscriber bounced", SubscriberId(subscriber), json!({})).await?;
    }
    Ok(())
}

/// Measures the mails to the list.
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
           from outbox where sent_at is null and unsubscribe_url is not null"#
    )
    .fetch_one(executor)
    .await?;
    Ok(depth)
}
