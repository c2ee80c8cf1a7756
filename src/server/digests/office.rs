//! The office's page about the weekly mails: the last rounds, a chart by week, what is next, and the mail as it would go out
//! now. It shows counts and an example, and nobody's address.

use super::preview;
use crate::{
    api::office::{DigestsPage, MailShown, RunShown, WeekShown},
    error::AppError,
    paths,
    server::{
        auth, download,
        headers::MAIL_POLICY,
        reader::practice_zone,
        show::grouped,
        state::App,
        times::{clock_at, day_of, long_day, month_day, parse_zone, start_of, zone_label},
    },
    store::{
        digests::{self, NextHour, Run, WeekCount},
        practice,
    },
};
use axum::{
    Router,
    extract::{Request, State},
    http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Tz;
use std::{collections::BTreeMap, fmt::Write as _};

/// Rounds that are shown.
const RUNS: i64 = 6;
/// Weeks that are shown.
const WEEKS: u64 = 12;
/// Coming hours that are shown.
const NEXT: usize = 6;

/// The mails that are shown, and where their HTML is: as it is at first, and with details.
const MAILS: [(&str, &str); 2] = [
    ("The mail as it would go out now", paths::OFFICE_DIGEST_MAIL),
    ("The same for whoever wants to read what each circle is about", paths::OFFICE_DIGEST_MAIL_DETAILS),
];

/// Instead of a mail.
const NOBODY: &str = "No seat is free anywhere, so nobody would get one.";

/// The routes of the mails as a mail program shows them. They are no pages of ours, and their policy says so.
pub fn routes(app: App) -> Router {
    Router::new()
        .route(paths::OFFICE_DIGEST_MAIL, get(show))
        .route(paths::OFFICE_DIGEST_MAIL_DETAILS, get(show))
        .with_state(app)
}

async fn show(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    match download::made(&app, request, || html(app.clone(), path == paths::OFFICE_DIGEST_MAIL_DETAILS)).await {
        Ok(html) => {
            ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, MAIL_POLICY)], html).into_response()
        }
        Err(AppError::SignInNeeded) => Redirect::to(&paths::sign_in_then(&path)).into_response(),
        Err(error) => download::failed(&error),
    }
}

async fn html(app: App, details: bool) -> Result<String, AppError> {
    auth::office(&app).await?;
    let [plain, detailed] = preview::examples(&app).await?;
    let words = if details { detailed } else { plain };
    Ok(words.map_or_else(|| format!("<!doctype html><title>No mail</title><p>{NOBODY}</p>"), |words| words.html))
}

/// What stands first after a restore.
const HELD: &str = "The weekly mail is held back, because the database was restored from a backup: whoever ended it since then is on \
     the list again. The operator lets it go on with `common-ground digest release`.";

/// The page.
pub async fn page(app: &App) -> Result<DigestsPage, AppError> {
    let office = auth::office(app).await?;
    let (reads, now) = (app.store.reads(), app.now());
    let zone = practice_zone(practice::find(reads).await?.as_ref());
    let runs = digests::find_runs(reads, None, RUNS).await?;
    let monday = crate::domain::series::monday_of(day_of(now, zone));
    let since = start_of(monday - Days::new(7 * (WEEKS - 1)), zone);
    let weeks = all_weeks(digests::find_weeks(reads, &office, since, zone.name()).await?, monday);
    let hours = digests::count_confirmed(reads, &office, now).await?;
    let examples = preview::examples(app).await?;
    let mails = MAILS
        .into_iter()
        .zip(examples)
        .map(|((title, html), words)| match words {
            Some(words) => {
                MailShown { title: title.to_owned(), subject: words.subject, text: words.text, html: html.to_owned() }
            }
            None => MailShown {
                title: title.to_owned(),
                subject: String::new(),
                text: NOBODY.to_owned(),
                html: String::new(),
            },
        })
        .collect();
    let any = weeks.iter().any(|week| week.mails + week.skipped > 0);
    Ok(DigestsPage {
        sentence: if digests::count_held(reads, now).await? > 0 {
            HELD.to_owned()
        } else {
            sentence(&runs, &hours, now, zone)
        },
        runs: runs.iter().map(|run| run_shown(run, now, zone)).collect(),
        weeks_sentence: weeks_sentence(&weeks),
        chart: if any { chart(&weeks) } else { String::new() },
        weeks: weeks
            .iter()
            .map(|week| WeekShown {
                monday: month_day(week.monday),
                mails: grouped(week.mails),
                skipped: grouped(week.skipped),
            })
            .collect(),
        next: next(&hours, now, zone),
        zone_words: format!("Times are {}.", zone_label(zone)),
        mails,
    })
}

