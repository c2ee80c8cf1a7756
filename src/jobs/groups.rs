//! Decides forming groups on their day, and ends the seats of closed groups after their last meeting.

use super::{Worker, round::Round};
use crate::{
    mail,
    server::closing as life,
    store::{Failure, closing, forming},
};

/// Looks at every group whose day has come, each in a transaction of its own. One group must not leave all others waiting.
pub async fn run(worker: Worker) -> Result<(), Failure> {
    let app = &worker.app;
    let (reads, now) = (app.store.reads(), app.now());
    let mut round = Round::over(&app.store);
    for group in forming::groups_to_decide(reads, now).await? {
        if let Some(Some(decision)) = round.note(group, life::decide(app, group).await).await? {
            tracing::info!(%group, ?decision, "forming group decided");
            mail::hint();
        }
    }
    for group in closing::groups_to_finish(reads, now).await? {
        if let Some(ended) = round.note(group, life::finish(app, group).await).await? {
            tracing::info!(%group, ended, "closed group finished");
        }
    }
    round.end()
}
