//! `demo`: fills an empty database with the demo practice, or with many groups for measuring.
//!
//! What it writes depends on the day and on nothing else. It is one transaction: a database is filled or it is not.

use super::practice::{self, LoadError, Moment, PracticeFile, named_id};
use crate::{
    domain::{ids::AccountId, series::expand},
    jobs,
    server::{content, line, state::App},
    store::{
        Actor, Conn, Failure,
        demo::{self as stored, DemoSignature},
        meetings, offers, practice_load,
    },
};
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use people::Person;
use seating::{Seating, Table};
use std::{collections::BTreeMap, fmt};
use thiserror::Error;

mod chance;
mod many;
mod people;
mod plan;
mod seating;

const TEXT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/content/demo/practice.toml"));
/// Zone of the demo practice: its today is the one that counts.
const ZONE: Tz = chrono_tz::America::New_York;

/// What the demo did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DemoOutcome {
    /// The database was empty and is filled.
    Filled {
        /// Groups.
        groups: usize,
        /// Members.
        members: usize,
        /// Reserved seats.
        reservations: usize,
    },
    /// The database held something already and is as it was.
    AlreadyFilled,
}

impl fmt::Display for DemoOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filled { groups, members, reservations } => {
                write!(f, "filled: {groups} groups, {members} members, {reservations} reserved seats")
            }
            Self::AlreadyFilled => f.write_str("this database holds something already; nothing was changed"),
        }
    }
}

/// Why the demo filled nothing.
#[derive(Debug, Error)]
pub enum DemoError {
    /// The demo practice has a mistake; only a change of its file can bring one.
    #[error("the demo practice has mistakes:\n{0}")]
    Load(#[from] LoadError),
    /// The database said no.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Fills an empty database with the demo practice, or with so many groups.
pub async fn run(app: &App, groups: Option<u32>) -> Result<DemoOutcome, DemoError> {
    let now = app.now();
    let today = now.with_timezone(&ZONE).date_naive();
    let mut file = demo_file(today)?;
    if let Some(groups) = groups {
        file = many::file(&file, groups, today);
    }
    let (hold_seconds, app_in) = (app.settings.durations.hold, app.clone());
    app.store
        .write(Actor::Operator, move |mut tx| async move {
            practice_load::lock(&mut tx).await?;
            if !stored::is_empty(&mut tx).await? {
                return Ok((tx, DemoOutcome::AlreadyFilled));
            }
            stored::take_time(&mut tx).await?;
            let tables = seating::tables(&file, today);
            let (people, seating) = if groups.is_some() {
                many::seat_all(&tables, today)
            } else {
                let people = people::people(today);
                let seating = seating::seat_all(&tables, &people, today);
                (people, seating)
            };
            let moment = Moment { today, now };
            practice::store(&mut tx, &file, moment).await?;
            hold_past_meetings(&mut tx, &tables, now).await?;
            jobs::meetings::materialise_in(&mut tx, now).await?;
            fill(&mut tx, &file, &people, &seating, moment, hold_seconds).await?;
            let offered_until = line::ends_at(&app_in, offers::clock(&mut tx).await?, ZONE);
            stored::insert_released(&mut tx, &seating.released).await?;
            stored::insert_offers(&mut tx, &seating.offered, offered_until).await?;
            stored::insert_absences(&mut tx, &seating.absences, now).await?;
            let outcome = DemoOutcome::Filled {
                groups: file.groups.len(),
                members: people.len(),
                reservations: seating.reserved.len(),
            };
            Ok::<_, DemoError>((tx, outcome))
        })
        .await
}

fn demo_file(today: NaiveDate) -> Result<PracticeFile, LoadError> {
    practice::file::read(&with_days(TEXT, today), today).map_err(LoadError::Mistakes)
}

/// Replaces `{day+N}` and `{day-N}` by the date so many days from today. Other braces stay.
fn with_days(text: &str, today: NaiveDate) -> String {
    let mut parts = text.split("{day");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let date = part
            .split_once('}')
            .and_then(|(days, rest)| Some((today.checked_add_signed(Duration::days(days.parse().ok()?))?, rest)));
        if let Some((date, rest)) = date {
            whole.push_str(&date.to_string());
            whole.push_str(rest);
        } else {
            whole.push_str("{day");
            whole.push_str(part);
        }
    }
    whole
}

/// The meetings that a running group has had: what comes from today on is the work of the job.
async fn hold_past_meetings(conn: &mut Conn, tables: &[Table<'_>], now: DateTime<Utc>) -> Result<(), Failure> {
    for table in tables {
        let Ok(zone) = table.facts.zone.parse::<Tz>() else { continue };
        let yesterday = now.with_timezone(&zone).date_naive().pred_opt().unwrap_or_default();
        let past = expand(table.facts.series, &zone, table.facts.starts_on, yesterday);
        if !past.is_empty() {
            meetings::insert_missing(conn, table.id, &past).await?;
        }
    }
    Ok(())
}

async fn fill(
    conn: &mut Conn,
    file: &PracticeFile,
    people: &[Person],
    seating: &Seating,
    moment: Moment,
    hold_seconds: u32,
) -> Result<(), Failure> {
    let office = &file.practice.email;
    stored::put_office(conn, AccountId(named_id("account", office)), office).await?;
    let members: Vec<_> = people.iter().map(|person| person.member.clone()).collect();
    // They came some time ago; the day is enough.
    let since = moment.today.and_time(NaiveTime::MIN).and_utc() - Duration::days(90);
    stored::insert_members(conn, &members, since).await?;

    let mut first_seat = BTreeMap::new();
    for reservation in seating.reserved.iter().chain(&seating.released) {
        let first = first_seat.entry(reservation.member).or_insert(reservation.confirmed_at);
        *first = (*first).min(reservation.confirmed_at);
    }
    for text in content::agreements() {
        let kind = text.kind.code();
        let signatures: Vec<_> = members
            .iter()
            .filter_map(|member| {
                let at = *first_seat.get(&member.account)? - Duration::minutes(4);
                let id = named_id("signature", &format!("{kind} {}", member.email));
                Some(DemoSignature { id, member: member.account, name: member.legal_name.clone(), at })
            })
            .collect();
        stored::insert_signatures(conn, text.kind, &text.version, &text.hash, &signatures).await?;
    }
    stored::insert_reservations(conn, &seating.reserved).await?;
    stored::insert_holds(conn, &seating.held, hold_seconds).await?;
    stored::insert_waiting(conn, &seating.waiting).await
}

#[cfg(test)]
mod tests;
