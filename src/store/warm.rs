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
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep},
};

/// For how long a connection may go without the pool's look at it.
const UNCHECKED: Duration = Duration::from_secs(30);

/// Writes that may wait for a place: as many as requests may be under way at a time (`server::limits`). Only writes whose
/// clients have left can be more, since they go on without them; whoever comes then is told so at once.
pub const MOST_WAITING: usize = 512;

/// The connections, over the pool that they belong to; cheap to clone.
#[derive(Clone, Debug)]
pub struct Warm {
    pool: PgPool,
    most: u32,
    /// As many as the pool has connections: who has a place finds one here, or one of the pool.
    places: Arc<Semaphore>,
    /// Room for those who wait for a place.
    line: Arc<Semaphore>,
    shelf: Arc<Mutex<Shelf>>,
}

/// A place among those who use a connection.
pub type Place = OwnedSemaphorePermit;

#[derive(Default, Debug)]
struct Shelf {
    /// The one that was used last is last.
    connections: Vec<Kept>,
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

impl Warm {
    /// Over a pool of so many.
    pub fn over(pool: PgPool, most: u32) -> Self {
        let places = usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            pool,
            most,
            places: Arc::new(Semaphore::new(places)),
            line: Arc::new(Semaphore::new(MOST_WAITING)),
            shelf: Arc::default(),
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // Nothing in here can panic half-way.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connections that lie here.
    pub fn count(&self) -> usize {
        self.shelf().connections.len()
    }

    /// A place, in turn; at once an error where too many wait for one already.
    pub async fn place(&self) -> Result<Place, sqlx::Error> {
        let _turn = self.line.try_acquire().map_err(|_| sqlx::Error::PoolTimedOut)?;
        Arc::clone(&self.places).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)
    }

    /// A place for somebody who takes a connection of the pool, and sees that the pool has one.
    pub async fn step_aside(&self) -> Result<Place, sqlx::Error> {
        let place = self.place().await?;
        let is_short = self.pool.num_idle() == 0 || self.pool.size() >= self.most;
        let spare = if is_short { self.shelf().connections.pop() } else { None };
        drop(spare);
        Ok(place)
    }

    /// One that was used a moment ago, else one of the pool; for somebody who has a place until she has given it back.
    pub async fn lend(&self) -> Result<Lent, sqlx::Error> {
        let kept = self.shelf().connections.pop();
        if let Some(Kept { connection, checked_at, used_at }) = kept
            && used_at.elapsed() < RECENT
        {
            return Ok(Lent { connection, checked_at });
        }
        Ok(Lent { connection: self.pool.acquire().await?, checked_at: Instant::now() })
    }

    /// Takes one back whose last statement is over, before the place is given up: whoever gets that finds the connection.
    /// Whatever else happens to a [`Lent`], it goes to the pool.
    pub fn keep(&self, lent: Lent) {
        if lent.checked_at.elapsed() > UNCHECKED || self.pool.is_closed() {
            return;
        }
        let Lent { connection, checked_at } = lent;
        let mut shelf = self.shelf();
        shelf.connections.push(Kept { connection, checked_at, used_at: Instant::now() });
        let is_swept = std::mem::replace(&mut shelf.is_swept, true);
        drop(shelf);
        if !is_swept {
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
