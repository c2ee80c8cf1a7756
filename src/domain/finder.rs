//! What somebody looks for: the finder's query string, read and written.
//!
//! The query string is the state of the page. Repeated keys are OR, different keys AND; what is unknown is ignored.

use crate::domain::{
    group::Kind,
    place::Place,
    series::{WEEK, parse_weekday, weekday_code},
    topic::Topic,
};
use chrono::{NaiveTime, Timelike, Weekday};
use serde::{Deserialize, Serialize};

/// Part of a day, by the local start of a meeting.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum TimeOfDay {
    /// From 5:00 on.
    Morning,
    /// From 12:00 on.
    Afternoon,
    /// From 17:00 to 5:00.
    Evening,
}

impl TimeOfDay {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Morning, Self::Afternoon, Self::Evening];

    /// The part of the day in which a local time lies.
    pub fn of(time: NaiveTime) -> Self {
        match time.hour() {
            5..12 => Self::Morning,
            12..17 => Self::Afternoon,
            _ => Self::Evening,
        }
    }

    /// The word in query strings.
    pub fn code(self) -> &'static str {
        match self {
            Self::Morning => "morning",
            Self::Afternoon => "afternoon",
            Self::Evening => "evening",
        }
    }

    /// The name for readers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Morning => "Morning",
            Self::Afternoon => "Afternoon",
            Self::Evening => "Evening",
        }
    }
}

/// Order of the results.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Sort {
    /// By the next meeting.
    #[default]
    Soonest,
    /// By free seats, most first.
    Seats,
}

/// What somebody looks for.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct FinderQuery {
    /// Topics, any of them.
    pub topics: Vec<Topic>,
    /// Kinds, any of them.
    pub kinds: Vec<Kind>,
    /// Where she is.
    pub place: Option<Place>,
    /// Days in her zone, any of them.
    pub days: Vec<Weekday>,
    /// Times of day in her zone, any of them.
    pub times: Vec<TimeOfDay>,
    /// Only groups in which a seat can be held now.
    pub open: bool,
    /// Words that must all occur in title, topic, leader or summary.
    pub words: String,
    /// Order.
    pub sort: Sort,
    /// IANA zone to show times in, if it was chosen here.
    pub zone: Option<String>,
    /// Page, from 1.
    pub page: u32,
}

/// A filter that can be taken off by itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Filter {
    /// One of the topics.
    Topic(Topic),
    /// One of the kinds.
    Kind(Kind),
    /// One of the days.
    Day(Weekday),
    /// One of the times of day.
    Time(TimeOfDay),
    /// Free seats only.
    Open,
    /// The words.
    Words,
}

impl FinderQuery {
    /// Longest text search that is kept, in characters.
    pub const WORDS: usize = 80;

