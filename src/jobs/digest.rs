//! Writes the weekly mail to everybody whose hour has come, and notes what became of those that were written.

use super::Worker;
use crate::{
    server::digests::{self, Mode},
    store::{self, Actor, Failure},
};

/// One run over all who are due; mostly nobody is, which costs two small queries.
pub async fn run(worker: Worker) -> Result<(), Failure> {
    let app = &worker.app;
    let now = app.now();
    app.store
        .write(Actor::Worker, move |mut tx| async move {
            let settled = store::digests::settle(&mut tx, now).await?;
            Ok::<_, Failure>((tx, settled))
        })
        .await?;
    let progress = digests::run(app, &Mode::Write(Actor::Worker), &|_| ()).await?.progress;
    if progress.mails + progress.skipped + progress.failed > 0 {
        let (mails, skipped, failed) = (progress.mails, progress.skipped, progress.failed);
        tracing::info!(mails, skipped, failed, "digests written");
    }
    Ok(())
}
