//! The groups that fit a page of text, as they are now.

use super::{
    auth, catalog,
    reader::{self, ReaderZone},
    show::row,
    state::App,
    times::zone_label,
};
use crate::{
    api::topics::FittingGroups,
    domain::{catalog::GroupFacts, finder::FinderQuery, ids::AccountId, listing::Listing},
    error::AppError,
    paths,
};
use chrono::{DateTime, Utc};

/// Everything that is listed, for one reader at one moment.
pub struct Now {
    /// The moment.
    pub at: DateTime<Utc>,
    /// Whose wall the times are on.
    pub reader: ReaderZone,
    account: Option<AccountId>,
    current: catalog::Current,
}

impl Now {
    /// Reads it.
    pub async fn read(app: &App) -> Result<Self, AppError> {
        let account = auth::signed(app).await?.map(|signed| signed.id());
        let reader = reader::zone(app, None, account).await?;
        let current = catalog::current(app).await?;
        Ok(Self { at: current.at, reader, account, current })
    }

    /// The groups that are open or forming, by their next meeting.
    pub fn groups(&self) -> &[GroupFacts] {
        self.current.groups.all()
    }

    /// The groups that fit a wish.
    pub fn find(&self, query: &FinderQuery) -> Vec<&GroupFacts> {
        self.current.groups.find(query, &self.reader.zone)
    }

    /// Some of them in full, in this order.
    pub async fn in_full(&self, app: &App, groups: &[&GroupFacts]) -> Result<Vec<Listing>, AppError> {
        self.current.in_full(app, groups, self.account, self.reader.zone).await
    }

    /// The groups that fit a wish and have a free seat, or all that fit where none has; at most so many.
    pub async fn fitting(&self, app: &App, query: &FinderQuery, most: usize) -> Result<FittingGroups, AppError> {
        let found = self.find(query);
        let open: Vec<_> = found.iter().copied().filter(|group| group.can_hold()).collect();
        let title = match (found.len(), open.len()) {
            (0, _) => "No group meets on this at the moment",
            (_, 0) => "Groups, no seat to reserve at the moment",
            _ => "Groups with free seats",
        };
        let all = match found.len() {
            0 => (paths::GROUPS.to_owned(), "See all groups".to_owned()),
            1 => (paths::finder(query), "See it among all groups".to_owned()),
            count => (paths::finder(query), format!("All {count} groups")),
        };
        let mut shown = if open.is_empty() { found } else { open };
        shown.truncate(most);
        let groups = self.laid_out(title, &self.in_full(app, &shown).await?, all);
        Ok(FittingGroups { wish: query.to_query(), ..groups })
    }

    /// These groups, whatever their seats.
    pub fn laid_out(&self, title: &str, found: &[Listing], all: (String, String)) -> FittingGroups {
        FittingGroups {
            title: title.to_owned(),
            wish: String::new(),
            rows: found.iter().filter_map(|listing| row(listing, self.at, self.reader.zone, true)).collect(),
            all,
            zone_label: zone_label(self.reader.zone),
        }
    }
}

/// "4 groups, 3 with free seats".
pub fn count(found: &[&GroupFacts]) -> String {
    let open = found.iter().filter(|group| group.can_hold()).count();
    match (found.len(), open) {
        (0, _) => "no group at the moment".to_owned(),
        (1, 0) => "1 group, no seat to reserve now".to_owned(),
        (1, _) => "1 group with free seats".to_owned(),
        (all, 0) => format!("{all} groups, no seat to reserve now"),
        (all, open) if all == open => format!("{all} groups, all with free seats"),
        (all, open) => format!("{all} groups, {open} with free seats"),
    }
}
