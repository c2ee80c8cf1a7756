//! All groups of a practice, a few facts of each, in the order of their next meetings: what the finder filters, counts and
//! sorts, without a group in full.
//!
//! Says the same as [`super::listing::find`] and [`Facets::of`] say over the groups in full, in a fraction of the time: a group
//! is judged once, when its facts are made, and not with each wish. Facts are right until something is written, or until
//! one of their two ends; who keeps them has to see to both.

use super::{
    eligibility::{Age, Step},
    facets::{Facets, Tally, places},
    finder::{FinderQuery, Sort, TimeOfDay},
    group::Kind,
    ids::{GroupId, TherapistId},
    listing::{Listing, Relaxed, has_words, relaxations_by, searched_words},
    place::{Place, UsState},
    series::WEEK,
    topic::Topic,
};
use chrono::{DateTime, Datelike as _, TimeZone, Utc};
use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

/// What the finder knows of a group.
#[derive(Clone, PartialEq, Debug)]
pub struct GroupFacts {
    /// Group.
    pub id: GroupId,
    /// Kind.
    pub kind: Kind,
    /// Topic; a process group has none.
    pub topic: Option<Topic>,
    /// Who leads it.
    pub leader: TherapistId,
    /// Free seats that a walk-up could hold: none where nobody new is taken, or where somebody in line comes first.
    pub open_seats: u8,
    /// Places whose people may join, a bit for each of [`places`]; none where there is no next meeting.
    places: u64,
    /// Topic and kind as positions in their lists.
    topic_at: Option<usize>,
    kind_at: usize,
    /// Start of the next meeting.
    starts_at: Option<DateTime<Utc>>,
    /// End of the next meeting, by the calendar's clock: then another one is the next.
    meets_until: Option<DateTime<Utc>>,
    /// The first end of a hold or an offer, by the database's clock: then a seat may be free.
    lapses_at: Option<DateTime<Utc>>,
    /// Apart, so that whoever goes over all groups does not go over their texts.
    texts: Arc<Texts>,
}

#[derive(PartialEq, Debug)]
struct Texts {
    slug: String,
    words: String,
}

/// Where a choice stands in its list.
fn position<T: PartialEq>(choices: &[T], choice: &T) -> usize {
    choices.iter().position(|known| known == choice).unwrap_or_default()
}

impl GroupFacts {
    /// The facts of a listing, whose first hold or offer ends at `lapses_at`.
    pub fn of(listing: &Listing, lapses_at: Option<DateTime<Utc>>) -> Self {
        let may_join = |place: Place| listing.eligibility(Step::Browse, Some(place), Age::Unknown).is_eligible();
        Self {
            id: listing.id,
            kind: listing.kind,
            topic: listing.topic,
            leader: listing.leader.id,
            open_seats: if listing.can_hold() { listing.open_seats(None) } else { 0 },
            places: places().zip(0_u32..).map(|(place, bit)| u64::from(may_join(place)) << bit).sum(),
            topic_at: listing.topic.and_then(|topic| Topic::ALL.iter().position(|known| *known == topic)),
            kind_at: position(&Kind::ALL, &listing.kind),
            starts_at: listing.next.map(|next| next.starts_at),
            meets_until: listing.next.map(|next| next.ends_at),
            lapses_at,
            texts: Arc::new(Texts { slug: listing.slug.clone(), words: listing.searched_text() }),
        }
    }

    /// Last part of its address.
    pub fn slug(&self) -> &str {
        &self.texts.slug
    }

    /// Whether it has a next meeting.
    pub fn meets(&self) -> bool {
        self.starts_at.is_some()
    }

    /// Whether a walk-up could hold a seat now.
    pub fn can_hold(&self) -> bool {
        self.open_seats > 0
    }

    /// Whether it is of the same topic, or of the same kind where the other has no topic.
    pub fn is_related_to(&self, other: &Listing) -> bool {
        if other.topic.is_some() { self.topic == other.topic } else { self.kind == other.kind }
    }

    /// Its place in the order: by the next meeting; those that meet no more are last.
    fn order(&self) -> (bool, Option<DateTime<Utc>>, &str) {
        (self.starts_at.is_none(), self.starts_at, &self.texts.slug)
    }

