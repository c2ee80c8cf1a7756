//! The weekly mail of new meeting times: a run over everybody whose hour has come. The worker does it by itself, `digest run`
//! does it by hand; several at once write each mail once.
//!
//! The audit trail gets one row for each batch of a run, in its transaction: who ran it and how many mails it wrote. Which
//! subscriber was told of which window stands in `digests`, so a row for each mail would say nothing more.

use super::{
    show::practice_line,
    state::{App, new_id},
    times::{day_of, parse_zone},
};
use crate::{
    domain::{
        digest::{Choice, Happened, NewGroup, Window, choose, fitting, new_groups},
        email::Email,
        ids::{GroupId, SubscriberId},
        letter::{Letter, host_of},
        listing::Listing,
        wishes::Wishes,
    },
    mail::{self, PracticeLine, digest::Line},
    store::{
        Actor, Conn, Failure, Tx, audit,
        digests::{self, Cell, DueCell, Fate, Subscriber, Told},
        group_news,
        groups::{Scope, listings},
        outbox, practice,
    },
};
use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

pub mod letters;
pub mod office;
pub mod preview;

/// Subscribers of one transaction.
const BATCH: usize = 500;

/// Days back for which news is read at first; most windows are a week long.
const DAYS_BACK: u64 = 8;

/// Different wishes that are remembered at a time.
const WISHES: usize = 4096;

/// How far a run is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Subscribers that were due when it began.
    pub expected: usize,
    /// Those who were looked at.
    pub looked_at: usize,
    /// Mails written.
    pub mails: usize,
    /// For whom nothing was new.
    pub skipped: usize,
    /// Whose address is none.
    pub failed: usize,
}

/// Whether a run writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mode {
    /// As this actor.
    Write(Actor),
    /// It only looks.
    Dry,
}

/// What a run has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ran {
    /// Its id; there is none where it wrote nothing.
    pub run: Option<Uuid>,
    /// How far it came.
    pub progress: Progress,
}

/// Tells everybody whose hour has come. `watch` hears after each batch how far it is.
pub async fn run(app: &App, mode: &Mode, watch: &(dyn Fn(Progress) + Send + Sync)) -> Result<Ran, Failure> {
    let (reads, now) = (app.store.reads(), app.now());
    let mut progress = Progress::default();
    let mut rounds = Vec::new();
    for (cell, zone) in digests::find_cells(reads).await?.iter().filter_map(|cell| due(cell, now)) {
        let ids = digests::find_due(reads, &cell).await?;
        progress.expected += ids.len();
        if !ids.is_empty() {
            rounds.push((cell, zone, ids));
        } else if let Mode::Write(actor) = mode {
            note_done(app, actor, cell).await?;
        }
    }
    if rounds.is_empty() {
        return Ok(Ran { run: None, progress });
    }
    watch(progress);
    let run = new_id();
    let mut desk = Desk::lay(app, now).await?;
    for (cell, zone, ids) in rounds {
        desk.turn_to(zone);
        for ids in ids.chunks(BATCH) {
            let batch = Batch { run, cell: cell.clone(), ids: ids.to_vec(), expected: progress.expected };
            let made;
            (desk, made) = match tell(app, mode, desk, batch).await {
                Ok(done) => done,
                Err(error) if error.is_away() => return Err(error),
                Err(error) => {
                    // One batch must not leave all others waiting; these are tried again with the next run.
                    tracing::error!(zone = cell.zone, %error, "a batch of digests could not be written");
                    (Desk::lay(app, now).await?.turned_to(zone), Progress::default())
                }
            };
            progress.looked_at += ids.len();
            progress.mails += made.mails;
            progress.skipped += made.skipped;
            progress.failed += made.failed;
            watch(progress);
            if made.mails > 0 && *mode != Mode::Dry {
                mail::hint();
            }
        }
        // Whoever is left is in the hands of another worker, which may still fail.
        if let Mode::Write(actor) = mode
            && digests::find_due(reads, &cell).await?.is_empty()
        {
            note_done(app, actor, cell).await?;
        }
    }
    let Mode::Write(actor) = mode else { return Ok(Ran { run: None, progress }) };
    let ended_at = app.now();
    app.store
        .write(actor.clone(), move |mut tx| async move {
            digests::end_run(&mut tx, run, ended_at).await?;
            Ok::<_, Failure>((tx, ()))
        })
        .await?;
    let wrote = progress.mails + progress.skipped + progress.failed > 0;
    Ok(Ran { run: wrote.then_some(run), progress })
}

/// The window of a cell that is to be told now.
fn due(cell: &Cell, now: DateTime<Utc>) -> Option<(DueCell, Tz)> {
    let Some(zone) = parse_zone(&cell.zone) else {
        tracing::error!(zone = cell.zone, "a subscriber's zone is not known");
        return None;
    };
    let ends_at = cell.hour.due(&zone, now)?;
    if cell.done_until.is_some_and(|done| done >= ends_at) {
        return None;
    }
    Some((DueCell { zone: cell.zone.clone(), hour: cell.hour, ends_at, today: day_of(now, zone) }, zone))
}

async fn note_done(app: &App, actor: &Actor, cell: DueCell) -> Result<(), Failure> {
    app.store
        .write(actor.clone(), move |mut tx| async move {
            digests::note_done(&mut tx, &cell).await?;
            Ok::<_, Failure>((tx, ()))
        })
        .await
}

/// Some of those who are due.
struct Batch {
    run: Uuid,
    cell: DueCell,
    ids: Vec<SubscriberId>,
    expected: usize,
}

