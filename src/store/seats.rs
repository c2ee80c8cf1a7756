//! Seats: hold, renew, let go. One round trip claims a seat; the database alone decides.

use super::{Conn, Failure, audit, locks::GroupLock, named_constraint, sessions::Member};
use crate::{
    domain::{
        ids::{AccountId, GroupId, HoldId},
        seat::{FRESH_HOLDS_A_DAY, HOLDS_AT_A_TIME, RENEWALS, RESERVATIONS},
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

/// Makes the requests of one member wait for each other, so that her limits hold when she is quick.
pub async fn one_at_a_time(conn: &mut Conn, member: &Member) -> Result<(), Failure> {
    sqlx::query!("select id from accounts where id = $1 for no key update", member.id().0).fetch_one(conn).await?;
    Ok(())
}

/// Takes a free seat of a group in which nobody waits for a while: the seat, the hold and the audit row are one statement.
/// The caller has checked that she is eligible so far, and has made her requests wait for each other
/// ([`super::deeds::begin`], or [`one_at_a_time`]).
///
/// Refused where she has a seat here, three holds, three fresh holds here today, three reservations, another group at
/// that time, or where somebody else waits. Her own living hold is given back as it is.
pub async fn hold(
    conn: &mut Conn,
    lock: &GroupLock,
    member: &Member,
    group: GroupId,
    seconds: u32,
) -> Result<Hold, AppError> {
    hold_among(conn, lock, member, group, seconds, None).await
}

/// The same in a group with a line: only one of these seats, which nobody before her in line can be offered.
pub async fn hold_among(
    conn: &mut Conn,
    _lock: &GroupLock,
    member: &Member,
    group: GroupId,
    seconds: u32,
    among: Option<&[i16]>,
) -> Result<Hold, AppError> {
    let facts = sqlx::query!(
        r#"select
             exists(select 1 from seats where group_id = $2 and member_id = $1 and state in ('held', 'offered')
               and held_until > now()) as "held_here!",
             exists(select 1 from seats where group_id = $2 and member_id = $1 and state = 'reserved') as "seated_here!",
             (select count(*) from seats where member_id = $1 and state = 'held' and held_until > now()) as "holds!",
             (select count(*) from seats where member_id = $1 and state = 'reserved') as "reservations!",
             (select count(*) from holds where member_id = $1 and group_id = $2 and held_at > now() - interval '1 day') as "fresh_holds!",
             exists(select 1 from waiting_entries where group_id = $2 and ended_at is null and member_id <> $1) as "line!""#,
        member.id().0,
        group.0
    )
    .fetch_one(&mut *conn)
    .await?;
    if facts.held_here {
        return hold_of(&mut *conn, member.id(), group).await?.ok_or(AppError::HoldExpired);
    }
    if facts.seated_here {
        return Err(AppError::SeatedHere);
    }
    if facts.reservations >= RESERVATIONS {
        return Err(AppError::TooManyReservations);
    }
    if facts.holds >= HOLDS_AT_A_TIME {
        return Err(AppError::TooManyHolds);
    }
    if facts.fresh_holds >= FRESH_HOLDS_A_DAY {
        return Err(AppError::HeldTooOften);
    }
    let everybody_waits = match among {
        None => facts.line,
        Some(seats) => facts.line && seats.is_empty() && is_any_free(&mut *conn, group).await?,
    };
    if everybody_waits {
        return Err(AppError::SomebodyWaits);
    }
    if facts.reservations > 0
        && let Some(title) = clash(&mut *conn, member.id(), group).await?
    {
        return Err(AppError::Clash(title));
    }
    let claimed = sqlx::query!(
        r#"with claimed as (
             update seats set state = 'held', member_id = $2, hold_id = gen_random_uuid(), held_at = now(),
               held_until = now() + make_interval(secs => $3), renewals = 0
             where (group_id, seat_no) = (
               select group_id, seat_no from seats
               where group_id = $1 and (state = 'free' or (state in ('held', 'offered') and held_until <= now()))
                 and ($4::smallint[] is null or seat_no = any($4))
               order by (member_id = $2) desc nulls last, seat_no for update skip locked limit 1)
             returning group_id, seat_no, hold_id, held_until),
           kept as (insert into holds (id, group_id, member_id) select hold_id, group_id, $2 from claimed),
           noted as (
             insert into audit_events (actor, action, subject, detail)
             select coalesce(nullif(current_setting('app.actor', true), ''), 'unknown'), 'seat held', group_id::text,
               jsonb_build_object('hold', hold_id, 'seat', seat_no)
             from claimed)
           select hold_id as "hold_id!", held_until as "held_until!",
             floor(extract(epoch from held_until - now()))::int as "seconds_left!"
           from claimed"#,
        group.0,
        member.id().0,
        f64::from(seconds),
        among
    )
    .fetch_optional(&mut *conn)
    .await
    .map_err(|error| match named_constraint(&error) {
        Some("seats_member_key") => AppError::SeatedHere,
        _ => error.into(),
    })?;
    let Some(claimed) = claimed else {
        return Err(AppError::GroupFull);
    };
    Ok(Hold {
        id: HoldId(claimed.hold_id),
        until: claimed.held_until,
        seconds_left: claimed.seconds_left,
        renewals_left: RENEWALS,
        is_offer: false,
    })
}

/// Whether a seat is free, whoever may have it.
async fn is_any_free(conn: &mut Conn, group: GroupId) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select exists(select from seats where group_id = $1
             and (state = 'free' or (state in ('held', 'offered') and held_until <= now()))) as "free!""#,
        group.0
    )
    .fetch_one(conn)
    .await?)
}

/// Another group of hers that meets at the same time, by its title: of the coming meetings some overlap.
pub async fn clash(conn: &mut Conn, member: AccountId, group: GroupId) -> Result<Option<String>, Failure> {
    Ok(sqlx::query_scalar!(
        "select g.title from seats s
         join groups g on g.id = s.group_id
         join meetings theirs on theirs.group_id = s.group_id and theirs.status = 'scheduled' and theirs.ends_at > now()
         join meetings here on here.group_id = $2 and here.status = 'scheduled' and here.ends_at > now()
           and here.starts_at < theirs.ends_at and theirs.starts_at < here.ends_at
         where s.member_id = $1 and s.state = 'reserved' and s.group_id <> $2
         limit 1",
        member.0,
        group.0
    )
    .fetch_optional(conn)
    .await?)
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
