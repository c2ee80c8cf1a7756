//! Groups as visitors find them, and one group in full.

use super::{Failure, waiting};
use crate::domain::{
    catalog::GroupFacts,
    curriculum::Mode,
    eligibility::Authority,
    group::{ConfirmMode, Kind, Status},
    ids::{AccountId, GroupId, MeetingId, TherapistId},
    listing::{Leader, Listing, NextMeeting},
    place::UsState,
    seat_counts::SeatCounts,
    series::{WEEK, in_week_of},
    topic::Topic,
};
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;
use serde::Deserialize;
use uuid::Uuid;

struct ListingRow {
    id: Uuid,
    slug: String,
    title: String,
    kind: String,
    topic: Option<String>,
    summary: String,
    leader_id: Uuid,
    leader_number: i32,
    leader_name: String,
    leader_credentials: String,
    leader_profession: String,
    authorities: serde_json::Value,
    weekday: i16,
    local_time: NaiveTime,
    zone: String,
    minutes: i16,
    price_cents: i32,
    status: String,
    minimum: i16,
    confirm: String,
    capacity: i16,
    reserved: i64,
    held: i64,
    offered: i64,
    yours: i64,
    yours_offered: i64,
    waiting: i64,
    line: Option<serde_json::Value>,
    meetings_held: i64,
    mode: String,
    units: i32,
    meeting_id: Option<Uuid>,
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    lapses_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct AuthorityRow {
    state: String,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
}

impl ListingRow {
    fn into_listing(self, viewer: Tz) -> Option<Listing> {
        let group_zone: Tz = self.zone.parse().ok()?;
        let count = |n: i64| u8::try_from(n).unwrap_or(u8::MAX);
        let next = match (self.meeting_id, self.starts_at, self.ends_at) {
            (Some(id), Some(starts_at), Some(ends_at)) => {
                let group_day = starts_at.with_timezone(&group_zone).date_naive();
                let usual_at = in_week_of(group_day, weekday(self.weekday), self.local_time, &group_zone);
                let shown = starts_at.with_timezone(&viewer);
                Some(NextMeeting {
                    id: MeetingId(id),
                    starts_at,
                    ends_at,
                    usual_at,
                    group_day,
                    viewer_weekday: shown.weekday(),
                    viewer_time: shown.time(),
                })
            }
            _ => None,
        };
        Some(Listing {
            id: GroupId(self.id),
            slug: self.slug,
            title: self.title,
            kind: Kind::parse(&self.kind)?,
            topic: self.topic.as_deref().and_then(Topic::parse),
            summary: self.summary,
            leader: Leader {
                id: TherapistId(self.leader_id),
                number: self.leader_number,
                name: self.leader_name,
                credentials: self.leader_credentials,
                profession: self.leader_profession,
            },
            authorities: read_authorities(self.authorities),
            weekday: weekday(self.weekday),
            local_time: self.local_time,
            zone: self.zone,
            minutes: u16::try_from(self.minutes).unwrap_or_default(),
            price_cents: u32::try_from(self.price_cents).unwrap_or_default(),
            status: match self.status.as_str() {
                "forming" => {
                    Status::Forming { reserved: count(self.reserved), minimum: u8::try_from(self.minimum).unwrap_or(1) }
                }
                "open" => Status::Open,
                _ => Status::Closed,
            },
            confirm: ConfirmMode::parse(&self.confirm).unwrap_or(ConfirmMode::AfterLook),
            seats: SeatCounts {
                capacity: u8::try_from(self.capacity).unwrap_or_default(),
                reserved: count(self.reserved - self.yours),
                held: count(self.held + self.offered - self.yours_offered),
                yours: count(self.yours),
                offered: count(self.yours_offered),
            },
            waiting: u32::try_from(self.waiting).unwrap_or_default(),
            line: self.line.map(waiting::read_line).unwrap_or_default(),
            held: u32::try_from(self.meetings_held).unwrap_or_default(),
            mode: mode(&self.mode),
            units: u32::try_from(self.units).unwrap_or(1),
            next,
        })
    }
}

/// Reads authorities as they are selected here. What cannot be read is none: then nobody is eligible by it.
pub(super) fn read_authorities(value: serde_json::Value) -> Vec<Authority> {
    let rows: Vec<AuthorityRow> = serde_json::from_value(value).unwrap_or_default();
    let authority = |row: AuthorityRow| {
        let state = UsState::parse(&row.state)?;
        Some(Authority { state, valid_from: row.valid_from, valid_to: row.valid_to })
    };
    rows.into_iter().filter_map(authority).collect()
}

/// How a group goes through its curriculum, as stored.
pub(super) fn mode(code: &str) -> Mode {
    if code == "rolling" { Mode::Rolling } else { Mode::Closed }
}

/// ISO number of a weekday, as stored, to the weekday.
pub(super) fn weekday(number: i16) -> Weekday {
    usize::try_from(number - 1).ok().and_then(|index| WEEK.get(index)).copied().unwrap_or(Weekday::Mon)
}

/// Which groups are read.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// All that are forming or open.
    Listed,
    /// One, whatever its status.
    Slug(&'a str),
    /// One, whatever its status.
    Id(GroupId),
    /// All in which this member has a seat or a hold.
    SeatsOf(AccountId),
    /// These, whatever their status.
    Ids(&'a [GroupId]),
    /// These, and all that have changed since a snapshot ([`super::group_changes`]), whatever their status.
    Changed(&'a str, &'a [GroupId]),
}

/// Groups with seats, line and next meeting at `now`; days and times as a viewer in `viewer`'s zone sees them; `member`
/// marks which reserved seat is hers.
pub async fn listings(
    executor: impl sqlx::PgExecutor<'_>,
    scope: Scope<'_>,
    member: Option<AccountId>,
    now: DateTime<Utc>,
    viewer: Tz,
) -> Result<Vec<Listing>, Failure> {
    let rows = rows(executor, scope, member, now).await?;
    Ok(rows.into_iter().filter_map(|row| row.into_listing(viewer)).collect())
}

/// The facts of groups as the finder keeps them, at `now`; nothing of a group that has closed.
pub async fn facts(
    executor: impl sqlx::PgExecutor<'_>,
    scope: Scope<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<GroupFacts>, Failure> {
    let rows = rows(executor, scope, None, now).await?;
    let fact = |row: ListingRow| {
        let lapses_at = row.lapses_at;
        let listing = row.into_listing(Tz::UTC)?;
        (listing.status != Status::Closed).then(|| GroupFacts::of(&listing, lapses_at))
    };
    Ok(rows.into_iter().filter_map(fact).collect())
}

async fn rows(
    executor: impl sqlx::PgExecutor<'_>,
    scope: Scope<'_>,
    member: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<Vec<ListingRow>, Failure> {
    let (mut listed, mut slug, mut id, mut seats_of, mut ids, mut since) = (false, None, None, None, Vec::new(), None);
    match scope {
        Scope::Listed => listed = true,
        Scope::Slug(of) => slug = Some(of),
        Scope::Id(of) => id = Some(of.0),
        Scope::SeatsOf(account) => seats_of = Some(account.0),
        Scope::Ids(of) => ids = of.iter().map(|id| id.0).collect(),
        Scope::Changed(snapshot, of) => {
            (since, ids) = (Some(snapshot), of.iter().map(|id| id.0).collect());
        }
    }
    let rows = sqlx::query_as!(
        ListingRow,
        r#"select g.id, g.slug, g.title, g.kind, g.topic, g.summary, t.id as leader_id, t.number as "leader_number!",
             t.name as leader_name, t.credentials as leader_credentials, t.profession as leader_profession,
             coalesce((select jsonb_agg(jsonb_build_object('state', a.state, 'valid_from', a.valid_from, 'valid_to', a.valid_to))
                       from authorities a where a.therapist_id = t.id), '[]') as "authorities!",
             g.weekday, g.local_time, g.zone, g.minutes, g.price_cents, g.status, g.minimum, g.confirm, g.capacity,
             s.reserved as "reserved!", s.held as "held!", s.offered as "offered!", s.yours as "yours!",
             s.yours_offered as "yours_offered!", w.waiting as "waiting!",
             case when w.waiting > 0 and s.free > 0 then group_line(g.id) end as line,
             (select count(*) from meetings h where h.group_id = g.id and h.status = 'scheduled' and h.ends_at <= $1
                and h.starts_at >= g.cycle_began_on) as "meetings_held!",
             c.mode, jsonb_array_length(c.units) as "units!", m.id as "meeting_id?", m.starts_at as "starts_at?", m.ends_at as "ends_at?",
             s.lapses_at
           from groups g
           join therapists t on t.id = g.leader_id
           join curricula c on c.slug = g.curriculum_slug and c.version = g.curriculum_version
           cross join lateral (
             select count(*) filter (where state = 'reserved') as reserved,
                    count(*) filter (where state = 'held' and held_until > now()) as held,
                    count(*) filter (where state = 'offered' and held_until > now()) as offered,
                    count(*) filter (where state = 'reserved' and member_id = $2) as yours,
                    count(*) filter (where state = 'offered' and held_until > now() and member_id = $2) as yours_offered,
                    count(*) filter (where state = 'free' or state <> 'reserved' and held_until <= now()) as free,
                    min(held_until) filter (where state <> 'reserved' and held_until > now()) as lapses_at
             from seats where group_id = g.id) s
           cross join lateral (
             select count(*) as waiting from waiting_entries where group_id = g.id and ended_at is null) w
           left join lateral (
             select id, starts_at, ends_at from meetings
             where group_id = g.id and status = 'scheduled' and ends_at > $1
               and (g.closes_on is null or starts_at < g.closes_on + 1)
             order by starts_at limit 1) m on true
           where g.id = any (array(
             select id from groups where $3 and status in ('forming', 'open')
             union all select id from groups where slug = $4
             union all select $5::uuid
             union all select group_id from seats where member_id = $6
             union all select unnest($7::uuid[])
             union all select group_id from group_changes
               where xid >= pg_snapshot_xmin($8::text::pg_snapshot) and xid < pg_snapshot_xmax(pg_current_snapshot())
                 and (pg_is_in_recovery() or not pg_visible_in_snapshot(xid, $8::text::pg_snapshot))))
           order by g.slug"#,
        now,
        member.map(|member| member.0),
        listed,
        slug,
        id,
        seats_of,
        &ids,
        since
    )
    .fetch_all(executor)
    .await?;
    Ok(rows)
}

/// One group, or nothing.
pub async fn find(
    executor: impl sqlx::PgExecutor<'_>,
    slug: &str,
    member: Option<AccountId>,
    now: DateTime<Utc>,
    viewer: Tz,
) -> Result<Option<Listing>, Failure> {
    // Postgres refuses a NUL; a slug never has one.
    if slug.contains('\0') {
        return Ok(None);
    }
    Ok(listings(executor, Scope::Slug(slug), member, now, viewer).await?.pop())
}

/// A question with its answer.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Question {
    /// Question.
    pub q: String,
    /// Answer.
    pub a: String,
}

/// What only the group's page shows.
#[derive(Clone, Debug)]
pub struct Details {
    /// Paragraphs, separated by an empty line.
    pub happens: String,
    /// For whom.
    pub for_whom: Vec<String>,
    /// Questions and answers.
    pub questions: Vec<Question>,
    /// The leader's own words.
    pub words: String,
    /// How the leader works.
    pub approach: String,
    /// First day on which it meets.
    pub starts_on: NaiveDate,
    /// The day a forming group is decided.
    pub decide_on: Option<NaiveDate>,
    /// The day it ends.
    pub closes_on: Option<NaiveDate>,
    /// Slug of its curriculum.
    pub curriculum_slug: String,
    /// Version of its curriculum.
    pub curriculum_version: String,
}

/// What only the group's page shows.
pub async fn details(executor: impl sqlx::PgExecutor<'_>, group: GroupId) -> Result<Details, Failure> {
    let row = sqlx::query!(
        "select g.happens, g.for_whom, g.questions, t.words, t.approach, g.starts_on, g.decide_on, g.closes_on,
           g.curriculum_slug, g.curriculum_version
         from groups g join therapists t on t.id = g.leader_id where g.id = $1",
        group.0
    )
    .fetch_one(executor)
    .await?;
    Ok(Details {
        happens: row.happens,
        for_whom: row.for_whom,
        questions: serde_json::from_value(row.questions).unwrap_or_default(),
        words: row.words,
        approach: row.approach,
        starts_on: row.starts_on,
        decide_on: row.decide_on,
        closes_on: row.closes_on,
        curriculum_slug: row.curriculum_slug,
        curriculum_version: row.curriculum_version,
    })
}

/// An authority as visitors may check it.
#[derive(Clone, Debug)]
pub struct PublishedAuthority {
    /// State.
    pub state: UsState,
    /// "license", "registration" or "compact".
    pub kind: String,
    /// What the board calls it.
    pub title: String,
    /// Number.
    pub number: String,
    /// First valid day.
    pub valid_from: NaiveDate,
    /// Last valid day.
    pub valid_to: NaiveDate,
    /// When the practice looked at the board's register.
    pub checked_on: NaiveDate,
}

/// The authorities of a therapist that hold on a day, by state.
pub async fn authorities(
    executor: impl sqlx::PgExecutor<'_>,
    therapist: TherapistId,
    day: NaiveDate,
) -> Result<Vec<PublishedAuthority>, Failure> {
    let rows = sqlx::query!(
        "select state, kind, title, number, valid_from, valid_to, checked_on from authorities
         where therapist_id = $1 and valid_from <= $2 and valid_to >= $2 order by state, kind",
        therapist.0,
        day
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(PublishedAuthority {
                state: UsState::parse(&row.state)?,
                kind: row.kind,
                title: row.title,
                number: row.number,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                checked_on: row.checked_on,
            })
        })
        .collect())
}
