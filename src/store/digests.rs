//! Windows of the weekly mail: who is due, what she wishes, and that each window is told once.
//!
//! Nobody asks for each subscriber whether she is due: those who share zone, weekday and hour are a [`Cell`], and a cell
//! whose last window was told to all is left alone until its next one.

use super::{Conn, Failure, members::place_of};
use crate::domain::{
    digest::{APART_HOURS, WeekHour, Window},
    email::Email,
    finder::TimeOfDay,
    group::Kind,
    ids::{AccountId, GroupId, SubscriberId},
    place::Place,
    series::WEEK,
    topic::Topic,
    wishes::Wishes,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::PgExecutor;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

mod runs;

pub use runs::{NextHour, Run, Totals, WeekCount, count_confirmed, count_run, end_run, find_runs, find_weeks, totals};

/// Those who share zone, weekday and hour.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// IANA name of the zone.
    pub zone: String,
    /// Their hour.
    pub hour: WeekHour,
    /// Every window of theirs that ended by then has been told.
    pub done_until: Option<DateTime<Utc>>,
}

/// All cells with somebody in them. The index is walked from one cell to the next, so that this costs as much as there are
/// cells, not subscribers.
pub async fn find_cells(executor: impl PgExecutor<'_>) -> Result<Vec<Cell>, Failure> {
    let rows = sqlx::query!(
        r#"with recursive cells as (
             (select zone, weekday, hour from subscribers where status = 'confirmed' order by zone, weekday, hour limit 1)
             union all
             select next.* from cells cross join lateral (
               select s.zone, s.weekday, s.hour from subscribers s
               where s.status = 'confirmed' and (s.zone, s.weekday, s.hour) > (cells.zone, cells.weekday, cells.hour)
               order by s.zone, s.weekday, s.hour limit 1) next
           )
           select zone as "zone!", weekday as "weekday!", hour as "hour!", done_until as "done_until?"
           from cells left join digest_cells using (zone, weekday, hour)"#
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let hour = WeekHour::parse(row.weekday, row.hour)?;
            Some(Cell { zone: row.zone, hour, done_until: row.done_until })
        })
        .collect())
}

/// A window of a cell that is over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DueCell {
    /// IANA name of the zone.
    pub zone: String,
    /// The hour.
    pub hour: WeekHour,
    /// The end of the window.
    pub ends_at: DateTime<Utc>,
    /// The day in the zone on which it is told: whoever pauses until a later one is left out.
    pub today: NaiveDate,
}

impl DueCell {
    /// Whoever was told of a window that ended later is left out.
    fn apart(&self) -> DateTime<Utc> {
        self.ends_at - TimeDelta::hours(APART_HOURS)
    }
}

/// Everybody in the cell who was not told yet.
pub async fn find_due(executor: impl PgExecutor<'_>, cell: &DueCell) -> Result<Vec<SubscriberId>, Failure> {
    let ids = sqlx::query_scalar!(
        // Asked for each by itself, which is an index away, and not of all windows that there ever were.
        "select s.id from subscribers s
         cross join lateral (select max(d.ends_at) as at from digests d where d.subscriber_id = s.id) last
         where s.status = 'confirmed' and s.zone = $1 and s.weekday = $2 and s.hour = $3
           and s.confirmed_at < $4 and (s.paused_until is null or s.paused_until <= $5)
           and (last.at is null or last.at <= $6 or last.at < s.confirmed_at)",
        cell.zone,
        cell.hour.iso_day(),
        i16::from(cell.hour.hour),
        cell.ends_at,
        cell.today,
        cell.apart()
    )
    .fetch_all(executor)
    .await?;
    Ok(ids.into_iter().map(SubscriberId).collect())
}

