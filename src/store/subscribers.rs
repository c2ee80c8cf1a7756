//! Who hears once a week of new meeting times: asked for, found, changed. How she says yes stands in [`link`],
//! how it ends in [`ending`], a new address in [`address`], what is stored about her in [`own`].
//!
//! The table's unique address decides between requests that come at once; nothing here asks first and writes later.

use super::{Conn, Failure, audit};
use crate::domain::{
    email::Email,
    finder::{FinderQuery, TimeOfDay},
    group::Kind,
    ids::SubscriberId,
    place::Place,
    series::WEEK,
    subscription::{CONSENT_TEXT, CONSENT_VERSION, Rhythm, SubscriptionStatus},
    topic::Topic,
    wishes::Wishes,
};
use chrono::{DateTime, NaiveDate, Utc, Weekday};
use serde_json::json;
use uuid::Uuid;

pub mod address;
pub mod ending;
pub mod link;
pub mod own;

/// SHA-256 of a mailed token.
pub type LinkHash = [u8; 32];

/// Keyed hash of an address, as the list of suppressed ones has it.
pub type AddressMac = [u8; 32];

/// Proof that somebody acts for a subscription: she opened a link that was mailed to it, or is signed in with its address.
/// Made only here, from the row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subscriber {
    id: SubscriberId,
    /// Where the mail goes.
    pub email: Email,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// What she wishes to hear of.
    pub wishes: Wishes,
    /// Her zone, by its IANA name.
    pub zone: String,
    /// When she hears.
    pub rhythm: Rhythm,
    /// No mail before this day in her zone.
    pub paused_until: Option<NaiveDate>,
    /// Topics may stand in her mails.
    pub details: bool,
    /// Count that links to the preferences carry.
    pub links: i16,
    /// A new address that has not confirmed yet.
    pub new_email: Option<String>,
    /// When she said yes.
    pub confirmed_at: Option<DateTime<Utc>>,
}

impl Subscriber {
    /// Whose row it is.
    pub fn id(&self) -> SubscriberId {
        self.id
    }
}

/// Whose subscription.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose<'a> {
    /// That of a mailed link.
    Link(SubscriberId),
    /// That of an address which is proven otherwise: its member is signed in.
    Address(&'a Email),
}

struct SubscriberRow {
    id: Uuid,
    email: String,
    status: String,
    topics: Vec<String>,
    kinds: Vec<String>,
    place: Option<String>,
    days: Vec<i16>,
    times: Vec<String>,
    zone: String,
    weekday: i16,
    hour: i16,
    paused_until: Option<NaiveDate>,
    details: bool,
    links: i16,
    new_email: Option<String>,
    confirmed_at: Option<DateTime<Utc>>,
}

impl SubscriberRow {
    fn into_subscriber(self) -> Option<Subscriber> {
        Some(Subscriber {
            id: SubscriberId(self.id),
            email: Email::parse(&self.email).ok()?,
            status: SubscriptionStatus::parse(&self.status)?,
            wishes: wishes_of(&self.topics, &self.kinds, self.place.as_deref(), &self.days, &self.times),
            zone: self.zone,
            rhythm: Rhythm { weekday: weekday_of(self.weekday)?, hour: u8::try_from(self.hour).ok()? },
            paused_until: self.paused_until,
            details: self.details,
            links: self.links,
            new_email: self.new_email,
            confirmed_at: self.confirmed_at,
        })
    }
}

/// Wishes from their columns. A word that is none any more is left out.
fn wishes_of(topics: &[String], kinds: &[String], place: Option<&str>, days: &[i16], times: &[String]) -> Wishes {
    let read =
        |key: &'static str, words: &[String]| FinderQuery::from_pairs(words.iter().map(|word| (key, word.as_str())));
    Wishes {
        topics: read("topic", topics).topics,
        kinds: read("kind", kinds).kinds,
        place: place.and_then(Place::parse),
        days: days.iter().filter_map(|day| weekday_of(*day)).collect(),
        times: read("time", times).times,
    }
}

/// The day of its ISO number.
fn weekday_of(number: i16) -> Option<Weekday> {
    WEEK.get(usize::try_from(number - 1).ok()?).copied()
}

/// The ISO number of a day.
fn number_of(day: Weekday) -> i16 {
    i16::try_from(day.number_from_monday()).unwrap_or(1)
}

/// Wishes as columns: topics, kinds, days and times. The place is a word of its own.
struct Columns {
    topics: Vec<String>,
    kinds: Vec<String>,
    days: Vec<i16>,
    times: Vec<String>,
}

impl Columns {
    fn of(wishes: &Wishes) -> Self {
        Self {
            topics: wishes.topics.iter().map(|topic| Topic::slug(*topic).to_owned()).collect(),
            kinds: wishes.kinds.iter().map(|kind| Kind::code(*kind).to_owned()).collect(),
            days: wishes.days.iter().map(|day| number_of(*day)).collect(),
            times: wishes.times.iter().map(|time| TimeOfDay::code(*time).to_owned()).collect(),
        }
    }
}