/// Tells them, in one transaction: what each is told of, her window, her mail, the audit row.
async fn tell(app: &App, mode: &Mode, desk: Desk, batch: Batch) -> Result<(Desk, Progress), Failure> {
    let (actor, dry) = match mode {
        Mode::Write(actor) => (actor.clone(), false),
        Mode::Dry => (Actor::Operator, true),
    };
    let app_in = app.clone();
    let work = move |mut tx: Tx| async move {
        let (app, mut desk) = (app_in, desk);
        digests::take_time(&mut tx).await?;
        let subscribers = digests::claim(&mut tx, &batch.cell, &batch.ids).await?;
        let written = desk.write_all(&mut tx, &app, subscribers, batch.cell.ends_at).await?;
        let made = if dry { count(&written) } else { keep(&mut tx, &app, desk.now, &batch, written).await? };
        Ok::<_, Failure>((tx, (desk, made)))
    };
    app.store.write(actor, work).await
}

/// A window with its mail, if it has one.
struct Written {
    told: Told,
    letter: Option<Letter>,
}

fn count<'a>(written: impl IntoIterator<Item = &'a Written>) -> Progress {
    let mut made = Progress::default();
    for one in written {
        match one.told.fate {
            Fate::Mail(_) => made.mails += 1,
            Fate::Skipped => made.skipped += 1,
            Fate::Failed => made.failed += 1,
        }
    }
    made
}

/// Stores what was written, without those windows that another worker wrote meanwhile.
async fn keep(
    conn: &mut Conn,
    app: &App,
    now: DateTime<Utc>,
    batch: &Batch,
    mut written: Vec<Written>,
) -> Result<Progress, Failure> {
    if written.is_empty() {
        return Ok(Progress::default());
    }
    let told: Vec<_> = written.iter().map(|one| one.told).collect();
    let new = digests::insert(&mut *conn, batch.run, &told).await?;
    written.retain(|one| new.contains(&one.told.subscriber));
    let made = count(&written);
    let letters: Vec<_> = written
        .into_iter()
        .filter_map(|one| match (one.told.fate, one.letter) {
            (Fate::Mail(id), Some(letter)) => Some((id, letter)),
            _ => None,
        })
        .collect();
    if !letters.is_empty() {
        outbox::enqueue_all(&mut *conn, &letters, host_of(&app.settings.public_url)).await?;
    }
    let whole = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    if made != Progress::default() {
        let (expected, mails, skipped) = (whole(batch.expected), whole(made.mails), whole(made.skipped));
        digests::count_run(&mut *conn, batch.run, now, expected, mails, skipped).await?;
        let detail = json!({ "mails": made.mails, "skipped": made.skipped, "failed": made.failed });
        audit::record(conn, "digests written", batch.run, detail).await?;
    }
    Ok(made)
}

/// What a run writes from: the groups as they stood when it began, what happened to them, and what was worked out from both
/// for those who are looked at now. Wishes that were met before cost nothing more.
struct Desk {
    now: DateTime<Utc>,
    listings: Vec<Listing>,
    happened: Vec<Happened>,
    since: DateTime<Utc>,
    practice: PracticeLine,
    public: String,
    all_url: String,
    zone: Tz,
    tables: HashMap<Window, Table>,
}

/// What is new in one window to anybody in a zone, and to whom.
struct Table {
    groups: Vec<NewGroup>,
    lines: Vec<Line>,
    fitting: HashMap<Wishes, Vec<usize>>,
}

impl Desk {
    async fn lay(app: &App, now: DateTime<Utc>) -> Result<Self, Failure> {
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
        })
    }

    /// Goes on with those in another zone, or with another hour.
    fn turn_to(&mut self, zone: Tz) {
        self.zone = zone;
        self.tables.clear();
    }

    fn turned_to(mut self, zone: Tz) -> Self {
        self.turn_to(zone);
        self
    }

    /// Makes sure that what happened since a moment is known: somebody who has paused goes further back than others.
    async fn know_since(&mut self, executor: impl sqlx::PgExecutor<'_>, since: DateTime<Utc>) -> Result<(), Failure> {
        if since < self.since {
            self.happened = group_news::find_since(executor, since).await?;
            self.since = since;
        }
        Ok(())
    }

    /// The windows of these subscribers that end at a moment, with their mails.
    async fn write_all(
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
        let own = letters::Own::of(app, subscriber, self.now);
        let letter = self.letter(to, subscriber, window, &choice, &own);
        Written { told: told(Fate::Mail(new_id()), groups), letter: Some(letter) }
    }

    /// What somebody is told of.
    fn choose(&mut self, window: Window, wishes: &Wishes, hers: &[GroupId]) -> Choice {
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

    /// The mail about what was chosen.
    fn letter(
        &self,
        to: Email,
        subscriber: &Subscriber,
        window: Window,
        choice: &Choice,
        own: &letters::Own,
    ) -> Letter {
        let lines = self.tables.get(&key(window)).map(|table| table.lines.as_slice()).unwrap_or_default();
        let lines = choice.places.iter().filter_map(|place| lines.get(*place)).collect();
        letters::letter(to, subscriber, window, lines, choice.has_more, own, &self.all_url, &self.practice)
    }
}

/// All first windows are told the same, whenever they began.
fn key(window: Window) -> Window {
    if window.is_first { Window { starts_at: DateTime::UNIX_EPOCH, ..window } } else { window }
}
