//! How many groups each choice of a filter would leave, the other filters standing as they are.

use crate::domain::{
    eligibility::{Age, Step},
    finder::{FinderQuery, TimeOfDay},
    group::Kind,
    listing::Listing,
    place::{Place, UsState},
    series::WEEK,
    topic::Topic,
};
use chrono::Weekday;
use serde::{Deserialize, Serialize};

/// Counts of groups, one for each choice: the groups that would be found if this were the only choice of its filter. Kinds are
/// boxes that add up: a kind counts what would be found with it beside those that are chosen.
///
/// Lists stand in the order in which the choices are shown, so that no name of a choice crosses the wire.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Facets {
    /// For each state of [`UsState::all`]; the last one is for "outside the United States".
    places: Vec<u32>,
    /// For each of [`Topic::ALL`].
    topics: Vec<u32>,
    /// For each of [`Kind::ALL`].
    kinds: Vec<u32>,
    /// For each of [`WEEK`].
    days: Vec<u32>,
    /// For each of [`TimeOfDay::ALL`].
    times: Vec<u32>,
    /// Groups in which a seat can be held now.
    pub open: u32,
}

impl Facets {
    /// Counts the groups of a practice against a wish.
    pub fn of(listings: &[Listing], query: &FinderQuery) -> Self {
        let mut facets = Self {
            places: vec![0; UsState::all().count() + 1],
            topics: vec![0; Topic::ALL.len()],
            kinds: vec![0; Kind::ALL.len()],
            days: vec![0; WEEK.len()],
            times: vec![0; TimeOfDay::ALL.len()],
            open: 0,
        };
        for listing in listings {
            let Some(fitting) = listing.fitting(query) else { continue };
            // A filter counts what fits all the others.
            let [place, topic, kind, day, time, open] =
                std::array::from_fn(|filter| fitting.iter().enumerate().all(|(other, fits)| other == filter || *fits));
            if place {
                for (place, count) in places().zip(&mut facets.places) {
                    *count += u32::from(listing.eligibility(Step::Browse, Some(place), Age::Unknown).is_eligible());
                }
            }
            add(&mut facets.topics, &Topic::ALL, listing.topic.filter(|_| topic));
            add(&mut facets.kinds, &Kind::ALL, kind.then_some(listing.kind));
            add(&mut facets.days, &WEEK, listing.next.filter(|_| day).map(|next| next.viewer_weekday));
            add(
                &mut facets.times,
                &TimeOfDay::ALL,
                listing.next.filter(|_| time).map(|next| TimeOfDay::of(next.viewer_time)),
            );
            facets.open += u32::from(open && listing.can_hold());
        }
        facets.beside(&query.kinds)
    }

    /// Lets each kind count the chosen ones as well. A group is of one kind, so that counts of kinds add up.
    pub(super) fn beside(mut self, chosen: &[Kind]) -> Self {
        let alone = std::mem::take(&mut self.kinds);
        let counted = |with: Kind| {
            let kinds = Kind::ALL.iter().zip(&alone).filter(|(kind, _)| **kind == with || chosen.contains(kind));
            kinds.map(|(_, count)| count).sum()
        };
        self.kinds = Kind::ALL.into_iter().map(counted).collect();
        self
    }

    /// Groups somebody in this place may join.
    pub fn place(&self, place: Place) -> u32 {
        places().zip(&self.places).find(|(known, _)| *known == place).map_or(0, |(_, count)| *count)
    }

    /// Groups about a topic.
    pub fn topic(&self, topic: Topic) -> u32 {
        count(&self.topics, &Topic::ALL, topic)
    }

    /// Groups of a kind, and of the kinds that are chosen.
    pub fn kind(&self, kind: Kind) -> u32 {
        count(&self.kinds, &Kind::ALL, kind)
    }

    /// Groups whose next meeting is on a day in her zone.
    pub fn day(&self, day: Weekday) -> u32 {
        count(&self.days, &WEEK, day)
    }

    /// Groups whose next meeting begins at a time of day in her zone.
    pub fn time(&self, time: TimeOfDay) -> u32 {
        count(&self.times, &TimeOfDay::ALL, time)
    }
}

/// The same counts while somebody goes over the groups; choices are given as their positions in their lists.
#[derive(Default, Debug)]
pub(super) struct Tally {
    /// A counter for each place, all of them side by side: a place's bit counts ones in the first of these numbers, twos in
    /// the next, fours in the one after. So a group that is for fifty states costs no more than one that is for two.
    places: [u64; 32],
    topics: [u32; Topic::ALL.len()],
    kinds: [u32; Kind::ALL.len()],
    days: [u32; WEEK.len()],
    times: [u32; TimeOfDay::ALL.len()],
    open: u32,
}

impl Tally {
    /// Counts a group for these places, a bit for each in the order of the counts.
    pub(super) fn add_places(&mut self, places: u64) {
        let mut carried = places;
        for counter in &mut self.places {
            let next = *counter & carried;
            *counter ^= carried;
            carried = next;
            if carried == 0 {
                break;
            }
        }
    }

    pub(super) fn add_topic(&mut self, topic: Option<usize>) {
        if let Some(topic) = topic {
            self.topics[topic] += 1;
        }
    }

    pub(super) fn add_kind(&mut self, kind: usize) {
        self.kinds[kind] += 1;
    }

    pub(super) fn add_day(&mut self, day: usize) {
        self.days[day] += 1;
    }

    pub(super) fn add_time(&mut self, time: usize) {
        self.times[time] += 1;
    }

    pub(super) fn add_open(&mut self, can_hold: bool) {
        self.open += u32::from(can_hold);
    }
}

impl From<Tally> for Facets {
    fn from(tally: Tally) -> Self {
        let place = |bit: usize| {
            let worth = |(power, counter): (usize, &u64)| u32::from(counter >> bit & 1 == 1) << power;
            tally.places.iter().enumerate().map(worth).sum()
        };
        Self {
            places: (0..places().count()).map(place).collect(),
            topics: tally.topics.into(),
            kinds: tally.kinds.into(),
            days: tally.days.into(),
            times: tally.times.into(),
            open: tally.open,
        }
    }
}

/// All places, in the order of the counts.
pub(super) fn places() -> impl Iterator<Item = Place> {
    UsState::all().map(Place::In).chain([Place::OutsideUs])
}

fn add<T: PartialEq>(counts: &mut [u32], choices: &[T], choice: Option<T>) {
    let found = choice.and_then(|choice| choices.iter().position(|known| *known == choice));
    if let Some(count) = found.and_then(|index| counts.get_mut(index)) {
        *count += 1;
    }
}

fn count<T: PartialEq>(counts: &[u32], choices: &[T], choice: T) -> u32 {
    choices.iter().position(|known| *known == choice).and_then(|index| counts.get(index)).copied().unwrap_or(0)
}
