//! Connections of the writes that were used a moment ago and were left clean, ready for the next one at once.
//!
//! The pool checks and pings a connection that comes back, two round trips for each write. Here one comes back only after
//! the database has said that its last statement is over, and nobody here begins a transaction; so there is nothing to
//! check. Whatever is dropped half way goes back to the pool, which checks it. Nothing stays here for long: a connection
//! that nobody takes within a second goes back as well, where idleness and age have an end.

use super::{Conn, RECENT};
use sqlx::{PgPool, Postgres, pool::PoolConnection};
use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// For how long a connection may go without the pool's look at it.
const UNCHECKED: Duration = Duration::from_secs(30);

/// The connections, over the pool that they belong to; cheap to clone.
#[derive(Clone, Debug)]
pub struct Warm {
    pool: PgPool,
    shelf: Arc<Mutex<Shelf>>,
}

#[derive(Default, Debug)]
struct Shelf {
    /// The one that was used last is last.
    connections: Vec<Kept>,
    /// Who waits for the pool: while anybody does, it gets what comes back.
    waiting: usize,
    /// Whether somebody clears away.
    is_swept: bool,
}

#[derive(Debug)]
struct Kept {
    connection: PoolConnection<Postgres>,
    checked_at: Instant,
    used_at: Instant,
}

/// A connection that somebody uses now.
#[derive(Debug)]
pub struct Lent {
    connection: PoolConnection<Postgres>,
    checked_at: Instant,
}

impl Deref for Lent {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.connection
    }
}

/// Says that somebody waits for the pool.
pub struct Waiting<'w>(&'w Warm);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.shelf().waiting -= 1;
    }
}

impl Warm {
    /// Over a pool.
    pub fn over(pool: PgPool) -> Self {
        Self { pool, shelf: Arc::default() }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // Nothing in here can panic half-way.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connections that lie here.
    pub fn count(&self) -> usize {
        self.shelf().connections.len()
    }

    /// To be kept while one waits for the pool: frees a connection that lies here, and has those go back that come.
    pub fn make_room(&self) -> Waiting<'_> {
        let mut shelf = self.shelf();
        shelf.waiting += 1;
        let spare = if self.pool.num_idle() == 0 { shelf.connections.pop() } else { None };
        drop(shelf);
        drop(spare);
        Waiting(self)
    }

    /// One that was used a moment ago, else one of the pool.
    pub async fn lend(&self) -> Result<Lent, sqlx::Error> {
        let kept = self.shelf().connections.pop_if(|kept| kept.used_at.elapsed() < RECENT);
        if let Some(Kept { connection, checked_at, .. }) = kept {
            return Ok(Lent { connection, checked_at });
        }
        let _waiting = self.make_room();
        Ok(Lent { connection: self.pool.acquire().await?, checked_at: Instant::now() })
    }

    /// Takes one back whose last statement is over. Whatever else happens to a [`Lent`], it goes to the pool.
    pub fn keep(&self, lent: Lent) {
        let mut shelf = self.shelf();
        if shelf.waiting > 0 || lent.checked_at.elapsed() > UNCHECKED || self.pool.is_closed() {
            // The shelf is free before the connection drops.
            drop(shelf);
            return drop(lent);
        }
        let Lent { connection, checked_at } = lent;
        shelf.connections.push(Kept { connection, checked_at, used_at: Instant::now() });
        if !std::mem::replace(&mut shelf.is_swept, true) {
            tokio::spawn(self.clone().sweep());
        }
    }

    /// Clears away what nobody takes, until nothing is left or the pool closes.
    async fn sweep(self) {
        loop {
            let closes = tokio::select! {
                () = sleep(RECENT / 2) => false,
                () = self.pool.close_event() => true,
            };
            let mut shelf = self.shelf();
            let (old, young) = std::mem::take(&mut shelf.connections)
                .into_iter()
                .partition(|kept| closes || kept.used_at.elapsed() >= RECENT);
            let old: Vec<Kept> = old;
            shelf.connections = young;
            let ends = shelf.connections.is_empty();
            shelf.is_swept = !ends;
            drop(shelf);
            drop(old);
            if ends {
                return;
            }
        }
    }
}
