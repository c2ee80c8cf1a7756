//! What the live seat counts read: one session of an instance that hears hints and looks whether anything changed.
//!
//! A look costs next to nothing while nothing is written: the database's own snapshot says which transactions it has
//! seen to their end, and where that is the same as before, so is everything in it. So no hold writes a mark for it,
//! nothing waits for a lock, and a change by any program or hand is found. Only then are all seats counted, a few
//! milliseconds for a thousand groups.
//!
//! Of all instances that look, one speaks: it holds an advisory lock of its session, looks more often than the others,
//! and tells them by one NOTIFY for all that has changed since its last look. No hold and no confirm ever notifies,
//! since a commit that does takes a lock of the whole database.
//!
//! A hint may be lost, and a pooler such as `PgBouncer` that lends sessions for one transaction never delivers any. Nothing
//! depends on it: every instance looks by itself as well, often enough for what is promised, and needs no address of the
//! database besides the one it has. A read-only node refuses to listen and to notify, and is looked at all the same.

use super::{Failure, Store, listening::Listening, locks};
use crate::domain::{group::Status, ids::GroupId};
use sqlx::postgres::PgListener;
use std::time::Duration;

/// The channel of the hints. They are empty: whoever hears one looks.
pub const CHANNEL: &str = "seats_changed";

/// One instance's session.
pub struct Watch {
    session: Listening,
    /// The session in which this instance became the speaker.
    speaker: Option<i32>,
}

/// What a glance shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Which transactions are over: equal marks, equal rows.
    pub snapshot: String,
    /// Whether this instance tells the others.
    pub speaks: bool,
}

/// The seats of one group as everybody may know them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Tally {
    /// Group, forming or open.
    pub group: GroupId,
    /// Status.
    pub status: Status,
    /// Seats.
    pub capacity: u8,
    /// Seats that are reserved.
    pub reserved: u8,
    /// Seats on hold, by a hold or by an offer.
    pub held: u8,
    /// People in line.
    pub waiting: u32,
}

impl Watch {
    /// Opens a session of its own, so that no queue for a connection makes it late.
    pub async fn open(store: &Store) -> Result<Self, Failure> {
        let mut session = Listening::open(store).await?;
        if let Err(error) = session.listen(CHANNEL).await {
            match error.as_database_error() {
                Some(why) => tracing::debug!(%why, "no hints here; looking is enough"),
                None => return Err(error.into()),
            }
        }
        Ok(Self { session, speaker: None })
    }

    /// Resolves at a hint, or when one may have been lost. May be dropped at any time.
    pub async fn hint(&mut self) -> Result<(), Failure> {
        self.session.listener.try_recv().await?;
        // Many hints are one.
        while self.session.listener.next_buffered().is_some() {}
        Ok(())
    }

    /// A glance, and the attempt to become the speaker where there is none.
    pub async fn mark(&mut self) -> Result<Mark, Failure> {
        let row = sqlx::query!(
            r#"select pg_current_snapshot()::text as "snapshot!", pg_backend_pid() as "session!",
                 case when pg_backend_pid() = $1 then true else pg_try_advisory_lock($2, 0) end as "speaks!""#,
            self.speaker,
            locks::SPEAKER
        )
        .fetch_one(&mut self.session.listener)
        .await?;
        // A session that was lost has taken its lock with it.
        self.speaker = row.speaks.then_some(row.session);
        Ok(Mark { snapshot: row.snapshot, speaks: row.speaks })
    }

    /// The seats of all groups that are forming or open, and when the next hold or offer lapses: that changes counts
    /// without a write.
    pub async fn tallies(&mut self) -> Result<(Vec<Tally>, Option<Duration>), Failure> {
        let rows = sqlx::query!(
            r#"select g.id, g.status, g.minimum, g.capacity, coalesce(s.reserved, 0) as "reserved!",
                 coalesce(s.held, 0) as "held!", s.lapse, coalesce(w.waiting, 0) as "waiting!"
               from groups g
               left join (
                 select group_id, count(*) filter (where state = 'reserved') as reserved,
                   count(*) filter (where state in ('held', 'offered') and held_until > now()) as held,
                   min(extract(epoch from held_until - now())::float8) filter (where held_until > now()) as lapse
                 from seats group by group_id) s on s.group_id = g.id
               left join (
                 select group_id, count(*) as waiting from waiting_entries where ended_at is null group by group_id) w
                 on w.group_id = g.id
               where g.status <> 'closed'"#
        )
        .fetch_all(&mut self.session.listener)
        .await?;
        let small = |count: i64| u8::try_from(count).unwrap_or(u8::MAX);
        let lapse = rows.iter().filter_map(|row| row.lapse).min_by(f64::total_cmp);
        let tallies = rows
            .into_iter()
            .map(|row| Tally {
                group: GroupId(row.id),
                status: if row.status == "forming" {
                    let minimum = u8::try_from(row.minimum).unwrap_or(1);
                    Status::Forming { reserved: small(row.reserved), minimum }
                } else {
                    Status::Open
                },
                capacity: u8::try_from(row.capacity).unwrap_or_default(),
                reserved: small(row.reserved),
                held: small(row.held),
                waiting: u32::try_from(row.waiting).unwrap_or_default(),
            })
            .collect();
        Ok((tallies, lapse.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())))
    }

    /// The connection, for reading groups in full.
    pub fn connection(&mut self) -> &mut PgListener {
        &mut self.session.listener
    }

    /// Tells the other instances that something has changed.
    pub async fn tell(&mut self) -> Result<(), Failure> {
        match sqlx::query!("select pg_notify($1, '')", CHANNEL).execute(&mut self.session.listener).await {
            Err(error) if error.as_database_error().is_none() => Err(error.into()),
            Err(why) => {
                tracing::debug!(%why, "the others have to look by themselves");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// Ends the session, and with it the part of the speaker.
    pub async fn close(self) {
        self.session.close().await;
    }
}
