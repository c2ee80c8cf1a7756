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
        // What was asked for at an address that had ended it stands beside what she had.
        r#"select s.id, s.status, s.links, r.topics as "topics!", r.kinds as "kinds!", r.place, r.days as "days!",
             r.times as "times!", r.zone as "zone!", s.confirmed_at,
             coalesce(s.new_email_hash = $1 and s.new_email_expires_at > now(), false) as "is_address!", s.new_email
           from subscribers s cross join lateral jsonb_populate_record(s, coalesce(s.asked, '{}')) r
           where s.confirm_hash = $1 and s.confirm_expires_at > now()
             or s.new_email_hash = $1 and s.new_email_expires_at > now()"#,
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
/// What she agreed to is what she was asked, also where she had ended another one; what an earlier subscription allowed besides is not part of it.
pub async fn confirm(conn: &mut Conn, token: &LinkHash) -> Result<Option<Email>, Failure> {
    let row = sqlx::query!(
        "update subscribers as s set status = 'confirmed', confirmed_at = now(), ended_at = null, paused_until = null,
           details = false, asked = null,
           (topics, kinds, place, days, times, zone, consent_version, consent_text, asked_at) = (
             select r.topics, r.kinds, r.place, r.days, r.times, r.zone, r.consent_version, r.consent_text, r.asked_at
             from jsonb_populate_record(s, coalesce(s.asked, '{}')) r)
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
