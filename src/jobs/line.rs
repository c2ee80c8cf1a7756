//! Passes seats on: offers that are over, and free seats beside a line. Whoever frees a seat does the same at once; this is
//! for what ends by itself, and for what was missed.
//!
//! Several workers may do it at a time: each takes the group's lock, and what the first has done is nothing to do for the
//! second.

use super::{Worker, round::Round};
use crate::{
    domain::ids::GroupId,
    mail,
    server::line,
    store::{Actor, Failure, Store, hints::Ear, locks, waiting},
};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// After so long without a hint it is asked whether anybody is still there who could send one.
pub const SILENCE: Duration = Duration::from_secs(30);
/// Between two attempts to listen.
const AGAIN: Duration = Duration::from_secs(1);
/// For the end of a connection that may be silent.
const CLOSING: Duration = Duration::from_secs(1);

/// Looks at every group in which something may be to do, each in a transaction of its own. One group must not leave all
/// others waiting.
pub async fn run(worker: Worker) -> Result<(), Failure> {
    let store = &worker.app.store;
    let mut round = Round::over(store);
    let mut told = 0;
    for group in waiting::groups_to_look_at(store.reads()).await? {
        told += round.note(group, pass_on(&worker, group).await).await?.unwrap_or_default();
    }
    if told > 0 {
        tracing::info!(told, "seats passed on");
        mail::hint();
    }
    round.end()
}

async fn pass_on(worker: &Worker, group: GroupId) -> Result<usize, Failure> {
    let app = worker.app.clone();
    worker
        .app
        .store
        .write(Actor::Worker, move |mut tx| async move {
            let lock = locks::exclusive(&mut tx, group).await?;
            let told = line::pass_on(&mut tx, &lock, &app, group).await?;
            Ok::<_, Failure>((tx, told))
        })
        .await
}

/// Wakes the jobs of this process when another one sends a hint. Without a connection it tries again every second: the
/// jobs look by themselves meanwhile. Where it was without one, they look again as soon as it has one: something may have
/// been missed.
pub async fn listen(store: Store, silence: Duration, stop: CancellationToken) {
    let hearing = async {
        let mut was_deaf = false;
        loop {
            if let Ok(mut ear) = Ear::open(&store, silence).await {
                if was_deaf {
                    mail::hint();
                }
                while ear.hear().await.is_ok() {
                    mail::hint();
                }
                let _ = timeout(CLOSING, ear.close()).await;
            }
            was_deaf = true;
            sleep(AGAIN).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = hearing => {}
    }
}
