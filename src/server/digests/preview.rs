//! The mail as it would go out now, for looking at: to a subscriber, or to nobody in particular.

use super::{
    desk::{Desk, sort},
    letters::{Own, Sort, Words},
};
use crate::{
    domain::{digest::Window, email::Email, wishes::Wishes},
    server::{reader::practice_zone, state::App, times::parse_zone},
    store::{Failure, digests, practice},
};
use chrono::{DateTime, Utc};

/// What somebody would get.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preview {
    /// Whether she is subscribed; else it is an example.
    pub is_subscribed: bool,
    /// What happened after this moment is in it; nothing where all that fits is in it.
    pub since: Option<DateTime<Utc>>,
    /// The mail; none where nothing is new.
    pub words: Option<Words>,
}

/// The mail that would go to this address, as if its window ended now. Whoever is not subscribed gets an example: somebody
/// without wishes, in the practice's zone, who hears for the first time.
pub async fn to(app: &App, email: &Email) -> Result<Preview, Failure> {
    let reads = app.store.reads();
    let now = app.now();
    let Some((subscriber, zone)) = digests::find_subscriber(reads, email).await? else {
        let words = example_desk(app).await?.example(app, false);
        return Ok(Preview { is_subscribed: false, since: None, words });
    };
    let zone = parse_zone(&zone).unwrap_or(chrono_tz::America::New_York);
    let last = subscriber.last.filter(|last| *last >= subscriber.confirmed_at);
    let window = Window { starts_at: last.unwrap_or(subscriber.confirmed_at), ends_at: now, is_first: last.is_none() };
    let hers = match subscriber.account {
        Some(account) => digests::find_groups_of(reads, &[account]).await?.remove(&account).unwrap_or_default(),
        None => Vec::new(),
    };
    let mut desk = Desk::lay(app, now).await?.turned_to(zone);
    if !window.is_first {
        desk.know_since(reads, window.starts_at).await?;
    }
    let choice = desk.choose(window, &subscriber.wishes, &hers);
    let own = Own::of(app, &subscriber, now);
    let words = (!choice.places.is_empty()).then(|| desk.spell(&sort(window, &subscriber, choice), &own));
    let since = (!window.is_first).then_some(window.starts_at);
    Ok(Preview { is_subscribed: true, since, words })
}

/// The mail as it would go to somebody who has no wishes and hears for the first time: as it is at first, and for whoever
/// wants to read what each circle is about. None where no seat is free. Their links open nothing.
pub async fn examples(app: &App) -> Result<[Option<Words>; 2], Failure> {
    let mut desk = example_desk(app).await?;
    Ok([false, true].map(|details| desk.example(app, details)))
}

async fn example_desk(app: &App) -> Result<Desk, Failure> {
    let practice = practice::find(app.store.reads()).await?;
    Ok(Desk::lay(app, app.now()).await?.turned_to(practice_zone(practice.as_ref())))
}

impl Desk {
    fn example(&mut self, app: &App, details: bool) -> Option<Words> {
        let window = Window { starts_at: DateTime::UNIX_EPOCH, ends_at: self.now, is_first: true };
        let choice = self.choose(window, &Wishes::default(), &[]);
        let sort = Sort { window, choice, details, place_known: false };
        (!sort.choice.places.is_empty()).then(|| self.spell(&sort, &Own::example(app)))
    }
}
