use super::*;
use crate::domain::{
    curriculum::Mode,
    eligibility::{Age, Step},
    finder::TimeOfDay,
    group::{ConfirmMode, Kind},
    listing::tests::listing,
    place::Place,
    topic::Topic,
};
use chrono_tz::{
    America::{Los_Angeles, New_York, Phoenix},
    Asia::Kolkata,
    Pacific::Kiritimati,
    Tz,
};
use proptest::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn hour(weekday: Weekday, hour: u8) -> WeekHour {
    WeekHour { weekday, hour }
}

const MONDAY: WeekHour = WeekHour { weekday: Weekday::Mon, hour: 9 };

#[test]
fn monday_at_nine_stays_at_nine_across_both_clock_changes() {
    for (now, last, next) in [
        ("2027-03-09T00:00:00Z", "2027-03-08T14:00:00Z", "2027-03-15T13:00:00Z"),
        ("2027-03-16T00:00:00Z", "2027-03-15T13:00:00Z", "2027-03-22T13:00:00Z"),
        ("2027-11-08T14:00:00Z", "2027-11-08T14:00:00Z", "2027-11-15T14:00:00Z"),
        ("2027-11-08T13:59:59Z", "2027-11-01T13:00:00Z", "2027-11-08T14:00:00Z"),
    ] {
        assert_eq!((MONDAY.last(&New_York, at(now)), MONDAY.next(&New_York, at(now))), (at(last), at(next)), "{now}");
    }
}

#[test]
fn an_hour_that_does_not_exist_moves_forward_and_one_that_exists_twice_is_the_first() {
    let two = hour(Weekday::Sun, 2);
    assert_eq!(two.next(&New_York, at("2027-03-13T00:00:00Z")), at("2027-03-14T07:00:00Z"));
    // At 3:00 of that day it is over; a minute before, the last one is a week old.
    assert_eq!(two.last(&New_York, at("2027-03-14T07:00:00Z")), at("2027-03-14T07:00:00Z"));
    assert_eq!(two.last(&New_York, at("2027-03-14T06:59:00Z")), at("2027-03-07T07:00:00Z"));
    let one = hour(Weekday::Sun, 1);
    assert_eq!(one.next(&New_York, at("2027-11-07T00:00:00Z")), at("2027-11-07T05:00:00Z"));
    assert_eq!(one.last(&New_York, at("2027-11-07T06:30:00Z")), at("2027-11-07T05:00:00Z"), "once, not twice");
}

#[test]
fn a_window_that_was_missed_is_made_up_for_unless_the_next_is_near() {
    let due = |now: &str| MONDAY.due(&New_York, at(now));
    assert_eq!(due("2026-12-07T14:00:14Z"), Some(at("2026-11-30T14:00:00Z")), "it is left to settle");
    assert_eq!(due("2026-12-07T14:00:15Z"), Some(at("2026-12-07T14:00:00Z")));
    assert_eq!(due("2026-12-10T03:00:00Z"), Some(at("2026-12-07T14:00:00Z")));
    assert_eq!(due("2026-12-13T14:00:00Z"), Some(at("2026-12-07T14:00:00Z")));
    assert_eq!(due("2026-12-13T14:00:01Z"), None, "tomorrow's covers it");
}

#[test]
fn windows_follow_one_another() {
    let confirmed = at("2026-12-01T10:00:00Z");
    let first = Window::of(confirmed, None, at("2026-12-07T14:00:00Z")).unwrap();
    assert_eq!((first.starts_at, first.is_first), (confirmed, true));
    let second = Window::of(confirmed, Some(first.ends_at), at("2026-12-28T14:00:00Z")).unwrap();
    assert_eq!(
        (second.starts_at, second.is_first),
        (first.ends_at, false),
        "two weeks without a program are one window"
    );
    assert_eq!(Window::of(confirmed, None, confirmed), None, "she confirmed after it");
    assert_eq!(Window::of(confirmed, Some(first.ends_at), first.ends_at), None, "it was made");
    assert_eq!(
        Window::of(confirmed, Some(first.ends_at), at("2026-12-08T13:00:00Z")),
        None,
        "she moved to another hour"
    );
    // She ended it and came back: it begins anew.
    let again = Window::of(at("2026-12-07T15:00:00Z"), Some(first.ends_at), at("2026-12-08T13:00:00Z")).unwrap();
    assert!(again.is_first && again.starts_at == at("2026-12-07T15:00:00Z"));
    assert!(!first.holds(first.starts_at) && first.holds(first.ends_at));
}

