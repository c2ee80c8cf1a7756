//! Seats that are held: find, renew, let go. How a seat comes to be held stands in [`super::holds`].

use super::{Conn, Failure, audit, locks::GroupLock, sessions::Member};
use crate::{
    domain::{
        ids::{AccountId, GroupId, HoldId},
        seat::RENEWALS,
    },
    error::AppError,
};
use chrono::{DateTime, Utc};
use serde_json::json;

/// A living hold of a member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// End.
    pub until: DateTime<Utc>,
    /// Whole seconds left, by the database's clock.
    pub seconds_left: i32,
    /// Renewals that are left; none for an offer.
    pub renewals_left: i16,
    /// Whether it is an offer to the first in line.
    pub is_offer: bool,
}

/// The hold of a member in a group, while it lives.
pub async fn hold_of(
    executor: impl sqlx::PgExecutor<'_>,
    member: AccountId,
    group: GroupId,
) -> Result<Option<Hold>, Failure> {
    let row = sqlx::query!(
        r#"select hold_id as "hold_id!", held_until as "held_until!", state, renewals,
             floor(extract(epoch from held_until - now()))::int as "seconds_left!"
           from seats
           where group_id = $1 and member_id = $2 and state in ('held', 'offered') and held_until > now()"#,
        group.0,
        member.0
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Hold {
        id: HoldId(row.hold_id),
        until: row.held_until,
        seconds_left: row.seconds_left,
        renewals_left: if row.state == "offered" { 0 } else { RENEWALS - row.renewals },
        is_offer: row.state == "offered",
    }))
}

/// Whether a member held a seat here within the last day that she neither confirmed nor let go, or was offered one that
/// she did not decline: then her answers can still be confirmed, if a seat is left.
pub async fn has_open_hold(
    executor: impl sqlx::PgExecutor<'_>,
    member: AccountId,
    group: GroupId,
) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select exists(select 1 from holds where member_id = $1 and group_id = $2 and ended_at is null
             and held_at > now() - interval '1 day')
           or exists(select 1 from offers o where o.member_id = $1 and o.group_id = $2
             and o.state in ('open', 'accepted', 'expired') and coalesce(o.closed_at, now()) > now() - interval '1 day'
             and not exists (select from reservations r where r.member_id = $1 and r.group_id = $2
               and r.confirmed_at >= o.offered_at)) as "open!""#,
        member.0,
        group.0
    )
    .fetch_one(executor)
    .await?)
}

/// Makes the requests of one member wait for each other, so that her limits hold when she is quick. Fails when she deleted
/// her account meanwhile.
pub async fn one_at_a_time(conn: &mut Conn, member: &Member) -> Result<(), Failure> {
    sqlx::query!("select id from accounts where id = $1 and deleted_at is null for no key update", member.id().0)
        .fetch_optional(conn)
        .await?
        .map(drop)
        .ok_or_else(Failure::deleted)
}

/// Another group of hers that meets at the same time, by its title: of the meetings to come some overlap. `now` is the
/// calendar's clock.
pub async fn clash(
    conn: &mut Conn,
    member: AccountId,
    group: GroupId,
    now: DateTime<Utc>,
) -> Result<Option<String>, Failure> {
    Ok(sqlx::query_scalar!("select clashing_group($1, $2, $3)", member.0, group.0, now).fetch_one(conn).await?)
}

/// Holds a seat longer: from now on for the whole time again, at most ten times.
pub async fn renew(
    conn: &mut Conn,
    _lock: &GroupLock,
    member: &Member,
    group: GroupId,
    seconds: u32,
) -> Result<Hold, AppError> {
    let renewed = sqlx::query!(
        "update seats set held_until = now() + make_interval(secs => $3), renewals = renewals + 1
         where group_id = $1 and member_id = $2 and state = 'held' and held_until > now() and renewals < $4 returning seat_no",
        group.0,
        member.id().0,
        f64::from(seconds),
        RENEWALS
    )
    .fetch_optional(&mut *conn)
    .await?;
    let hold = hold_of(&mut *conn, member.id(), group).await?;
    match (renewed, hold) {
        (Some(_), Some(hold)) => {
            audit::record(conn, "hold renewed", group, json!({ "hold": hold.id.0 })).await?;
            Ok(hold)
        }
        (None, Some(_)) => Err(AppError::RenewedTooOften),
        (_, None) => Err(AppError::HoldExpired),
    }
}

/// Lets a hold go. Nothing to let go is fine too: she wanted it gone. An offer is declined instead.
pub async fn let_go(conn: &mut Conn, _lock: &GroupLock, member: AccountId, group: GroupId) -> Result<(), Failure> {
    let freed = sqlx::query!(
        "update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, renewals = 0
         where group_id = $1 and member_id = $2 and state = 'held' returning seat_no",
        group.0,
        member.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    sqlx::query!(
        "update holds set ended_at = now(), outcome = 'let go' where group_id = $1 and member_id = $2 and ended_at is null",
        group.0,
        member.0
    )
    .execute(&mut *conn)
    .await?;
    if let Some(freed) = freed {
        audit::record(conn, "hold let go", group, json!({ "seat": freed.seat_no })).await?;
    }
    Ok(())
}
