//! A new address for a subscription. It confirms by a link of its own, and with that every link to the preferences that went
//! to the old one ends.

use super::{LinkHash, Subscriber, SubscriptionStatus, ending::forget, name_actor};
use crate::{
    domain::{
        email::Email,
        ids::SubscriberId,
        subscription::{CONSENT_TEXT, CONSENT_VERSION},
    },
    store::{Conn, Failure, audit, named_constraint},
};
use serde_json::json;
use sqlx::Connection as _;

/// Notes a new address and the token that is mailed to it; one that was asked for before is replaced. Says whether that mail is
/// due: an address is written to once an hour, whoever asks and for whatever. Where none is, a link that went to the same
/// address before goes on to work.
pub async fn ask(
    conn: &mut Conn,
    subscriber: &Subscriber,
    new: &Email,
    token: &LinkHash,
    seconds: u32,
) -> Result<bool, Failure> {
    let is_due = sqlx::query_scalar!(
        r#"update subscribers set new_email = $2,
             new_email_hash = case when is_due or new_email is distinct from $2 then $3 else new_email_hash end,
             new_email_expires_at = case when is_due or new_email is distinct from $2 then now() + make_interval(secs => $4)
               else new_email_expires_at end
           from (select not exists (select from subscribers n where n.email = $2 and n.mailed_at > now() - interval '1 hour')
                   and not exists (select from outbox o where o.to_address = $2 and o.kind = 'subscription_address'
                                     and o.created_at > now() - interval '1 hour') as is_due) as judged
           where id = $1 returning is_due as "is_due!""#,
        subscriber.id.0,
        new.as_str(),
        &token[..],
        f64::from(seconds)
    )
    .fetch_one(&mut *conn)
    .await?;
    audit::record(conn, "subscription address asked for", subscriber.id, json!({})).await?;
    Ok(is_due)
}

/// What pressing the button of a new address came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Moved {
    /// The link works no more.
    Over,
    /// The address is on the list already, by a subscription of its own. Nothing changed.
    Taken,
    /// The mail goes there now.
    Done {
        /// Whose.
        id: SubscriberId,
        /// The count that links to the preferences carry from now on.
        links: i16,
        /// Where it went before.
        old: String,
        /// Where it goes.
        new: Email,
    },
}

/// Moves a subscription to the address whose link this is. What that address had asked for and not confirmed, or had ended,
/// gives way: whoever reads its mailbox has said yes now.
pub async fn confirm(conn: &mut Conn, token: &LinkHash) -> Result<Moved, Failure> {
    let row = sqlx::query!(
        r#"select id, email, new_email as "new_email!" from subscribers
           where new_email_hash = $1 and new_email_expires_at > now() for update"#,
        &token[..]
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(Moved::Over) };
    let (id, Ok(new)) = (SubscriberId(row.id), Email::parse(&row.new_email)) else { return Ok(Moved::Over) };
    name_actor(&mut *conn, id).await?;
    if !make_room(&mut *conn, &new, &[SubscriptionStatus::Confirmed]).await? {
        return Ok(Moved::Taken);
    }
    let Some(links) = move_to(&mut *conn, id, &row.email, &new).await? else { return Ok(Moved::Taken) };
    // The yes of the new mailbox, to the words that stood at its button; when, stands in the audit trail.
    sqlx::query!(
        "update subscribers set consent_version = $2, consent_text = $3 where id = $1",
        id.0,
        CONSENT_VERSION,
        CONSENT_TEXT
    )
    .execute(&mut *conn)
    .await?;
    Ok(Moved::Done { id, links, old: row.email, new })
}

/// Removes what an address has on the list unless it stands as one of these; says whether nothing is there now.
async fn make_room(conn: &mut Conn, email: &Email, stays: &[SubscriptionStatus]) -> Result<bool, Failure> {
    let other = sqlx::query!("select id, status from subscribers where email = $1 for update", email.as_str())
        .fetch_optional(&mut *conn)
        .await?;
    let Some(other) = other else { return Ok(true) };
    if stays.iter().any(|status| status.code() == other.status) {
        return Ok(false);
    }
    forget(conn, SubscriberId(other.id), email.as_str()).await?;
    Ok(true)
}

/// Gives the row its new address; `None` where another row was quicker to have it. Within a savepoint, so that the
/// transaction goes on when the constraint says no. A mailbox that took no mail is none any more.
async fn move_to(conn: &mut Conn, id: SubscriberId, old: &str, new: &Email) -> Result<Option<i16>, Failure> {
    let mut point = conn.begin().await?;
    let moved = sqlx::query_scalar!(
        "update subscribers set email = $2, links = links + 1, confirm_hash = null, confirm_expires_at = null,
           asked = null, new_email = null, new_email_hash = null, new_email_expires_at = null,
           ended_at = case when status = 'bounced' and confirmed_at is not null then null else ended_at end,
           status = case when status = 'bounced' and confirmed_at is not null then 'confirmed' else status end
         where id = $1 returning links",
        id.0,
        new.as_str()
    )
    .fetch_one(&mut *point)
    .await;
    let links = match moved {
        Ok(links) => links,
        Err(error) if named_constraint(&error) == Some("subscribers_email_key") => {
            point.rollback().await?;
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    point.commit().await?;
    sqlx::query!(
        "update outbox set to_address = $3
         where subscriber_id = $1 and to_address = $2 and sent_at is null and failed_at is null",
        id.0,
        old,
        new.as_str()
    )
    .execute(&mut *conn)
    .await?;
    audit::record(conn, "subscription address changed", id, json!({})).await?;
    Ok(Some(links))
}

/// A member signs in with a new address from now on, which both have confirmed: her weekly mail follows, as all that her
/// account finds by its address. Where the new one has a subscription of its own, has ended one or was wiped, that stands,
/// and the old one is forgotten: nobody gets mail at an address that said no.
pub async fn follow_account(
    conn: &mut Conn,
    old: &Email,
    new: &Email,
    new_mac: &super::AddressMac,
) -> Result<(), Failure> {
    let Some(hers) = super::prove(&mut *conn, super::Whose::Address(old)).await? else { return Ok(()) };
    let suppressed =
        sqlx::query_scalar!(r#"select exists (select from suppressions where email_mac = $1) as "is!""#, &new_mac[..])
            .fetch_one(&mut *conn)
            .await?;
    let stays = [SubscriptionStatus::Confirmed, SubscriptionStatus::Unsubscribed, SubscriptionStatus::Bounced];
    let goes = hers.status != SubscriptionStatus::Pending && !suppressed && make_room(&mut *conn, new, &stays).await?;
    if goes && move_to(&mut *conn, hers.id, old.as_str(), new).await?.is_some() {
        return Ok(());
    }
    forget(&mut *conn, hers.id, old.as_str()).await?;
    audit::record(conn, "subscription forgotten", hers.id, json!({})).await
}