#[test]
fn every_number_of_the_database_is_an_hour() {
    assert_eq!(WeekHour::parse(7, 23), Some(hour(Weekday::Sun, 23)));
    for (weekday, hour) in [(0, 9), (8, 9), (1, 24), (1, -1), (i16::MIN, 0)] {
        assert_eq!(WeekHour::parse(weekday, hour), None);
    }
    for weekday in WEEK {
        let hour = hour(weekday, 5);
        assert_eq!(WeekHour::parse(hour.iso_day(), 5), Some(hour));
    }
    assert!(News::ALL.into_iter().all(|news| News::parse(news.code()) == Some(news)));
}

fn group(number: u128) -> GroupId {
    GroupId(Uuid::from_u128(number))
}

/// A few groups, numbered from 1.
fn practice() -> Vec<Listing> {
    let mut all = vec![
        listing("evening", Kind::Therapy, Some(Topic::Anxiety), 19, 2),
        listing("full", Kind::Therapy, Some(Topic::Anxiety), 9, 0),
        listing("skills", Kind::Skills, Some(Topic::DialecticalBehaviorTherapy), 12, 6),
    ];
    for (listing, number) in all.iter_mut().zip(1..) {
        listing.id = group(number);
    }
    all
}

fn happened(group: u128, at_text: &str, what: News) -> Happened {
    Happened { group: self::group(group), at: at(at_text), what }
}

fn slugs(groups: &[NewGroup], wishes: &Wishes, hers: &[GroupId]) -> Vec<String> {
    let choice = choose(groups, &fitting(groups, wishes), hers);
    choice.places.into_iter().map(|place| groups[place].listing.slug.clone()).collect()
}

#[test]
fn new_is_what_happened_in_the_window_and_can_be_held_now() {
    let news = [
        happened(1, "2026-11-24T10:00:00Z", News::Freed),
        happened(1, "2026-11-25T10:00:00Z", News::Opened),
        happened(2, "2026-11-24T10:00:00Z", News::Freed),
        happened(3, "2026-11-22T10:00:00Z", News::Opened),
    ];
    let window = Window { starts_at: at("2026-11-23T14:00:00Z"), ends_at: at("2026-11-30T14:00:00Z"), is_first: false };
    let groups = new_groups(&practice(), &news, window, &New_York);
    assert_eq!(slugs(&groups, &Wishes::default(), &[]), ["evening"]);
    assert_eq!(groups[0].news, Some(News::Opened), "the one that says most");
    assert_eq!(slugs(&groups, &Wishes::default(), &[group(1)]), [""; 0], "never her own");
    let first = new_groups(&practice(), &news, Window { is_first: true, ..window }, &New_York);
    assert_eq!(slugs(&first, &Wishes::default(), &[]), ["skills", "evening"], "soonest first");
    assert!(first.iter().all(|group| group.news.is_none()));
    let ohio = Wishes { place: Place::parse("OH"), ..Wishes::default() };
    assert_eq!(slugs(&first, &ohio, &[]), ["skills"]);
    let outside = Wishes { place: Place::parse("outside"), ..Wishes::default() };
    assert_eq!(slugs(&first, &outside, &[]), [""; 0]);
    let mut looks = practice();
    looks[0].confirm = ConfirmMode::AfterLook;
    let looks = new_groups(&looks, &news, window, &New_York);
    assert_eq!(looks, [], "the leader gives that seat, it is no free one");
    let next = Window { starts_at: window.ends_at, ends_at: at("2026-12-07T14:00:00Z"), is_first: false };
    assert_eq!(new_groups(&practice(), &news, next, &New_York), [], "not the week after");
}

