//! The pool for reading, with an end to every wait: for a connection, and for its answer.

use super::{Limits, still_answers};
use futures::{
    StreamExt as _, TryStreamExt as _,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    Connection as _, Either, Error, Execute, Executor, PgPool, Postgres, SqlStr,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
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
            .before_acquire(|connection, _| Box::pin(still_answers(connection)))
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
        let Reads { pool, answer } = self.clone();
        // All rows at once, since the end is that of the whole answer; nobody here reads more than fits.
        let rows = async move {
            let mut connection = pool.acquire().await?;
            let answered = timeout(answer, connection.fetch_many(query).try_collect::<Vec<_>>()).await;
            answered.unwrap_or_else(|_| Err(give_up(connection)))
        };
        stream::once(rows).map_ok(|rows| stream::iter(rows.into_iter().map(Ok))).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        E: 'q + Execute<'q, Postgres>,
    {
        let Reads { pool, answer } = self.clone();
        Box::pin(async move {
            let mut connection = pool.acquire().await?;
            let answered = timeout(answer, connection.fetch_optional(query)).await;
            answered.unwrap_or_else(|_| Err(give_up(connection)))
        })
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
