//! What a hold judges of a group, kept from one hold to the next. Nothing is decided by what stands here: the database
//! compares the version of the group's row before it gives a seat ([`holds::take`](crate::store::holds::take)), everything
//! that is judged changes that version, and whoever would be turned away for what is kept is judged anew.

use crate::store::holds::GroupSeen;
use chrono::{DateTime, Utc};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

/// Groups at a time; a practice has fewer. Where there is no room, all go.
const MOST: usize = 4096;

/// The groups by their slugs; cheap to clone.
#[derive(Clone, Default)]
pub struct KeptGroups(Arc<RwLock<HashMap<String, Arc<GroupSeen>>>>);

impl KeptGroups {
    /// The group, if it may be judged at `now` as it is kept.
    pub fn find(&self, slug: &str, now: DateTime<Utc>) -> Option<Arc<GroupSeen>> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.get(slug).filter(|group| group.is_good_at(now)).map(Arc::clone)
    }

    /// Keeps it.
    pub fn keep(&self, slug: &str, group: &Arc<GroupSeen>, now: DateTime<Utc>) {
        if !group.is_good_at(now) {
            return;
        }
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST && !kept.contains_key(slug) {
            kept.clear();
        }
        kept.insert(slug.to_owned(), Arc::clone(group));
    }

    /// Reads it anew next time.
    pub fn forget(&self, slug: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(slug);
    }
}
