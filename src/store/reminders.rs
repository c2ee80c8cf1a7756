//! What members are to be reminded of, and changes of meetings that nobody has been told of. The outbox knows what was written
//! already: the key of a reminder names the meeting, its start and the member, and nothing but that.

use super::{Conn, Failure, audit};
use crate::domain::{
    ids::{AccountId, GroupId, MeetingId, OfferId, ReservationId},
    reminder::Before,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::PgExecutor;

/// A meeting that somebody is to be reminded of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DueMeeting {
    /// The meeting.
    pub meeting: MeetingId,
    /// Its number of changes as it was read.
    pub sequence: i32,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// IANA name of the group's zone.
    pub group_zone: String,
    /// Her seat.
    pub reservation: ReservationId,
    /// Who.
    pub member: AccountId,
}

/// Seats whose next meeting is so near that this reminder is due, soonest first, at most `limit`: the seat is reserved, the
/// meeting takes place and has not begun, she told no absence, wants the reminder and has none yet. Whoever took the seat
/// after the reminder would have been due has read the time a moment ago. `now` is the calendar's clock.
pub async fn due_meetings(
    executor: impl PgExecutor<'_>,
    before: Before,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DueMeeting>, Failure> {
    let (earliest, latest) = before.starts_between(now);
    let rows = sqlx::query!(
        r#"select m.id, m.sequence, m.starts_at, g.zone, r.id as reservation, r.member_id
           from meetings m
           join groups g on g.id = m.group_id
           join reservations r on r.group_id = m.group_id and r.ended_at is null
           join accounts a on a.id = r.member_id and a.deleted_at is null
           left join meetings f on f.id = r.first_meeting_id
           left join mail_choices c on c.account_id = r.member_id
           where m.status = 'scheduled' and m.starts_at > $1 and m.starts_at <= $2
             and m.starts_at >= coalesce(f.starts_at, m.starts_at)
             and r.confirmed_at <= m.starts_at - make_interval(secs => $5)
             and case $3 when 'meeting_day' then coalesce(c.day_before, true) else coalesce(c.hour_before, true) end
             and not exists (select from absences b where b.meeting_id = m.id and b.member_id = r.member_id)
             and not exists (select from outbox o where o.event_key
               = $3 || ':' || m.id || ':' || extract(epoch from m.starts_at)::bigint || ':' || r.member_id)
           order by m.starts_at, r.id limit $4"#,
        earliest,
        latest,
        before.key(),
        limit,
        before.lead().as_seconds_f64()
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DueMeeting {
            meeting: MeetingId(row.id),
            sequence: row.sequence,
            starts_at: row.starts_at,
            group_zone: row.zone,
            reservation: ReservationId(row.reservation),
            member: AccountId(row.member_id),
        })
        .collect())
}

/// An offer whose end is near.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EndingOffer {
    /// The offer.
    pub offer: OfferId,
    /// Group.
    pub group: GroupId,
    /// Whose.
    pub member: AccountId,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// The database's clock, by which offers end.
    pub now: DateTime<Utc>,
}

/// Offers that end within two hours, or within the last quarter of their time where that is shorter, and that she has neither
/// answered nor been reminded of. One that lasts less than an hour needs no reminder.
pub async fn ending_offers(executor: impl PgExecutor<'_>) -> Result<Vec<EndingOffer>, Failure> {
    let rows = sqlx::query!(
        r#"select o.id, o.group_id, o.member_id, o.ends_at, now() as "now!"
           from offers o left join mail_choices c on c.account_id = o.member_id
           where o.closed_at is null and o.ends_at > now() and coalesce(c.offer_ending, true)
             and o.ends_at - o.offered_at >= interval '1 hour'
             and o.ends_at - least(interval '2 hours', (o.ends_at - o.offered_at) / 4) <= now()
             and not exists (select from outbox m where m.event_key = 'offer_ending:' || o.id)
           order by o.ends_at, o.id"#
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| EndingOffer {
            offer: OfferId(row.id),
            group: GroupId(row.group_id),
            member: AccountId(row.member_id),
            ends_at: row.ends_at,
            now: row.now,
        })
        .collect())
}

/// Groups with meetings that were changed and of which nobody has been told.
pub async fn groups_with_changes(executor: impl PgExecutor<'_>) -> Result<Vec<GroupId>, Failure> {
    let ids =
        sqlx::query_scalar!("select distinct group_id from meetings where told_sequence <> sequence order by group_id")
            .fetch_all(executor)
            .await?;
    Ok(ids.into_iter().map(GroupId).collect())
}

/// A meeting that was changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changed {
    /// The meeting.
    pub meeting: MeetingId,
    /// Its number of changes.
    pub sequence: i32,
    /// Monday of its week: that stays.
    pub week: NaiveDate,
    /// Start as it is now.
    pub starts_at: DateTime<Utc>,
    /// Whether it takes place.
    pub is_on: bool,
}

/// Takes the untold changes of a group: they count as told from now on. Gives those that still lie ahead, soonest first.
pub async fn take_changes(conn: &mut Conn, group: GroupId, now: DateTime<Utc>) -> Result<Vec<Changed>, Failure> {
    let rows = sqlx::query!(
        r#"update meetings set told_sequence = sequence where group_id = $1 and told_sequence <> sequence
           returning id, sequence, week, starts_at, status = 'scheduled' as "is_on!""#,
        group.0
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut changed: Vec<_> = rows
        .into_iter()
        .filter(|row| row.starts_at > now)
        .map(|row| Changed {
            meeting: MeetingId(row.id),
            sequence: row.sequence,
            week: row.week,
            starts_at: row.starts_at,
            is_on: row.is_on,
        })
        .collect();
    changed.sort_by_key(|one| one.starts_at);
    if !changed.is_empty() {
        audit::record(conn, "meeting changes told", group, json!({ "count": changed.len() })).await?;
    }
    Ok(changed)
}

/// A member who is to hear of changes in her group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ToTell {
    /// Who.
    pub member: AccountId,
    /// Her seat.
    pub reservation: ReservationId,
    /// Start of her first meeting there.
    pub first: Option<DateTime<Utc>>,
}

/// Members with a seat in a group who want to hear of its changes.
pub async fn to_tell_of_changes(conn: &mut Conn, group: GroupId) -> Result<Vec<ToTell>, Failure> {
    let rows = sqlx::query!(
        r#"select r.member_id, r.id as reservation, f.starts_at as "first?" from reservations r
           join accounts a on a.id = r.member_id and a.deleted_at is null
           left join meetings f on f.id = r.first_meeting_id
           left join mail_choices c on c.account_id = r.member_id
           where r.group_id = $1 and r.ended_at is null and coalesce(c.meeting_changes, true)
           order by r.member_id"#,
        group.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ToTell {
            member: AccountId(row.member_id),
            reservation: ReservationId(row.reservation),
            first: row.first,
        })
        .collect())
}
