//! The catalog against the groups in full: whatever the groups and the wish, both say the same.

use super::*;
use crate::domain::{
    curriculum::Mode,
    eligibility::Authority,
    group::{ConfirmMode, Status},
    ids::{AccountId, EntryId, MeetingId},
    listing::{Leader, NextMeeting, find, relaxations, tests::listing as small},
    seat_counts::SeatCounts,
    waiting::{Line, Vacancy, Waiter},
};
use chrono::{Duration, FixedOffset, NaiveTime};
use proptest::{prelude::*, sample::subsequence};
use uuid::Uuid;

fn start() -> DateTime<Utc> {
    "2026-11-24T00:00:00Z".parse().unwrap()
}

fn topic(index: usize) -> Option<Topic> {
    Topic::ALL.get(index).copied()
}

fn line(waits: bool, vacancies: u8, may: bool) -> Line {
    let waiter = Waiter {
        entry: EntryId(Uuid::nil()),
        member: AccountId(Uuid::nil()),
        place: Place::parse(if may { "NY" } else { "PR" }),
        age: Age::SaysAdult,
        seated: false,
        told_skipped: false,
        offered: Vec::new(),
    };
    Line {
        waiters: if waits { vec![waiter] } else { Vec::new() },
        vacancies: (1..=vacancies).map(|seat| Vacancy { seat: i16::from(seat), id: None }).collect(),
    }
}

prop_compose! {
    /// A group whose hours, seats, line and leader are anything. Few different values, so that they meet.
    fn listing(zone: FixedOffset)(
        number in 0_u128..1000,
        kind in prop::sample::select(Kind::ALL.to_vec()),
        topic_at in 0_usize..10,
        hour in prop::option::weighted(0.9, 0_i64..400),
        states in subsequence(vec!["NY", "NJ", "FL", "PR"], 0..=4),
        (valid, words) in (-40_i64..40, prop::sample::select(vec!["Evening tide", "Low tide", "anxiety EVENING"])),
        (capacity, reserved, waits, may) in (5_u8..=12, 0_u8..=12, prop::bool::weighted(0.3), any::<bool>()),
        (rolling, held, forming, looks) in (any::<bool>(), 0_u32..4, any::<bool>(), prop::bool::weighted(0.2)),
    ) -> Listing {
        let seats = SeatCounts { capacity, reserved: reserved.min(capacity), held: 0, yours: 0, offered: 0 };
        Listing {
            id: GroupId(Uuid::from_u128(number)),
            slug: format!("group-{number}"),
            title: words.to_owned(),
            kind,
            topic: topic(topic_at).filter(|_| kind != Kind::Process),
            summary: "A summary.".to_owned(),
            leader: Leader {
                id: TherapistId(Uuid::from_u128(number % 7)),
                number: 1,
                name: if number % 2 == 0 { "Ruth Okafor" } else { "Dan Li" }.to_owned(),
                credentials: "PsyD".to_owned(),
                profession: "Psychologist".to_owned(),
            },
            authorities: states.into_iter().map(|state| Authority {
                state: UsState::parse(state).unwrap(),
                valid_from: start().date_naive() - Duration::days(400),
                valid_to: start().date_naive() + Duration::days(valid),
            }).collect(),
            weekday: chrono::Weekday::Tue,
            local_time: NaiveTime::MIN,
            zone: "America/New_York".to_owned(),
            minutes: 75,
            price_cents: 4500,
            status: if forming { Status::Forming { reserved: 1, minimum: 4 } } else { Status::Open },
            confirm: if looks { ConfirmMode::AfterLook } else { ConfirmMode::AtOnce },
            seats,
            waiting: u32::from(waits),
            line: line(waits, seats.free(), may),
            held,
            mode: if rolling { Mode::Rolling } else { Mode::Closed },
            units: 8,
            next: hour.map(|hour| {
                let starts_at = start() + Duration::hours(hour);
                let shown = starts_at.with_timezone(&zone);
                NextMeeting {
                    id: MeetingId(Uuid::nil()),
                    starts_at,
                    ends_at: starts_at + Duration::minutes(75),
                    usual_at: starts_at,
                    group_day: starts_at.date_naive(),
                    viewer_weekday: shown.weekday(),
                    viewer_time: shown.time(),
                }
            }),
        }
    }
}

fn wish() -> impl Strategy<Value = FinderQuery> {
    let place = prop::option::of(prop::sample::select(vec!["NY", "FL", "PR", "OH", Place::OUTSIDE]));
    let words = prop::sample::select(vec!["", "", "", "tide", "RUTH", "evening ruth", "nobody"]);
    (
        place,
        subsequence(Topic::ALL.to_vec(), 0..3),
        subsequence(Kind::ALL.to_vec(), 0..3),
        subsequence(WEEK.to_vec(), 0..4),
        subsequence(TimeOfDay::ALL.to_vec(), 0..3),
        (any::<bool>(), any::<bool>(), words),
    )
        .prop_map(|(place, topics, kinds, days, times, (open, seats, words))| FinderQuery {
            place: place.and_then(Place::parse),
            topics,
            kinds,
            days,
            times,
            open,
            sort: if seats { Sort::Seats } else { Sort::Soonest },
            words: words.to_owned(),
            ..FinderQuery::default()
        })
}

fn ids<'a>(groups: impl IntoIterator<Item = &'a GroupFacts>) -> Vec<GroupId> {
    groups.into_iter().map(|group| group.id).collect()
}

fn zone() -> FixedOffset {
    FixedOffset::west_opt(5 * 3600).unwrap()
}

