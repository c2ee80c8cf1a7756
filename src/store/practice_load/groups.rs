//! The groups of a practice file.

use crate::{
    domain::{
        group::{ConfirmMode, Kind},
        ids::{GroupId, TherapistId},
        series::{Series, WEEK},
        topic::Topic,
    },
    store::{
        Conn, Failure,
        locks::{self, ExclusiveLock},
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

/// A question that visitors ask, and the answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Question {
    /// Question.
    pub q: String,
    /// Answer.
    pub a: String,
}

/// What a practice file says of a group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupFacts {
    /// Word in addresses.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Kind.
    pub kind: Kind,
    /// Topic; a process group has none.
    pub topic: Option<Topic>,
    /// Slug of the leader.
    pub leader: String,
    /// One sentence.
    pub summary: String,
    /// Paragraphs, separated by an empty line.
    pub happens: String,
    /// For whom it is.
    pub for_whom: Vec<String>,
    /// Questions and answers.
    pub questions: Vec<Question>,
    /// Weekday, local time and length.
    pub series: Series,
    /// IANA zone of the series.
    pub zone: String,
    /// Seats.
    pub capacity: i16,
    /// Whole cents a meeting.
    pub price_cents: i32,
    /// What happens when somebody confirms.
    pub confirm: ConfirmMode,
    /// The first meeting is on or after this day.
    pub starts_on: NaiveDate,
    /// Reservations that open a forming group.
    pub minimum: i16,
    /// Word of its curriculum.
    pub curriculum: String,
}

impl GroupFacts {
    fn weekday(&self) -> i16 {
        i16::try_from(self.series.weekday.number_from_monday()).unwrap_or(1)
    }

    fn minutes(&self) -> i16 {
        i16::try_from(self.series.minutes).unwrap_or(i16::MAX)
    }
}

/// How a group begins: decided once, from the day on which it was loaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Beginning {
    /// `forming` or `open`.
    pub status: &'static str,
    /// The day on which a forming group is decided.
    pub decide_on: Option<NaiveDate>,
    /// Version of the curriculum that its first cycle keeps.
    pub curriculum_version: String,
}

/// A group as stored.
#[derive(Clone, Debug)]
pub struct StoredGroup {
    /// Id.
    pub id: GroupId,
    /// What a file decides.
    pub facts: GroupFacts,
    /// Whether it is closed.
    pub closed: bool,
    /// Whether its dates moved once, because too few had reserved.
    pub moved: bool,
    /// Whether anybody has or had a seat, or waits for one.
    pub used: bool,
}

/// Takes the exclusive lock of every group with one of these slugs, always in the same order.
pub async fn lock_groups(conn: &mut Conn, slugs: &[String]) -> Result<Vec<(GroupId, ExclusiveLock)>, Failure> {
    let ids = sqlx::query_scalar!("select id from groups where slug = any($1) order by id", slugs)
        .fetch_all(&mut *conn)
        .await?;
    let mut held = Vec::new();
    for id in ids.into_iter().map(GroupId) {
        held.push((id, locks::exclusive(conn, id).await?));
    }
    Ok(held)
}

/// All groups.
pub async fn find_groups(conn: &mut Conn) -> Result<Vec<StoredGroup>, Failure> {
    let rows = sqlx::query!(
        r#"select g.id, g.slug, g.title, g.kind, g.topic, t.slug as leader, g.summary, g.happens, g.for_whom,
             g.questions as "questions: Json<Vec<Question>>", g.status, g.weekday, g.local_time, g.zone, g.minutes,
             g.capacity, g.price_cents, g.confirm, g.starts_on, g.minimum, g.moved_at, g.curriculum_slug,
             (exists (select from reservations r where r.group_id = g.id)
               or exists (select from seats s where s.group_id = g.id and s.state <> 'free' and s.held_until > now())
               or exists (select from waiting_entries w where w.group_id = g.id and w.ended_at is null)) as "used!"
           from groups g join therapists t on t.id = g.leader_id
           order by g.slug"#
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let unknown = |what: &str| Failure::Broken(format!("group {} has an unknown {what}", row.slug));
            let weekday = usize::try_from(row.weekday - 1).ok().and_then(|index| WEEK.get(index));
            Ok(StoredGroup {
                id: GroupId(row.id),
                closed: row.status == "closed",
                moved: row.moved_at.is_some(),
                used: row.used,
                facts: GroupFacts {
                    kind: Kind::parse(&row.kind).ok_or_else(|| unknown("kind"))?,
                    topic: row.topic.as_deref().map(|t| Topic::parse(t).ok_or_else(|| unknown("topic"))).transpose()?,
                    series: Series {
                        weekday: *weekday.ok_or_else(|| unknown("weekday"))?,
                        starts_at: row.local_time,
                        minutes: u16::try_from(row.minutes).unwrap_or_default(),
                    },
                    confirm: ConfirmMode::parse(&row.confirm).ok_or_else(|| unknown("way to confirm"))?,
                    slug: row.slug,
                    title: row.title,
                    leader: row.leader,
                    summary: row.summary,
                    happens: row.happens,
                    for_whom: row.for_whom,
                    questions: row.questions.0,
                    zone: row.zone,
                    capacity: row.capacity,
                    price_cents: row.price_cents,
                    starts_on: row.starts_on,
                    minimum: row.minimum,
                    curriculum: row.curriculum_slug,
                },
            })
        })
        .collect()
}

