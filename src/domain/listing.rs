//! A group as visitors find it: what the finder filters, counts and sorts.

use crate::domain::{
    curriculum::Mode,
    door::Door,
    eligibility::{Age, Authority, Eligibility, Step},
    finder::{Filter, FinderQuery, Sort, TimeOfDay},
    group::{ConfirmMode, Kind, Status},
    ids::{AccountId, GroupId, MeetingId, TherapistId},
    place::Place,
    seat_counts::SeatCounts,
    topic::Topic,
    waiting::{Line, Waiter},
};
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};

/// The leader, as far as a list shows her.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leader {
    /// Id.
    pub id: TherapistId,
    /// Draws the avatar.
    pub number: i32,
    /// Name without credentials.
    pub name: String,
    /// Letters behind the name.
    pub credentials: String,
    /// "Licensed psychologist".
    pub profession: String,
}

impl Leader {
    /// "Ruth Okafor, PsyD".
    pub fn full(&self) -> String {
        format!("{}, {}", self.name, self.credentials)
    }

    /// "Ruth".
    pub fn first_name(&self) -> &str {
        first_name(&self.name)
    }

    /// "RO".
    pub fn initials(&self) -> String {
        let mut words = self.name.split(' ').filter_map(|word| word.chars().next());
        words.next().into_iter().chain(words.next_back()).collect()
    }
}

/// What somebody of this name is called by.
pub fn first_name(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}

/// The next meeting of a group, and the same moment on the walls of those who look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NextMeeting {
    /// Id.
    pub id: MeetingId,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// When the group meets in that week by its series: its start, unless this one meeting was put to another time.
    pub usual_at: DateTime<Utc>,
    /// Day in the group's zone: the day on which an authority must hold.
    pub group_day: NaiveDate,
    /// Weekday in the viewer's zone.
    pub viewer_weekday: Weekday,
    /// Start in the viewer's zone.
    pub viewer_time: NaiveTime,
}

/// A group in a list.
#[derive(Clone, PartialEq, Debug)]
pub struct Listing {
    /// Id.
    pub id: GroupId,
    /// Last part of its address.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Kind.
    pub kind: Kind,
    /// Topic; a process group has none.
    pub topic: Option<Topic>,
    /// One sentence.
    pub summary: String,
    /// Leader.
    pub leader: Leader,
    /// The leader's authorities.
    pub authorities: Vec<Authority>,
    /// Weekday in its own zone.
    pub weekday: Weekday,
    /// Start in its own zone.
    pub local_time: NaiveTime,
    /// IANA zone.
    pub zone: String,
    /// Length in minutes.
    pub minutes: u16,
    /// Cents a meeting.
    pub price_cents: u32,
    /// Status.
    pub status: Status,
    /// What happens when somebody confirms.
    pub confirm: ConfirmMode,
    /// Seats.
    pub seats: SeatCounts,
    /// People in line.
    pub waiting: u32,
    /// The line and what is free; known only where there are both.
    pub line: Line,
    /// Meetings held since the cycle began.
    pub held: u32,
    /// How it goes through its curriculum.
    pub mode: Mode,
    /// Units of its curriculum.
    pub units: u32,
    /// The next meeting, if there is one.
    pub next: Option<NextMeeting>,
}

