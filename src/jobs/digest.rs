//! Writes the weekly mail to everybody whose hour has come.

use super::Worker;
use crate::{
    server::digests::{self, Mode},
    store::{Actor, Failure},
};

/// One run over all who are due; mostly nobody is, which costs two small queries.
pub async fn run(worker: Worker) -> Result<(), Failure> {
    let app = &worker.app;
    let progress = digests::run(app, &Mode::Write(Actor::Worker), &|_| ()).await?.progress;
    if progress.mails + progress.skipped + progress.failed > 0 {
        let (mails, skipped, failed) = (progress.mails, progress.skipped, progress.failed);
        tracing::info!(mails, skipped, failed, "digests written");
    }
    Ok(())
}
