//! What `demo` writes beside a practice: people, their signatures, seats in every state, a line. In batches, so that
//! ten thousand groups take seconds.

use super::{Conn, Failure};
use crate::domain::{
    agreement::AgreementKind,
    ids::{AccountId, GroupId, HoldId, OfferId, ReservationId},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// Rows of one statement; each column is sent as one array.
const BATCH: usize = 5000;

/// Somebody who has told everything about herself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DemoMember {
    /// Account.
    pub account: AccountId,
    /// Address.
    pub email: String,
    /// Chosen name.
    pub display_name: String,
    /// Legal name.
    pub legal_name: String,
    /// Phone.
    pub phone: String,
    /// Two letters.
    pub state: String,
    /// Date of birth.
    pub born_on: NaiveDate,
    /// IANA zone.
    pub zone: String,
    /// Emergency contact.
    pub contact_name: String,
    /// The contact's phone.
    pub contact_phone: String,
}

/// Somebody who signed an agreement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DemoSignature {
    /// Id of the row.
    pub id: Uuid,
    /// Who.
    pub member: AccountId,
    /// Legal name.
    pub name: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A seat that somebody has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DemoReservation {
    /// Id.
    pub id: ReservationId,
    /// "CG 7Q4 M2X".
    pub reference: String,
    /// Group.
    pub group: GroupId,
    /// Whose.
    pub member: AccountId,
    /// Number of the seat.
    pub seat: i16,
    /// When.
    pub confirmed_at: DateTime<Utc>,
}

/// A seat that somebody holds, or held a moment ago.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DemoHold {
    /// Id.
    pub id: HoldId,
    /// Group.
    pub group: GroupId,
    /// Whose.
    pub member: AccountId,
    /// Number of the seat.
    pub seat: i16,
    /// Whether it lapsed a minute ago; else it has just been taken.
    pub lapsed: bool,
}

/// Somebody in line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DemoWaiting {
    /// Id.
    pub id: Uuid,
    /// Group.
    pub group: GroupId,
    /// Who.
    pub member: AccountId,
    /// Since when.
    pub joined_at: DateTime<Utc>,
}

/// A seat that is offered to the first in line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DemoOffer {
    /// Id.
    pub id: OfferId,
    /// Her place in line.
    pub entry: Uuid,
    /// The vacancy.
    pub vacancy: Uuid,
    /// Group.
    pub group: GroupId,
    /// Whose.
    pub member: AccountId,
    /// Number of the seat.
    pub seat: i16,
}

/// Somebody who will miss the meeting after her next one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DemoAbsence {
    /// Group.
    pub group: GroupId,
    /// Who.
    pub member: AccountId,
}

