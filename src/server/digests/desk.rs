//! What the weekly mails of a run are written from, and how they are.

use super::letters::{self, Sort};
use crate::{
    domain::{
        digest::{Choice, Happened, NewGroup, Window, choose, fitting, new_groups},
        email::Email,
        ids::GroupId,
        letter::{ListLetter, NewWords},
        listing::Listing,
        wishes::Wishes,
    },
    mail::{PracticeLine, digest::Line},
    server::{
        show::practice_line,
        state::{App, new_id},
    },
    store::{
        Conn, Failure,
        digests::{self, Fate, Subscriber, Told},
        group_news,
        groups::{Scope, listings},
        practice,
    },
};
use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Days back for which news is read at first; most windows are a week long.
const DAYS_BACK: u64 = 8;

/// Different wishes that are remembered at a time, and different words.
const WISHES: usize = 4096;

/// A window with its mail, if it has one.
pub(super) struct Written {
    pub told: Told,
    pub letter: Option<ListLetter>,
}

/// What a run writes from: the groups as they stood when it began, what happened to them, and what was worked out from both
/// for those who are looked at now. Wishes that were met before cost nothing more.
pub(super) struct Desk {
    pub now: DateTime<Utc>,
    listings: Vec<Listing>,
    happened: Vec<Happened>,
    since: DateTime<Utc>,
    practice: PracticeLine,
    public: String,
    all_url: String,
    zone: Tz,
    tables: HashMap<Window, Table>,
    /// Words that this run has stored, and so every mail may say.
    known: HashMap<Sort, Uuid>,
    /// Those that are not stored yet.
    fresh: HashMap<Sort, NewWords>,
}

/// What is new in one window to anybody in a zone, and to whom.
struct Table {
    groups: Vec<NewGroup>,
    lines: Vec<Line>,
    fitting: HashMap<Wishes, Vec<usize>>,
}

impl Desk {
    pub async fn lay(app: &App, now: DateTime<Utc>) -> Result<Self, Failure> {
        let reads = app.store.reads();
        let since = now - Days::new(DAYS_BACK);
        Ok(Self {
            now,
            listings: listings(reads, Scope::Listed, None, now, Tz::UTC).await?,
            happened: group_news::find_since(reads, since).await?,
            since,
            practice: practice_line(practice::find(reads).await?.as_ref()),
            public: app.settings.public_url.clone(),
            all_url: letters::all_url(app),
            zone: Tz::UTC,
            tables: HashMap::new(),
            known: HashMap::new(),
            fresh: HashMap::new(),
        })
    }

    /// Goes on with those in another zone, or with another hour.
    pub fn turn_to(&mut self, zone: Tz) {
        self.zone = zone;
        self.tables.clear();
        self.known.clear();
        self.fresh.clear();
    }

    pub fn turned_to(mut self, zone: Tz) -> Self {
        self.turn_to(zone);
        self
    }

    /// Makes sure that what happened since a moment is known: somebody who has paused goes further back than others.
    pub async fn know_since(
        &mut self,
        executor: impl sqlx::PgExecutor<'_>,
        since: DateTime<Utc>,
    ) -> Result<(), Failure> {
        if since < self.since {
            self.happened = group_news::find_since(executor, since).await?;
            self.since = since;
        }
        Ok(())
    }

    /// The windows of these subscribers that end at a moment, with their mails.
    pub async fn write_all(
        &mut self,
        conn: &mut Conn,
        app: &App,
        subscribers: Vec<Subscriber>,
        ends_at: DateTime<Utc>,
    ) -> Result<Vec<Written>, Failure> {
        let with_window =
            |subscriber: Subscriber| Some((Window::of(subscriber.confirmed_at, subscriber.last, ends_at)?, subscriber));
        let subscribers: Vec<_> = subscribers.into_iter().filter_map(with_window).collect();
        let from = subscribers.iter().filter(|(window, _)| !window.is_first).map(|(window, _)| window.starts_at).min();
        if let Some(from) = from {
            self.know_since(&mut *conn, from).await?;
        }
        let accounts: Vec<_> = subscribers.iter().filter_map(|(_, subscriber)| subscriber.account).collect();
        let seated = digests::find_groups_of(conn, &accounts).await?;
        let hers = |subscriber: &Subscriber| {
            subscriber.account.and_then(|account| seated.get(&account)).map(Vec::as_slice).unwrap_or_default()
        };
        Ok(subscribers
            .iter()
            .map(|(window, subscriber)| self.write(app, *window, subscriber, hers(subscriber)))
            .collect())
    }

