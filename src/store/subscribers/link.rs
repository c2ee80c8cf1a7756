//! The link in the mail that asks: looked at, which changes nothing, and pressed.

use super::{LinkHash, name_actor, wishes_of};
use crate::{
    domain::{email::Email, ids::SubscriberId, subscription::SubscriptionStatus, wishes::Wishes},
    store::{Conn, Failure, audit},
};
use chrono::{DateTime, Utc};
use serde_json::json;

/// What a mailed link that confirms is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Link {
    /// It asks whether she wants the weekly mail, or did.
    Subscription {
        /// Whose.
        id: SubscriberId,
        /// Count that links to the preferences carry.
        links: i16,
        /// When its button was pressed, if it was.
        confirmed_at: Option<DateTime<Utc>>,
        /// What she would hear of.
        wishes: Wishes,
        /// Her zone.
        zone: String,
    },
    /// It asks whether the mail shall come to this address instead.
    Address(String),
}

/// What a token is about. Looking changes nothing.
pub async fn find(executor: impl sqlx::PgExecutor<'_>, token: &LinkHash) -> Result<Option<Link>, Failure> {
    let row = sqlx::query!(
        r#"select id, status, links, topics, kinds, place, days, times, zone, confirmed_at,
             coalesce(new_email_hash = $1 and new_email_expires_at > now(), false) as "is_address!", new_email
           from subscribers
           where confirm_hash = $1 and confirm_expires_at > now() or new_email_hash = $1 and new_email_expires_at > now()"#,
        &token[..]
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.and_then(|row| {
        if row.is_address {
            return row.new_email.map(Link::Address);
        }
        let is_confirmed = row.status == SubscriptionStatus::Confirmed.code();
        Some(Link::Subscription {
            id: SubscriberId(row.id),
            links: row.links,
            confirmed_at: row.confirmed_at.filter(|_| is_confirmed),
            wishes: wishes_of(&row.topics, &row.kinds, row.place.as_deref(), &row.days, &row.times),
            zone: row.zone,
        })
    }))
}

/// Puts her on the list whose link this is; gives her address. `None` where the link works no more, or has done so already.
/// What she agreed to is what she was asked; what an earlier subscription allowed besides is not part of it.
pub async fn confirm(conn: &mut Conn, token: &LinkHash) -> Result<Option<Email>, Failure> {
    let row = sqlx::query!(
        "update subscribers set status = 'confirmed', confirmed_at = now(), ended_at = null, paused_until = null, details = false
         where confirm_hash = $1 and confirm_expires_at > now() and status <> 'confirmed'
         returning id, email, consent_version",
        &token[..]
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    name_actor(&mut *conn, SubscriberId(row.id)).await?;
    audit::record(conn, "subscription confirmed", row.id, json!({ "consent": row.consent_version })).await?;
    Ok(Email::parse(&row.email).ok())
}
