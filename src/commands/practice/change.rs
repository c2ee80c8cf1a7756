//! Compares a practice file with what is stored, and writes what differs.

use super::{
    LoadError, Mistake, Moment,
    check::Year,
    file::{Entry, PracticeFile, Therapist},
    named_id, therapist_id,
};
use crate::{
    domain::{
        digest::News,
        ids::{AccountId, GroupId, TherapistId},
        series::weekday_code,
    },
    server::content,
    store::{
        Conn, Failure, capacity, curricula, group_news,
        locks::ExclusiveLock,
        practice,
        practice_load::{self as stored, Beginning, GroupFacts, StoredGroup, StoredTherapist},
    },
};
use chrono::{Days, NaiveDate};
use std::fmt;

/// How far before its first day a forming group is decided.
const DECIDES_BEFORE: Days = Days::new(3);
/// A forming group with too few reservations moves once, by this.
const MOVES_BY: Days = Days::new(14);

/// What a load changed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Changes {
    /// Whether the practice's own row changed.
    pub practice: bool,
    /// Slugs of new therapists.
    pub therapists_added: Vec<String>,
    /// Slugs of therapists whose texts or address changed.
    pub therapists_changed: Vec<String>,
    /// Authorities that were added, changed or taken away.
    pub authorities: usize,
    /// Slugs of new groups.
    pub groups_added: Vec<String>,
    /// Slugs of groups that changed.
    pub groups_changed: Vec<String>,
    /// Slugs of groups that the file does not name; they stay as they are.
    pub groups_left: Vec<String>,
}

impl Changes {
    /// Whether everything was as the file says.
    pub fn is_empty(&self) -> bool {
        let lists = [&self.therapists_added, &self.therapists_changed, &self.groups_added, &self.groups_changed];
        !self.practice && self.authorities == 0 && lists.iter().all(|list| list.is_empty())
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "therapists: {} added, {} changed; authorities: {} changed; groups: {} added, {} changed",
            self.therapists_added.len(),
            self.therapists_changed.len(),
            self.authorities,
            self.groups_added.len(),
            self.groups_changed.len()
        )?;
        if !self.groups_left.is_empty() {
            write!(f, "\nnot in the file and left as they are: {}", self.groups_left.join(", "))?;
        }
        Ok(())
    }
}

/// Writes what differs. Refusals are collected, so that all of them are told at once; with one, the caller rolls back.
pub async fn apply(conn: &mut Conn, file: &PracticeFile, moment: Moment) -> Result<Changes, LoadError> {
    let slugs: Vec<_> = file.groups.iter().map(|entry| entry.facts.slug.clone()).collect();
    let locks = stored::lock_groups(conn, &slugs).await?;
    let therapists = stored::find_therapists(conn).await?;
    let groups = stored::find_groups(conn).await?;
    let mut refused = Vec::new();
    let mut kept = Vec::new();
    let mut changes = Changes {
        groups_left: groups
            .iter()
            .map(|group| &group.facts.slug)
            .filter(|slug| !slugs.contains(slug))
            .cloned()
            .collect(),
        ..Changes::default()
    };

    if practice::find(&mut *conn).await?.as_ref() != Some(&file.practice) {
        stored::put_practice(conn, &file.practice).await?;
        changes.practice = true;
    }
    for entry in &file.therapists {
        let found = therapists.iter().find(|therapist| therapist.facts.slug == entry.facts.facts.slug);
        let facts = &entry.facts.facts;
        if let Some(other) = therapists.iter().find(|t| t.facts.email == facts.email && t.facts.slug != facts.slug) {
            // The two may be about to swap addresses; that takes two files.
            refused.push(Mistake {
                line: entry.lines.of("email"),
                message: format!("“{}” signs in with “{}” already", other.facts.slug, facts.email),
            });
            continue;
        }
        put_therapist(conn, entry, found, &mut changes, &mut refused).await?;
    }
    for entry in &file.groups {
        match groups.iter().find(|group| group.facts.slug == entry.facts.slug) {
            // A refused therapist is not stored, so her groups could not be either.
            None if !refused.is_empty() => {}
            None => {
                let id = GroupId(named_id("group", &entry.facts.slug));
                let beginning = begin(conn, &entry.facts, moment.today, &mut kept).await?;
                stored::insert_group(conn, id, leader(&therapists, &entry.facts), &entry.facts, &beginning).await?;
                group_news::note(conn, id, News::Opened, moment.now).await?;
                changes.groups_added.push(entry.facts.slug.clone());
            }
            Some(group) => {
                let held = locks.iter().find(|(id, _)| *id == group.id);
                let (_, lock) = held.ok_or_else(|| Failure::Away("a group was added meanwhile".to_owned()))?;
                change_group(conn, lock, entry, group, &therapists, moment, &mut changes, &mut refused).await?;
            }
        }
    }
    refuse_double_times(file, &groups, moment.today, &mut refused);
    if refused.is_empty() {
        Ok(changes)
    } else {
        refused.sort();
        Err(LoadError::Mistakes(refused))
    }
}

