//! The weekly mail of new meeting times: a run over everybody whose hour has come. The worker does it by itself, `digest run`
//! does it by hand; several at once write each mail once.
//!
//! The audit trail gets one row for each batch of a run, in its transaction: who ran it and how many mails it wrote. Which
//! subscriber was told of which window stands in `digests`, so a row for each mail would say nothing more.

use super::{
    state::{App, new_id},
    times::{day_of, parse_zone},
};
use crate::{
    domain::{ids::SubscriberId, letter::host_of},
    mail,
    store::{
        Actor, Conn, Failure, Tx, audit,
        digests::{self, Cell, DueCell, Fate},
        outbox, outbox_list,
    },
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use desk::{Desk, Written};
use serde_json::json;
use uuid::Uuid;

mod desk;
pub mod letters;
pub mod office;
pub mod preview;

/// Subscribers of one transaction.
const BATCH: usize = 500;

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
    if let Mode::Write(actor) = mode {
        // Also where nobody sends anything: what those mails told of is told now.
        outbox_list::expire(&app.store, actor.clone()).await?;
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
        let made = if dry {
            desk.drop_fresh();
            count(&written)
        } else {
            keep(&mut tx, &app, &mut desk, &batch, written).await?
        };
        Ok::<_, Failure>((tx, (desk, made)))
    };
    app.store.write(actor, work).await
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
    desk: &mut Desk,
    batch: &Batch,
    written: Vec<Written>,
) -> Result<Progress, Failure> {
    if written.is_empty() {
        return Ok(Progress::default());
    }
    let told: Vec<_> = written.iter().map(|one| one.told).collect();
    let new = digests::insert(&mut *conn, batch.run, &told).await?;
    let written: Vec<_> = written.into_iter().filter(|one| new.contains(&one.told.subscriber)).collect();
    let made = count(&written);
    let letters: Vec<_> = written.into_iter().filter_map(|one| one.letter).collect();
    if !letters.is_empty() {
        outbox::insert_words(&mut *conn, &desk.take_fresh(&letters)).await?;
        outbox::enqueue_all(&mut *conn, &letters, host_of(&app.settings.public_url)).await?;
    }
    let whole = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    if made != Progress::default() {
        let (expected, mails, skipped) = (whole(batch.expected), whole(made.mails), whole(made.skipped));
        digests::count_run(&mut *conn, batch.run, desk.now, expected, mails, skipped).await?;
        let detail = json!({ "mails": made.mails, "skipped": made.skipped, "failed": made.failed });
        audit::record(conn, "digests written", batch.run, detail).await?;
    }
    Ok(made)
}