    fn is_over(&self, now: DateTime<Utc>, database_now: DateTime<Utc>) -> bool {
        self.meets_until.is_some_and(|end| end <= now) || self.lapses_at.is_some_and(|end| end <= database_now)
    }
}

fn place_bit(place: Place) -> u64 {
    places().position(|known| known == place).map_or(0, |index| 1 << index)
}

/// Day and time of a meeting on a reader's wall, as positions in their lists.
#[derive(Clone, Copy, Debug)]
struct Slot {
    day: usize,
    time: usize,
}

impl Slot {
    fn of<Z: TimeZone>(starts_at: DateTime<Utc>, viewer: &Z) -> Self {
        let shown = starts_at.with_timezone(viewer);
        Self { day: position(&WEEK, &shown.weekday()), time: position(&TimeOfDay::ALL, &TimeOfDay::of(shown.time())) }
    }
}

/// The filters that a group may miss, a bit for each.
const PLACE: u8 = 1;
const TOPIC: u8 = 1 << 1;
const KIND: u8 = 1 << 2;
const DAY: u8 = 1 << 3;
const TIME: u8 = 1 << 4;
const OPEN: u8 = 1 << 5;

/// A wish, laid out so that a group is judged without a search. Where nothing is chosen, everything fits.
struct Wish {
    place: Option<u64>,
    topics: Option<[bool; Topic::ALL.len()]>,
    kinds: [bool; Kind::ALL.len()],
    days: [bool; WEEK.len()],
    times: [bool; TimeOfDay::ALL.len()],
    open: bool,
    words: Vec<String>,
}

impl Wish {
    fn of(query: &FinderQuery) -> Self {
        Self {
            place: query.place.map(place_bit),
            topics: (!query.topics.is_empty()).then(|| Topic::ALL.map(|topic| query.topics.contains(&topic))),
            kinds: Kind::ALL.map(|kind| query.kinds.is_empty() || query.kinds.contains(&kind)),
            days: WEEK.map(|day| query.days.is_empty() || query.days.contains(&day)),
            times: TimeOfDay::ALL.map(|time| query.times.is_empty() || query.times.contains(&time)),
            open: query.open,
            words: searched_words(&query.words),
        }
    }

    /// The filters that a group misses.
    fn missed(&self, group: &GroupFacts, slot: Slot) -> u8 {
        let unless = |fits: bool, filter: u8| if fits { 0 } else { filter };
        let topic = self.topics.is_none_or(|topics| group.topic_at.is_some_and(|at| topics[at]));
        unless(self.place.is_none_or(|place| group.places & place != 0), PLACE)
            | unless(topic, TOPIC)
            | unless(self.kinds[group.kind_at], KIND)
            | unless(self.days[slot.day], DAY)
            | unless(self.times[slot.time], TIME)
            | unless(!self.open || group.can_hold(), OPEN)
    }
}

/// What fits a wish, and what each other choice would leave.
#[derive(Debug)]
pub struct Search<'a> {
    /// The groups that fit, in the order that was asked for.
    pub found: Vec<&'a GroupFacts>,
    /// The counts.
    pub facets: Facets,
}

/// The groups.
#[derive(Clone, Default, Debug)]
pub struct Catalog {
    groups: Vec<GroupFacts>,
    /// The first end of a next meeting among them.
    meets_until: Option<DateTime<Utc>>,
    /// The first end of a hold or an offer among them.
    lapses_at: Option<DateTime<Utc>>,
}

impl Catalog {
    /// A catalog of these groups.
    pub fn of(groups: Vec<GroupFacts>) -> Self {
        let mut catalog = Self { groups, ..Self::default() };
        catalog.put_in_order();
        catalog
    }

    /// All groups: those that meet by their next meeting, and then those that do not.
    pub fn all(&self) -> &[GroupFacts] {
        &self.groups
    }

    /// The groups whose facts are out of date by these clocks, the calendar's and the database's.
    pub fn over(&self, now: DateTime<Utc>, database_now: DateTime<Utc>) -> Vec<GroupId> {
        if self.meets_until.is_none_or(|end| end > now) && self.lapses_at.is_none_or(|end| end > database_now) {
            return Vec::new();
        }
        self.groups.iter().filter(|group| group.is_over(now, database_now)).map(|group| group.id).collect()
    }

