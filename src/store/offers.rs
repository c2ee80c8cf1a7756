//! Offers: a seat that is held for the first in line. Made, accepted, declined, expired; all under the group's exclusive
//! lock. The row stays when the offer is over, so that no vacancy is offered to anybody twice.

use super::{Conn, Failure, audit, locks::ExclusiveLock};
use crate::domain::{
    ids::{AccountId, EntryId, GroupId, OfferId},
    waiting::{DECLINES, Vacancy, Waiter},
};
use chrono::{DateTime, Utc};
use serde_json::json;

/// What became of an offer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OfferStatus {
    /// Not answered yet.
    Open,
    /// Accepted; the steps are not finished.
    Accepted,
    /// The seat is hers.
    Confirmed,
    /// She said no.
    Declined,
    /// Its time was over.
    Expired,
    /// The line, the group or her account ended, or she was not eligible any more.
    Ended,
}

impl OfferStatus {
    fn parse(code: &str) -> Self {
        match code {
            "open" => Self::Open,
            "accepted" => Self::Accepted,
            "confirmed" => Self::Confirmed,
            "declined" => Self::Declined,
            "expired" => Self::Expired,
            _ => Self::Ended,
        }
    }
}

/// An offer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// Id; while it lives the seat's hold has the same.
    pub id: OfferId,
    /// Her place in line.
    pub entry: EntryId,
    /// Group.
    pub group: GroupId,
    /// Whose.
    pub member: AccountId,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// Whole seconds left, by the database's clock; 0 when it is over.
    pub seconds_left: i32,
    /// What became of it.
    pub status: OfferStatus,
    /// How often she declined in this line before.
    pub declines: i16,
}

impl Offer {
    /// Whether it can be answered.
    pub fn is_open(&self) -> bool {
        matches!(self.status, OfferStatus::Open | OfferStatus::Accepted) && self.seconds_left > 0
    }
}

/// An offer of this member, by its id. Nobody else's is ever found.
pub async fn find(
    executor: impl sqlx::PgExecutor<'_>,
    member: AccountId,
    id: OfferId,
) -> Result<Option<Offer>, Failure> {
    let found = offers(executor, member, Some(id)).await?;
    Ok(found.into_iter().next())
}

/// The living offers of a member, in the order in which they end.
pub async fn find_open(executor: impl sqlx::PgExecutor<'_>, member: AccountId) -> Result<Vec<Offer>, Failure> {
    let mut found = offers(executor, member, None).await?;
    found.retain(Offer::is_open);
    Ok(found)
}

async fn offers(
    executor: impl sqlx::PgExecutor<'_>,
    member: AccountId,
    id: Option<OfferId>,
) -> Result<Vec<Offer>, Failure> {
    let rows = sqlx::query!(
        r#"select o.id, o.entry_id, o.group_id, o.ends_at, o.state, w.declines,
             greatest(ceil(extract(epoch from o.ends_at - now())), 0)::int as "seconds_left!"
           from offers o join waiting_entries w on w.id = o.entry_id
           where o.member_id = $1 and (o.id = $2 or $2 is null and o.closed_at is null) order by o.ends_at, o.id"#,
        member.0,
        id.map(|id| id.0)
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Offer {
            id: OfferId(row.id),
            entry: EntryId(row.entry_id),
            group: GroupId(row.group_id),
            member,
            ends_at: row.ends_at,
            seconds_left: row.seconds_left,
            status: OfferStatus::parse(&row.state),
            declines: row.declines,
        })
        .collect())
}

