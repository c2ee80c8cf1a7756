//! How a subscription ends and begins again: ended by her, wiped, and what follows an account. Whatever of it waits in the
//! outbox goes with it.

use super::{AddressMac, Subscriber, name_actor};
use crate::{
    domain::{
        email::Email,
        ids::SubscriberId,
        letter::OutboxMail,
        subscription::{CONSENT_TEXT, CONSENT_VERSION},
    },
    store::{Conn, Failure, audit},
};
use serde_json::json;

/// Whether there is something to end for whoever holds a link: the subscription that it was mailed for, or the one that its
/// address has by now.
pub async fn is_to_end(
    executor: impl sqlx::PgExecutor<'_>,
    id: SubscriberId,
    address: Option<&str>,
) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from subscribers where (id = $1 or email = $2) and status <> 'unsubscribed') as "is!""#,
        id.0,
        address
    )
    .fetch_one(executor)
    .await?)
}

/// Ends the weekly mail of somebody, for whoever holds a link to end it: that of the subscription, and that of the address to
/// which the link was mailed, which has another one since she was wiped and came back. Twice is the same as once.
pub async fn unsubscribe(conn: &mut Conn, id: SubscriberId, address: Option<&str>) -> Result<(), Failure> {
    let ended = sqlx::query_scalar!(
        "update subscribers set status = 'unsubscribed', ended_at = now(), confirm_hash = null, confirm_expires_at = null,
           asked = null, new_email = null, new_email_hash = null, new_email_expires_at = null
         where (id = $1 or email = $2) and status <> 'unsubscribed' returning id",
        id.0,
        address
    )
    .fetch_all(&mut *conn)
    .await?;
    for id in ended.into_iter().map(SubscriberId) {
        name_actor(&mut *conn, id).await?;
        discard(&mut *conn, id).await?;
        audit::record(&mut *conn, "subscription ended", id, json!({})).await?;
    }
    Ok(())
}

/// The same for whoever has the proof: she is named as the actor already.
pub async fn stop(conn: &mut Conn, subscriber: &Subscriber) -> Result<(), Failure> {
    sqlx::query!(
        "update subscribers set status = 'unsubscribed', ended_at = coalesce(ended_at, now()), confirm_hash = null,
           confirm_expires_at = null, asked = null, new_email = null, new_email_hash = null, new_email_expires_at = null
         where id = $1",
        subscriber.id.0
    )
    .execute(&mut *conn)
    .await?;
    discard(&mut *conn, subscriber.id).await?;
    audit::record(conn, "subscription ended", subscriber.id, json!({})).await
}

/// Puts her on the list again who had ended it, or whose mailbox took no mail: her yes of now, to the words of now.
pub async fn start_again(conn: &mut Conn, subscriber: &Subscriber) -> Result<(), Failure> {
    sqlx::query!(
        "update subscribers set status = 'confirmed', asked_at = now(), confirmed_at = now(), ended_at = null, paused_until = null,
           asked = null, consent_version = $2, consent_text = $3 where id = $1",
        subscriber.id.0,
        CONSENT_VERSION,
        CONSENT_TEXT
    )
    .execute(&mut *conn)
    .await?;
    audit::record(conn, "subscription confirmed", subscriber.id, json!({ "consent": CONSENT_VERSION })).await
}

/// Mails to the list that have not left do not leave any more.
async fn discard(conn: &mut Conn, id: SubscriberId) -> Result<(), Failure> {
    sqlx::query!(
        "update outbox set failed_at = now(), leased_until = null, last_error = 'discarded'
         where subscriber_id = $1 and sent_at is null and failed_at is null",
        id.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Nobody seems to be at an address that was typed for the weekly mail and has not said yes: the mail that asks could not be
/// handed over. It is asked again only when the link of that mail is out of date, however often it is typed.
pub async fn note_unreachable(conn: &mut Conn, mail: &OutboxMail) -> Result<(), Failure> {
    let marked = sqlx::query_scalar!(
        "update subscribers set status = 'bounced', ended_at = now()
         where email = $1 and status = 'pending' and $2 = 'subscription_confirm' returning id",
        mail.to,
        mail.kind
    )
    .fetch_optional(&mut *conn)
    .await?;
    match marked {
        Some(id) => audit::record(conn, "subscriber bounced", SubscriberId(id), json!({})).await,
        None => Ok(()),
    }
}

/// Lets an address get mails to a list again: whoever reads its mailbox has asked for them.
pub async fn lift_suppression(conn: &mut Conn, mac: &AddressMac) -> Result<(), Failure> {
    sqlx::query!("delete from suppressions where email_mac = $1", &mac[..]).execute(conn).await?;
    Ok(())
}

/// Forgets her: the row goes, what was written to her is erased, and a keyed hash stays, so that nobody who brings the
/// address again makes us mail it.
pub async fn wipe(conn: &mut Conn, subscriber: &Subscriber, mac: &AddressMac) -> Result<(), Failure> {
    forget(&mut *conn, subscriber.id, subscriber.email.as_str()).await?;
    sqlx::query!(
        "insert into suppressions (email_mac, reason) values ($1, 'wiped')
         on conflict (email_mac) do update set reason = excluded.reason, created_at = now()",
        &mac[..]
    )
    .execute(&mut *conn)
    .await?;
    audit::record(conn, "subscription wiped", subscriber.id, json!({})).await
}

/// Wipes the subscription of an address whose account is deleted, if it has one.
pub async fn wipe_of(conn: &mut Conn, email: &Email, mac: &AddressMac) -> Result<(), Failure> {
    match super::prove(&mut *conn, super::Whose::Address(email)).await? {
        Some(subscriber) => wipe(conn, &subscriber, mac).await,
        None => Ok(()),
    }
}

/// Removes the row and erases the mails to the list and about it that went to her or wait for her, also at an address that she
/// had before or only asked for: those are known by their event. Their rows stay, so that no event is mailed anew; mails to
/// an account of the same address are none of the list's.
///
/// When she was mailed last goes with the row, and so whoever wipes and asks again within the hour is asked once more. That
/// takes the yes of the mailbox in between each time, so nobody else can have it filled.
pub(super) async fn forget(conn: &mut Conn, id: SubscriberId, email: &str) -> Result<(), Failure> {
    sqlx::query!(
        r#"update outbox set to_address = '', subject = '', text_body = '', html_body = '', calendar = null, unsubscribe_url = null,
           words_id = null, preferences_url = null, leased_until = null,
           failed_at = case when sent_at is null then coalesce(failed_at, now()) end,
           last_error = case when sent_at is null then 'discarded' end
         where subscriber_id = $1
           or (to_address = $2 or to_address = (select new_email from subscribers where id = $1))
             and (kind like 'subscription\_%' or unsubscribe_url is not null)
           or kind like 'subscription\_%' and event_key collate "C" >= 'subscription:' || $1::uuid || ':'
             and event_key collate "C" < 'subscription:' || $1::uuid || ';'"#,
        id.0,
        email
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from subscribers where id = $1", id.0).execute(conn).await?;
    Ok(())
}