impl Listing {
    /// What decides who may come in.
    pub fn door(&self) -> Door<'_> {
        Door {
            kind: self.kind,
            is_closed: self.status == Status::Closed,
            confirm: self.confirm,
            mode: self.mode,
            held: self.held,
            authorities: &self.authorities,
            next_day: self.next.map(|next| next.group_day),
            waiting: self.waiting,
            line: &self.line,
        }
    }

    /// Whether it takes anybody new at all.
    pub fn takes_members(&self) -> bool {
        self.door().takes_members()
    }

    /// Whether a walk-up could hold a seat now: a free one that nobody in line can be offered.
    pub fn can_hold(&self) -> bool {
        self.door().takes_reservations() && self.open_seats(None) > 0
    }

    /// Free seats that somebody could hold without overtaking anybody; for `None` somebody who does not wait here.
    pub fn open_seats(&self, member: Option<AccountId>) -> u8 {
        match self.open_to(member) {
            None => self.seats.free(),
            Some(seats) => u8::try_from(seats.len()).unwrap_or(u8::MAX),
        }
    }

    /// The numbers of those seats; `None` where nobody waits, so that any free one will do.
    pub fn open_to(&self, member: Option<AccountId>) -> Option<Vec<i16>> {
        self.door().open_to(member)
    }

    /// Whether a seat can be offered to somebody in line, as far as eligibility goes.
    pub fn may_be_offered(&self, waiter: &Waiter) -> bool {
        self.door().may_be_offered(waiter)
    }

    /// Whether another group is of the same topic, or of the same kind where this one has no topic.
    pub fn is_related_to(&self, other: &Self) -> bool {
        if self.topic.is_some() { self.topic == other.topic } else { self.kind == other.kind }
    }

    /// The same group, with its next meeting on the walls of another zone.
    #[must_use]
    pub fn seen_from<Z: TimeZone>(&self, zone: &Z) -> Self {
        let next = self.next.map(|next| {
            let shown = next.starts_at.with_timezone(zone);
            NextMeeting { viewer_weekday: shown.weekday(), viewer_time: shown.time(), ..next }
        });
        Self { next, ..self.clone() }
    }

    /// May somebody join, as far as the finder knows her?
    pub fn eligibility(&self, step: Step, place: Option<Place>, age: Age) -> Eligibility {
        self.door().eligibility(step, place, age)
    }

    /// Whether it fits a wish. A known state leaves only what she may join.
    pub fn fits(&self, query: &FinderQuery) -> bool {
        self.fitting(query).is_some_and(|fitting| fitting.iter().all(|fits| *fits))
    }

    /// Which filters of a wish it fits: place, topic, kind, day, time, open. `None` where it meets no more or its words do not
    /// fit.
    pub fn fitting(&self, query: &FinderQuery) -> Option<[bool; 6]> {
        let words = searched_words(&query.words);
        let next = self.next.filter(|_| words.is_empty() || has_words(&self.searched_text(), &words))?;
        Some([
            query.place.is_none() || self.eligibility(Step::Browse, query.place, Age::Unknown).is_eligible(),
            query.topics.is_empty() || self.topic.is_some_and(|topic| query.topics.contains(&topic)),
            query.kinds.is_empty() || query.kinds.contains(&self.kind),
            query.days.is_empty() || query.days.contains(&next.viewer_weekday),
            query.times.is_empty() || query.times.contains(&TimeOfDay::of(next.viewer_time)),
            !query.open || self.can_hold(),
        ])
    }

    /// The text in which words are looked for, in lower case.
    pub fn searched_text(&self) -> String {
        let topic = self.topic.map_or("", Topic::name);
        format!("{} {} {} {} {topic}", self.title, self.summary, self.leader.name, self.kind.name()).to_lowercase()
    }
}

/// The words of a wish as they are looked for.
pub(super) fn searched_words(words: &str) -> Vec<String> {
    words.to_lowercase().split_whitespace().map(ToOwned::to_owned).collect()
}

/// Whether a text that is searched has all these words.
pub(super) fn has_words(text: &str, words: &[String]) -> bool {
    words.iter().all(|word| text.contains(word))
}

/// The listings that fit, in the order that was asked for.
pub fn find<'a>(listings: &'a [Listing], query: &FinderQuery) -> Vec<&'a Listing> {
    let mut found: Vec<_> = listings.iter().filter(|listing| listing.fits(query)).collect();
    let soonest = |listing: &Listing| (listing.next.map(|next| next.starts_at), listing.slug.clone());
    match query.sort {
        Sort::Soonest => found.sort_by_cached_key(|listing| soonest(listing)),
        Sort::Seats => found.sort_by_cached_key(|listing| {
            let free = if listing.can_hold() { listing.open_seats(None) } else { 0 };
            (std::cmp::Reverse(free), soonest(listing))
        }),
    }
    found
}

/// A way out of an empty result.
#[derive(Clone, PartialEq, Debug)]
pub struct Relaxed {
    /// The filters that are given up, one of each sort.
    pub filters: Vec<Filter>,
    /// The wish that is left.
    pub query: FinderQuery,
    /// How many groups fit it.
    pub count: usize,
}

/// For an empty result: what could be relaxed, and how many groups that would leave, most first. One filter where that is
/// enough, else two, and so on.
pub fn relaxations(listings: &[Listing], query: &FinderQuery) -> Vec<Relaxed> {
    relaxations_by(query, |query| listings.iter().filter(|listing| listing.fits(query)).count())
}