    /// Reads key and value pairs. Whatever is unknown is ignored. A topic, day or time without a value is "any", as the form
    /// sends it: any of them or one of them is any of them.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut query = Self { page: 1, ..Self::default() };
        let mut any = [false; 3];
        for (key, value) in pairs {
            match key {
                "topic" if value.is_empty() => any[0] = true,
                "day" if value.is_empty() => any[1] = true,
                "time" if value.is_empty() => any[2] = true,
                "topic" => push_new(&mut query.topics, Topic::parse(value)),
                "kind" => push_new(&mut query.kinds, Kind::parse(value)),
                "state" => query.place = query.place.or(Place::parse(value)),
                "day" => push_new(&mut query.days, parse_weekday(value)),
                "time" => push_new(&mut query.times, TimeOfDay::ALL.into_iter().find(|time| time.code() == value)),
                "open" => query.open = query.open || value == "true",
                "q" => {
                    query.words = value
                        .split_whitespace()
                        .collect::<Vec<_>>()
                        .join(" ")
                        .chars()
                        .filter(|c| !c.is_control())
                        .take(Self::WORDS)
                        .collect();
                }
                "sort" => query.sort = if value == "seats" { Sort::Seats } else { Sort::Soonest },
                "zone" => query.zone = is_zone_name(value).then(|| value.to_owned()),
                "page" => query.page = value.parse().ok().filter(|page| (1..=1000).contains(page)).unwrap_or(1),
                _ => {}
            }
        }
        let [topic, day, time] = any;
        if topic {
            query.topics.clear();
        }
        if day {
            query.days.clear();
        }
        if time {
            query.times.clear();
        }
        query
    }

    /// The same wish after one choice of a filter was made in a list that shows one alone: the others of it are given up.
    #[must_use]
    pub fn chosen_in(mut self, key: &str) -> Self {
        match key {
            "topic" => self.topics.truncate(1),
            "day" => self.days.truncate(1),
            "time" => self.times.truncate(1),
            _ => {}
        }
        self
    }

    /// The query string without its question mark, in one canonical order; empty when nothing is asked for.
    pub fn to_query(&self) -> String {
        let mut text = String::new();
        let mut add = |key: &str, value: &str| {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(key);
            text.push('=');
            escape_into(&mut text, value);
        };
        if let Some(place) = self.place {
            add("state", place.value());
        }
        for topic in &self.topics {
            add("topic", topic.slug());
        }
        for kind in &self.kinds {
            add("kind", kind.code());
        }
        for day in &self.days {
            add("day", weekday_code(*day));
        }
        for time in &self.times {
            add("time", time.code());
        }
        if self.open {
            add("open", "true");
        }
        if !self.words.is_empty() {
            add("q", &self.words);
        }
        if self.sort == Sort::Seats {
            add("sort", "seats");
        }
        if let Some(zone) = &self.zone {
            add("zone", zone);
        }
        if self.page > 1 {
            add("page", &self.page.to_string());
        }
        text
    }

    /// The filters that are set, in the order in which they are shown.
    pub fn filters(&self) -> Vec<Filter> {
        let mut filters: Vec<Filter> = self.topics.iter().map(|topic| Filter::Topic(*topic)).collect();
        filters.extend(self.kinds.iter().map(|kind| Filter::Kind(*kind)));
        filters.extend(WEEK.iter().filter(|day| self.days.contains(day)).map(|day| Filter::Day(*day)));
        filters.extend(self.times.iter().map(|time| Filter::Time(*time)));
        if self.open {
            filters.push(Filter::Open);
        }
        if !self.words.is_empty() {
            filters.push(Filter::Words);
        }
        filters
    }

    /// The same wish without one filter, on its first page.
    #[must_use]
    pub fn without(&self, filter: &Filter) -> Self {
        let mut query = Self { page: 1, ..self.clone() };
        match filter {
            Filter::Topic(topic) => query.topics.retain(|other| other != topic),
            Filter::Kind(kind) => query.kinds.retain(|other| other != kind),
            Filter::Day(day) => query.days.retain(|other| other != day),
            Filter::Time(time) => query.times.retain(|other| other != time),
            Filter::Open => query.open = false,
            Filter::Words => query.words.clear(),
        }
        query
    }

    /// The same wish without any filter of the same sort as this one, on its first page.
    #[must_use]
    pub fn without_all(&self, filter: &Filter) -> Self {
        let mut query = Self { page: 1, ..self.clone() };
        match filter {
            Filter::Topic(_) => query.topics.clear(),
            Filter::Kind(_) => query.kinds.clear(),
            Filter::Day(_) => query.days.clear(),
            Filter::Time(_) => query.times.clear(),
            Filter::Open => query.open = false,
            Filter::Words => query.words.clear(),
        }
        query
    }

    /// The same wish on another page.
    #[must_use]
    pub fn on_page(&self, page: u32) -> Self {
        Self { page, ..self.clone() }
    }

    /// The same wish in another order, on its first page.
    #[must_use]
    pub fn sorted(&self, sort: Sort) -> Self {
        Self { sort, page: 1, ..self.clone() }
    }
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, value: Option<T>) {
    if let Some(value) = value
        && !list.contains(&value)
    {
        list.push(value);
    }
}

