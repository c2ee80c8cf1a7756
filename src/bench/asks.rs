//! What the application asks the database for a page: the same functions of the store, one after the other.

use chrono_tz::America::New_York;
use common_ground::{
    domain::ids::GroupId,
    server::state::{machine_time, sha256},
    store::{
        Failure, Store, curricula, group_changes,
        groups::{self, Scope},
        meetings, members, practice, reservations, sessions,
    },
};

/// Which page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asks {
    /// The finder for a stranger, with these groups on it.
    Groups(Vec<GroupId>),
    /// The program of whoever has this session.
    Program(String),
}

impl Asks {
    /// As it is handed to another process.
    pub fn to_text(&self) -> String {
        match self {
            Self::Groups(ids) => {
                format!("groups {}", ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
            }
            Self::Program(session) => format!("program {session}"),
        }
    }

    /// Reads what was handed over.
    pub fn parse(text: &str) -> Self {
        match text.split_once(' ').expect("a page and what is on it") {
            ("program", session) => Self::Program(session.to_owned()),
            (_, ids) => Self::Groups(ids.split(' ').map(|id| id.parse().expect("a group's id")).collect()),
        }
    }

    /// Asks it.
    pub async fn ask(&self, store: &Store) -> Result<(), Failure> {
        match self {
            Self::Groups(ids) => ask_groups(store, ids).await,
            Self::Program(session) => ask_program(store, session).await,
        }
    }
}

async fn ask_groups(store: &Store, ids: &[GroupId]) -> Result<(), Failure> {
    let reads = store.reads();
    // For the frame, and for the zone in which times are shown.
    practice::find(reads).await?;
    practice::find(reads).await?;
    // What has changed since a moment ago: nothing, as in the application.
    group_changes::look(reads, Some("9000000:9000000:")).await?;
    groups::listings(reads, Scope::Ids(ids), None, machine_time(), New_York).await?;
    Ok(())
}

async fn ask_program(store: &Store, session: &str) -> Result<(), Failure> {
    let (reads, now) = (store.reads(), machine_time());
    let token = sha256(session.as_bytes());
    // For the frame.
    practice::find(reads).await?;
    sessions::find(reads, &token).await?;
    // For the page, and for the zone.
    let member = sessions::find(reads, &token).await?.expect("the session").id();
    members::profile(reads, member).await?;
    members::profile(reads, member).await?;
    let listings = groups::listings(reads, Scope::SeatsOf(member), Some(member), now, New_York).await?;
    for listing in &listings {
        let details = groups::details(reads, listing.id).await?;
        reservations::find(reads, member, listing.id).await?;
        curricula::find(reads, &details.curriculum_slug, &details.curriculum_version).await?;
    }
    for listing in &listings {
        meetings::coming(reads, listing.id, now, 2).await?;
    }
    Ok(())
}