/// The database's clock, by which offers end.
pub async fn clock(conn: &mut Conn) -> Result<DateTime<Utc>, Failure> {
    Ok(sqlx::query_scalar!(r#"select now() as "now!""#).fetch_one(conn).await?)
}

/// Offers a free seat until `ends_at`. Gives nothing when the seat is not free any more, or was offered to her before,
/// in whichever place in line: that is no reason to fail for whatever else happens in the transaction.
pub async fn make(
    conn: &mut Conn,
    _lock: &ExclusiveLock,
    group: GroupId,
    vacancy: Vacancy,
    waiter: &Waiter,
    ends_at: DateTime<Utc>,
) -> Result<Option<OfferId>, Failure> {
    // A lapsed hold of hers is over now: nobody has two seats in a group.
    sqlx::query!(
        "update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, renewals = 0,
           offer_id = null
         where group_id = $1 and member_id = $2 and state in ('held', 'offered') and held_until <= now()",
        group.0,
        waiter.member.0
    )
    .execute(&mut *conn)
    .await?;
    let made = sqlx::query!(
        "with seat as (
           select seat_no, vacancy from seats where group_id = $1 and seat_no = $2
             and (state = 'free' or state in ('held', 'offered') and held_until <= now()) for update
         ), offer as (
           insert into offers (id, entry_id, group_id, member_id, vacancy, ends_at)
           select gen_random_uuid(), $3, $1, $4, coalesce(vacancy, gen_random_uuid()), $5 from seat
           on conflict (vacancy, member_id) do nothing returning id, vacancy
         )
         update seats s set state = 'offered', member_id = $4, hold_id = offer.id, offer_id = offer.id, vacancy = offer.vacancy,
           held_at = now(), held_until = $5, renewals = 0
         from seat, offer where s.group_id = $1 and s.seat_no = seat.seat_no
         returning offer.id",
        group.0,
        vacancy.seat,
        waiter.entry.0,
        waiter.member.0,
        ends_at
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(made) = made else { return Ok(None) };
    audit::record(conn, "seat offered", group, json!({ "offer": made.id, "seat": vacancy.seat })).await?;
    Ok(Some(OfferId(made.id)))
}

/// Accepts a living offer: it lasts until then at least. Accepting twice changes nothing more.
pub async fn accept(
    conn: &mut Conn,
    _lock: &ExclusiveLock,
    offer: &Offer,
    at_least_until: DateTime<Utc>,
) -> Result<bool, Failure> {
    let accepted = sqlx::query!(
        "with seat as (
           update seats set held_until = greatest(held_until, $2)
           where group_id = $3 and offer_id = $1 and state = 'offered' and held_until > now()
             and exists (select from offers where id = $1 and state = 'open')
           returning held_until
         )
         update offers set state = 'accepted', ends_at = seat.held_until from seat where id = $1",
        offer.id.0,
        at_least_until,
        offer.group.0
    )
    .execute(&mut *conn)
    .await?;
    if accepted.rows_affected() == 1 {
        audit::record(conn, "offer accepted", offer.group, json!({ "offer": offer.id.0 })).await?;
        return Ok(true);
    }
    Ok(offer.status == OfferStatus::Accepted && offer.is_open())
}

/// An offer that was answered with no, or not at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Passed {
    /// The offer.
    pub id: OfferId,
    /// Whose it was.
    pub member: AccountId,
    /// Whether she keeps her place in line.
    pub keeps_place: bool,
}

/// Declines a living offer. The first keeps the place, the second ends it. Gives nothing when it was over already.
pub async fn decline(conn: &mut Conn, lock: &ExclusiveLock, offer: &Offer) -> Result<Option<Passed>, Failure> {
    let mut passed = pass(conn, lock, offer.group, Some(offer.id), "declined").await?;
    Ok(passed.pop())
}

/// Ends the offers of a group whose time is over; each counts as a decline.
pub async fn expire(conn: &mut Conn, lock: &ExclusiveLock, group: GroupId) -> Result<Vec<Passed>, Failure> {
    pass(conn, lock, group, None, "expired").await
}

async fn pass(
    conn: &mut Conn,
    lock: &ExclusiveLock,
    group: GroupId,
    id: Option<OfferId>,
    state: &str,
) -> Result<Vec<Passed>, Failure> {
    let rows = sqlx::query!(
        "with over as (
           update offers set state = $3, closed_at = now()
           where group_id = $1 and closed_at is null and ($2::uuid is null and ends_at <= now() or id = $2)
           returning id, member_id, entry_id
         )
         update waiting_entries w set declines = least(w.declines + 1, $4::smallint),
           ended_at = case when w.ended_at is null and w.declines + 1 >= $4::smallint then now() else w.ended_at end,
           end_reason = case when w.ended_at is null and w.declines + 1 >= $4::smallint then 'declined' else w.end_reason end
         from over where w.id = over.entry_id
         returning over.id, over.member_id, w.ended_at is null as \"keeps_place!\"",
        group.0,
        id.map(|id| id.0),
        state,
        DECLINES
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut passed = Vec::with_capacity(rows.len());
    for row in rows {
        free_seat(conn, lock, group, OfferId(row.id)).await?;
        audit::record(
            &mut *conn,
            if state == "declined" { "offer declined" } else { "offer expired" },
            group,
            json!({ "offer": row.id, "keeps_place": row.keeps_place }),
        )
        .await?;
        passed.push(Passed { id: OfferId(row.id), member: AccountId(row.member_id), keeps_place: row.keeps_place });
    }
    Ok(passed)
}

/// Ends the living offer of a member in a group without counting it: she left the line, or the group ends.
pub async fn withdraw(
    conn: &mut Conn,
    lock: &ExclusiveLock,
    member: AccountId,
    group: GroupId,
) -> Result<Option<OfferId>, Failure> {
    let id = sqlx::query_scalar!(
        "update offers set state = 'ended', closed_at = now()
         where group_id = $1 and member_id = $2 and closed_at is null returning id",
        group.0,
        member.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(id) = id.map(OfferId) else { return Ok(None) };
    free_seat(conn, lock, group, id).await?;
    audit::record(conn, "offer ended", group, json!({ "offer": id.0 })).await?;
    Ok(Some(id))
}

/// Frees the seat of an offer, unless somebody has taken it meanwhile.
async fn free_seat(conn: &mut Conn, _lock: &ExclusiveLock, group: GroupId, offer: OfferId) -> Result<(), Failure> {
    sqlx::query!(
        "update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, renewals = 0,
           offer_id = null
         where group_id = $1 and offer_id = $2 and state = 'offered'",
        group.0,
        offer.0
    )
    .execute(conn)
    .await?;
    Ok(())
}
