//! Deletes what nobody needs any more. What and when stands in [`crate::store::purge`].

use super::Worker;
use crate::store::{Actor, Conn, Failure, Store, purge};
use std::pin::Pin;

/// Rounds of one run; a table that needs more is finished an hour later.
const ROUNDS: u32 = 50;

/// Goes over every table once.
pub async fn run(worker: Worker) -> Result<(), Failure> {
    let store = &worker.app.store;
    let counts = [
        ("sign-in codes", all(store, |conn| Box::pin(purge::sign_in_codes(conn))).await?),
        ("idempotency keys", all(store, |conn| Box::pin(purge::idempotency_keys(conn))).await?),
        ("sessions", all(store, |conn| Box::pin(purge::sessions(conn))).await?),
        ("holds", all(store, |conn| Box::pin(purge::holds(conn))).await?),
        ("drafts", all(store, |conn| Box::pin(purge::drafts(conn))).await?),
        ("rate buckets", all(store, |conn| Box::pin(purge::rate_buckets(conn))).await?),
        ("contact questions", all(store, |conn| Box::pin(purge::contact_questions(conn))).await?),
        ("address changes", all(store, |conn| Box::pin(purge::address_changes(conn))).await?),
        ("changes of groups", all(store, |conn| Box::pin(purge::group_changes(conn))).await?),
        ("digest mails", all(store, |conn| Box::pin(purge::digest_mails(conn))).await?),
        ("digest words", all(store, |conn| Box::pin(purge::digest_words(conn))).await?),
        ("digests", all(store, |conn| Box::pin(purge::digests(conn))).await?),
        ("digest runs", all(store, |conn| Box::pin(purge::digest_runs(conn))).await?),
        ("group news", all(store, |conn| Box::pin(purge::group_news(conn))).await?),
        ("pending subscribers", all(store, |conn| Box::pin(purge::pending_subscribers(conn))).await?),
        ("new addresses", all(store, |conn| Box::pin(purge::new_addresses(conn))).await?),
        ("asked again", all(store, |conn| Box::pin(purge::asked_again(conn))).await?),
        ("mail bodies", all(store, |conn| Box::pin(purge::mail_bodies(conn))).await?),
    ];
    for (what, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        tracing::info!(what, count, "purged");
    }
    Ok(())
}

/// A function of the store that removes a few rows and says how many.
type Remove = for<'c> fn(&'c mut Conn) -> Pin<Box<dyn Future<Output = Result<u64, Failure>> + Send + 'c>>;

/// Calls it until it finds little, each time in a transaction of its own.
async fn all(store: &Store, remove: Remove) -> Result<u64, Failure> {
    let mut sum = 0;
    for _ in 0..ROUNDS {
        let count = store
            .write(Actor::Worker, move |mut tx| async move {
                let count = remove(&mut tx).await?;
                Ok::<_, Failure>((tx, count))
            })
            .await?;
        sum += count;
        if count < purge::AT_ONCE.unsigned_abs() {
            break;
        }
    }
    Ok(sum)
}
