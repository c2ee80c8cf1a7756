//! Reservations: a seat becomes hers.

use super::{Conn, Failure, audit, locks::GroupLock, named_constraint, seats, sessions::Member};
use crate::{
    domain::{
        ids::{AccountId, GroupId, MeetingId, ReservationId},
        seat::RESERVATIONS,
    },
    error::AppError,
};
use chrono::{DateTime, Utc};
use serde_json::json;

/// A confirmed seat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reservation {
    /// Id.
    pub id: ReservationId,
    /// What she reads to us on the phone: "CG 7Q4 M2X".
    pub reference: String,
    /// Group.
    pub group: GroupId,
    /// When it was confirmed.
    pub confirmed_at: DateTime<Utc>,
    /// The first meeting she was told.
    pub first_meeting: Option<MeetingId>,
}

/// The living reservation of a member in a group.
pub async fn find(
    executor: impl sqlx::PgExecutor<'_>,
    member: AccountId,
    group: GroupId,
) -> Result<Option<Reservation>, Failure> {
    let row = sqlx::query!(
        "select id, reference, confirmed_at, first_meeting_id from reservations
         where member_id = $1 and group_id = $2 and ended_at is null",
        member.0,
        group.0
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| Reservation {
        id: ReservationId(row.id),
        reference: row.reference,
        group,
        confirmed_at: row.confirmed_at,
        first_meeting: row.first_meeting_id.map(MeetingId),
    }))
}

/// How many seats a member has reserved.
pub async fn count_of(executor: impl sqlx::PgExecutor<'_>, member: AccountId) -> Result<i64, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from seats where member_id = $1 and state = 'reserved'"#,
        member.0
    )
    .fetch_one(executor)
    .await?)
}

/// Makes a held or offered seat hers. One that has lapsed is still hers while nobody took it; else any free seat, but
/// never past somebody in line: of those in `among`, where anybody waits. Her place in line ends with it.
/// `now` is the calendar's clock, by which two groups may clash; `draw_reference` gives the words she reads to us on the phone.
/// The caller has checked about you, agreements and eligibility, in this transaction.
pub async fn confirm(
    conn: &mut Conn,
    _lock: &GroupLock,
    member: &Member,
    group: GroupId,
    first_meeting: Option<MeetingId>,
    among: Option<&[i16]>,
    now: DateTime<Utc>,
    draw_reference: fn() -> String,
) -> Result<Reservation, AppError> {
    seats::one_at_a_time(conn, member).await?;
    if let Some(reservation) = find(&mut *conn, member.id(), group).await? {
        return Ok(reservation);
    }
    if count_of(&mut *conn, member.id()).await? >= RESERVATIONS {
        return Err(AppError::TooManyReservations);
    }
    if let Some(title) = seats::clash(&mut *conn, member.id(), group, now).await? {
        return Err(AppError::Clash(title));
    }
    let own = sqlx::query!(
        "select seat_no, free_from from seats where group_id = $1 and member_id = $2 and state in ('held', 'offered') for update",
        group.0,
        member.id().0
    )
    .fetch_optional(&mut *conn)
    .await?;
    let (seat, free_from) = match own {
        Some(own) => (own.seat_no, own.free_from),
        None => any_free(&mut *conn, member, group, among).await?,
    };
    let first_meeting = match free_from {
        Some(free_from) => first_meeting_after(&mut *conn, group, free_from, first_meeting).await?,
        None => first_meeting,
    };
    let reservation = insert(&mut *conn, member, group, first_meeting, draw_reference).await?;
    sqlx::query!(
        "update seats set state = 'reserved', member_id = $3, hold_id = null, held_at = null, held_until = null, renewals = 0,
           reservation_id = $4, offer_id = null, vacancy = null, free_from = null
         where group_id = $1 and seat_no = $2",
        group.0,
        seat,
        member.id().0,
        reservation.id.0
    )
    .execute(&mut *conn)
    .await
    .map_err(|error| match named_constraint(&error) {
        Some("seats_member_key") => AppError::SeatedHere,
        _ => error.into(),
    })?;
    sqlx::query!(
        "with held as (
           update holds set ended_at = now(), outcome = 'confirmed' where group_id = $1 and member_id = $2 and ended_at is null
         ), offered as (
           update offers set state = 'confirmed', closed_at = now() where group_id = $1 and member_id = $2 and closed_at is null
         )
         update waiting_entries set ended_at = now(), end_reason = 'seated'
         where group_id = $1 and member_id = $2 and ended_at is null",
        group.0,
        member.id().0
    )
    .execute(&mut *conn)
    .await?;
    audit::record(conn, "seat reserved", group, json!({ "reservation": reservation.id.0, "seat": seat })).await?;
    Ok(reservation)
}

