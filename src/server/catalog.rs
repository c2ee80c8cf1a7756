//! The facts of all groups, kept in memory and looked after at each use: what the finder filters, counts and sorts.
//!
//! Nothing here is ever out of date when it is used. Whoever asks first asks the database which groups have changed since
//! their facts were read, which costs one short query, and only those are read again; so are those whose next meeting has
//! ended or whose first hold has lapsed meanwhile, which changes facts without a write. A program that has just started
//! reads all groups once. Of those who ask at once one looks, and her look serves all who asked before it began.

use super::state::App;
use crate::{
    domain::{
        catalog::{Catalog, GroupFacts},
        ids::{AccountId, GroupId},
        listing::Listing,
    },
    error::AppError,
    store::{
        Failure,
        group_changes::{self, Mark},
        groups::{Scope, facts, listings},
    },
};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Mutex;

/// The machine's clock may be set back by so much; what has ended by it stays ended.
const STEP_BACK: Duration = Duration::seconds(2);

/// Groups that are read in full at a time, where all of them are: none of them is kept so.
const AT_ONCE: usize = 1000;

/// The facts that a program keeps; cheap to clone.
#[derive(Clone, Default)]
pub struct KeptCatalog(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// How often somebody has asked.
    asked: AtomicU64,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    groups: Arc<Catalog>,
    /// Where the database stood when they were read, or before; nothing where they were not.
    mark: Option<Mark>,
    /// The moment that they are right for.
    at: DateTime<Utc>,
    /// How many of those who asked are served by the last look.
    served: u64,
    /// What it came to. Whoever waited for it is told the same: a database that is away keeps nobody waiting in turns.
    outcome: Option<AppError>,
}

/// All groups at one moment.
#[derive(Clone, Debug)]
pub struct Current {
    /// The groups.
    pub groups: Arc<Catalog>,
    /// The moment, by the calendar's clock.
    pub at: DateTime<Utc>,
}

/// All groups as they are now.
pub async fn current(app: &App) -> Result<Current, AppError> {
    let kept = &*app.catalog.0;
    let turn = kept.asked.fetch_add(1, Ordering::SeqCst);
    let mut known = kept.known.lock().await;
    if turn >= known.served {
        // All these have asked, and the look has not begun.
        let served = kept.asked.load(Ordering::SeqCst);
        let outcome = look(app, &mut known).await;
        known.served = served;
        known.outcome = outcome.err().map(AppError::from);
    }
    match &known.outcome {
        None => Ok(Current { groups: Arc::clone(&known.groups), at: known.at }),
        Some(error) => Err(error.clone()),
    }
}

/// Brings the facts to this moment. Where it fails, or is given up half-way, they are of a moment before.
async fn look(app: &App, known: &mut Known) -> Result<(), Failure> {
    if catch_up(app, known).await? {
        return Ok(());
    }
    read_all(app, known).await?;
    // That took a while: what was written meanwhile is read again, so that all facts are of one moment.
    if catch_up(app, known).await? { Ok(()) } else { Err(Failure::Away("it was replaced meanwhile".to_owned())) }
}

/// Reads again what has changed. Tells whether that is known at all.
async fn catch_up(app: &App, known: &mut Known) -> Result<bool, Failure> {
    let (reads, now) = (app.store.reads(), app.now());
    let Some(before) = known.mark.as_ref().filter(|_| now + STEP_BACK > known.at) else { return Ok(false) };
    let look = group_changes::look(reads, Some(&before.snapshot)).await?;
    if !before.reaches(&look.mark) {
        return Ok(false);
    }
    let now = now.max(known.at);
    let again: Vec<_> = look.changed.into_iter().chain(known.groups.over(now, look.mark.at)).collect();
    if !again.is_empty() {
        // With what has changed since the look as well, so that all facts are of one moment.
        let read = facts(reads, Scope::Changed(&before.snapshot, &again), now).await?;
        let mut changed: BTreeMap<GroupId, Option<GroupFacts>> = again.into_iter().map(|id| (id, None)).collect();
        changed.extend(read.into_iter().map(|group| (group.id, Some(group))));
        Arc::make_mut(&mut known.groups).change(changed);
    }
    known.at = now;
    known.mark = Some(look.mark);
    Ok(true)
}

/// Reads all groups.
async fn read_all(app: &App, known: &mut Known) -> Result<(), Failure> {
    let (reads, now) = (app.store.reads(), app.now());
    let mark = group_changes::look(reads, None).await?.mark;
    let mut groups = Vec::new();
    for ids in group_changes::listed(reads).await?.chunks(AT_ONCE) {
        groups.extend(facts(reads, Scope::Ids(ids), now).await?);
    }
    known.groups = Arc::new(Catalog::of(groups));
    known.at = now;
    known.mark = Some(mark);
    Ok(())
}

impl Current {
    /// Some of them in full, in this order, as this reader sees them.
    pub async fn in_full(
        &self,
        app: &App,
        groups: &[&GroupFacts],
        account: Option<AccountId>,
        zone: Tz,
    ) -> Result<Vec<Listing>, AppError> {
        let ids: Vec<_> = groups.iter().map(|group| group.id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = listings(app.store.reads(), Scope::Ids(&ids), account, self.at, zone).await?;
        found.sort_by_cached_key(|listing| ids.iter().position(|id| *id == listing.id));
        Ok(found)
    }
}