/// Notes that everybody in the cell was told.
pub async fn note_done(conn: &mut Conn, cell: &DueCell) -> Result<(), Failure> {
    sqlx::query!(
        "insert into digest_cells (zone, weekday, hour, done_until) values ($1, $2, $3, $4)
         on conflict (zone, weekday, hour) do update set done_until = greatest(digest_cells.done_until, excluded.done_until)",
        cell.zone,
        cell.hour.iso_day(),
        i16::from(cell.hour.hour),
        cell.ends_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A restore holds the weekly mail back by calling every window of every cell told, until a year that nobody will see; a real
/// one lies within days.
const HELD_FROM_NOW: TimeDelta = TimeDelta::days(3650);

/// How many cells a restore has held back.
pub async fn count_held(executor: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<i64, Failure> {
    let held = sqlx::query_scalar!(
        r#"select count(*) as "held!" from digest_cells where done_until > $1"#,
        now + HELD_FROM_NOW
    )
    .fetch_one(executor)
    .await?;
    Ok(held)
}

/// Lets the weekly mail go on, from the next hour of each cell. Returns how many cells that were held back.
pub async fn release_held(conn: &mut Conn, now: DateTime<Utc>) -> Result<u64, Failure> {
    let released =
        sqlx::query!("update digest_cells set done_until = $1 where done_until > $2", now, now + HELD_FROM_NOW)
            .execute(conn)
            .await?;
    Ok(released.rows_affected())
}

/// A subscriber, as far as her mail depends on her.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subscriber {
    /// Id.
    pub id: SubscriberId,
    /// Her address, as stored.
    pub email: String,
    /// What she wishes to hear of. Where she has not said where she is, it is where her account lives, if it has said so.
    pub wishes: Wishes,
    /// Whether topics and titles may stand in her mails.
    pub details: bool,
    /// `subscribers.links`.
    pub links: i16,
    /// When she confirmed.
    pub confirmed_at: DateTime<Utc>,
    /// The end of the last window that she was told, or for which nothing was new. One whose mail was given up is none: what it
    /// told of is in the next.
    pub last: Option<DateTime<Utc>>,
    /// The account with her address.
    pub account: Option<AccountId>,
}

struct SubscriberRow {
    id: Uuid,
    email: String,
    topics: Vec<String>,
    kinds: Vec<String>,
    place: Option<String>,
    days: Vec<i16>,
    times: Vec<String>,
    details: bool,
    links: i16,
    confirmed_at: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
    account: Option<Uuid>,
    state: Option<String>,
    outside_us: Option<bool>,
}

impl SubscriberRow {
    fn into_subscriber(self) -> Option<Subscriber> {
        let day = |number: &i16| WEEK.get(usize::try_from(number.checked_sub(1)?).ok()?).copied();
        let time = |code: &String| TimeOfDay::ALL.into_iter().find(|time| time.code() == code);
        let home = place_of(self.state.as_deref(), self.outside_us.unwrap_or_default());
        Some(Subscriber {
            id: SubscriberId(self.id),
            email: self.email,
            wishes: Wishes {
                topics: self.topics.iter().filter_map(|slug| Topic::parse(slug)).collect(),
                kinds: self.kinds.iter().filter_map(|code| Kind::parse(code)).collect(),
                place: self.place.as_deref().and_then(Place::parse).or(home),
                days: self.days.iter().filter_map(day).collect(),
                times: self.times.iter().filter_map(time).collect(),
            }
            .in_order(),
            details: self.details,
            links: self.links,
            confirmed_at: self.confirmed_at?,
            last: self.last,
            account: self.account.map(AccountId),
        })
    }
}

/// Lets this transaction take its time: five hundred mails are put into words between two of its statements, which on a busy
/// machine takes longer than anything else that waits between two; or all that a restore has held is decided at once.
pub async fn take_time(conn: &mut Conn) -> Result<(), Failure> {
    sqlx::query!(
        "select set_config('statement_timeout', '30s', true) as a,
           set_config('idle_in_transaction_session_timeout', '60s', true) as b"
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Takes those of `ids` who are still due and whom no other worker has in its hands, until the transaction ends.
pub async fn claim(conn: &mut Conn, cell: &DueCell, ids: &[SubscriberId]) -> Result<Vec<Subscriber>, Failure> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        SubscriberRow,
        r#"select s.id, s.email, s.topics, s.kinds, s.place, s.days, s.times, s.details, s.links, s.confirmed_at,
             last.told as last, a.id as "account?", m.state as "state?", m.outside_us as "outside_us?"
           from subscribers s
           cross join lateral (select max(d.ends_at) as at, max(d.ends_at) filter (where d.status <> 'failed') as told
             from digests d where d.subscriber_id = s.id) last
           left join accounts a on a.email = s.email and a.deleted_at is null left join members m on m.account_id = a.id
           where s.id = any($7) and s.status = 'confirmed' and s.zone = $1 and s.weekday = $2 and s.hour = $3
             and s.confirmed_at < $4 and (s.paused_until is null or s.paused_until <= $5)
             and (last.at is null or last.at <= $6 or last.at < s.confirmed_at)
           for no key update of s skip locked"#,
        cell.zone,
        cell.hour.iso_day(),
        i16::from(cell.hour.hour),
        cell.ends_at,
        cell.today,
        cell.apart(),
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().filter_map(SubscriberRow::into_subscriber).collect())
}

/// Somebody who is subscribed with this address, and where and when she hears.
pub async fn find_subscriber(
    executor: impl PgExecutor<'_>,
    email: &Email,
) -> Result<Option<(Subscriber, String)>, Failure> {
    let row = sqlx::query!(
        r#"select s.id, s.email, s.topics, s.kinds, s.place, s.days, s.times, s.details, s.links, s.confirmed_at, s.zone,
             (select max(d.ends_at) from digests d where d.subscriber_id = s.id and d.status <> 'failed') as last,
             a.id as "account?", m.state as "state?", m.outside_us as "outside_us?"
           from subscribers s left join accounts a on a.email = s.email and a.deleted_at is null
             left join members m on m.account_id = a.id
           where s.email = $1 and s.status = 'confirmed'"#,
        email.as_str()
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.and_then(|row| {
        let subscriber = SubscriberRow {
            id: row.id,
            email: row.email,
            topics: row.topics,
            kinds: row.kinds,
            place: row.place,
            days: row.days,
            times: row.times,
            details: row.details,
            links: row.links,
            confirmed_at: row.confirmed_at,
            last: row.last,
            account: row.account,
            state: row.state,
            outside_us: row.outside_us,
        };
        Some((subscriber.into_subscriber()?, row.zone))
    }))
}

/// The groups in which each of these members sits, holds or is offered a seat, or waits.
pub async fn find_groups_of(
    executor: impl PgExecutor<'_>,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Vec<GroupId>>, Failure> {
    let mut found = HashMap::<_, Vec<_>>::new();
    if accounts.is_empty() {
        return Ok(found);
    }
    let accounts: Vec<_> = accounts.iter().map(|account| account.0).collect();
    let rows = sqlx::query!(
        r#"select member_id as "member_id!", group_id as "group_id!" from seats
           where member_id = any($1) and (state = 'reserved' or state <> 'free' and held_until > now())
           union
           select member_id, group_id from waiting_entries where member_id = any($1) and ended_at is null"#,
        &accounts
    )
    .fetch_all(executor)
    .await?;
    for row in rows {
        found.entry(AccountId(row.member_id)).or_default().push(GroupId(row.group_id));
    }
    Ok(found)
}

/// What becomes of a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// Its mail goes out.
    Mail(Uuid),
    /// Nothing was new.
    Skipped,
    /// The address is none; nothing can be sent.
    Failed,
}

/// A window that was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Told {
    /// Whose.
    pub subscriber: SubscriberId,
    /// Which.
    pub window: Window,
    /// How many groups the mail tells of.
    pub groups: i16,
    /// What becomes of it.
    pub fate: Fate,
}