#[test]
fn a_mail_tells_of_the_soonest_twelve_and_says_that_there_are_more() {
    let many = |count: u128| -> Vec<Listing> {
        let numbered = |number| {
            let mut one = listing(&format!("g{number:02}"), Kind::Skills, Some(Topic::Anxiety), 9, 1);
            one.id = group(number);
            one
        };
        (1..=count).map(numbered).collect()
    };
    let window = Window { starts_at: at("2026-11-23T14:00:00Z"), ends_at: at("2026-11-30T14:00:00Z"), is_first: true };
    let chosen = |count, hers: &[GroupId]| {
        let groups = new_groups(&many(count), &[], window, &New_York);
        let choice = choose(&groups, &fitting(&groups, &Wishes::default()), hers);
        (choice.places.len(), choice.has_more)
    };
    assert_eq!((chosen(12, &[]), chosen(13, &[]), chosen(80, &[])), ((12, false), (12, true), (12, true)));
    assert_eq!(chosen(13, &[group(3)]), (12, false), "the thirteenth is her own");
    let hers: Vec<_> = (1..12).map(group).collect();
    assert_eq!(chosen(80, &hers), (12, true));
}

#[test]
fn days_and_times_are_those_of_her_walls() {
    let window = Window { starts_at: at("2026-11-23T14:00:00Z"), ends_at: at("2026-11-30T14:00:00Z"), is_first: true };
    // Tuesday's evening in New York is Wednesday's morning in Kolkata and Wednesday's afternoon in Kiritimati.
    let evening = [practice().remove(0)];
    let wishes = |day, time| Wishes { days: vec![day], times: vec![time], ..Wishes::default() };
    let fits = |zone: Tz, day, time| {
        let mut evening = evening.clone();
        let next = evening[0].next.as_mut().unwrap();
        (next.starts_at, next.usual_at) = (at("2026-11-25T00:00:00Z"), at("2026-11-25T00:00:00Z"));
        !slugs(&new_groups(&evening, &[], window, &zone), &wishes(day, time), &[]).is_empty()
    };
    assert!(fits(New_York, Weekday::Tue, TimeOfDay::Evening));
    assert!(fits(Los_Angeles, Weekday::Tue, TimeOfDay::Afternoon));
    assert!(fits(Kolkata, Weekday::Wed, TimeOfDay::Morning));
    assert!(fits(Kiritimati, Weekday::Wed, TimeOfDay::Afternoon));
    assert!(!fits(Kiritimati, Weekday::Tue, TimeOfDay::Evening));
}

/// What product.md says, word by word and slowly.
fn naive(
    listings: &[Listing],
    happened: &[Happened],
    window: Window,
    zone: Tz,
    wishes: &Wishes,
    hers: &[GroupId],
) -> Vec<String> {
    let mut found: Vec<(bool, DateTime<Utc>, String)> = Vec::new();
    for listing in listings {
        let Some(next) = listing.next else { continue };
        let wall = next.starts_at.with_timezone(&zone);
        let news =
            happened.iter().any(|one| one.group == listing.id && one.at > window.starts_at && one.at <= window.ends_at);
        let place =
            wishes.place.is_none() || listing.eligibility(Step::Browse, wishes.place, Age::Unknown).is_eligible();
        if listing.can_hold()
            && (window.is_first || news)
            && !hers.contains(&listing.id)
            && place
            && (wishes.topics.is_empty() || wishes.topics.iter().any(|topic| listing.topic == Some(*topic)))
            && (wishes.kinds.is_empty() || wishes.kinds.contains(&listing.kind))
            && (wishes.days.is_empty() || wishes.days.contains(&wall.weekday()))
            && (wishes.times.is_empty() || wishes.times.contains(&TimeOfDay::of(wall.time())))
        {
            let for_some = wishes.place.is_none() && listing.kind != Kind::Skills;
            found.push((for_some, next.starts_at, listing.slug.clone()));
        }
    }
    found.sort();
    found.truncate(12);
    found.sort_by(|a, b| (a.1, &a.2).cmp(&(b.1, &b.2)));
    found.into_iter().map(|(_, _, slug)| slug).collect()
}