/// The same over groups that somebody else counts.
pub(super) fn relaxations_by(query: &FinderQuery, fits: impl Fn(&FinderQuery) -> usize) -> Vec<Relaxed> {
    let mut tried = vec![(Vec::new(), query.clone())];
    loop {
        let mut wider: Vec<(Vec<Filter>, FinderQuery)> = Vec::new();
        for (filters, query) in &tried {
            for filter in query.filters() {
                let relaxed = query.without_all(&filter);
                if wider.iter().all(|(_, known)| *known != relaxed) {
                    wider.push(([filters.as_slice(), &[filter]].concat(), relaxed));
                }
            }
        }
        let mut ways: Vec<_> = wider
            .iter()
            .map(|(filters, query)| Relaxed { filters: filters.clone(), query: query.clone(), count: fits(query) })
            .filter(|way| way.count > 0)
            .collect();
        if !ways.is_empty() || wider.is_empty() {
            ways.sort_by_key(|way| std::cmp::Reverse(way.count));
            return ways;
        }
        tried = wider;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use uuid::Uuid;

    pub fn listing(slug: &str, kind: Kind, topic: Option<Topic>, hour: u32, free: u8) -> Listing {
        let start: DateTime<Utc> = "2026-11-25T00:00:00Z".parse().unwrap();
        Listing {
            id: GroupId(Uuid::nil()),
            slug: slug.into(),
            title: format!("Title of {slug}"),
            kind,
            topic,
            summary: "A summary.".into(),
            leader: Leader {
                id: TherapistId(Uuid::nil()),
                number: 1,
                name: "Ruth Ada Okafor".into(),
                credentials: "PsyD".into(),
                profession: "Licensed psychologist".into(),
            },
            authorities: vec![Authority {
                state: crate::domain::place::UsState::parse("NY").unwrap(),
                valid_from: "2020-01-01".parse().unwrap(),
                valid_to: "2030-01-01".parse().unwrap(),
            }],
            weekday: Weekday::Tue,
            local_time: NaiveTime::from_hms_opt(hour, 0, 0).unwrap(),
            zone: "America/New_York".into(),
            minutes: 75,
            price_cents: 4500,
            status: Status::Open,
            confirm: ConfirmMode::AtOnce,
            seats: SeatCounts { capacity: 8, reserved: 8 - free, held: 0, yours: 0, offered: 0 },
            waiting: 0,
            line: Line::default(),
            held: 0,
            mode: Mode::Rolling,
            units: 12,
            next: Some(NextMeeting {
                id: MeetingId(Uuid::nil()),
                starts_at: start + chrono::Duration::hours(i64::from(hour)),
                ends_at: start + chrono::Duration::hours(i64::from(hour) + 1),
                usual_at: start + chrono::Duration::hours(i64::from(hour)),
                group_day: "2026-11-24".parse().unwrap(),
                viewer_weekday: Weekday::Tue,
                viewer_time: NaiveTime::from_hms_opt(hour, 0, 0).unwrap(),
            }),
        }
    }

    fn practice() -> Vec<Listing> {
        vec![
            listing("evening", Kind::Therapy, Some(Topic::Anxiety), 19, 2),
            listing("morning", Kind::Therapy, Some(Topic::Anxiety), 9, 0),
            listing("skills", Kind::Skills, Some(Topic::DialecticalBehaviorTherapy), 12, 6),
        ]
    }

    fn slugs(query: &str) -> Vec<String> {
        let pairs: Vec<_> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        find(&practice(), &FinderQuery::from_pairs(pairs)).iter().map(|listing| listing.slug.clone()).collect()
    }

    #[test]
    fn keys_add_up_and_order_follows() {
        assert_eq!(slugs(""), ["morning", "skills", "evening"]);
        assert_eq!(slugs("sort=seats"), ["skills", "evening", "morning"]);
        assert_eq!(slugs("topic=anxiety&time=evening"), ["evening"]);
        assert_eq!(slugs("open=true"), ["skills", "evening"]);
        assert_eq!(slugs("q=ruth summary"), ["morning", "skills", "evening"]);
        assert_eq!(slugs("q=nobody"), Vec::<String>::new());
        assert_eq!(slugs("state=OH"), ["skills"]);
        assert_eq!(slugs("state=outside"), Vec::<String>::new());
        assert_eq!(slugs("day=wed"), Vec::<String>::new());
    }

    #[test]
    fn an_empty_result_says_what_to_relax() {
        let query = FinderQuery::from_pairs([("topic", "anxiety"), ("time", "afternoon")]);
        let ways = relaxations(&practice(), &query);
        assert_eq!(
            ways.iter().map(|way| (way.filters.clone(), way.count)).collect::<Vec<_>>(),
            [(vec![Filter::Time(TimeOfDay::Afternoon)], 2), (vec![Filter::Topic(Topic::Anxiety)], 1),]
        );
    }

    #[test]
    fn where_one_filter_is_not_enough_two_are_given_up() {
        let query = FinderQuery::from_pairs([("topic", "anxiety"), ("time", "afternoon"), ("q", "nobody")]);
        let ways = relaxations(&practice(), &query);
        assert_eq!(
            ways.iter().map(|way| (way.filters.clone(), way.count)).collect::<Vec<_>>(),
            [
                (vec![Filter::Time(TimeOfDay::Afternoon), Filter::Words], 2),
                (vec![Filter::Topic(Topic::Anxiety), Filter::Words], 1),
            ]
        );
        assert_eq!(relaxations(&[], &query), []);
        assert_eq!(relaxations(&practice(), &FinderQuery::from_pairs([("state", "outside")])), []);
    }

    #[test]
    fn a_line_or_a_late_week_closes_the_door_for_walk_ups() {
        let mut group = listing("x", Kind::Therapy, Some(Topic::Anxiety), 19, 2);
        assert!(group.can_hold());
        group.waiting = 1;
        assert!(!group.can_hold());
        assert!(!Listing { waiting: 0, mode: Mode::Closed, held: 2, ..group }.can_hold());
    }

    #[test]
    fn initials_are_of_first_and_last_name() {
        assert_eq!(practice()[0].leader.initials(), "RO");
    }
}
