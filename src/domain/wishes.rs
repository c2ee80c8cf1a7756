//! What a subscriber of the weekly list wishes to hear of: the part of the finder's question that keeps its sense from one
//! week to the next.

use crate::domain::{
    finder::{FinderQuery, TimeOfDay},
    group::Kind,
    place::Place,
    topic::Topic,
};
use chrono::Weekday;
use serde::{Deserialize, Serialize};

/// Wishes. An empty list means: all the same.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Wishes {
    /// Topics, any of them.
    pub topics: Vec<Topic>,
    /// Kinds, any of them.
    pub kinds: Vec<Kind>,
    /// Where she is. Without it she hears of all groups, and each page asks.
    pub place: Option<Place>,
    /// Days in her zone, any of them.
    pub days: Vec<Weekday>,
    /// Times of day in her zone, any of them.
    pub times: Vec<TimeOfDay>,
}

impl Wishes {
    /// What is taken over from a wish in the finder. Words, order and page belong to one visit.
    pub fn of(query: &FinderQuery) -> Self {
        Self {
            topics: query.topics.clone(),
            kinds: query.kinds.clone(),
            place: query.place,
            days: query.days.clone(),
            times: query.times.clone(),
        }
        .in_order()
    }

    /// The finder's question for groups that fit and in which a seat can be held now.
    pub fn query(&self) -> FinderQuery {
        FinderQuery {
            topics: self.topics.clone(),
            kinds: self.kinds.clone(),
            place: self.place,
            days: self.days.clone(),
            times: self.times.clone(),
            open: true,
            page: 1,
            ..FinderQuery::default()
        }
    }

    /// The same wishes, each once and in the order in which choices are shown, so that equal wishes are equal.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.topics = Topic::ALL.into_iter().filter(|topic| self.topics.contains(topic)).collect();
        self.kinds = Kind::ALL.into_iter().filter(|kind| self.kinds.contains(kind)).collect();
        self.times = TimeOfDay::ALL.into_iter().filter(|time| self.times.contains(time)).collect();
        self.days = super::series::WEEK.into_iter().filter(|day| self.days.contains(day)).collect();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_leaves_what_keeps_its_sense() {
        let query = FinderQuery {
            topics: vec![Topic::Depression, Topic::Anxiety],
            days: vec![Weekday::Fri, Weekday::Mon],
            place: Place::parse("NY"),
            words: "breathe".to_owned(),
            page: 3,
            ..FinderQuery::default()
        };
        let wishes = Wishes::of(&query);
        let first = Topic::ALL.into_iter().find(|topic| query.topics.contains(topic)).unwrap();
        assert_eq!((wishes.topics[0], wishes.topics.len()), (first, 2));
        assert_eq!(wishes.days, [Weekday::Mon, Weekday::Fri]);
        let back = wishes.query();
        assert!(back.open && back.words.is_empty() && back.page == 1);
        assert_eq!(Wishes::of(&back), wishes);
    }
}