fn some_listing() -> impl Strategy<Value = Listing> {
    (0_usize..10, 0_usize..3, 0_u32..24, 0_i64..7, 0_u8..4, any::<bool>(), 0_u32..4).prop_map(
        |(topic, kind, hour, day, free, rolling, held)| {
            let kind = Kind::ALL[kind];
            let topic = (kind != Kind::Process).then(|| Topic::ALL[topic]);
            let mut listing = listing("x", kind, topic, hour, free);
            listing.mode = if rolling { Mode::Rolling } else { Mode::Closed };
            listing.held = held;
            if let Some(next) = &mut listing.next {
                next.starts_at += TimeDelta::days(day);
                next.usual_at = next.starts_at;
            }
            listing
        },
    )
}

fn some_wishes() -> impl Strategy<Value = Wishes> {
    let days = prop::collection::vec(prop::sample::select(WEEK.to_vec()), 0..4);
    let times = prop::collection::vec(prop::sample::select(TimeOfDay::ALL.to_vec()), 0..3);
    let topics = prop::collection::vec(prop::sample::select(Topic::ALL.to_vec()), 0..3);
    let kinds = prop::collection::vec(prop::sample::select(Kind::ALL.to_vec()), 0..2);
    let place = prop::sample::select(vec![None, Place::parse("NY"), Place::parse("OH"), Place::parse("outside")]);
    (topics, kinds, place, days, times)
        .prop_map(|(topics, kinds, place, days, times)| Wishes { topics, kinds, place, days, times }.in_order())
}

fn zones() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![New_York, Los_Angeles, Phoenix, Kolkata, Kiritimati])
}

proptest! {
    #[test]
    fn the_choice_is_what_the_rule_says(
        mut listings in prop::collection::vec(some_listing(), 0..40),
        news in prop::collection::vec((1_u128..40, -10_i64..10, 0_usize..3), 0..60),
        wishes in some_wishes(), zone in zones(), is_first: bool, hers in prop::collection::vec(1_u128..40, 0..4),
    ) {
        for (listing, number) in listings.iter_mut().zip(1_u128..) {
            listing.id = group(number);
            listing.slug = format!("g{number:02}");
        }
        let window = Window { starts_at: at("2026-11-23T14:00:00Z"), ends_at: at("2026-11-30T14:00:00Z"), is_first };
        // Some fall on the edges.
        let news: Vec<_> = news.into_iter().map(|(number, days, what)| {
            Happened { group: group(number), at: window.starts_at + TimeDelta::days(days), what: News::ALL[what] }
        }).collect();
        let hers: Vec<_> = hers.into_iter().map(group).collect();
        let groups = new_groups(&listings, &news, window, &zone);
        prop_assert_eq!(slugs(&groups, &wishes, &hers), naive(&listings, &news, window, zone, &wishes, &hers));
    }

    #[test]
    fn each_event_falls_into_one_window_whatever_happens_to_the_clock(
        zone in zones(), weekday in 0_usize..7, of_day in 0_u8..24, start in 0_i64..800,
        waits in prop::collection::vec(1_i64..40_000, 1..30),
    ) {
        // Somebody looks now and then, sometimes after weeks; each time what is due is made.
        let her = WeekHour { weekday: WEEK[weekday], hour: of_day };
        let confirmed = at("2026-11-24T00:00:00Z") + TimeDelta::hours(start);
        let (mut now, mut last, mut windows) = (confirmed, None, Vec::new());
        for minutes in waits {
            now += TimeDelta::minutes(minutes);
            let Some(ends_at) = her.due(&zone, now) else { continue };
            let Some(window) = Window::of(confirmed, last, ends_at) else { continue };
            prop_assert!(window.ends_at <= now);
            let wall = window.ends_at.with_timezone(&zone);
            prop_assert_eq!(wall.weekday(), WEEK[weekday]);
            // In the night in which the clocks jump, the hour that is not there is the next one.
            prop_assert!(wall.hour() == u32::from(of_day) || (wall.hour() == u32::from(of_day) + 1 && wall.month() == 3));
            last = Some(window.ends_at);
            windows.push(window);
        }
        prop_assert!(windows.windows(2).all(|two| two[0].ends_at == two[1].starts_at && !two[1].is_first));
        prop_assert!(windows.first().is_none_or(|first| first.is_first && first.starts_at == confirmed));
        let ends: BTreeSet<_> = windows.iter().map(|window| window.ends_at).collect();
        prop_assert_eq!(ends.len(), windows.len());
    }
}
