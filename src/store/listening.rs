//! A session that hears hints, of its own: no queue for a connection makes it late, and where it falls silent no place in
//! a pool is lost with it.

use super::{Failure, Store};
use sqlx::{
    Executor as _, PgPool,
    postgres::{PgListener, PgPoolOptions},
};
use std::time::Duration;
use tokio::time::timeout;

/// How long a connection may take, and each answer to what is asked over it here.
const PATIENCE: Duration = Duration::from_secs(2);

/// The session.
pub(super) struct Listening {
    /// Its connection.
    pub(super) listener: PgListener,
    pool: PgPool,
}

impl Listening {
    /// Opens it; it listens to nothing yet.
    pub(super) async fn open(store: &Store) -> Result<Self, Failure> {
        let options = store.reads().connect_options();
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .max_lifetime(None)
            .idle_timeout(None)
            .test_before_acquire(false)
            .connect_lazy_with((*options).clone());
        let listener = PgListener::connect_with(&pool).await?;
        Ok(Self { listener, pool })
    }

    /// Begins to listen to a channel.
    pub(super) async fn listen(&mut self, channel: &str) -> Result<(), sqlx::Error> {
        timeout(PATIENCE, self.listener.listen(channel)).await.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    /// Asks whether the other end is still there. One that is gone without a word never says so by itself.
    pub(super) async fn ping(&mut self) -> Result<(), Failure> {
        let asked = timeout(PATIENCE, self.listener.execute("select 1")).await;
        asked.map_err(|_| Failure::Away("a session that listens is silent".to_owned()))??;
        Ok(())
    }

    /// Ends the session; where it is silent this waits.
    pub(super) async fn close(self) {
        drop(self.listener);
        self.pool.close().await;
    }
}
