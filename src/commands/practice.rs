//! `practice load`: how a real practice starts, and how its therapists, authorities and groups are kept in order.
//!
//! A file is read whole before anything is stored ([`file`]); every mistake is told with its line. Then it is compared
//! with what is stored ([`change`]) in one transaction, and what would hurt people is refused with its line as well. The
//! same file again changes nothing. Groups and therapists that are not in the file stay as they are; the authorities of
//! a therapist who is in it become those of the file.

use crate::{
    domain::ids::TherapistId,
    jobs::meetings,
    server::{
        line,
        state::{App, sha256},
    },
    store::{Actor, Conn, Failure, audit, practice_load},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use std::fmt;
use uuid::Uuid;

mod change;
pub mod check;
pub mod file;
pub mod reading;

pub use change::Changes;
pub use file::PracticeFile;
pub use reading::Mistake;

/// What a load did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LoadOutcome {
    /// Everything was as the file says.
    Unchanged,
    /// The file's content was stored.
    Loaded(Changes),
}

impl fmt::Display for LoadOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged => f.write_str("nothing to change"),
            Self::Loaded(changes) => changes.fmt(f),
        }
    }
}

/// Why nothing was stored.
#[derive(Debug)]
pub enum LoadError {
    /// What is wrong in the file, in the order of its lines.
    Mistakes(Vec<Mistake>),
    /// The database said no.
    Failure(Failure),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistakes(mistakes) => {
                for (index, mistake) in mistakes.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "\n" };
                    write!(f, "{separator}{mistake}")?;
                }
                Ok(())
            }
            Self::Failure(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for LoadError {}

impl From<Failure> for LoadError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// The day and the moment of a load. A group that starts after the day is forming.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Today, in the practice's zone.
    pub today: NaiveDate,
    /// Now.
    pub now: DateTime<Utc>,
}

/// Loads a practice file. Nothing is stored unless all of it is right.
pub async fn load(app: &App, text: &str, today: NaiveDate) -> Result<LoadOutcome, LoadError> {
    let file = file::read(text, today).map_err(LoadError::Mistakes)?;
    let moment = Moment { today, now: app.now() };
    let outcome = app
        .store
        .write(Actor::Operator, move |mut tx| async move {
            practice_load::lock(&mut tx).await?;
            let outcome = store(&mut tx, &file, moment).await?;
            if outcome != LoadOutcome::Unchanged {
                meetings::materialise_in(&mut tx, moment.now).await?;
            }
            Ok::<_, LoadError>((tx, outcome))
        })
        .await?;
    if outcome != LoadOutcome::Unchanged {
        // New seats go to the line first: the workers look now, and nobody can walk up to one before.
        line::hint(app).await;
    }
    Ok(outcome)
}

/// Stores what a file says within a transaction that has taken [`practice_load::lock`]. The meetings are made by
/// whoever calls, when all that belongs to the groups is stored.
pub async fn store(conn: &mut Conn, file: &PracticeFile, moment: Moment) -> Result<LoadOutcome, LoadError> {
    let changes = change::apply(conn, file, moment).await?;
    if changes.is_empty() {
        return Ok(LoadOutcome::Unchanged);
    }
    practice_load::set_loaded_hash(conn, &file.hash).await?;
    audit::record(
        conn,
        "practice loaded",
        &file.hash,
        json!({
            "practice": changes.practice,
            "therapists": { "added": changes.therapists_added, "changed": changes.therapists_changed },
            "authorities": changes.authorities,
            "groups": { "added": changes.groups_added, "changed": changes.groups_changed },
        }),
    )
    .await?;
    Ok(LoadOutcome::Loaded(changes))
}

/// The id of something that is known by its name: the same name gives the same id, on every day and machine.
pub fn named_id(what: &str, name: &str) -> Uuid {
    let digest = sha256(format!("common-ground {what} {name}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    // Version 8: made up by the program that uses it (RFC 9562).
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The id of a therapist.
pub(crate) fn therapist_id(slug: &str) -> TherapistId {
    TherapistId(named_id("therapist", slug))
}

#[cfg(test)]
mod tests;
