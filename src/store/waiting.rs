//! The line of a group: who waits, in which order, joining and leaving. What is offered to whom stands in
//! [`super::offers`], the rule in [`crate::domain::waiting`].

use super::{Conn, Failure, audit, locks::ExclusiveLock, members::place_of, named_constraint, seats, sessions::Member};
use crate::{
    domain::{
        eligibility::Age,
        ids::{AccountId, EntryId, GroupId},
        waiting::{LINES, Line, Vacancy, Waiter},
    },
    error::AppError,
};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

#[derive(Deserialize)]
struct LineRow {
    waiters: Option<Vec<WaiterRow>>,
    vacancies: Option<Vec<VacancyRow>>,
}

#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "these are the columns")]
struct WaiterRow {
    entry: Uuid,
    member: Uuid,
    state: Option<String>,
    outside_us: bool,
    says_adult: bool,
    born_on: Option<NaiveDate>,
    told_skipped: bool,
    seated: bool,
    offered: Vec<Uuid>,
}

#[derive(Deserialize)]
struct VacancyRow {
    seat: i16,
    id: Option<Uuid>,
}

impl From<WaiterRow> for Waiter {
    fn from(row: WaiterRow) -> Self {
        Self {
            entry: EntryId(row.entry),
            member: AccountId(row.member),
            place: place_of(row.state.as_deref(), row.outside_us),
            age: match (row.born_on, row.says_adult) {
                (Some(born), _) => Age::Born(born),
                (None, true) => Age::SaysAdult,
                (None, false) => Age::Unknown,
            },
            seated: row.seated,
            told_skipped: row.told_skipped,
            offered: row.offered,
        }
    }
}

/// Reads the line as the database's `group_line` gives it. What cannot be read is an empty line with nothing free: then
/// nobody can take a seat past anybody.
pub(super) fn read_line(value: serde_json::Value) -> Line {
    match serde_json::from_value::<LineRow>(value) {
        Ok(row) => Line {
            waiters: row.waiters.into_iter().flatten().map(Waiter::from).collect(),
            vacancies: row.vacancies.into_iter().flatten().map(|row| Vacancy { seat: row.seat, id: row.id }).collect(),
        },
        Err(error) => {
            tracing::error!(%error, "a line cannot be read");
            Line::default()
        }
    }
}

/// A member's place in a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinePlace {
    /// Her entry.
    pub entry: EntryId,
    /// The group.
    pub group: GroupId,
    /// From 1.
    pub position: i64,
    /// People in line.
    pub of: i64,
    /// How often she declined.
    pub declines: i16,
    /// Whether a seat passed her because she was not eligible.
    pub skipped: bool,
}

/// The lines in which a member waits, in the order of joining.
pub async fn places_of(executor: impl sqlx::PgExecutor<'_>, member: AccountId) -> Result<Vec<LinePlace>, Failure> {
    let rows = sqlx::query!(
        r#"select w.id, w.group_id, w.declines, w.skipped_at is not null as "skipped!",
             (select count(*) from waiting_entries o where o.group_id = w.group_id and o.ended_at is null
                and (o.joined_at, o.id) <= (w.joined_at, w.id)) as "position!",
             (select count(*) from waiting_entries o where o.group_id = w.group_id and o.ended_at is null) as "of!"
           from waiting_entries w where w.member_id = $1 and w.ended_at is null order by w.joined_at, w.id"#,
        member.0
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| LinePlace {
            entry: EntryId(row.id),
            group: GroupId(row.group_id),
            position: row.position,
            of: row.of,
            declines: row.declines,
            skipped: row.skipped,
        })
        .collect())
}

/// A member's place in the line of a group, from 1; `None` when she does not wait there.
pub async fn position(
    executor: impl sqlx::PgExecutor<'_>,
    member: AccountId,
    group: GroupId,
) -> Result<Option<i64>, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select (select count(*) from waiting_entries o where o.group_id = w.group_id and o.ended_at is null
                   and (o.joined_at, o.id) <= (w.joined_at, w.id)) as "position!"
           from waiting_entries w where w.member_id = $1 and w.group_id = $2 and w.ended_at is null"#,
        member.0,
        group.0
    )
    .fetch_optional(executor)
    .await?)
}

