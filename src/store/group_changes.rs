//! Which groups have changed since somebody read them: the rows that triggers leave below everything that a group's facts
//! come from.
//!
//! A snapshot of the database says exactly which transactions one has seen. Whoever keeps the snapshot before her read
//! finds here what was written by all the others, in whatever order they committed; nothing waits for anything, and a
//! hold writes one short row.

use super::Failure;
use crate::domain::ids::GroupId;
use chrono::{DateTime, Duration, Utc};

/// For so long the rows are of use: who read before that reads all groups anew. They are kept longer than this
/// ([`super::purge::group_changes`]), by more than any transaction lasts.
pub const OF_USE: Duration = Duration::minutes(30);

/// Where the database stood at a look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Which transactions were over.
    pub snapshot: String,
    /// The database's clock.
    pub at: DateTime<Utc>,
    /// Which server it was, and since when: another one's snapshots mean something else.
    server: (DateTime<Utc>, i64),
}

impl Mark {
    /// Whether what has changed from this look to a later one is known.
    pub fn reaches(&self, later: &Self) -> bool {
        self.server == later.server && later.at - self.at < OF_USE
    }
}

/// A look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Look {
    /// Where the database stands.
    pub mark: Mark,
    /// The groups that have changed since the look before.
    pub changed: Vec<GroupId>,
}

/// Looks where the database stands, and what has changed since a snapshot.
///
/// A read-only node does not tell which transactions are running, so there the same group may be named again.
pub async fn look(executor: impl sqlx::PgExecutor<'_>, since: Option<&str>) -> Result<Look, Failure> {
    let row = sqlx::query!(
        r#"select pg_current_snapshot()::text as "snapshot!", now() as "at!", pg_postmaster_start_time() as "started_at!",
             to_regclass('group_changes')::oid::bigint as "table!",
             array(select distinct group_id from group_changes
               where xid >= pg_snapshot_xmin($1::text::pg_snapshot) and xid < pg_snapshot_xmax(pg_current_snapshot())
                 and (pg_is_in_recovery() or not pg_visible_in_snapshot(xid, $1::text::pg_snapshot))) as "changed!""#,
        since
    )
    .fetch_one(executor)
    .await?;
    Ok(Look {
        mark: Mark { snapshot: row.snapshot, at: row.at, server: (row.started_at, row.table) },
        changed: row.changed.into_iter().map(GroupId).collect(),
    })
}

/// The groups that are forming or open.
pub async fn listed(executor: impl sqlx::PgExecutor<'_>) -> Result<Vec<GroupId>, Failure> {
    let ids =
        sqlx::query_scalar!("select id from groups where status <> 'closed' order by id").fetch_all(executor).await?;
    Ok(ids.into_iter().map(GroupId).collect())
}
