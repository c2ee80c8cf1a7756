//! Whether the database answers, asked over a connection of its own: an instance that is busy queues for those of the
//! pools, and is not to be taken for one that cannot reach its database.

use super::{PING, migrate};
use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};
use std::sync::Arc;
use tokio::{sync::Mutex, time::timeout};

/// The connection, opened when it is first needed; cheap to clone. Not a pool of one: a connection that falls silent would
/// keep the only place in it.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    options: PgConnectOptions,
    kept: Arc<Mutex<Option<PgConnection>>>,
}

impl Probe {
    /// To where these options lead.
    pub(super) fn over(options: PgConnectOptions) -> Self {
        Self { options, kept: Arc::default() }
    }

    /// Whether every migration of this program has been run. Whoever asks waits for whoever has asked before; a connection
    /// that does not answer, or whose answer nobody waits for any more, is dropped.
    pub(super) async fn is_current(&self) -> Result<bool, sqlx::Error> {
        let mut kept = self.kept.lock().await;
        if let Some(mut connection) = kept.take()
            && let Ok(Ok(is_current)) = timeout(PING, migrate::is_current(&mut connection)).await
        {
            *kept = Some(connection);
            return Ok(is_current);
        }
        let mut connection = PgConnection::connect_with(&self.options).await?;
        let is_current = migrate::is_current(&mut connection).await?;
        *kept = Some(connection);
        Ok(is_current)
    }

    /// Closes the connection.
    pub(super) async fn close(&self) {
        drop(self.kept.lock().await.take());
    }
}
