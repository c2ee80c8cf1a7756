//! Tells members of meetings that were moved or cancelled, whoever did that: each change of a meeting raises its number, and
//! what is told is noted beside it. Whoever changes meetings and tells of it in words of his own notes that as well.

use super::Worker;
use crate::{
    domain::ids::GroupId,
    mail,
    server::{line, reminders as letters},
    store::{Actor, Failure, locks, reminders},
};

/// Looks at every group with changes, each in a transaction of its own.
pub async fn run(worker: Worker) -> Result<(), Failure> {
    let mut told = 0;
    for group in reminders::groups_with_changes(worker.app.store.reads()).await? {
        match tell(&worker, group).await {
            Ok(count) => told += count,
            Err(error) if error.is_away() => return Err(error),
            // One group must not leave all others untold.
            Err(error) => tracing::error!(%group, %error, "changes could not be told"),
        }
    }
    if told > 0 {
        tracing::info!(told, "changes of meetings told");
        mail::hint();
    }
    Ok(())
}

async fn tell(worker: &Worker, group: GroupId) -> Result<usize, Failure> {
    let app = worker.app.clone();
    worker
        .app
        .store
        .write(Actor::Worker, move |mut tx| async move {
            // Nobody takes or gives back a seat meanwhile, and no second worker tells the same.
            let _lock = locks::exclusive(&mut tx, group).await?;
            let changes = reminders::take_changes(&mut tx, group, app.now()).await?;
            let Some(listing) = line::listing(&mut tx, &app, group).await? else { return Ok((tx, 0)) };
            if changes.is_empty() {
                return Ok((tx, 0));
            }
            let members = reminders::to_tell_of_changes(&mut tx, group).await?;
            for to in &members {
                letters::of_changes(&mut tx, &app, &listing, *to, &changes).await?;
            }
            Ok::<_, Failure>((tx, members.len()))
        })
        .await
}
