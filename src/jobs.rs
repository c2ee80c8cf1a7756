//! (server only) What the worker does and how often: the table [`JOBS`].
//!
//! Several workers may run over one database. A job takes its work by claims that skip what others have, or does
//! something that changes nothing the second time. To add a job: a file under `jobs/` with
//! `pub async fn run(worker: Worker) -> Result<(), Failure>`, and a line in the table.

pub mod changes;
pub mod digest;
pub mod groups;
pub mod line;
pub mod meetings;
pub mod outbox;
pub mod outbox_list;
pub mod purge;
pub mod reminders;
mod round;

use crate::{
    mail::{self, Mailer, SendError},
    server::state::App,
    store::Failure,
};
use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// What the worker does: name, how often, what.
pub const JOBS: [Job; 9] = [
    Job { name: "groups", every: Every::Hour, on_hint: false, run: |worker| Box::pin(groups::run(worker)) },
    Job { name: "line", every: Every::Poll, on_hint: true, run: |worker| Box::pin(line::run(worker)) },
    Job { name: "digest", every: Every::Poll, on_hint: false, run: |worker| Box::pin(digest::run(worker)) },
    Job { name: "reminders", every: Every::Poll, on_hint: false, run: |worker| Box::pin(reminders::run(worker)) },
    Job { name: "changes", every: Every::Poll, on_hint: false, run: |worker| Box::pin(changes::run(worker)) },
    Job { name: "outbox", every: Every::Poll, on_hint: true, run: |worker| Box::pin(outbox::run(worker)) },
    Job { name: "outbox_list", every: Every::Poll, on_hint: false, run: |worker| Box::pin(outbox_list::run(worker)) },
    Job { name: "meetings", every: Every::Hour, on_hint: false, run: |worker| Box::pin(meetings::run(worker)) },
    Job { name: "purge", every: Every::Hour, on_hint: false, run: |worker| Box::pin(purge::run(worker)) },
];

/// One line of the table. Each job runs at the start too, and never twice at the same time in one worker.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Its name in logs.
    pub name: &'static str,
    /// How often.
    pub every: Every,
    /// Whether [`mail::hint`] wakes it as well.
    pub on_hint: bool,
    /// What it does.
    pub run: fn(Worker) -> Running,
}

/// A job at work.
pub type Running = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// How often a job runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Every {
    /// Every `WORKER_POLL_SECONDS`.
    Poll,
    /// Every hour.
    Hour,
}

/// What jobs work with.
#[derive(Clone)]
pub struct Worker {
    /// The application.
    pub app: App,
    /// The way out for mails, with the connections that it keeps.
    pub mailer: Arc<Mailer>,
}

impl Worker {
    /// A worker for the application; fails when the mail settings cannot be read.
    pub fn new(app: App) -> Result<Self, SendError> {
        let mailer = Arc::new(Mailer::open(&app.settings)?);
        Ok(Self { app, mailer })
    }
}

/// A job that broke is tried again after this time at the latest, however seldom it runs otherwise.
const AFTER_BROKEN: Duration = Duration::from_mins(1);
/// Time a job has for its end after the worker was stopped; a drain may take 30 seconds in all.
const GRACE: Duration = Duration::from_secs(10);

/// Runs all jobs until `stop`. An error or a panic of a job never ends the worker, and neither does a database that is
/// away: the jobs go on within two seconds of its return. Returns early only when the mail settings cannot be read.
pub async fn run(app: App, stop: CancellationToken) -> Result<(), SendError> {
    let worker = Worker::new(app)?;
    let mut loops = JoinSet::new();
    loops.spawn(line::listen(worker.app.store.clone(), line::SILENCE, stop.clone()));
    for job in JOBS {
        loops.spawn(repeat(job, worker.clone(), stop.clone()));
    }
    while loops.join_next().await.is_some() {}
    Ok(())
}

/// Runs every job once, in the order of the table, for tests and for commands. The first failure ends it.
pub async fn run_once(app: &App) -> Result<(), Failure> {
    let worker = Worker::new(app.clone()).map_err(|error| Failure::Broken(error.to_string()))?;
    for job in JOBS {
        (job.run)(worker.clone()).await?;
    }
    Ok(())
}

/// When each job of this process was last through without an error, or first began.
static ROUNDS: Mutex<BTreeMap<&'static str, Instant>> = Mutex::new(BTreeMap::new());

/// Every job that this process runs, with the time since it was last through, or since it first began; for the metrics.
pub fn rounds() -> Vec<(&'static str, Duration)> {
    let rounds = ROUNDS.lock().unwrap_or_else(PoisonError::into_inner);
    rounds.iter().map(|(name, at)| (*name, at.elapsed())).collect()
}

fn note_round(job: Job, through: bool) {
    let mut rounds = ROUNDS.lock().unwrap_or_else(PoisonError::into_inner);
    let at = rounds.entry(job.name).or_insert_with(Instant::now);
    if through {
        *at = Instant::now();
    }
}

async fn repeat(job: Job, worker: Worker, stop: CancellationToken) {
    let mut times_away = 0_u32;
    note_round(job, false);
    while !stop.is_cancelled() {
        // Listens from before the work on, so that a mail committed meanwhile is not slept over.
        let hinted = mail::hinted();
        tokio::pin!(hinted);
        hinted.as_mut().enable();
        let wait = match attempt(job, &worker, &stop).await {
            Some(Ok(Ok(()))) => {
                note_round(job, true);
                if times_away > 0 {
                    tracing::info!(job = job.name, times_away, "the database is back");
                }
                times_away = 0;
                period(job, &worker)
            }
            Some(Ok(Err(error))) if error.is_away() => {
                if times_away == 0 {
                    tracing::warn!(job = job.name, %error, "the database is away");
                }
                times_away = times_away.saturating_add(1);
                wait_while_away(times_away)
            }
            Some(Ok(Err(error))) => {
                tracing::error!(job = job.name, %error, "a job failed");
                period(job, &worker).min(AFTER_BROKEN)
            }
            Some(Err(panic)) => {
                tracing::error!(job = job.name, %panic, "a job panicked");
                period(job, &worker).min(AFTER_BROKEN)
            }
            None => return,
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
            () = hinted, if job.on_hint && times_away == 0 => {}
        }
    }
}

/// One run in a task of its own, which contains a panic. `None`: the worker was stopped and the grace is over.
async fn attempt(
    job: Job,
    worker: &Worker,
    stop: &CancellationToken,
) -> Option<Result<Result<(), Failure>, JoinError>> {
    let mut task = tokio::spawn((job.run)(worker.clone()));
    let too_late = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = &mut task => Some(ended),
        () = too_late => {
            // Whatever it had claimed is free again when its lease ends.
            task.abort();
            tracing::warn!(job = job.name, "a job was cut off by the end of the worker");
            None
        }
    }
}

fn period(job: Job, worker: &Worker) -> Duration {
    match job.every {
        Every::Poll => Duration::from_secs(u64::from(worker.app.settings.durations.worker_poll)),
        Every::Hour => Duration::from_hours(1),
    }
}

/// Quick at first: a database that restarted leaves dead connections in the pool, and each costs one try.
fn wait_while_away(times: u32) -> Duration {
    Duration::from_millis(if times <= 15 { 50 } else { 500 })
}