/// Writes windows down, and gives those whose windows were not written by somebody else before: only they are mailed.
pub async fn insert(conn: &mut Conn, run: Uuid, told: &[Told]) -> Result<HashSet<SubscriberId>, Failure> {
    let status = |told: &Told| match told.fate {
        Fate::Mail(_) => "pending".to_owned(),
        Fate::Skipped => "skipped".to_owned(),
        Fate::Failed => "failed".to_owned(),
    };
    let mail = |told: &Told| match told.fate {
        Fate::Mail(id) => Some(id),
        Fate::Skipped | Fate::Failed => None,
    };
    let ids = sqlx::query_scalar!(
        "insert into digests (subscriber_id, starts_at, ends_at, status, groups, run_id, mail_id)
         select subscriber_id, starts_at, ends_at, status, groups, $1, mail_id
         from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::smallint[], $7::uuid[])
           as new (subscriber_id, starts_at, ends_at, status, groups, mail_id)
         on conflict do nothing returning subscriber_id",
        run,
        &told.iter().map(|one| one.subscriber.0).collect::<Vec<_>>(),
        &told.iter().map(|one| one.window.starts_at).collect::<Vec<_>>(),
        &told.iter().map(|one| one.window.ends_at).collect::<Vec<_>>(),
        &told.iter().map(status).collect::<Vec<_>>(),
        &told.iter().map(|one| one.groups).collect::<Vec<_>>(),
        &told.iter().map(mail).collect::<Vec<_>>() as &[Option<Uuid>]
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(SubscriberId).collect())
}