/// The first meeting of somebody whose seat is free from a moment on, and not before the meeting that was meant.
async fn first_meeting_after(
    conn: &mut Conn,
    group: GroupId,
    free_from: DateTime<Utc>,
    meant: Option<MeetingId>,
) -> Result<Option<MeetingId>, Failure> {
    let id = sqlx::query_scalar!(
        "select id from meetings where group_id = $1 and status = 'scheduled'
           and starts_at >= greatest($2, (select starts_at from meetings where id = $3)) order by starts_at limit 1",
        group.0,
        free_from,
        meant.map(|meeting| meeting.0)
    )
    .fetch_optional(conn)
    .await?;
    Ok(id.map(MeetingId))
}

/// A free seat for somebody whose hold lapsed and was taken, and from when on it is free.
async fn any_free(
    conn: &mut Conn,
    member: &Member,
    group: GroupId,
    among: Option<&[i16]>,
) -> Result<(i16, Option<DateTime<Utc>>), AppError> {
    if !seats::has_open_hold(&mut *conn, member.id(), group).await? {
        return Err(AppError::HoldExpired);
    }
    let line = sqlx::query_scalar!(
        r#"select exists(select 1 from waiting_entries where group_id = $1 and ended_at is null and member_id <> $2) as "line!""#,
        group.0,
        member.id().0
    )
    .fetch_one(&mut *conn)
    .await?;
    if line && among.is_none_or(<[i16]>::is_empty) {
        return Err(AppError::SomebodyWaits);
    }
    let seat = sqlx::query!(
        "select seat_no, free_from from seats
         where group_id = $1 and (state = 'free' or (state in ('held', 'offered') and held_until <= now()))
           and ($2::smallint[] is null or seat_no = any($2))
         order by seat_no for update skip locked limit 1",
        group.0,
        among
    )
    .fetch_optional(&mut *conn)
    .await?;
    seat.map(|seat| (seat.seat_no, seat.free_from)).ok_or(AppError::HoldExpired)
}

async fn insert(
    conn: &mut Conn,
    member: &Member,
    group: GroupId,
    first_meeting: Option<MeetingId>,
    draw_reference: fn() -> String,
) -> Result<Reservation, AppError> {
    // Two references of 32^6 are hardly ever equal; when they are, another one is drawn.
    for _ in 0..5 {
        let reference = draw_reference();
        let added = sqlx::query!(
            "insert into reservations (id, reference, group_id, member_id, first_meeting_id) values (gen_random_uuid(), $1, $2, $3, $4)
             on conflict (reference) do nothing returning id, confirmed_at",
            reference,
            group.0,
            member.id().0,
            first_meeting.map(|meeting| meeting.0)
        )
        .fetch_optional(&mut *conn)
        .await?;
        if let Some(added) = added {
            return Ok(Reservation {
                id: ReservationId(added.id),
                reference,
                group,
                confirmed_at: added.confirmed_at,
                first_meeting,
            });
        }
    }
    Err(AppError::Internal)
}