fn sentence(runs: &[Run], hours: &[NextHour], now: DateTime<Utc>, zone: Tz) -> String {
    let all: i64 = hours.iter().map(|hour| hour.count).sum();
    let who = match all {
        0 => "Nobody has confirmed a subscription yet.".to_owned(),
        1 => "One person hears once a week of new meeting times.".to_owned(),
        n => format!("{} people hear once a week of new meeting times.", grouped(n)),
    };
    match runs.first() {
        None => who,
        Some(run) => {
            let waiting =
                if run.waiting > 0 { format!(", {} still wait", grouped(run.waiting)) } else { String::new() };
            let when = moment(run.began_at, now, zone);
            format!("{who} The last round began {when}: {} sent{waiting}.", grouped(run.sent))
        }
    }
}

/// "on Monday, December 7 at 9:00 AM".
fn moment(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> String {
    if day_of(at, zone) == day_of(now, zone) {
        return format!("today at {}", clock_at(at, zone));
    }
    format!("on {} at {}", long_day(day_of(at, zone)), clock_at(at, zone))
}

fn run_shown(run: &Run, now: DateTime<Utc>, zone: Tz) -> RunShown {
    let looked_at = run.skipped + run.sent + run.waiting + run.failed + run.ended;
    let note = match run.ended_at {
        Some(_) => String::new(),
        None if now - run.began_at < TimeDelta::hours(1) => {
            format!("Under way: {} of {}", grouped(looked_at), grouped(run.expected))
        }
        None => "Cut off. Whoever was left is told by the next round.".to_owned(),
    };
    RunShown {
        when: format!("{}, {}", long_day(day_of(run.began_at, zone)), clock_at(run.began_at, zone)),
        note,
        counts: [run.sent, run.waiting, run.failed, run.ended, run.skipped].map(grouped),
    }
}

/// The last weeks without a gap, the oldest first.
fn all_weeks(found: Vec<WeekCount>, this: chrono::NaiveDate) -> Vec<WeekCount> {
    let week = |ago: u64| {
        let monday = this - Days::new(7 * ago);
        let none = WeekCount { monday, mails: 0, skipped: 0 };
        found.iter().find(|week| week.monday == monday).cloned().unwrap_or(none)
    };
    (0..WEEKS).rev().map(week).collect()
}

fn weeks_sentence(weeks: &[WeekCount]) -> String {
    let (mails, skipped): (i64, i64) = (weeks.iter().map(|w| w.mails).sum(), weeks.iter().map(|w| w.skipped).sum());
    if mails + skipped == 0 {
        return format!("In the last {WEEKS} weeks nothing went out.");
    }
    let mails = if mails == 1 { "one mail was".to_owned() } else { format!("{} mails were", grouped(mails)) };
    let times = if skipped == 1 { "Once".to_owned() } else { format!("{} times", grouped(skipped)) };
    format!("In the last {WEEKS} weeks {mails} written. {times} nothing was new for somebody, and she got none.")
}

/// The next hours at which somebody hears.
fn next(hours: &[NextHour], now: DateTime<Utc>, zone: Tz) -> Vec<(String, String)> {
    let mut by_time = BTreeMap::<_, i64>::new();
    for hour in hours {
        if let Some(theirs) = parse_zone(&hour.zone) {
            *by_time.entry(hour.hour.next(&theirs, now)).or_default() += hour.count;
        }
    }
    by_time
        .into_iter()
        .take(NEXT)
        .map(|(at, count)| {
            let when = format!("{}, {}", long_day(day_of(at, zone)), clock_at(at, zone));
            (when, if count == 1 { "1 person".to_owned() } else { format!("{} people", grouped(count)) })
        })
        .collect()
}

/// Bars of 640 × 200. Only numbers and names of months go in, so nothing needs escaping.
fn chart(weeks: &[WeekCount]) -> String {
    // Whole units: a chart of counts needs no fractions.
    const WIDTH: i64 = 640;
    const BASE: i64 = 168;
    const HIGHEST: i64 = 140;
    let most = weeks.iter().map(|week| week.mails + week.skipped).max().unwrap_or_default().max(1);
    let step = WIDTH / i64::try_from(weeks.len().max(1)).unwrap_or(1);
    let mut shapes = format!(r#"<path class="axis" d="M0 {BASE}h{WIDTH}"/>"#);
    for (place, week) in (0_i64..).zip(weeks) {
        let (x, width) = (place * step + step / 6, step * 2 / 3);
        let (mails, skipped) = (week.mails * HIGHEST / most, week.skipped * HIGHEST / most);
        let middle = place * step + step / 2;
        let (mails_top, top) = (BASE - mails, BASE - mails - skipped);
        // Writing into a string cannot fail.
        let _ = write!(shapes, r#"<rect class="bar1" x="{x}" y="{mails_top}" width="{width}" height="{mails}"/>"#);
        let _ = write!(shapes, r#"<rect class="bar0" x="{x}" y="{top}" width="{width}" height="{skipped}"/>"#);
        // Every third week is named, counted from this one.
        if (i64::try_from(weeks.len()).unwrap_or_default() - 1 - place) % 3 == 0 {
            let day = week.monday.format("%b %-d");
            let _ = write!(shapes, r#"<text class="mid" x="{middle}" y="190">{day}</text>"#);
        }
        if week.mails > 0 {
            let (above, count) = (top - 8, grouped(week.mails));
            let _ = write!(shapes, r#"<text class="mid strong wide" x="{middle}" y="{above}">{count}</text>"#);
        }
    }
    shapes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(monday: &str, mails: i64, skipped: i64) -> WeekCount {
        WeekCount { monday: monday.parse().unwrap(), mails, skipped }
    }

    #[test]
    fn weeks_without_a_mail_are_weeks_all_the_same() {
        let weeks = all_weeks(vec![week("2026-11-30", 40, 10)], "2026-12-07".parse().unwrap());
        assert_eq!(weeks.len(), 12);
        assert_eq!((weeks[11].mails, weeks[10].mails, weeks[10].skipped, weeks[0].mails), (0, 40, 10, 0));
        assert_eq!(weeks[0].monday, "2026-09-21".parse().unwrap());
        assert!(weeks_sentence(&weeks).contains("40 mails were written. 10 times nothing was new"));
        assert_eq!(weeks_sentence(&[]), "In the last 12 weeks nothing went out.");
    }

    #[test]
    fn bars_stand_on_the_line_and_fit() {
        let drawn =
            chart(&[week("2026-11-23", 0, 0), week("2026-11-30", 30_000, 10_000), week("2026-12-07", 20_000, 0)]);
        assert!(drawn.contains(r#"<rect class="bar1" x="248" y="63" width="142" height="105"/>"#), "{drawn}");
        assert!(drawn.contains(r#"<rect class="bar0" x="248" y="28" width="142" height="35"/>"#), "{drawn}");
        assert!(drawn.contains(">30,000</text>") && drawn.contains(">Dec 7</text>"), "{drawn}");
        assert!(!drawn.contains("style="));
    }
}