    /// The window of one subscriber, with its mail.
    fn write(&mut self, app: &App, window: Window, subscriber: &Subscriber, hers: &[GroupId]) -> Written {
        let choice = self.choose(window, &subscriber.wishes, hers);
        let told = |fate, groups| Told { subscriber: subscriber.id, window, groups, fate };
        let groups = i16::try_from(choice.places.len()).unwrap_or(i16::MAX);
        if choice.places.is_empty() {
            return Written { told: told(Fate::Skipped, 0), letter: None };
        }
        let Ok(to) = Email::parse(&subscriber.email) else {
            tracing::error!(subscriber = %subscriber.id, "an address is none");
            return Written { told: told(Fate::Failed, groups), letter: None };
        };
        let id = new_id();
        let own = letters::Own::of(app, subscriber, self.now);
        let words = self.words(sort(window, subscriber, choice));
        let letter = letters::letter(id, to, subscriber, window, own, words);
        Written { told: told(Fate::Mail(id), groups), letter: Some(letter) }
    }

    /// What somebody is told of.
    pub fn choose(&mut self, window: Window, wishes: &Wishes, hers: &[GroupId]) -> Choice {
        let (listings, happened, zone) = (&self.listings, &self.happened, self.zone);
        let table = self.tables.entry(key(window)).or_insert_with(|| {
            let groups = new_groups(listings, happened, window, &zone);
            let lines = groups.iter().map(|group| letters::line(group, zone, &self.public)).collect();
            Table { groups, lines, fitting: HashMap::new() }
        });
        if table.fitting.len() >= WISHES {
            table.fitting.clear();
        }
        let fitting = table.fitting.entry(wishes.clone()).or_insert_with(|| fitting(&table.groups, wishes));
        choose(&table.groups, fitting, hers)
    }

    /// The words of a sort of mail, written once.
    fn words(&mut self, sort: Sort) -> Uuid {
        let fresh = || self.fresh.get(&sort).map(|words| words.id);
        if let Some(id) = self.known.get(&sort).copied().or_else(fresh) {
            return id;
        }
        let letters::Words { text, html, .. } = self.spell(&sort, &letters::Own::marks());
        let words = NewWords { id: new_id(), text, html };
        let id = words.id;
        self.fresh.insert(sort, words);
        id
    }

    /// A sort of mail in words, with these links.
    pub fn spell(&self, sort: &Sort, own: &letters::Own) -> letters::Words {
        let lines = self.tables.get(&sort.window).map(|table| table.lines.as_slice()).unwrap_or_default();
        let lines = sort.choice.places.iter().filter_map(|place| lines.get(*place)).collect();
        letters::words(sort, lines, own, &self.all_url, &self.practice)
    }

    /// Forgets the words that are not stored yet, where nothing is to be stored.
    pub fn drop_fresh(&mut self) {
        self.fresh.clear();
    }

    /// Words that some of these mails say and that are not stored yet. From now on they count as stored: where the transaction
    /// fails, the run goes on with a desk that knows of none.
    pub fn take_fresh(&mut self, letters: &[ListLetter]) -> Vec<NewWords> {
        let said: HashSet<_> = letters.iter().map(|letter| letter.words).collect();
        if self.known.len() >= WISHES {
            self.known.clear();
        }
        let (used, _): (Vec<_>, Vec<_>) = self.fresh.drain().partition(|(_, words)| said.contains(&words.id));
        used.into_iter()
            .map(|(sort, words)| {
                self.known.insert(sort, words.id);
                words
            })
            .collect()
    }
}

/// What sort of mail somebody gets.
pub(super) fn sort(window: Window, subscriber: &Subscriber, choice: Choice) -> Sort {
    let place_known = subscriber.wishes.place.is_some();
    Sort { window: key(window), choice, details: subscriber.details, place_known }
}

/// All first windows are told the same, whenever they began.
fn key(window: Window) -> Window {
    if window.is_first { Window { starts_at: DateTime::UNIX_EPOCH, ..window } } else { window }
}