/// What somebody asks for who subscribes.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Her id, if she is new.
    pub id: Uuid,
    /// Where the mail is to go.
    pub email: &'a Email,
    /// Its keyed hash.
    pub mac: &'a AddressMac,
    /// What she wishes to hear of.
    pub wishes: &'a Wishes,
    /// Her zone.
    pub zone: &'a str,
    /// SHA-256 of the token in the mail that asks.
    pub link: &'a LinkHash,
    /// Seconds for which that works.
    pub seconds: u32,
}

/// Where an address stands after somebody asked for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Whose row it is.
    pub id: SubscriberId,
    /// As it was before.
    pub status: SubscriptionStatus,
    /// Count that links to the preferences carry.
    pub links: i16,
    /// The event of the one mail of this hour: that of the last one, or that of one which is due with this request.
    pub mail: String,
}

/// The event of a mail about a subscription. All begin with its id, so that they are found when it is wiped, whatever address
/// they went to.
pub fn event(id: SubscriberId, what: impl std::fmt::Display) -> String {
    format!("subscription:{id}:{what}")
}

/// The event of the mail that was due to somebody at a time.
fn mail_of(id: SubscriberId, mailed_at: DateTime<Utc>) -> String {
    event(id, mailed_at.timestamp_micros())
}

/// Notes that somebody asked for an address, in one statement whatever it was before.
///
/// On the list already: nothing of hers changes, somebody else may have typed it. Ended: what she had stays, and what was asked
/// for waits beside it. Else, as nobody has said yes yet, the newest wishes count, which the link will confirm. A mail is due
/// once an hour, with those that ask whether it shall come here instead; to an address that was wiped, that took no mail, or
/// that the mail that asks did not reach, none while the link of the last one works.
pub async fn ask(conn: &mut Conn, ask: &Ask<'_>) -> Result<Standing, Failure> {
    let columns = Columns::of(ask.wishes);
    let row = sqlx::query!(
        r#"insert into subscribers as s (id, email, topics, kinds, place, days, times, zone, consent_version, consent_text,
             confirm_hash, confirm_expires_at, mailed_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + make_interval(secs => $12), now())
           on conflict (email) do update set
             topics = case when s.confirmed_at is null then excluded.topics else s.topics end,
             kinds = case when s.confirmed_at is null then excluded.kinds else s.kinds end,
             place = case when s.confirmed_at is null then excluded.place else s.place end,
             days = case when s.confirmed_at is null then excluded.days else s.days end,
             times = case when s.confirmed_at is null then excluded.times else s.times end,
             zone = case when s.confirmed_at is null then excluded.zone else s.zone end,
             consent_version = case when s.confirmed_at is null then excluded.consent_version else s.consent_version end,
             consent_text = case when s.confirmed_at is null then excluded.consent_text else s.consent_text end,
             asked_at = case when s.confirmed_at is null then now() else s.asked_at end,
             asked = case when s.confirmed_at is not null and s.status <> 'confirmed' then jsonb_build_object(
               'topics', excluded.topics, 'kinds', excluded.kinds, 'place', excluded.place, 'days', excluded.days,
               'times', excluded.times, 'zone', excluded.zone, 'consent_version', excluded.consent_version,
               'consent_text', excluded.consent_text, 'asked_at', now()) end,
             (confirm_hash, confirm_expires_at, mailed_at) = (
               select case when is_due and s.status <> 'confirmed' then excluded.confirm_hash else s.confirm_hash end,
                 case when is_due and s.status <> 'confirmed' then excluded.confirm_expires_at else s.confirm_expires_at end,
                 case when is_due then now() else s.mailed_at end
               from (select (s.mailed_at is null or s.mailed_at <= now() - interval '1 hour')
                 and not (coalesce(s.confirm_expires_at > now(), false)
                          and (s.status = 'bounced' and s.confirmed_at is null
                               or exists (select from suppressions where email_mac = $13)))
                 and not exists (select from outbox o where o.to_address = s.email and o.kind = 'subscription_address'
                                   and o.created_at > now() - interval '1 hour') as is_due) as judged)
           returning id, status, links, mailed_at as "mailed_at!",
             (select o.event_key from outbox o where o.to_address = s.email and o.kind = 'subscription_address'
                and o.created_at > now() - interval '1 hour' limit 1) as other_mail"#,
        ask.id,
        ask.email.as_str(),
        &columns.topics,
        &columns.kinds,
        ask.wishes.place.map(Place::value),
        &columns.days,
        &columns.times,
        ask.zone,
        CONSENT_VERSION,
        CONSENT_TEXT,
        &ask.link[..],
        f64::from(ask.seconds),
        &ask.mac[..]
    )
    .fetch_one(&mut *conn)
    .await?;
    let status = SubscriptionStatus::parse(&row.status).unwrap_or(SubscriptionStatus::Pending);
    audit::record(conn, "subscription asked for", row.id, json!({ "consent": CONSENT_VERSION })).await?;
    let id = SubscriberId(row.id);
    Ok(Standing { id, status, links: row.links, mail: row.other_mail.unwrap_or_else(|| mail_of(id, row.mailed_at)) })
}

