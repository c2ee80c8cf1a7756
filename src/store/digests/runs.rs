//! Runs: one round over everybody who is due, and what became of its mails.

use super::{Conn, Failure};
use crate::{domain::digest::WeekHour, store::sessions::Office};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

/// Counts what one batch of a run has made; the first one makes the run's row.
pub async fn count_run(
    conn: &mut Conn,
    run: Uuid,
    began_at: DateTime<Utc>,
    expected: i32,
    mails: i32,
    skipped: i32,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into digest_runs (id, began_at, expected, mails, skipped) values ($1, $2, $3, $4, $5)
         on conflict (id) do update set mails = digest_runs.mails + excluded.mails, skipped = digest_runs.skipped + excluded.skipped",
        run,
        began_at,
        expected,
        mails,
        skipped
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a run is through.
pub async fn end_run(conn: &mut Conn, run: Uuid, now: DateTime<Utc>) -> Result<(), Failure> {
    sqlx::query!("update digest_runs set ended_at = $2 where id = $1", run, now).execute(conn).await?;
    Ok(())
}

/// A run, and what became of its mails.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// Id.
    pub id: Uuid,
    /// When it began, by the calendar's clock.
    pub began_at: DateTime<Utc>,
    /// When it was through.
    pub ended_at: Option<DateTime<Utc>>,
    /// Subscribers that were due.
    pub expected: i64,
    /// For whom nothing was new.
    pub skipped: i64,
    /// Mails that have left.
    pub sent: i64,
    /// Mails that wait to be sent.
    pub waiting: i64,
    /// Mails that were given up.
    pub failed: i64,
    /// Mails that nobody wanted any more when they were to leave.
    pub ended: i64,
}

/// The last runs, the newest first; or one.
pub async fn find_runs(executor: impl PgExecutor<'_>, id: Option<Uuid>, most: i64) -> Result<Vec<Run>, Failure> {
    let runs = sqlx::query_as!(
        Run,
        r#"select r.id, r.began_at, r.ended_at, r.expected::bigint as "expected!", r.skipped::bigint as "skipped!",
             d.sent as "sent!", d.waiting as "waiting!", d.failed as "failed!", d.ended as "ended!"
           from (select * from digest_runs where id = $1 or $1 is null order by began_at desc, id desc limit $2) r
           cross join lateral (
             select count(*) filter (where status = 'sent') as sent, count(*) filter (where status = 'pending') as waiting,
                    count(*) filter (where status = 'failed' and not ended) as failed, count(*) filter (where ended) as ended
             from digests where run_id = r.id) d
           order by r.began_at desc, r.id desc"#,
        id,
        most
    )
    .fetch_all(executor)
    .await?;
    Ok(runs)
}

/// All runs of a week together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WeekCount {
    /// Monday, in the zone that was asked for.
    pub monday: NaiveDate,
    /// Mails written.
    pub mails: i64,
    /// Subscribers for whom nothing was new.
    pub skipped: i64,
}

/// The runs since a moment, by week in a zone.
pub async fn find_weeks(
    executor: impl PgExecutor<'_>,
    _office: &Office,
    since: DateTime<Utc>,
    zone: &str,
) -> Result<Vec<WeekCount>, Failure> {
    let weeks = sqlx::query_as!(
        WeekCount,
        r#"select date_trunc('week', began_at at time zone $2)::date as "monday!", sum(mails)::bigint as "mails!",
             sum(skipped)::bigint as "skipped!"
           from digest_runs where began_at >= $1 group by 1 order by 1"#,
        since,
        zone
    )
    .fetch_all(executor)
    .await?;
    Ok(weeks)
}

/// Subscribers who share zone, weekday and hour.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NextHour {
    /// IANA name of the zone.
    pub zone: String,
    /// Their hour.
    pub hour: WeekHour,
    /// How many.
    pub count: i64,
}

/// Everybody who hears and has not paused, by the hour at which she does. `now` is the calendar's clock.
pub async fn count_confirmed(
    executor: impl PgExecutor<'_>,
    _office: &Office,
    now: DateTime<Utc>,
) -> Result<Vec<NextHour>, Failure> {
    let rows = sqlx::query!(
        r#"select zone, weekday, hour, count(*) as "count!" from subscribers
           where status = 'confirmed' and (paused_until is null or paused_until <= ($1::timestamptz at time zone zone)::date)
           group by zone, weekday, hour"#,
        now
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(NextHour { zone: row.zone, hour: WeekHour::parse(row.weekday, row.hour)?, count: row.count })
        })
        .collect())
}

/// What is counted for the metrics.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Digests that were written into the outbox.
    pub mails: i64,
    /// Windows in which nothing was new.
    pub skipped: i64,
}

/// Counts all runs.
pub async fn totals(executor: impl PgExecutor<'_>) -> Result<Totals, Failure> {
    let totals = sqlx::query_as!(
        Totals,
        r#"select coalesce(sum(mails), 0)::bigint as "mails!", coalesce(sum(skipped), 0)::bigint as "skipped!" from digest_runs"#
    )
    .fetch_one(executor)
    .await?;
    Ok(totals)
}