/// Joins the end of a line. The caller has checked, under this lock, that she is eligible and that she could not hold a
/// seat now. The time of joining is the clock's and not the transaction's, so that the order is that of the lock.
pub async fn join(
    conn: &mut Conn,
    _lock: &ExclusiveLock,
    member: &Member,
    group: GroupId,
) -> Result<EntryId, AppError> {
    seats::one_at_a_time(conn, member).await?;
    let facts = sqlx::query!(
        r#"select
             (select state from seats where group_id = $2 and member_id = $1
                and (state = 'reserved' or state <> 'free' and held_until > now())) as seat,
             (select count(*) from waiting_entries where member_id = $1 and ended_at is null) as "lines!""#,
        member.id().0,
        group.0
    )
    .fetch_one(&mut *conn)
    .await?;
    match facts.seat.as_deref() {
        Some("reserved") => return Err(AppError::SeatedHere),
        Some(_) => return Err(AppError::HeldHere),
        None => {}
    }
    if position(&mut *conn, member.id(), group).await?.is_some() {
        return Err(AppError::InLine);
    }
    if facts.lines >= LINES {
        return Err(AppError::TooManyLines);
    }
    // Never before somebody who is there already, even if the machine's clock went back meanwhile.
    let entry = sqlx::query_scalar!(
        "insert into waiting_entries (id, group_id, member_id, joined_at)
         values (gen_random_uuid(), $1, $2, greatest(clock_timestamp(), (select max(joined_at) + interval '1 microsecond'
           from waiting_entries where group_id = $1 and ended_at is null)))
         returning id",
        group.0,
        member.id().0
    )
    .fetch_one(&mut *conn)
    .await
    .map_err(|error| match named_constraint(&error) {
        Some("waiting_entries_active_key") => AppError::InLine,
        _ => error.into(),
    })?;
    audit::record(conn, "line joined", group, json!({ "entry": entry })).await?;
    Ok(EntryId(entry))
}

/// Why a place in line ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineEnd {
    /// She left.
    Left,
    /// The group closed.
    GroupClosed,
    /// Her account was deleted.
    AccountDeleted,
}

impl LineEnd {
    fn code(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::GroupClosed => "group closed",
            Self::AccountDeleted => "account deleted",
        }
    }
}

/// Ends a member's place in a line. Tells whether she had one.
pub async fn end(
    conn: &mut Conn,
    _lock: &ExclusiveLock,
    member: AccountId,
    group: GroupId,
    why: LineEnd,
) -> Result<bool, Failure> {
    let entry = sqlx::query_scalar!(
        "update waiting_entries set ended_at = now(), end_reason = $3
         where group_id = $1 and member_id = $2 and ended_at is null returning id",
        group.0,
        member.0,
        why.code()
    )
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(entry) = entry {
        audit::record(conn, "line left", group, json!({ "entry": entry, "why": why.code() })).await?;
    }
    Ok(entry.is_some())
}

/// Notes that somebody's turn came while she was not eligible. Tells whether that is news.
pub async fn note_skipped(
    conn: &mut Conn,
    _lock: &ExclusiveLock,
    waiter: &Waiter,
    group: GroupId,
) -> Result<bool, Failure> {
    let noted = sqlx::query!(
        "update waiting_entries set skipped_at = now() where id = $1 and ended_at is null and skipped_at is null",
        waiter.entry.0
    )
    .execute(&mut *conn)
    .await?;
    if noted.rows_affected() == 1 {
        audit::record(conn, "line skipped", group, json!({ "entry": waiter.entry.0 })).await?;
    }
    Ok(noted.rows_affected() == 1)
}

/// Groups in which the worker has something to look at: an offer that is over, or a free seat beside a line.
pub async fn groups_to_look_at(executor: impl sqlx::PgExecutor<'_>) -> Result<Vec<GroupId>, Failure> {
    let ids = sqlx::query_scalar!(
        r#"select g.id as "id!" from groups g
           where g.status in ('forming', 'open')
             and (exists (select from offers o where o.group_id = g.id and o.closed_at is null and o.ends_at <= now())
               or exists (select from waiting_entries w where w.group_id = g.id and w.ended_at is null)
                 and exists (select from seats s where s.group_id = g.id
                   and (s.state = 'free' or s.state <> 'reserved' and s.held_until <= now())))
           order by g.id"#
    )
    .fetch_all(executor)
    .await?;
    Ok(ids.into_iter().map(GroupId).collect())
}

/// Whether anybody waits in a group.
pub async fn is_waited_for(executor: impl sqlx::PgExecutor<'_>, group: GroupId) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select exists(select from waiting_entries where group_id = $1 and ended_at is null) as "line!""#,
        group.0
    )
    .fetch_one(executor)
    .await?)
}