async fn put_therapist(
    conn: &mut Conn,
    entry: &Entry<Therapist>,
    found: Option<&StoredTherapist>,
    changes: &mut Changes,
    refused: &mut Vec<Mistake>,
) -> Result<(), Failure> {
    let Therapist { facts, authorities } = &entry.facts;
    let id = found.map_or_else(|| therapist_id(&facts.slug), |therapist| therapist.id);
    if found.is_none_or(|therapist| therapist.facts != *facts) {
        let account = match found.and_then(|therapist| Some((therapist, therapist.account?))) {
            Some((therapist, account)) if therapist.facts.email != facts.email => {
                if stored::find_account(conn, &facts.email).await?.is_some_and(|owner| owner != account) {
                    refused.push(Mistake {
                        line: entry.lines.of("email"),
                        message: format!("somebody else signs in with “{}”", facts.email),
                    });
                    return Ok(());
                }
                stored::change_account_email(conn, account, &facts.email).await?;
                account
            }
            Some((_, account)) => account,
            None => {
                let new = AccountId(named_id("account", &facts.email));
                stored::put_therapist_account(conn, new, &facts.email).await?
            }
        };
        stored::put_therapist(conn, id, account, facts).await?;
        let list = if found.is_some() { &mut changes.therapists_changed } else { &mut changes.therapists_added };
        list.push(facts.slug.clone());
    }
    let before = found.map(|therapist| therapist.authorities.as_slice()).unwrap_or_default();
    for old in before {
        let key = (&old.kind, &old.state, &old.number);
        if !authorities.iter().any(|new| (&new.kind, &new.state, &new.number) == key) {
            stored::remove_authority(conn, id, old).await?;
            changes.authorities += 1;
        }
    }
    for new in authorities.iter().filter(|new| !before.contains(new)) {
        let name = format!("{} {} {} {}", facts.slug, new.kind, new.state, new.number);
        stored::put_authority(conn, named_id("authority", &name), id, new).await?;
        changes.authorities += 1;
    }
    Ok(())
}

async fn change_group(
    conn: &mut Conn,
    lock: &ExclusiveLock,
    entry: &Entry<GroupFacts>,
    group: &StoredGroup,
    therapists: &[StoredTherapist],
    moment: Moment,
    changes: &mut Changes,
    refused: &mut Vec<Mistake>,
) -> Result<(), Failure> {
    // A forming group may have moved its first day; the file still names the one from before.
    let mut facts = entry.facts.clone();
    if group.moved && facts.starts_on + MOVES_BY == group.facts.starts_on {
        facts.starts_on = group.facts.starts_on;
    }
    if facts == group.facts {
        return Ok(());
    }
    let restarts = what_restarts(&facts, &group.facts);
    if group.used || group.closed {
        refuse_restart(entry, group, &restarts, refused);
    }
    if let Err(too_many) = capacity::set(conn, lock, group.id, facts.capacity, moment.now).await? {
        let message = format!(
            "“{}” has {} seats taken, {too_many} more than {}; nobody loses a seat by a file",
            facts.slug,
            i64::from(facts.capacity) + too_many,
            facts.capacity
        );
        refused.push(Mistake { line: entry.lines.of("seats"), message });
    }
    // The transaction is rolled back after a refusal; what follows would only trip over it.
    if !refused.is_empty() {
        return Ok(());
    }
    if !restarts.is_empty() {
        let beginning = begin(conn, &facts, moment.today, &mut Vec::new()).await?;
        stored::restart_group(conn, group.id, leader(therapists, &facts), &facts, &beginning).await?;
        stored::forget_coming_meetings(conn, group.id, moment.now).await?;
        if let Some(news) = what_is_new(&facts, &group.facts) {
            group_news::note(conn, group.id, news, moment.now).await?;
        }
    }
    stored::update_group(conn, group.id, &facts).await?;
    changes.groups_changed.push(facts.slug);
    Ok(())
}

