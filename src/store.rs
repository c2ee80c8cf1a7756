//! SQL: private `…Row` structs in, domain types out; free functions over an executor. One file a concept.
//!
//! Functions that act for somebody take the proof ([`Member`], …), not an id. Whatever changes something takes `&mut
//! PgConnection` of a [`Tx`], so that the change, its audit row and its mail are one transaction. To add a query: a
//! free function here in the file of its concept, `query!` or `query_as!`, then `make sqlx`.

use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr as _, time::Duration};
use tokio::time::{Instant, sleep, timeout};

pub mod absences;
pub mod account_data;
pub mod account_deletion;
pub mod accounts;
pub mod address_changes;
pub mod agreements;
pub mod audit;
pub mod calendar_feeds;
pub mod capacity;
pub mod closing;
pub mod contact;
pub mod curricula;
pub mod demo;
pub mod digests;
pub mod drafts;
pub mod failure;
pub mod forming;
pub mod group_changes;
pub mod group_news;
pub mod groups;
pub mod hints;
pub mod holds;
pub mod idempotency;
mod listening;
pub mod live;
pub mod locks;
pub mod mail_choices;
pub mod meetings;
pub mod members;
pub mod migrate;
pub mod offers;
pub mod outbox;
pub mod outbox_list;
pub mod practice;
pub mod practice_load;
mod probe;
pub mod purge;
pub mod rate;
pub mod reads;
pub mod releases;
pub mod reminders;
pub mod reservations;
pub mod restore;
pub mod seat_states;
pub mod seats;
pub mod sessions;
pub mod sign_in_codes;
pub mod subscribers;
pub mod therapists;
pub mod waiting;
pub mod warm;

pub use failure::{Failure, named_constraint};
use probe::Probe;
pub use reads::Reads;
pub use warm::Lent;
use warm::Warm;

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
/// Postgres ends a statement by itself; whoever waits for it waits a little longer, to hear that.
const STATEMENT: Duration = Duration::from_secs(5);

/// For the answer of a connection that has lain idle.
const PING: Duration = Duration::from_millis(500);
/// A connection that was used so shortly before is believed to be there.
const RECENT: Duration = Duration::from_secs(1);
/// Between two tries of a write, so that a database that is away is not asked as fast as it can refuse.
const AGAIN: Duration = Duration::from_millis(25);

/// How long things over the database may take. A connection whose other end is gone without a word is silent for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// For a connection.
    pub patience: Duration,
    /// For the answer to one read.
    pub answer: Duration,
    /// For a write that somebody waits for, from its begin to its commit.
    pub write: Duration,
    /// For a write of the worker, for which nobody waits.
    pub work: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            patience: PATIENCE,
            answer: STATEMENT + Duration::from_secs(1),
            // With the wait for a connection less than a request may take, so that it is told what happened.
            write: Duration::from_secs(12),
            work: Duration::from_mins(2),
        }
    }
}

impl Limits {
    /// Of a write. What an operator does may take its time (ten thousand groups): she sees that it does.
    fn of(self, actor: &Actor) -> Option<Duration> {
        match actor {
            Actor::Account(_) | Actor::Visitor => Some(self.write),
            Actor::Worker => Some(self.work),
            Actor::Operator => None,
        }
    }
}

/// The two pools over one database.
///
/// Reads use a pool that never begins a transaction ([`Reads`]). Writes use one whose connections are checked when they come
/// back: sqlx 0.8.4–0.9.0 returns a connection with an open transaction when a request is cancelled inside `begin`, and
/// the next user's writes would be acknowledged and lost.
#[derive(Clone, Debug)]
pub struct Store {
    reads: Reads,
    writes: PgPool,
    warm: Warm,
    probe: Probe,
    limits: Limits,
}

impl Store {
    /// Opens the pools; connects when first used, so that a database that is away does not stop the start.
    pub fn open(url: &str) -> Result<Self, Failure> {
        Self::open_within(url, Limits::default())
    }

    /// The same with another patience: how long somebody waits for a connection.
    pub fn open_with(url: &str, patience: Duration) -> Result<Self, Failure> {
        Self::open_within(url, Limits { patience, ..Limits::default() })
    }

    /// The same with other limits.
    pub fn open_within(url: &str, limits: Limits) -> Result<Self, Failure> {
        let options = PgConnectOptions::from_str(url)?.application_name("common-ground").options([
            ("statement_timeout", &*format!("{}s", STATEMENT.as_secs())),
            ("lock_timeout", "3s"),
            ("idle_in_transaction_session_timeout", "10s"),
            // A statement is planned once a connection: planning costs more than running what is asked here.
            ("plan_cache_mode", "force_generic_plan"),
        ]);
        let pool = || {
            PgPoolOptions::new()
                .acquire_timeout(limits.patience)
                .idle_timeout(Duration::from_mins(5))
                .max_lifetime(Duration::from_mins(30))
        };
        let reads = Reads::open(pool(), options.clone(), limits);
        let probe = Probe::over(options.clone());
        let writes = pool()
            .max_connections(WRITES)
            .after_release(|connection, _| {
                Box::pin(async move {
                    // Inside an open transaction `now()` stands still while the statement's time runs on. A prepared
                    // statement would not do: its own time is that of its last message, and it begins with the first.
                    // A node that takes no writes any more is left: the next connection may lead to one that does.
                    let asked = connection.fetch_one(
                        "select now() = statement_timestamp() and current_setting('transaction_read_only') = 'off'",
                    );
                    // A connection that hangs would keep its place in the pool for ever.
                    let row = timeout(Duration::from_secs(1), asked).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
                    Ok(sqlx::Row::get::<bool, _>(&row, 0))
                })
            })
            .test_before_acquire(false)
            .before_acquire(|connection, used| {
                Box::pin(async move {
                    // A round trip before each write costs a third of a hold; under load no connection lies idle so long.
                    if used.idle_for < RECENT { Ok(true) } else { still_answers(connection).await }
                })
            })
            .connect_lazy_with(options);
        Ok(Self { reads, warm: Warm::over(writes.clone(), WRITES), writes, probe, limits })
    }

