//! Releases: a reserved seat becomes free. It takes effect at once; the row of the reservation stays with its reason.

use super::{
    Conn, Failure, absences, audit, group_news,
    locks::ExclusiveLock,
    sessions::{Member, Therapist},
};
use crate::{
    domain::{
        ids::{AccountId, GroupId, ReservationId},
        line::Line,
        waiting::LATE_HOURS,
    },
    error::AppError,
};
use chrono::{DateTime, Duration, Utc};
use serde_json::json;

/// Why a reservation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReleaseReason {
    /// She released it.
    Released,
    /// The leader ended it.
    ByLeader,
    /// The group has ended.
    GroupClosed,
    /// Her account was deleted.
    AccountDeleted,
}

impl ReleaseReason {
    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::ByLeader => "by leader",
            Self::GroupClosed => "group closed",
            Self::AccountDeleted => "account deleted",
        }
    }
}

/// A seat that was released.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Released {
    /// The reservation that ended.
    pub reservation: ReservationId,
    /// Whose it was.
    pub member: AccountId,
}

/// She releases her own seat. Gives nothing when she has none: then it is released already.
pub async fn by_member(
    conn: &mut Conn,
    lock: &ExclusiveLock,
    member: &Member,
    group: GroupId,
    now: DateTime<Utc>,
) -> Result<Option<Released>, Failure> {
    end(conn, lock, group, member.id(), ReleaseReason::Released, None, now).await
}

/// The leader of the group releases a member's seat, with a reason that the leader and the office can read.
pub async fn by_leader(
    conn: &mut Conn,
    lock: &ExclusiveLock,
    leader: &Therapist,
    group: GroupId,
    member: AccountId,
    reason: &Line<300>,
    now: DateTime<Utc>,
) -> Result<Option<Released>, AppError> {
    if !leads(&mut *conn, leader, group).await? {
        return Err(AppError::Forbidden);
    }
    Ok(end(conn, lock, group, member, ReleaseReason::ByLeader, Some(reason.as_str()), now).await?)
}

/// Whether this therapist leads the group.
pub async fn leads(conn: &mut Conn, leader: &Therapist, group: GroupId) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select exists(select from groups g join therapists t on t.id = g.leader_id
             where g.id = $1 and t.account_id = $2) as "leads!""#,
        group.0,
        leader.id().0
    )
    .fetch_one(conn)
    .await?)
}

/// Ends a reservation and frees its seat. A seat that is released within two hours before a meeting, or during it, is
/// free from the one after it on. `now` is the calendar's clock.
pub async fn end(
    conn: &mut Conn,
    lock: &ExclusiveLock,
    group: GroupId,
    member: AccountId,
    reason: ReleaseReason,
    note: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Option<Released>, Failure> {
    let ended = sqlx::query_scalar!(
        "update reservations set ended_at = now(), end_reason = $3, end_note = $4
         where group_id = $1 and member_id = $2 and ended_at is null returning id",
        group.0,
        member.0,
        reason.code(),
        note
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(reservation) = ended else { return Ok(None) };
    sqlx::query!(
        "update seats set state = 'free', member_id = null, reservation_id = null, hold_id = null, held_at = null, renewals = 0,
           offer_id = null, vacancy = null,
           free_from = (select max(ends_at) from meetings
             where group_id = $1 and status = 'scheduled' and starts_at <= $3 and ends_at > $4)
         where group_id = $1 and reservation_id = $2 and state = 'reserved'",
        group.0,
        reservation,
        now + Duration::hours(LATE_HOURS),
        now
    )
    .execute(&mut *conn)
    .await?;
    group_news::note_freed(conn, lock, group, 1, now).await?;
    absences::forget_coming(conn, member, group, now).await?;
    audit::record(conn, "seat released", group, json!({ "reservation": reservation, "why": reason.code() })).await?;
    Ok(Some(Released { reservation: ReservationId(reservation), member }))
}

/// Groups that end or have ended within the last 60 days and in which a member had a seat or waited when that was set.
pub async fn closed_groups_of(executor: impl sqlx::PgExecutor<'_>, member: AccountId) -> Result<Vec<GroupId>, Failure> {
    let ids = sqlx::query_scalar!(
        r#"select g.id as "id!" from groups g
           where g.status = 'closed'
             and (exists (select from reservations r where r.group_id = g.id and r.member_id = $1
                    and (r.ended_at is null or r.end_reason = 'group closed' and r.ended_at > now() - interval '60 days'))
               or exists (select from waiting_entries w where w.group_id = g.id and w.member_id = $1
                    and w.end_reason = 'group closed' and w.ended_at > now() - interval '60 days'))
           order by g.slug"#,
        member.0
    )
    .fetch_all(executor)
    .await?;
    Ok(ids.into_iter().map(GroupId).collect())
}
