//! Sends the mails to accounts that lie in the outbox: claims a few in a short transaction, sends them outside of any, marks
//! each. Mails to the list have a job of their own ([`super::outbox_list`]): nothing here waits for them.
//!
//! At least once: when a worker dies, or the database goes away between sending and marking, the lease ends and the mail
//! goes out again with the same Message-ID.

use super::Worker;
use crate::{
    domain::letter::OutboxMail,
    mail::{About, SendError},
    store::{Actor, Failure, outbox, subscribers::ending},
};
use futures::future::join_all;
use std::{sync::Arc, time::Duration};

/// Mails that are claimed and sent at the same time.
pub const BATCH: u16 = 8;
/// Time for one mail; the lease bounds it as well.
pub(super) const SEND_TIME: Duration = Duration::from_secs(30);

/// Sends all that is due.
pub async fn run(worker: Worker) -> Result<(), Failure> {
    let store = &worker.app.store;
    let lease = worker.app.settings.durations.outbox_lease;
    store
        .write(Actor::Worker, |mut tx| async move {
            let given_up = outbox::expire(&mut tx).await?;
            Ok::<_, Failure>((tx, given_up))
        })
        .await?;
    loop {
        let mails = store
            .write(Actor::Worker, move |mut tx| async move {
                let mails = outbox::claim(&mut tx, BATCH, lease).await?;
                Ok::<_, Failure>((tx, mails))
            })
            .await?;
        let was_full = mails.len() >= usize::from(BATCH);
        let marked = join_all(mails.into_iter().map(|mail| deliver(&worker, mail))).await;
        marked.into_iter().collect::<Result<(), Failure>>()?;
        if !was_full {
            return Ok(());
        }
    }
}

/// Sends one mail and notes how it went.
async fn deliver(worker: &Worker, mail: OutboxMail) -> Result<(), Failure> {
    let lease = Duration::from_secs(u64::from(worker.app.settings.durations.outbox_lease));
    let mail = Arc::new(mail);
    let result = send(worker, &mail, SEND_TIME.min(lease)).await;
    match &result {
        Ok(()) => tracing::info!(mail = %mail.id, kind = %mail.kind, attempts = mail.attempts, "mail sent"),
        // What the server said may quote the address, so it goes into the row only.
        Err(error) => tracing::warn!(
            mail = %mail.id, kind = %mail.kind, attempts = mail.attempts, code = error.code, retry = error.retry,
            "mail not sent"
        ),
    }
    worker
        .app
        .store
        .write(Actor::Worker, move |mut tx| async move {
            match &result {
                Ok(()) => outbox::mark_sent(&mut tx, &mail).await?,
                Err(error) => {
                    outbox::mark_failed(&mut tx, &mail, error.retry, &error.why).await?;
                    if error.about == About::Address {
                        ending::note_unreachable(&mut tx, &mail).await?;
                    }
                }
            }
            Ok::<_, Failure>((tx, ()))
        })
        .await
}

/// Sends a mail within this time. In a task of its own, so that a mail over which the library stumbles takes no other with it.
pub(super) async fn send(worker: &Worker, mail: &Arc<OutboxMail>, at_most: Duration) -> Result<(), SendError> {
    let (mailer, mail) = (worker.mailer.clone(), mail.clone());
    let mut task = tokio::spawn(async move { mailer.send(&mail).await });
    match tokio::time::timeout(at_most, &mut task).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(SendError::later(format!("the mail library stumbled: {panic}"))),
        Err(_) => {
            task.abort();
            Err(SendError::no_way("no answer in time"))
        }
    }
}