/// A subscription, for reading.
pub async fn find(executor: impl sqlx::PgExecutor<'_>, whose: Whose<'_>) -> Result<Option<Subscriber>, Failure> {
    let (id, email) = keys(whose);
    let row = sqlx::query_as!(
        SubscriberRow,
        "select id, email, status, topics, kinds, place, days, times, zone, weekday, hour, paused_until, details, links,
           case when new_email_expires_at > now() then new_email end as new_email, confirmed_at
         from subscribers where id = $1 or email = $2",
        id,
        email
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.and_then(SubscriberRow::into_subscriber))
}

fn keys(whose: Whose<'_>) -> (Option<Uuid>, Option<&str>) {
    match whose {
        Whose::Link(id) => (Some(id.0), None),
        Whose::Address(email) => (None, Some(email.as_str())),
    }
}

/// The proof for a write, in the write's own transaction: the row is hers until that ends. Whoever comes by a link is named
/// to the database as the actor; a member who is signed in has been named already.
pub async fn prove(conn: &mut Conn, whose: Whose<'_>) -> Result<Option<Subscriber>, Failure> {
    let (id, email) = keys(whose);
    let locked = sqlx::query_scalar!("select id from subscribers where id = $1 or email = $2 for update", id, email)
        .fetch_optional(&mut *conn)
        .await?;
    let Some(locked) = locked else { return Ok(None) };
    if matches!(whose, Whose::Link(_)) {
        name_actor(&mut *conn, SubscriberId(locked)).await?;
    }
    find(conn, Whose::Link(SubscriberId(locked))).await
}

/// Names the subscriber to the database: she acts from now on.
async fn name_actor(conn: &mut Conn, id: SubscriberId) -> Result<(), Failure> {
    sqlx::query_scalar!("select set_config('app.actor', $1, true)", id.to_string()).fetch_one(conn).await?;
    Ok(())
}

/// What she may change of her subscription.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preferences<'a> {
    /// What she wishes to hear of.
    pub wishes: &'a Wishes,
    /// Her zone.
    pub zone: &'a str,
    /// When she hears.
    pub rhythm: Rhythm,
    /// Topics may stand in her mails.
    pub details: bool,
}

/// Keeps what she chose. `changed` are the names of the fields that differ; their values are nobody's business.
pub async fn keep(
    conn: &mut Conn,
    subscriber: &Subscriber,
    kept: &Preferences<'_>,
    changed: &[&str],
) -> Result<(), Failure> {
    let columns = Columns::of(kept.wishes);
    sqlx::query!(
        "update subscribers set topics = $2, kinds = $3, place = $4, days = $5, times = $6, zone = $7, weekday = $8, hour = $9,
           details = $10 where id = $1",
        subscriber.id.0,
        &columns.topics,
        &columns.kinds,
        kept.wishes.place.map(Place::value),
        &columns.days,
        &columns.times,
        kept.zone,
        number_of(kept.rhythm.weekday),
        i16::from(kept.rhythm.hour),
        kept.details
    )
    .execute(&mut *conn)
    .await?;
    audit::record(conn, "subscription preferences kept", subscriber.id, json!({ "changed": changed })).await
}

/// Lets the mail rest until a day in her zone, or come again.
pub async fn pause(conn: &mut Conn, subscriber: &Subscriber, until: Option<NaiveDate>) -> Result<(), Failure> {
    sqlx::query!("update subscribers set paused_until = $2 where id = $1", subscriber.id.0, until)
        .execute(&mut *conn)
        .await?;
    let action = if until.is_some() { "subscription paused" } else { "subscription pause ended" };
    audit::record(conn, action, subscriber.id, json!({})).await
}

/// Notes that a mail with a fresh link is sent, if one is due: one an hour. Gives its event.
pub async fn take_link(conn: &mut Conn, subscriber: &Subscriber) -> Result<Option<String>, Failure> {
    let due = sqlx::query_scalar!(
        r#"update subscribers set mailed_at = now()
           where id = $1 and (mailed_at is null or mailed_at <= now() - interval '1 hour') returning mailed_at as "mailed_at!""#,
        subscriber.id.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    if due.is_some() {
        audit::record(conn, "subscription link asked for", subscriber.id, json!({})).await?;
    }
    Ok(due.map(|mailed_at| mail_of(subscriber.id, mailed_at)))
}
