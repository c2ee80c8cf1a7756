//! SQL: private `…Row` structs in, domain types out; free functions over an executor. One file a concept.
//!
//! Functions that act for somebody take the proof ([`Member`], …), not an id. Whatever changes something takes `&mut
//! PgConnection` of a [`Tx`], so that the change, its audit row and its mail are one transaction. To add a query: a
//! free function here in the file of its concept, `query!` or `query_as!`, then `make sqlx`.

use sqlx::{
    Connection as _, Executor as _, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr as _, time::Duration};
use tokio::time::timeout;

pub mod absences;
pub mod accounts;
pub mod agreements;
pub mod audit;
pub mod capacity;
pub mod closing;
pub mod curricula;
pub mod demo;
pub mod drafts;
pub mod failure;
pub mod forming;
pub mod groups;
pub mod hints;
pub mod idempotency;
pub mod locks;
pub mod meetings;
pub mod members;
pub mod migrate;
pub mod offers;
pub mod outbox;
pub mod practice;
pub mod practice_load;
pub mod purge;
pub mod rate;
pub mod releases;
pub mod reservations;
pub mod seats;
pub mod sessions;
pub mod sign_in_codes;
pub mod waiting;

pub use failure::{Failure, named_constraint};

/// A transaction that commits only through [`Store::write`].
pub type Tx = Transaction<'static, Postgres>;

/// Who acts: goes to the database with every write transaction (`app.actor`) and into the audit rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// Somebody with an account.
    Account(crate::domain::ids::AccountId),
    /// Nobody signed in.
    Visitor,
    /// The worker.
    Worker,
    /// Whoever runs a command on the server.
    Operator,
}

impl Actor {
    fn text(&self) -> String {
        match self {
            Self::Account(id) => id.to_string(),
            Self::Visitor => "visitor".to_owned(),
            Self::Worker => "worker".to_owned(),
            Self::Operator => "operator".to_owned(),
        }
    }
}

/// Connections for writes.
const WRITES: u32 = 12;
/// How long somebody waits for a connection.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// The two pools over one database.
///
/// Reads use a pool that never begins a transaction. Writes use one whose connections are checked when they come
/// back: sqlx 0.8.4–0.9.0 returns a connection with an open transaction when a request is cancelled inside `begin`, and
/// the next user's writes would be acknowledged and lost.
#[derive(Clone, Debug)]
pub struct Store {
    reads: PgPool,
    writes: PgPool,
    patience: Duration,
}

impl Store {
    /// Opens the pools; connects when first used, so that a database that is away does not stop the start.
    pub fn open(url: &str) -> Result<Self, Failure> {
        Self::open_with(url, PATIENCE)
    }

    /// The same with another patience: how long somebody waits for a connection.
    pub fn open_with(url: &str, patience: Duration) -> Result<Self, Failure> {
        let options = PgConnectOptions::from_str(url)?.application_name("common-ground").options([
            ("statement_timeout", "5s"),
            ("lock_timeout", "3s"),
            ("idle_in_transaction_session_timeout", "10s"),
        ]);
        let pool = || {
            PgPoolOptions::new()
                .acquire_timeout(patience)
                .idle_timeout(Duration::from_mins(5))
                .max_lifetime(Duration::from_mins(30))
        };
        let reads = pool().max_connections(8).connect_lazy_with(options.clone());
        let writes = pool()
            .max_connections(WRITES)
            .after_release(|connection, _| {
                Box::pin(async move {
                    // Inside an open transaction `now()` stands still while the statement's time runs on.
                    let asked = connection.fetch_one("select now() = statement_timestamp()");
                    // A connection that hangs would keep its place in the pool for ever.
                    let row = timeout(Duration::from_secs(1), asked).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
                    Ok(sqlx::Row::get::<bool, _>(&row, 0))
                })
            })
            .test_before_acquire(false)
            .connect_lazy_with(options);
        Ok(Self { reads, writes, patience })
    }

    /// For reading.
    pub fn reads(&self) -> &PgPool {
        &self.reads
    }

    /// The pool of the writes, for tests of its defence only.
    pub fn writes(&self) -> &PgPool {
        &self.writes
    }

    /// Runs `work` in one transaction that no disconnecting client can cancel, and commits what it gives back.
    ///
    /// The work takes the transaction and returns it with its result; an error rolls everything back.
    pub async fn write<T, E, F, W>(&self, actor: Actor, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
        F: Future<Output = Result<(Tx, T), E>> + Send,
        W: FnOnce(Tx) -> F + Send + 'static,
    {
        let (pool, patience) = (self.writes.clone(), self.patience);
        let task = tokio::spawn(async move {
            let (tx, result) = work(begin(&pool, patience, &actor.text()).await?).await?;
            tx.commit().await.map_err(Failure::from)?;
            Ok(result)
        });
        match task.await {
            Ok(result) => result,
            Err(panic) => Err(Failure::Broken(panic.to_string()).into()),
        }
    }

    /// Closes both pools.
    pub async fn close(&self) {
        tokio::join!(self.reads.close(), self.writes.close());
    }
}

/// Begins a transaction and names the actor to it.
///
/// Connections of the pool may have been cut while nobody used them. Nothing has been written yet, so the next one is
/// tried, all of them and a fresh one if need be, for as long as one waits for a connection.
async fn begin(pool: &PgPool, patience: Duration, actor: &str) -> Result<Tx, Failure> {
    let once = async || {
        let mut tx = pool.begin().await?;
        sqlx::query!("select set_config('app.actor', $1, true)", actor).fetch_one(&mut *tx).await?;
        Ok(tx)
    };
    let begun = async {
        for _ in 0..WRITES {
            match once().await {
                Err(Failure::Away(_)) => {}
                begun => return begun,
            }
        }
        once().await
    };
    timeout(patience, begun).await.unwrap_or_else(|_| Err(Failure::Away("no connection answered in time".to_owned())))
}

/// Whether the database answers and its schema is the one this program was built with.
pub async fn is_ready(store: &Store) -> bool {
    let answered = async {
        let mut connection = store.reads().acquire().await?;
        connection.ping().await?;
        migrate::is_current(&mut connection).await
    };
    matches!(timeout(Duration::from_secs(1), answered).await, Ok(Ok(true)))
}

/// A connection inside a transaction; named so that signatures say what they need.
pub type Conn = PgConnection;
