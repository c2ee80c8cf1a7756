//! Hints between processes: "look at the lines". One channel, no payload. A hint may be lost, so nothing depends on one.
//!
//! Never sent inside a transaction: a commit that notifies takes a lock of the whole database.

use super::Failure;
use sqlx::{PgExecutor, PgPool, postgres::PgListener};

/// The channel.
const CHANNEL: &str = "common_ground_line";

/// Sends a hint, in a statement of its own.
pub async fn notify(executor: impl PgExecutor<'_>) -> Result<(), Failure> {
    sqlx::query!("select pg_notify($1, '')", CHANNEL).fetch_one(executor).await?;
    Ok(())
}

/// Hears hints; keeps one connection of the pool.
#[derive(Debug)]
pub struct Ear(PgListener);

impl Ear {
    /// Begins to listen.
    pub async fn open(pool: &PgPool) -> Result<Self, Failure> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// Ends with the next hint, or when the connection was lost and made anew: something may have been missed then.
    pub async fn hear(&mut self) -> Result<(), Failure> {
        self.0.try_recv().await?;
        Ok(())
    }
}