    /// For reading.
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// The pool of the writes, for tests of its defence only.
    pub fn writes(&self) -> &PgPool {
        &self.writes
    }

    /// Runs `work` in one transaction that no disconnecting client can cancel, and commits what it gives back.
    ///
    /// The work takes the transaction and returns it with its result; an error rolls everything back. A write that is
    /// not through in time ([`Limits`]) is given up as [`Failure::Away`]; when the silence fell on its commit, nobody
    /// knows whether that was done, which is what idempotency keys are for.
    pub async fn write<T, E, F, W>(&self, actor: Actor, work: W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
        F: Future<Output = Result<(Tx, T), E>> + Send,
        W: FnOnce(Tx) -> F + Send + 'static,
    {
        let (pool, warm, limits) = (self.writes.clone(), self.warm.clone(), self.limits);
        let task = tokio::spawn(async move {
            let _place = in_time(limits.patience, warm.step_aside()).await?;
            let tx = begin(&pool, limits.patience, &actor.text()).await?;
            let done = async {
                let (tx, result) = work(tx).await?;
                tx.commit().await.map_err(Failure::from)?;
                Ok(result)
            };
            match limits.of(&actor) {
                Some(limit) => timeout(limit, done)
                    .await
                    .unwrap_or_else(|_| Err(Failure::Away(format!("a write took longer than {limit:?}")).into())),
                None => done.await,
            }
        });
        match task.await {
            Ok(result) => result,
            Err(panic) => Err(Failure::Broken(panic.to_string()).into()),
        }
    }

    /// Runs `work` over one connection of the writes; no disconnecting client can cancel it. Each of its statements is a
    /// transaction of its own, so that nothing has to begin, to commit or to be checked.
    ///
    /// The work is run again over another connection where the database went away under it, for as long as one waits for a
    /// connection: those that lay idle may have been cut. A node that takes no writes is not asked again. So whatever the
    /// work does must be the same when it is done twice, for which there are idempotency keys.
    pub async fn at_once<T, F, W>(&self, work: W) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Future<Output = Result<(Lent, T), Failure>> + Send,
        W: Fn(Lent) -> F + Send + Sync + 'static,
    {
        let (warm, limits) = (self.warm.clone(), self.limits);
        let task = tokio::spawn(async move {
            let began = Instant::now();
            // One place for all tries: who tries again does not wait in the line again.
            let _place = in_time(limits.patience, warm.place()).await?;
            let once = async || {
                let lent = in_time(limits.patience, warm.lend()).await?;
                let (lent, result) = work(lent).await?;
                warm.keep(lent);
                Ok(result)
            };
            let done = async {
                loop {
                    match once().await {
                        Err(Failure::Away(_)) if began.elapsed() < limits.patience => sleep(AGAIN).await,
                        done => return done,
                    }
                }
            };
            let late = |_| Failure::Away(format!("a write took longer than {:?}", limits.write));
            timeout(limits.write, done).await.unwrap_or_else(|elapsed| Err(late(elapsed)))
        });
        task.await.unwrap_or_else(|panic| Err(Failure::Broken(panic.to_string())))
    }

    /// Connections for writes that are open and that nobody uses.
    pub fn idle_writes(&self) -> usize {
        self.writes.num_idle() + self.warm.count()
    }

    /// Closes both pools, and what is beside them.
    pub async fn close(&self) {
        tokio::join!(self.reads.close(), self.writes.close(), self.probe.close());
    }
}

/// What somebody gets who waits for a connection, if she gets it in time.
async fn in_time<T>(patience: Duration, got: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, Failure> {
    let got = timeout(patience, got).await;
    Ok(got.map_err(|_| Failure::Away("no connection in time".to_owned()))??)
}

/// Whether a connection that has lain idle still answers. It may have been cut, or its other end be gone without a word;
/// then the pool takes the next or opens a new one, which is quicker than to wait for it.
async fn still_answers(connection: &mut Conn) -> Result<bool, sqlx::Error> {
    timeout(PING, connection.ping()).await.map_err(|_| sqlx::Error::PoolTimedOut)?.map(|()| true)
}

/// Begins a transaction and names the actor to it.
///
/// Connections of the pool may have been cut while nobody used them. Nothing has been written yet, so the next one is
/// tried, all of them and a fresh one if need be, for as long as one waits for a connection.
async fn begin(pool: &PgPool, patience: Duration, actor: &str) -> Result<Tx, Failure> {
    let once = async || {
        // One round trip for both. The actor is an id or one of our own words, so nothing in it could end the text.
        let begin = format!("begin; select set_config('app.actor', '{actor}', true)");
        Ok(pool.begin_with(AssertSqlSafe(begin)).await?)
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
    matches!(timeout(Duration::from_secs(1), store.probe.is_current()).await, Ok(Ok(true)))
}

/// A connection inside a transaction; named so that signatures say what they need.
pub type Conn = PgConnection;