/// Whether a text could be the name of an IANA zone; whether it is one only the server knows.
pub fn is_zone_name(text: &str) -> bool {
    (3..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b))
}

/// Appends a value in the encoding of query strings.
pub fn escape_into(text: &mut String, value: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => text.push(char::from(byte)),
            b' ' => text.push('+'),
            _ => {
                text.push('%');
                text.push(char::from(HEX[usize::from(byte >> 4)]));
                text.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unknown_keys_and_values_are_ignored_and_repeated_keys_add_up() {
        let query = FinderQuery::from_pairs([
            ("topic", "anxiety"),
            ("topic", "depression"),
            ("topic", "anxiety"),
            ("topic", "stars"),
            ("state", "ny"),
            ("day", "mon"),
            ("day", "noday"),
            ("time", "evening"),
            ("open", "yes"),
            ("page", "0"),
            ("sort", "price"),
            ("zone", "Not a zone!"),
            ("utm_source", "x"),
        ]);
        assert_eq!(query.topics, [Topic::Anxiety, Topic::Depression]);
        assert_eq!(query.to_query(), "state=NY&topic=anxiety&topic=depression&day=mon&time=evening");
        assert_eq!(query.page, 1);
    }

    #[test]
    fn any_gives_up_what_stands_beside_it() {
        let query = FinderQuery::from_pairs([("topic", ""), ("topic", "depression"), ("day", "mon"), ("time", "")]);
        assert_eq!(query.to_query(), "day=mon");
        let query = FinderQuery::from_pairs([("day", "tue"), ("day", ""), ("time", "evening")]);
        assert_eq!(query.to_query(), "time=evening");
    }

    #[test]
    fn a_list_that_shows_one_choice_gives_up_the_others() {
        let query = FinderQuery::from_pairs([
            ("topic", "grief-and-loss"),
            ("topic", "depression"),
            ("day", "mon"),
            ("day", "tue"),
        ]);
        assert_eq!(query.clone().chosen_in("topic").to_query(), "topic=grief-and-loss&day=mon&day=tue");
        assert_eq!(query.clone().chosen_in("day").to_query(), "topic=grief-and-loss&topic=depression&day=mon");
        assert_eq!(query.clone().chosen_in("q"), query);
    }

    #[test]
    fn evening_runs_through_the_night() {
        let at = |hour| TimeOfDay::of(NaiveTime::from_hms_opt(hour, 0, 0).unwrap());
        assert_eq!(
            [at(4), at(5), at(11), at(12), at(16), at(17), at(0)],
            [
                TimeOfDay::Evening,
                TimeOfDay::Morning,
                TimeOfDay::Morning,
                TimeOfDay::Afternoon,
                TimeOfDay::Afternoon,
                TimeOfDay::Evening,
                TimeOfDay::Evening,
            ]
        );
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(topics in prop::collection::vec(0_usize..10, 0..3), open: bool, words in "[a-zé&=+ ]{0,30}", page in 1_u32..20) {
            let mut query = FinderQuery { open, page, words: words.split_whitespace().collect::<Vec<_>>().join(" "), ..FinderQuery::default() };
            for topic in topics { push_new(&mut query.topics, Some(Topic::ALL[topic])); }
            let text = query.to_query();
            let pairs: Vec<(String, String)> = text.split('&').filter_map(|pair| pair.split_once('='))
                .map(|(key, value)| (key.to_owned(), unescape(value))).collect();
            let read = FinderQuery::from_pairs(pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())));
            prop_assert_eq!(read, query);
        }
    }

    fn unescape(value: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = value.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => u8::from_str_radix(
                    &format!("{}{}", char::from(rest.next().unwrap()), char::from(rest.next().unwrap())),
                    16,
                )
                .unwrap(),
                other => other,
            });
        }
        String::from_utf8(bytes).unwrap()
    }
}
