//! What happened to groups that somebody who looks for one wants to hear of, noted in the transaction of the change.
//!
//! Only reservations count: a hold that is taken or lapses notes nothing, so that holding a seat stays as cheap as it is.
//! `now` is the calendar's clock, by which the windows of the weekly mail end. The database adds to it, at the end of the
//! transaction, as much time as that took: what is told of a window must be there when it is told.

use super::{Conn, Failure, locks::ExclusiveLock};
use crate::domain::{
    digest::{Happened, News},
    ids::GroupId,
};
use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

/// Notes it.
pub async fn note(conn: &mut Conn, group: GroupId, what: News, now: DateTime<Utc>) -> Result<(), Failure> {
    sqlx::query!("insert into group_news (group_id, at, what) values ($1, $2, $3)", group.0, now, what.code())
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that a group is not full any more, if the `seats` that have just come free are all that nobody has reserved. The
/// lock lets nobody free or add another one meanwhile.
pub async fn note_freed(
    conn: &mut Conn,
    _lock: &ExclusiveLock,
    group: GroupId,
    seats: i64,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into group_news (group_id, at, what)
         select id, $3, 'freed' from groups
         where id = $1 and status <> 'closed'
           and (select count(*) from seats where group_id = $1 and state <> 'reserved') = $2",
        group.0,
        seats,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that seats came on sale because offers of them ended in this transaction, without being taken, and nobody else in
/// line was offered them; if there were none on sale beside. What a release had noted was perhaps not true in the week in which
/// it happened, since the seat went to the line first.
pub async fn note_offers_over(
    conn: &mut Conn,
    _lock: &ExclusiveLock,
    group: GroupId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into group_news (group_id, at, what)
         select id, $2, 'freed' from groups
         where id = $1 and status <> 'closed'
           and (select bool_and(exists (select from offers o where o.vacancy = s.vacancy and o.closed_at = now()
                                          and o.state in ('declined', 'expired', 'ended')))
                from seats s where s.group_id = $1 and s.state <> 'reserved'
                  and not (s.state = 'offered' and s.held_until > now()))",
        group.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What happened after a moment to groups that are not closed.
pub async fn find_since(executor: impl PgExecutor<'_>, since: DateTime<Utc>) -> Result<Vec<Happened>, Failure> {
    let rows = sqlx::query!(
        "select n.group_id, n.at, n.what from group_news n join groups g on g.id = n.group_id
         where n.at > $1 and g.status <> 'closed'",
        since
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some(Happened { group: GroupId(row.group_id), at: row.at, what: News::parse(&row.what)? }))
        .collect())
}