/// Each group once.
fn practice(most: usize) -> impl Strategy<Value = BTreeMap<GroupId, Listing>> {
    prop::collection::vec(listing(zone()), 0..most)
        .prop_map(|listings| listings.into_iter().map(|listing| (listing.id, listing)).collect())
}

fn facts(listing: &Listing) -> GroupFacts {
    GroupFacts::of(listing, None)
}

fn says_the_same(catalog: &Catalog, listings: &[Listing], query: &FinderQuery) -> Result<(), TestCaseError> {
    let expected: Vec<_> = find(listings, query).iter().map(|listing| listing.id).collect();
    let search = catalog.search(query, &zone());
    prop_assert_eq!(ids(search.found), expected.clone());
    prop_assert_eq!(ids(catalog.find(query, &zone())), expected);
    prop_assert_eq!(search.facets, Facets::of(listings, query));
    prop_assert_eq!(catalog.relaxations(query, &zone()), relaxations(listings, query));
    for group in catalog.all() {
        let listing = listings.iter().find(|listing| listing.id == group.id).unwrap();
        prop_assert_eq!(group.can_hold(), listing.can_hold());
    }
    prop_assert_eq!(catalog.all().len(), listings.len());
    Ok(())
}

#[test]
fn a_seat_that_the_leader_gives_is_none_to_hold() {
    let mut looks = small("x", Kind::Therapy, Some(Topic::Anxiety), 19, 2);
    looks.confirm = ConfirmMode::AfterLook;
    let other = Listing { id: GroupId(Uuid::from_u128(1)), ..small("y", Kind::Therapy, Some(Topic::Anxiety), 20, 1) };
    assert!(looks.takes_members() && !looks.can_hold() && other.can_hold());
    let catalog = Catalog::of(vec![facts(&looks), facts(&other)]);
    let slugs = |query: &FinderQuery| -> Vec<_> {
        catalog.find(query, &zone()).into_iter().map(|group| group.slug().to_owned()).collect()
    };
    assert_eq!(slugs(&FinderQuery::default()), ["x", "y"]);
    assert_eq!(slugs(&FinderQuery { open: true, ..FinderQuery::default() }), ["y"]);
    assert_eq!(slugs(&FinderQuery { sort: Sort::Seats, ..FinderQuery::default() }), ["y", "x"]);
    assert_eq!(catalog.search(&FinderQuery::default(), &zone()).facets.open, 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_search_says_what_the_groups_in_full_say(practice in practice(60), queries in prop::collection::vec(wish(), 1..6)) {
        let listings: Vec<_> = practice.into_values().collect();
        let catalog = Catalog::of(listings.iter().map(facts).collect());
        for query in &queries {
            says_the_same(&catalog, &listings, query)?;
        }
        let states: std::collections::BTreeSet<_> = listings
            .iter()
            .filter(|listing| listing.kind != Kind::Skills)
            .filter_map(|listing| Some((listing, listing.next?.group_day)))
            .flat_map(|(listing, day)| crate::domain::eligibility::states_on(&listing.authorities, day))
            .collect();
        prop_assert_eq!(catalog.practice_states(), states.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn changes_leave_what_a_new_catalog_would_be(
        mut practice in practice(40),
        changes in prop::collection::vec(practice_changes(), 1..4),
        query in wish(),
    ) {
        let mut catalog = Catalog::of(practice.values().map(facts).collect());
        for change in changes {
            for (id, listing) in &change {
                match listing {
                    Some(listing) => practice.insert(*id, listing.clone()),
                    None => practice.remove(id),
                };
            }
            catalog.change(change.iter().map(|(id, listing)| (*id, listing.as_ref().map(facts))).collect());
        }
        let listings: Vec<_> = practice.into_values().collect();
        let anew = Catalog::of(listings.iter().map(facts).collect());
        prop_assert_eq!(catalog.all(), anew.all());
        prop_assert_eq!((catalog.meets_until, catalog.lapses_at), (anew.meets_until, anew.lapses_at));
        says_the_same(&catalog, &listings, &query)?;
    }
}

/// Groups that are others now, new ones, and some that are gone.
fn practice_changes() -> impl Strategy<Value = BTreeMap<GroupId, Option<Listing>>> {
    prop::collection::vec((listing(zone()), prop::bool::weighted(0.8)), 0..20).prop_map(|changes| {
        changes.into_iter().map(|(listing, is_there)| (listing.id, is_there.then_some(listing))).collect()
    })
}

#[test]
fn facts_are_over_at_the_end_of_a_meeting_or_of_a_hold() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let tree = listing(zone()).new_tree(&mut runner).unwrap();
    let mut group = proptest::strategy::ValueTree::current(&tree);
    group.next = group.next.or_else(|| {
        Some(NextMeeting {
            id: MeetingId(Uuid::nil()),
            starts_at: start(),
            ends_at: start() + Duration::hours(1),
            usual_at: start(),
            group_day: start().date_naive(),
            viewer_weekday: chrono::Weekday::Mon,
            viewer_time: NaiveTime::MIN,
        })
    });
    let ends_at = group.next.unwrap().ends_at;
    let second = Duration::seconds(1);
    let catalog = Catalog::of(vec![GroupFacts::of(&group, Some(start()))]);
    assert_eq!(catalog.over(ends_at - second, start() - second), []);
    assert_eq!(catalog.over(ends_at, start() - second), [group.id], "the calendar's clock ends a meeting");
    assert_eq!(catalog.over(ends_at - second, start()), [group.id], "the database's clock ends a hold");
    assert_eq!(Catalog::of(vec![facts(&group)]).over(ends_at - second, start() + Duration::days(900)), []);
}
