//! Hints between processes: "look at the lines". One channel, no payload. A hint may be lost, so nothing depends on one.
//!
//! Never sent inside a transaction: a commit that notifies takes a lock of the whole database.

use super::{Failure, Store, listening::Listening};
use sqlx::PgExecutor;
use std::time::Duration;
use tokio::time::timeout;

/// The channel.
const CHANNEL: &str = "common_ground_line";

/// Sends a hint, in a statement of its own.
pub async fn notify(executor: impl PgExecutor<'_>) -> Result<(), Failure> {
    sqlx::query!("select pg_notify($1, '')", CHANNEL).fetch_one(executor).await?;
    Ok(())
}

/// Hears hints, over a session of its own.
pub struct Ear {
    session: Listening,
    silence: Duration,
}

impl Ear {
    /// Begins to listen. After so long a `silence` it asks whether anybody is still there.
    pub async fn open(store: &Store, silence: Duration) -> Result<Self, Failure> {
        let mut session = Listening::open(store).await?;
        session.listen(CHANNEL).await?;
        Ok(Self { session, silence })
    }

    /// Ends with the next hint, or when the connection was lost and made anew: something may have been missed then. Fails
    /// where nobody is there any more, also if nothing has said so.
    pub async fn hear(&mut self) -> Result<(), Failure> {
        loop {
            match timeout(self.silence, self.session.listener.try_recv()).await {
                Ok(heard) => {
                    heard?;
                    return Ok(());
                }
                Err(_) => self.session.ping().await?,
            }
        }
    }

    /// Ends the session; where it is silent this waits.
    pub async fn close(self) {
        self.session.close().await;
    }
}
