//! `work`: the jobs without the site, for whoever runs them apart.

use super::{
    Failed,
    start::{self, Started},
};
use crate::{
    jobs,
    server::{metrics, settings::Settings},
};
use std::{process::ExitCode, time::Duration};
use tokio_util::sync::CancellationToken;

/// For what is under way when a signal comes.
const PATIENCE: Duration = Duration::from_secs(25);

/// Runs until SIGTERM or SIGINT.
pub async fn run(settings: Settings) -> Result<ExitCode, Failed> {
    let watched = metrics::listen(&settings).await?;
    let started = Started::new(settings).await?;
    let stop = CancellationToken::new();
    let asked = tokio::spawn({
        let stop = stop.clone();
        async move {
            if let Err(error) = start::signal().await {
                tracing::error!(%error, "signals cannot be heard");
            }
            tracing::info!("ending");
            stop.cancel();
        }
    });
    // From the beginning: a worker that waits for its database is what somebody who watches wants to see.
    metrics::watch(watched, &started.app, &stop);
    started.be_ready(&stop).await;
    let mut outcome = Ok(());
    if !stop.is_cancelled() {
        tracing::info!("working");
        let mut work = std::pin::pin!(jobs::run(started.app.clone(), stop.clone()));
        outcome = tokio::select! {
            ended = &mut work => ended,
            () = stop.cancelled() => tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| {
                tracing::warn!("the work was not finished in time; what has a lease is taken over when that ends");
                Ok(())
            }),
        };
    }
    asked.abort();
    started.finish().await;
    outcome?;
    Ok(ExitCode::SUCCESS)
}
