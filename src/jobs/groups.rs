//! Decides forming groups on their day, and ends the seats of closed groups after their last meeting.

use super::Worker;
use crate::{
    mail,
    server::closing as life,
    store::{Failure, closing, forming},
};

/// Looks at every group whose day has come, each in a transaction of its own.
pub async fn run(worker: Worker) -> Result<(), Failure> {
    let app = &worker.app;
    let (reads, now) = (app.store.reads(), app.now());
    for group in forming::groups_to_decide(reads, now).await? {
        if let Some(decision) = life::decide(app, group).await? {
            tracing::info!(%group, ?decision, "forming group decided");
            mail::hint();
        }
    }
    for group in closing::groups_to_finish(reads, now).await? {
        let ended = life::finish(app, group).await?;
        tracing::info!(%group, ended, "closed group finished");
    }
    Ok(())
}
