//! Reminds members of meetings, a day and an hour before, and of offers that nearly end. What is due is read from the state
//! of this moment; the outbox looks once more when a reminder leaves.
//!
//! Several workers may do it at a time: the key of a reminder is unique, so the second one writes nothing.

use super::Worker;
use crate::{
    domain::reminder::Before,
    mail,
    server::{line, reminders as letters, settings::QuietHours},
    store::{Actor, Failure, reminders},
};
use chrono::Timelike as _;

/// Reminders that are written in one transaction.
const AT_ONCE: i64 = 50;
/// Transactions of one round.
const ROUNDS: u32 = 400;

/// Writes all that are due.
pub async fn run(worker: Worker) -> Result<(), Failure> {
    let mut written = 0;
    for before in Before::ALL {
        for _ in 0..ROUNDS {
            let count = of_meetings(&worker, before).await?;
            written += count;
            if i64::try_from(count).unwrap_or(i64::MAX) < AT_ONCE {
                break;
            }
        }
    }
    written += of_offers(&worker).await?;
    if written > 0 {
        tracing::info!(written, "reminders written");
        mail::hint();
    }
    Ok(())
}

async fn of_meetings(worker: &Worker, before: Before) -> Result<usize, Failure> {
    let app = worker.app.clone();
    let due = reminders::due_meetings(app.store.reads(), before, app.now(), AT_ONCE).await?;
    if due.is_empty() {
        return Ok(0);
    }
    worker
        .app
        .store
        .write(Actor::Worker, move |mut tx| async move {
            for one in &due {
                letters::of_meeting(&mut tx, &app, before, one).await?;
            }
            Ok::<_, Failure>((tx, due.len()))
        })
        .await
}

/// Offers never end in quiet hours, but two hours before may lie in them: then she is reminded when they are over.
async fn of_offers(worker: &Worker) -> Result<usize, Failure> {
    let mut written = 0;
    for ending in reminders::ending_offers(worker.app.store.reads()).await? {
        let app = worker.app.clone();
        written += worker
            .app
            .store
            .write(Actor::Worker, move |mut tx| async move {
                let zone = line::zone_of(&mut tx, ending.member).await?;
                let hour = ending.now.with_timezone(&zone).hour();
                let quiet =
                    app.settings.quiet_hours.map(|QuietHours { from, to }| crate::domain::waiting::Quiet { from, to });
                if quiet.is_some_and(|quiet| quiet.holds(hour)) {
                    return Ok((tx, 0));
                }
                let Some(listing) = line::listing(&mut tx, &app, ending.group).await? else { return Ok((tx, 0)) };
                letters::of_offer(&mut tx, &app, &listing, &ending, zone).await?;
                Ok::<_, Failure>((tx, 1))
            })
            .await?;
    }
    Ok(written)
}
