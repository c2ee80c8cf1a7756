//! The mail as it would go out now, for looking at: to a subscriber, or to nobody in particular.

use super::{Desk, letters::Own};
use crate::{
    domain::{digest::Window, email::Email, ids::SubscriberId, letter::Letter, wishes::Wishes},
    server::{state::App, times::parse_zone},
    store::{
        Failure,
        digests::{self, Subscriber},
        group_news, practice,
    },
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What somebody would get.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preview {
    /// Whether she is subscribed; else it is an example.
    pub is_subscribed: bool,
    /// What happened after this moment is in it; nothing where all that fits is in it.
    pub since: Option<DateTime<Utc>>,
    /// The mail; none where nothing is new.
    pub letter: Option<Letter>,
}

/// The mail that would go to this address, as if its window ended now. Whoever is not subscribed gets an example: somebody
/// without wishes, in the practice's zone, who hears for the first time.
pub async fn to(app: &App, email: &Email) -> Result<Preview, Failure> {
    let reads = app.store.reads();
    let now = app.now();
    let Some((subscriber, zone)) = digests::find_subscriber(reads, email).await? else {
        return example(app, email.clone(), false).await;
    };
    let zone = parse_zone(&zone).unwrap_or(chrono_tz::America::New_York);
    let last = subscriber.last.filter(|last| *last >= subscriber.confirmed_at);
    let window = Window { starts_at: last.unwrap_or(subscriber.confirmed_at), ends_at: now, is_first: last.is_none() };
    let hers = match subscriber.account {
        Some(account) => digests::find_groups_of(reads, &[account]).await?.remove(&account).unwrap_or_default(),
        None => Vec::new(),
    };
    let mut desk = Desk::lay(app, now).await?.turned_to(zone);
    if !window.is_first && window.starts_at < desk.since {
        desk.happened = group_news::find_since(reads, window.starts_at).await?;
    }
    let written = desk.write(app, window, &subscriber, &hers);
    let since = (!window.is_first).then_some(window.starts_at);
    Ok(Preview { is_subscribed: true, since, letter: written.letter })
}

/// The mail as it would go to somebody who has no wishes and hears for the first time. Its links open nothing.
pub async fn example(app: &App, to: Email, details: bool) -> Result<Preview, Failure> {
    let now = app.now();
    let practice = practice::find(app.store.reads()).await?;
    let zone = practice.and_then(|practice| parse_zone(&practice.zone)).unwrap_or(chrono_tz::America::New_York);
    let mut desk = Desk::lay(app, now).await?.turned_to(zone);
    let subscriber = somebody(&to, details, now);
    let window = Window { starts_at: DateTime::UNIX_EPOCH, ends_at: now, is_first: true };
    let choice = desk.choose(window, &subscriber.wishes, &[]);
    let letter = (!choice.places.is_empty()).then(|| desk.letter(to, &subscriber, window, &choice, &Own::example(app)));
    Ok(Preview { is_subscribed: false, since: None, letter })
}

fn somebody(email: &Email, details: bool, now: DateTime<Utc>) -> Subscriber {
    Subscriber {
        id: SubscriberId(Uuid::nil()),
        email: email.as_str().to_owned(),
        wishes: Wishes::default(),
        details,
        links: 1,
        confirmed_at: now,
        last: None,
        account: None,
    }
}