/// Adds a group with all of its seats free.
pub async fn insert_group(
    conn: &mut Conn,
    id: GroupId,
    leader: TherapistId,
    facts: &GroupFacts,
    beginning: &Beginning,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into groups (id, slug, title, kind, topic, leader_id, summary, happens, for_whom, questions, status,
           weekday, local_time, zone, minutes, capacity, price_cents, confirm, starts_on, minimum, decide_on,
           curriculum_slug, curriculum_version, cycle_began_on)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $19)",
        id.0,
        facts.slug,
        facts.title,
        facts.kind.code(),
        facts.topic.map(Topic::slug),
        leader.0,
        facts.summary,
        facts.happens,
        &facts.for_whom,
        Json(&facts.questions) as _,
        beginning.status,
        facts.weekday(),
        facts.series.starts_at,
        facts.zone,
        facts.minutes(),
        facts.capacity,
        facts.price_cents,
        facts.confirm.code(),
        facts.starts_on,
        facts.minimum,
        beginning.decide_on,
        facts.curriculum,
        beginning.curriculum_version
    )
    .execute(&mut *conn)
    .await?;
    add_seats(conn, id, 1, facts.capacity).await
}

/// Makes texts, price, minimum and the way to confirm what the file says. The capacity is changed by
/// [`crate::store::capacity`].
pub async fn update_group(conn: &mut Conn, id: GroupId, facts: &GroupFacts) -> Result<(), Failure> {
    sqlx::query!(
        "update groups set title = $2, summary = $3, happens = $4, for_whom = $5, questions = $6, price_cents = $7,
           confirm = $8, minimum = $9 where id = $1",
        id.0,
        facts.title,
        facts.summary,
        facts.happens,
        &facts.for_whom,
        Json(&facts.questions) as _,
        facts.price_cents,
        facts.confirm.code(),
        facts.minimum
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes kind, leader, series, start and curriculum what the file says: for a group that nobody has used.
pub async fn restart_group(
    conn: &mut Conn,
    id: GroupId,
    leader: TherapistId,
    facts: &GroupFacts,
    beginning: &Beginning,
) -> Result<(), Failure> {
    sqlx::query!(
        "update groups set kind = $2, topic = $3, leader_id = $4, weekday = $5, local_time = $6, zone = $7, minutes = $8,
           starts_on = $9, cycle_began_on = $9, moved_at = null, status = $10, decide_on = $11, curriculum_slug = $12,
           curriculum_version = $13 where id = $1",
        id.0,
        facts.kind.code(),
        facts.topic.map(Topic::slug),
        leader.0,
        facts.weekday(),
        facts.series.starts_at,
        facts.zone,
        facts.minutes(),
        facts.starts_on,
        beginning.status,
        beginning.decide_on,
        facts.curriculum,
        beginning.curriculum_version
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the meetings to come, so that they are made anew from a changed series.
pub async fn forget_coming_meetings(conn: &mut Conn, id: GroupId, now: DateTime<Utc>) -> Result<(), Failure> {
    sqlx::query!("delete from meetings where group_id = $1 and starts_at > $2", id.0, now).execute(conn).await?;
    Ok(())
}

/// Adds the free seats from one number to another, both included.
pub async fn add_seats(conn: &mut Conn, id: GroupId, from: i16, to: i16) -> Result<(), Failure> {
    sqlx::query!(
        "insert into seats (group_id, seat_no) select $1, n from generate_series($2::int, $3::int) n",
        id.0,
        i32::from(from),
        i32::from(to)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes away the seats that nobody has until so many are left, and numbers the others from 1 on. The group's lock
/// must be held exclusive, and no more than `capacity` seats may be taken.
pub async fn remove_seats(conn: &mut Conn, id: GroupId, capacity: i16) -> Result<(), Failure> {
    // Free seats go first: a lapsed hold can still be confirmed while its seat is there.
    sqlx::query!(
        "delete from seats where group_id = $1 and seat_no in (
           select seat_no from seats
           where group_id = $1 and (state = 'free' or state in ('held', 'offered') and held_until <= now())
           order by state <> 'free', seat_no desc
           limit greatest((select count(*) from seats where group_id = $1) - $2, 0))",
        id.0,
        i64::from(capacity)
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "with high as (
           select seat_no, row_number() over (order by seat_no) as k from seats where group_id = $1 and seat_no > $2::int
         ), gap as (
           select n, row_number() over (order by n) as k from generate_series(1, $2) n
           where not exists (select from seats s where s.group_id = $1 and s.seat_no = n)
         )
         update seats s set seat_no = gap.n from high join gap using (k) where s.group_id = $1 and s.seat_no = high.seat_no",
        id.0,
        i32::from(capacity)
    )
    .execute(conn)
    .await?;
    Ok(())
}