    /// Takes in the facts of groups that have changed; nothing for one that is not listed any more.
    pub fn change(&mut self, mut changed: BTreeMap<GroupId, Option<GroupFacts>>) {
        let mut moved = false;
        self.groups.retain_mut(|known| match changed.get_mut(&known.id).map(Option::take) {
            None => true,
            Some(None) => false,
            Some(Some(new)) => {
                moved |= new.order() != known.order();
                *known = new;
                true
            }
        });
        let mut fresh: Vec<_> = changed.into_values().flatten().collect();
        if moved || !fresh.is_empty() {
            self.groups.append(&mut fresh);
            self.put_in_order();
        } else {
            self.find_ends();
        }
    }

    fn put_in_order(&mut self) {
        self.groups.sort_by(|one, other| one.order().cmp(&other.order()));
        self.find_ends();
    }

    fn find_ends(&mut self) {
        self.meets_until = self.groups.iter().filter_map(|group| group.meets_until).min();
        self.lapses_at = self.groups.iter().filter_map(|group| group.lapses_at).min();
    }

    /// Goes over the groups that meet and have the words, with the filters that each misses.
    fn each<'a, Z: TimeZone>(&'a self, query: &FinderQuery, viewer: &Z, mut see: impl FnMut(&'a GroupFacts, Slot, u8)) {
        let wish = Wish::of(query);
        let mut last: Option<(DateTime<Utc>, Slot)> = None;
        for group in &self.groups {
            let Some(starts_at) = group.starts_at else { break };
            if !has_words(&group.texts.words, &wish.words) {
                continue;
            }
            // Many begin at the same moment, and they stand together.
            let slot = match last {
                Some((at, slot)) if at == starts_at => slot,
                _ => Slot::of(starts_at, viewer),
            };
            last = Some((starts_at, slot));
            see(group, slot, wish.missed(group, slot));
        }
    }

    /// The groups that fit, in the order that was asked for.
    pub fn find<Z: TimeZone>(&self, query: &FinderQuery, viewer: &Z) -> Vec<&GroupFacts> {
        let mut found = Vec::new();
        self.each(query, viewer, |group, _, missed| {
            if missed == 0 {
                found.push(group);
            }
        });
        sorted(found, query.sort)
    }

    /// The groups that fit, and how many each choice would leave.
    pub fn search<Z: TimeZone>(&self, query: &FinderQuery, viewer: &Z) -> Search<'_> {
        let (mut found, mut tally) = (Vec::new(), Tally::default());
        self.each(query, viewer, |group, slot, missed| {
            if missed == 0 {
                found.push(group);
            }
            // A choice counts what fits all the other filters.
            let counts = |filter: u8| missed & !filter == 0;
            if counts(PLACE) {
                tally.add_places(group.places);
            }
            if counts(TOPIC) {
                tally.add_topic(group.topic_at);
            }
            if counts(KIND) {
                tally.add_kind(group.kind_at);
            }
            if counts(DAY) {
                tally.add_day(slot.day);
            }
            if counts(TIME) {
                tally.add_time(slot.time);
            }
            if counts(OPEN) {
                tally.add_open(group.can_hold());
            }
        });
        Search { found: sorted(found, query.sort), facets: Facets::from(tally).beside(&query.kinds) }
    }

    /// For an empty result: what could be relaxed, as [`super::listing::relaxations`] says it.
    pub fn relaxations<Z: TimeZone>(&self, query: &FinderQuery, viewer: &Z) -> Vec<Relaxed> {
        relaxations_by(query, |query| {
            let mut count = 0;
            self.each(query, viewer, |_, _, missed| count += usize::from(missed == 0));
            count
        })
    }

    /// States in which some leader may practise at the next meeting of a therapy or process group, by name.
    pub fn practice_states(&self) -> Vec<UsState> {
        let groups = self.groups.iter().filter(|group| group.kind != Kind::Skills);
        let bits = groups.fold(0, |bits, group| bits | group.places);
        UsState::all().zip(0_u32..).filter(|(_, bit)| bits >> bit & 1 == 1).map(|(state, _)| state).collect()
    }
}

fn sorted(mut found: Vec<&GroupFacts>, sort: Sort) -> Vec<&GroupFacts> {
    if sort == Sort::Seats {
        // Stable: among those with as many seats the soonest stays first.
        found.sort_by_key(|group| Reverse(group.open_seats));
    }
    found
}

#[cfg(test)]
mod tests;
