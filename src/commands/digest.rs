//! `digest run`: tells everybody whose hour has come, and sends what was written; or shows what would be told.

use super::Failed;
use crate::{
    domain::email::Email,
    jobs::{self, Worker},
    server::{
        digests::{self, Mode, Progress, preview},
        show::grouped,
        state::App,
        times::{day_of, full_date},
    },
    store::{self, Actor, Failure, audit},
};
use serde_json::json;
use std::{
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
    sync::Mutex,
    time::Duration,
};
use uuid::Uuid;

/// How often the bar looks while mails leave.
const LOOK: Duration = Duration::from_millis(500);

/// Writes what is due, and sends it.
pub async fn run(app: &App) -> Result<ExitCode, Failed> {
    let bar = Bar::new();
    let ran = digests::run(app, &Mode::Write(Actor::Operator), &|progress| bar.show("written", of(progress))).await?;
    bar.end();
    let Some(run) = ran.run else {
        let held = store::digests::count_held(app.store.reads(), app.now()).await? > 0;
        println!(
            "{}",
            match ran.progress.expected {
                0 if held => "The weekly mail is held back since a restore. `digest release` lets it go on.",
                0 => "Nobody is due.",
                _ => "Another worker is at it.",
            }
        );
        return Ok(ExitCode::SUCCESS);
    };
    send(app, run, &bar).await?;
    bar.end();
    let Some(run) = store::digests::find_runs(app.store.reads(), Some(run), 1).await?.pop() else {
        return Err("The run is gone.".into());
    };
    println!("sent: {}", grouped(run.sent));
    println!("skipped, because nothing is new: {}", grouped(run.skipped));
    println!("waiting to be sent: {}", grouped(run.waiting));
    println!("failed: {}", grouped(run.failed));
    println!("not wanted any more: {}", grouped(run.ended));
    Ok(ExitCode::SUCCESS)
}

fn of(progress: Progress) -> (usize, usize) {
    (progress.looked_at, progress.expected)
}

/// Sends the mails to the list that lie in the outbox, as a worker does; one that runs beside it takes its share.
async fn send(app: &App, run: Uuid, bar: &Bar) -> Result<(), Failed> {
    let worker = Worker::new(app.clone())?;
    let mut sending = std::pin::pin!(jobs::outbox_list::run(worker));
    loop {
        tokio::select! {
            done = &mut sending => return Ok(done?),
            () = tokio::time::sleep(LOOK) => {}
        }
        if let Some(run) = store::digests::find_runs(app.store.reads(), Some(run), 1).await?.pop() {
            let whole = |count: i64| usize::try_from(count).unwrap_or_default();
            bar.show("sent", (whole(run.sent), whole(run.sent + run.waiting)));
        }
    }
}

/// Lets the weekly mail go on that a restore has held back.
pub async fn release(app: &App) -> Result<ExitCode, Failed> {
    let now = app.now();
    let cells = app
        .store
        .write(Actor::Operator, move |mut tx| async move {
            let cells = store::digests::release_held(&mut tx, now).await?;
            if cells > 0 {
                audit::record(&mut tx, "weekly mail released", "digests", json!({ "hours": cells })).await?;
            }
            Ok::<_, Failure>((tx, cells))
        })
        .await?;
    let said = if cells == 0 { "It was not held back." } else { "The weekly mail goes on: each at her next hour." };
    println!("{said}");
    Ok(ExitCode::SUCCESS)
}

/// Says what a run would do now. Nothing is written.
pub async fn dry_run(app: &App) -> Result<ExitCode, Failed> {
    let bar = Bar::new();
    let Progress { expected, mails, skipped, failed, .. } =
        digests::run(app, &Mode::Dry, &|progress| bar.show("looked at", of(progress))).await?.progress;
    bar.end();
    println!("due: {expected}");
    println!("would be sent: {mails}");
    println!("would be skipped, because nothing is new: {skipped}");
    println!("cannot be sent: {failed}");
    println!("Nothing was written.");
    Ok(ExitCode::SUCCESS)
}

/// Prints the mail that this address would get if its week ended now.
pub async fn show(app: &App, to: &str) -> Result<ExitCode, Failed> {
    let email = Email::parse(to).map_err(|error| format!("{to}: {error}"))?;
    let preview = preview::to(app, &email).await?;
    if !preview.is_subscribed {
        eprintln!("{} is not subscribed, so this is an example: no wishes, the first mail.", email.as_str());
    }
    match (preview.words, preview.since) {
        (Some(words), _) => {
            println!("To: {}\nSubject: {}\n\n{}", email.as_str(), words.subject, words.text.trim_end());
        }
        (None, Some(since)) => {
            println!("There would be no mail: nothing is new since {}.", full_date(day_of(since, chrono_tz::UTC)));
        }
        (None, None) => println!("There would be no mail: no group with a free seat fits."),
    }
    Ok(ExitCode::SUCCESS)
}

/// A line on a terminal that is written anew each time; elsewhere a line for each tenth.
struct Bar {
    is_terminal: bool,
    /// What was shown last: which stage, and how many tenths.
    shown: Mutex<(&'static str, usize)>,
}

impl Bar {
    const CELLS: usize = 30;

    fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), shown: Mutex::new(("", 0)) }
    }

    fn show(&self, stage: &'static str, (done, all): (usize, usize)) {
        let mut error = std::io::stderr().lock();
        // A bar that cannot be drawn is no reason to stop what it shows.
        if self.is_terminal {
            let _ = write!(error, "\r{}", Self::line(stage, done, all));
            let _ = error.flush();
        } else {
            let tenths = done * 10 / all.max(1);
            let mut shown = self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if *shown != (stage, tenths) {
                let _ = writeln!(error, "{stage}: {done} of {all}");
                *shown = (stage, tenths);
            }
        }
    }

    fn line(stage: &str, done: usize, all: usize) -> String {
        let full = done.min(all) * Self::CELLS / all.max(1);
        format!("{stage:>9} [{}{}] {done} of {all}", "#".repeat(full), "-".repeat(Self::CELLS - full))
    }

    fn end(&self) {
        if self.is_terminal {
            eprintln!();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fills_up() {
        assert_eq!(Bar::line("sent", 0, 0), format!("     sent [{}] 0 of 0", "-".repeat(30)));
        assert_eq!(
            Bar::line("sent", 500, 1000),
            format!("     sent [{}{}] 500 of 1000", "#".repeat(15), "-".repeat(15))
        );
        assert_eq!(Bar::line("written", 9, 9), format!("  written [{}] 9 of 9", "#".repeat(30)));
    }
}
