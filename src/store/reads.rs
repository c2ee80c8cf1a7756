//! The pool for reading, with an end to every wait: for a connection, and for its answer.

use super::{Limits, RECENT, still_answers};
use futures::{
    FutureExt as _, StreamExt as _, TryStreamExt as _,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    Connection as _, Either, Error, Execute, Executor, PgConnection, PgPool, Postgres, SqlStr,
    pool::PoolConnection,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use std::{io, ops::Deref, time::Duration};
use tokio::time::timeout;

/// Connections for reads.
const READS: u32 = 8;
/// For what a read that was given up still has to hear, before its connection is dropped instead.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// The pool for reading; an executor like the pool itself.
///
/// A connection whose other end is gone without a word (power lost, a cable, a firewall that forgot it) never fails: it
/// is silent. So each read has an end, at which its connection is dropped, and so has the wait after a read that
/// somebody gave up in the middle; neither costs a round trip. What is left is the pool's own ping of a connection that
/// comes back: one that falls silent in just that moment is lost until the kernel gives it up.
///
/// A connection that was used a moment ago is believed to be there. Where it was cut meanwhile, as all are when the
/// database is restarted, the read is asked once more, over one that has just answered.
#[derive(Clone, Debug)]
pub struct Reads {
    pool: PgPool,
    answer: Duration,
}

impl Reads {
    pub(super) fn open(pool: PgPoolOptions, options: PgConnectOptions, limits: Limits) -> Self {
        let pool = pool
            .max_connections(READS)
            // Instead of the pool's own ping, which has no end.
            .test_before_acquire(false)
            .before_acquire(|connection, used| {
                Box::pin(async move { if used.idle_for < RECENT { Ok(true) } else { still_answers(connection).await } })
            })
            .after_release(|connection, _| {
                Box::pin(async move {
                    // Waits only where an answer is still on its way.
                    timeout(AFTERWARDS, connection.flush()).await.map_err(|_| Error::PoolTimedOut)??;
                    Ok(true)
                })
            })
            .connect_lazy_with(options);
        Self { pool, answer: limits.answer }
    }

    /// A connection that has just answered.
    async fn acquire_checked(&self) -> Result<PoolConnection<Postgres>, Error> {
        // Each that was cut gives way to another one, at last to a new one.
        for _ in 0..READS {
            let mut connection = self.pool.acquire().await?;
            if let Ok(true) = still_answers(&mut connection).await {
                return Ok(connection);
            }
            connection.close_on_drop();
        }
        self.pool.acquire().await
    }

    /// Asks over one connection, and over another one where that turns out to have been cut.
    async fn ask<T>(self, asked: Result<Asked, Error>, ask: Ask<T>) -> Result<T, Error> {
        let asked = asked?;
        let connection = self.pool.acquire().await?;
        match self.ask_over(connection, asked.clone(), ask).await {
            Err(error) if was_cut(&error) => {}
            answered => return answered,
        }
        let connection = self.acquire_checked().await?;
        self.ask_over(connection, asked, ask).await
    }

    async fn ask_over<T>(
        &self,
        mut connection: PoolConnection<Postgres>,
        asked: Asked,
        ask: Ask<T>,
    ) -> Result<T, Error> {
        let answered = timeout(self.answer, ask(&mut connection, asked)).await;
        answered.unwrap_or_else(|_| Err(give_up(connection)))
    }
}

/// What is asked, so that it can be asked twice.
type Asked = (SqlStr, Option<PgArguments>);
/// How it is asked.
type Ask<T> = for<'c> fn(&'c mut PgConnection, Asked) -> BoxFuture<'c, Result<T, Error>>;

fn asked<'q>(mut query: impl Execute<'q, Postgres>) -> Result<Asked, Error> {
    let arguments = query.take_arguments().map_err(Error::Encode)?;
    Ok((query.sql(), arguments))
}

/// Whether the connection is gone, and nothing is said about what was asked. One that was silent for too long is not asked
/// for again: who waits has waited long enough.
fn was_cut(error: &Error) -> bool {
    match error {
        Error::Io(error) => error.kind() != io::ErrorKind::TimedOut,
        // Class 08: the connection. 57P01 to 57P03: the server shuts down, has crashed, or starts.
        Error::Database(error) => error.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57P0")),
        _ => false,
    }
}

impl Deref for Reads {
    type Target = PgPool;

    fn deref(&self) -> &PgPool {
        &self.pool
    }
}

/// Drops a connection that is silent.
fn give_up(mut connection: PoolConnection<Postgres>) -> Error {
    connection.close_on_drop();
    Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the database did not answer in time"))
}

impl<'p> Executor<'p> for &'_ Reads {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, Error>>
    where
        E: 'q + Execute<'q, Postgres>,
    {
        let (reads, asked) = (self.clone(), asked(query));
        // All rows at once, since the end is that of the whole answer; nobody here reads more than fits.
        let rows = reads.ask(asked, |connection, asked| connection.fetch_many(asked).try_collect::<Vec<_>>().boxed());
        stream::once(rows).map_ok(|rows| stream::iter(rows.into_iter().map(Ok))).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        E: 'q + Execute<'q, Postgres>,
    {
        let (reads, asked) = (self.clone(), asked(query));
        Box::pin(reads.ask(asked, |connection, asked| connection.fetch_optional(asked)))
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'p: 'e,
    {
        let Reads { pool, answer } = self.clone();
        Box::pin(async move {
            let mut connection = pool.acquire().await?;
            let answered = timeout(answer, connection.prepare_with(sql, parameters)).await;
            answered.unwrap_or_else(|_| Err(give_up(connection)))
        })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<sqlx::Describe<Postgres>, Error>>
    where
        'p: 'e,
    {
        let Reads { pool, answer } = self.clone();
        Box::pin(async move {
            let mut connection = pool.acquire().await?;
            let answered = timeout(answer, connection.describe(sql)).await;
            answered.unwrap_or_else(|_| Err(give_up(connection)))
        })
    }
}