/// The fields that differ and that nobody who has a seat must be surprised by.
fn what_restarts(new: &GroupFacts, old: &GroupFacts) -> Vec<(&'static str, String)> {
    let mut differ = Vec::new();
    let mut note = |key, is: bool, was: String| {
        if is {
            differ.push((key, was));
        }
    };
    note("kind", new.kind != old.kind, old.kind.code().to_owned());
    note("topic", new.topic != old.topic, old.topic.map_or("none", |topic| topic.slug()).to_owned());
    note("leader", new.leader != old.leader, old.leader.clone());
    note("weekday", new.series.weekday != old.series.weekday, weekday_code(old.series.weekday).to_owned());
    note("time", new.series.starts_at != old.series.starts_at, old.series.starts_at.format("%H:%M").to_string());
    note("minutes", new.series.minutes != old.series.minutes, old.series.minutes.to_string());
    note("zone", new.zone != old.zone, old.zone.clone());
    note("starts_on", new.starts_on != old.starts_on, old.starts_on.to_string());
    note("curriculum", new.curriculum != old.curriculum, old.curriculum.clone());
    differ
}

/// What whoever looks for a group wants to hear of it. About something else, or for others, it is another group.
fn what_is_new(new: &GroupFacts, old: &GroupFacts) -> Option<News> {
    if (new.kind, new.topic) != (old.kind, old.topic) {
        Some(News::Opened)
    } else if (new.series, &new.zone) != (old.series, &old.zone) {
        Some(News::Moved)
    } else {
        None
    }
}

fn refuse_restart(
    entry: &Entry<GroupFacts>,
    group: &StoredGroup,
    restarts: &[(&'static str, String)],
    refused: &mut Vec<Mistake>,
) {
    let why = if group.closed { "it is closed" } else { "people have a seat there, had one or wait for one" };
    refused.extend(restarts.iter().map(|(key, was)| Mistake {
        line: entry.lines.of(key),
        message: format!("“{key}” of “{}” was “{was}” and cannot change: {why}", group.facts.slug),
    }));
}

/// A group of the file must not meet while its leader leads one that only the database knows.
fn refuse_double_times(file: &PracticeFile, groups: &[StoredGroup], today: NaiveDate, refused: &mut Vec<Mistake>) {
    let year = |facts: &GroupFacts| Some(Year::of(facts.series, facts.zone.parse().ok()?, today));
    for other in groups.iter().filter(|group| !group.closed) {
        if file.groups.iter().any(|entry| entry.facts.slug == other.facts.slug) {
            continue;
        }
        for entry in file.groups.iter().filter(|entry| entry.facts.leader == other.facts.leader) {
            if let (Some(mine), Some(theirs)) = (year(&entry.facts), year(&other.facts))
                && mine.overlaps(&theirs)
            {
                let message = format!(
                    "“{}” would be in two groups at once: “{}”, which is not in this file, meets then too",
                    entry.facts.leader, other.facts.slug
                );
                refused.push(Mistake { line: entry.lines.of("time"), message });
            }
        }
    }
}

/// The id of a group's leader; a leader who is not stored yet gets the id of her name.
fn leader(therapists: &[StoredTherapist], facts: &GroupFacts) -> TherapistId {
    therapists
        .iter()
        .find(|therapist| therapist.facts.slug == facts.leader)
        .map_or_else(|| therapist_id(&facts.leader), |therapist| therapist.id)
}

/// How a new group begins: forming if it starts in the future, else open; with today's version of its curriculum. The
/// version is stored if this run has not done so already.
async fn begin(
    conn: &mut Conn,
    facts: &GroupFacts,
    today: NaiveDate,
    kept: &mut Vec<&'static str>,
) -> Result<Beginning, Failure> {
    let curriculum = content::find_curriculum(&facts.curriculum)
        .ok_or_else(|| Failure::Broken(format!("the curriculum {} is gone", facts.curriculum)))?;
    if !kept.contains(&curriculum.slug.as_str()) {
        let new = curricula::NewVersion {
            slug: &curriculum.slug,
            version: &curriculum.version,
            title: &curriculum.title,
            mode: curriculum.mode,
            units: &curriculum.units,
        };
        curricula::insert_version(conn, new).await?;
        kept.push(&curriculum.slug);
    }
    let forming = facts.starts_on > today;
    Ok(Beginning {
        status: if forming { "forming" } else { "open" },
        decide_on: forming.then(|| facts.starts_on - DECIDES_BEFORE),
        curriculum_version: curriculum.version.clone(),
    })
}