/// Lets the statements of this transaction take their time: they are few and large.
pub async fn take_time(conn: &mut Conn) -> Result<(), Failure> {
    sqlx::query!(
        "select set_config('statement_timeout', '0', true) as a,
           set_config('idle_in_transaction_session_timeout', '0', true) as b"
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Whether nothing has been loaded and nobody has signed in.
pub async fn is_empty(conn: &mut Conn) -> Result<bool, Failure> {
    let empty = sqlx::query_scalar!(
        r#"select (not exists (select from practice) and not exists (select from groups)
             and not exists (select from therapists) and not exists (select from accounts)) as "empty!""#
    )
    .fetch_one(conn)
    .await?;
    Ok(empty)
}

/// The account of the office. A therapist of the practice who has this address becomes the office.
pub async fn put_office(conn: &mut Conn, id: AccountId, email: &str) -> Result<(), Failure> {
    sqlx::query!(
        "insert into accounts (id, email, role) values ($1, $2, 'office') on conflict (email) do update set role = 'office'",
        id.0,
        email
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds members with their accounts, in this order.
pub async fn insert_members(conn: &mut Conn, members: &[DemoMember], since: DateTime<Utc>) -> Result<(), Failure> {
    for batch in members.chunks(BATCH) {
        let ids: Vec<_> = batch.iter().map(|member| member.account.0).collect();
        let column =
            |field: fn(&DemoMember) -> &str| -> Vec<String> { batch.iter().map(|m| field(m).to_owned()).collect() };
        sqlx::query!(
            "insert into accounts (id, email, created_at)
             select id, email, $3 from unnest($1::uuid[], $2::text[]) with ordinality as new (id, email, n) order by n",
            &ids,
            &column(|m| &m.email),
            since
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            "insert into members (account_id, display_name, legal_name, phone, state, says_adult, born_on, zone,
               contact_name, contact_phone, updated_at)
             select id, display_name, legal_name, phone, state, true, born_on, zone, contact_name, contact_phone, $10
             from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::text[], $8::text[], $9::text[])
               as new (id, display_name, legal_name, phone, state, born_on, zone, contact_name, contact_phone)",
            &ids,
            &column(|m| &m.display_name),
            &column(|m| &m.legal_name),
            &column(|m| &m.phone),
            &column(|m| &m.state),
            &batch.iter().map(|member| member.born_on).collect::<Vec<_>>(),
            &column(|m| &m.zone),
            &column(|m| &m.contact_name),
            &column(|m| &m.contact_phone),
            since
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Adds the signatures of one agreement.
pub async fn insert_signatures(
    conn: &mut Conn,
    kind: AgreementKind,
    version: &str,
    text_hash: &str,
    signatures: &[DemoSignature],
) -> Result<(), Failure> {
    for batch in signatures.chunks(BATCH) {
        sqlx::query!(
            "insert into agreements (id, member_id, kind, version, text_hash, signed_name, signed_at)
             select id, member_id, $1, $2, $3, name, at
             from unnest($4::uuid[], $5::uuid[], $6::text[], $7::timestamptz[]) as new (id, member_id, name, at)",
            kind.code(),
            version,
            text_hash,
            &batch.iter().map(|one| one.id).collect::<Vec<_>>(),
            &batch.iter().map(|one| one.member.0).collect::<Vec<_>>(),
            &batch.iter().map(|one| one.name.clone()).collect::<Vec<_>>(),
            &batch.iter().map(|one| one.at).collect::<Vec<_>>()
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Gives seats to members; the meetings must be there already, because a reservation names its first one.
pub async fn insert_reservations(conn: &mut Conn, reservations: &[DemoReservation]) -> Result<(), Failure> {
    for batch in reservations.chunks(BATCH) {
        let ids: Vec<_> = batch.iter().map(|one| one.id.0).collect();
        let groups: Vec<_> = batch.iter().map(|one| one.group.0).collect();
        let members: Vec<_> = batch.iter().map(|one| one.member.0).collect();
        sqlx::query!(
            "insert into reservations (id, reference, group_id, member_id, confirmed_at, first_meeting_id)
             select id, reference, group_id, member_id, confirmed_at,
               (select m.id from meetings m where m.group_id = new.group_id and m.status = 'scheduled'
                  and m.starts_at > new.confirmed_at order by m.starts_at limit 1)
             from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::timestamptz[])
               as new (id, reference, group_id, member_id, confirmed_at)",
            &ids,
            &batch.iter().map(|one| one.reference.clone()).collect::<Vec<_>>(),
            &groups,
            &members,
            &batch.iter().map(|one| one.confirmed_at).collect::<Vec<_>>()
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            "update seats s set state = 'reserved', member_id = new.member_id, reservation_id = new.id
             from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[]) as new (id, group_id, member_id, seat_no)
             where s.group_id = new.group_id and s.seat_no = new.seat_no and s.state = 'free'",
            &ids,
            &groups,
            &members,
            &batch.iter().map(|one| one.seat).collect::<Vec<_>>()
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Holds seats for so many seconds, by the clock of the database.
pub async fn insert_holds(conn: &mut Conn, holds: &[DemoHold], seconds: u32) -> Result<(), Failure> {
    for batch in holds.chunks(BATCH) {
        sqlx::query!(
            "with new as (
               select *, case when lapsed then now() - make_interval(secs => $6::float8 + 60) else now() end as held_at
               from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $5::bool[])
                 as rows (id, group_id, member_id, seat_no, lapsed)
             ), taken as (
               insert into holds (id, group_id, member_id, held_at) select id, group_id, member_id, held_at from new
             )
             update seats s set state = 'held', member_id = new.member_id, hold_id = new.id, held_at = new.held_at,
               held_until = new.held_at + make_interval(secs => $6::float8)
             from new where s.group_id = new.group_id and s.seat_no = new.seat_no and s.state = 'free'",
            &batch.iter().map(|one| one.id.0).collect::<Vec<_>>(),
            &batch.iter().map(|one| one.group.0).collect::<Vec<_>>(),
            &batch.iter().map(|one| one.member.0).collect::<Vec<_>>(),
            &batch.iter().map(|one| one.seat).collect::<Vec<_>>(),
            &batch.iter().map(|one| one.lapsed).collect::<Vec<_>>(),
            f64::from(seconds)
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Puts people in line.
pub async fn insert_waiting(conn: &mut Conn, waiting: &[DemoWaiting]) -> Result<(), Failure> {
    for batch in waiting.chunks(BATCH) {
        sqlx::query!(
            "insert into waiting_entries (id, group_id, member_id, joined_at)
             select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[])",
            &batch.iter().map(|one| one.id).collect::<Vec<_>>(),
            &batch.iter().map(|one| one.group.0).collect::<Vec<_>>(),
            &batch.iter().map(|one| one.member.0).collect::<Vec<_>>(),
            &batch.iter().map(|one| one.joined_at).collect::<Vec<_>>()
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Seats that members had and gave back an hour ago: they begin as reservations and end as history.
pub async fn insert_released(conn: &mut Conn, released: &[DemoReservation]) -> Result<(), Failure> {
    for one in released {
        sqlx::query!(
            "insert into reservations (id, reference, group_id, member_id, confirmed_at, ended_at, end_reason, first_meeting_id)
             values ($1, $2, $3, $4, $5, now() - interval '1 hour', 'released',
               (select m.id from meetings m where m.group_id = $3 and m.status = 'scheduled' and m.starts_at > $5
                order by m.starts_at limit 1))",
            one.id.0,
            one.reference,
            one.group.0,
            one.member.0,
            one.confirmed_at
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Offers seats until a time.
pub async fn insert_offers(conn: &mut Conn, offers: &[DemoOffer], until: DateTime<Utc>) -> Result<(), Failure> {
    for one in offers {
        sqlx::query!(
            "with offer as (
               insert into offers (id, entry_id, group_id, member_id, vacancy, ends_at) values ($1, $2, $3, $4, $5, $6) returning id
             )
             update seats s set state = 'offered', member_id = $4, hold_id = $1, offer_id = offer.id, vacancy = $5, held_at = now(),
               held_until = $6
             from offer where s.group_id = $3 and s.seat_no = $7 and s.state = 'free'",
            one.id.0,
            one.entry,
            one.group.0,
            one.member.0,
            one.vacancy,
            until,
            one.seat
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Tells absences, each for the second meeting from `now` on.
pub async fn insert_absences(conn: &mut Conn, absences: &[DemoAbsence], now: DateTime<Utc>) -> Result<(), Failure> {
    for one in absences {
        sqlx::query!(
            "insert into absences (meeting_id, member_id)
             select id, $2 from meetings where group_id = $1 and status = 'scheduled' and starts_at > $3
             order by starts_at offset 1 limit 1",
            one.group.0,
            one.member.0,
            now
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
