//! Tests of what the demo would write; those with a database are in `src/tests/practice.rs`.

use super::{ZONE, demo_file, many, people::people, plan::PLANS, seating, with_days};
use chrono::{Days, NaiveDate};
use std::collections::{HashMap, HashSet};

fn days() -> impl Iterator<Item = NaiveDate> {
    let first: NaiveDate = "2026-11-24".parse().unwrap();
    // Every weekday, both clock changes, a leap day.
    (0..8)
        .map(move |day| first + Days::new(day))
        .chain(["2027-03-14", "2027-11-07", "2028-02-29"].map(|day| day.parse().unwrap()))
}

#[test]
fn days_are_counted_from_today() {
    let today = "2026-12-31".parse().unwrap();
    assert_eq!(with_days("a {day+1} b {day-365} {days} {day+x}", today), "a 2027-01-01 b 2025-12-31 {days} {day+x}");
}

#[test]
fn the_demo_practice_is_right_on_every_day() {
    for today in days() {
        let file = demo_file(today).unwrap();
        assert_eq!(file.practice.zone, ZONE.name());
        let planned: HashSet<_> = PLANS.iter().map(|plan| plan.group).collect();
        let groups: HashSet<_> = file.groups.iter().map(|entry| entry.facts.slug.as_str()).collect();
        assert_eq!(planned, groups, "every group has a plan");
    }
}

#[test]
fn everybody_is_seated_as_planned() {
    for today in days() {
        let file = demo_file(today).unwrap();
        let tables = seating::tables(&file, today);
        let people = people(today);
        let seating = seating::seat_all(&tables, &people, today);
        for plan in PLANS {
            let table = tables.iter().find(|table| table.facts.slug == plan.group).unwrap();
            let count = |groups: Vec<_>| groups.into_iter().filter(|group| *group == table.id).count();
            let reserved = count(seating.reserved.iter().map(|one| one.group).collect());
            let held = count(seating.held.iter().map(|one| one.group).collect());
            let waiting = count(seating.waiting.iter().map(|one| one.group).collect());
            assert_eq!(
                (reserved, held, waiting),
                (plan.reserved, plan.held + plan.lapsed, plan.waiting),
                "{today} {}",
                plan.group
            );
            let offered = count(seating.offered.iter().map(|one| one.group).collect());
            assert!(reserved + held + offered <= usize::try_from(table.facts.capacity).unwrap());
            assert!(
                plan.waiting == 0 || reserved + plan.held + offered == usize::try_from(table.facts.capacity).unwrap()
            );
        }
        // One seat was given back and is offered to the first in line; one absence was told.
        assert_eq!((seating.offered.len(), seating.released.len(), seating.absences.len()), (1, 1, 1), "{today}");
        let (offer, gone) = (&seating.offered[0], &seating.released[0]);
        let line: Vec<_> = seating.waiting.iter().filter(|one| one.group == offer.group).collect();
        assert_eq!((line[0].member, line[0].id), (offer.member, offer.entry));
        assert!(line.iter().skip(1).all(|one| one.joined_at > line[0].joined_at && one.member != gone.member));
        assert!(seating.reserved.iter().all(|one| (one.group, one.seat) != (offer.group, offer.seat)));
        assert!(seating.reserved.iter().all(|one| one.reference != gone.reference));
        let mut of: HashMap<_, Vec<_>> = HashMap::new();
        for one in &seating.reserved {
            of.entry(one.member).or_default().push(tables.iter().find(|table| table.id == one.group).unwrap());
        }
        for mine in of.values() {
            assert!(mine.len() <= 3);
            for (number, table) in mine.iter().enumerate() {
                assert!(mine[..number].iter().all(|other| !other.year.overlaps(&table.year)));
            }
        }
        let again = seating::seat_all(&tables, &people, today);
        assert_eq!(again.reserved, seating.reserved);
    }
}

#[test]
fn about_half_of_the_groups_have_three_seats_and_more() {
    let file = demo_file(days().next().unwrap()).unwrap();
    let roomy = PLANS.iter().filter(|plan| {
        let facts = &file.groups.iter().find(|entry| entry.facts.slug == plan.group).unwrap().facts;
        usize::try_from(facts.capacity).unwrap() >= plan.reserved + plan.held + 3
    });
    assert!((13..=20).contains(&roomy.count()));
}

#[test]
fn many_groups_keep_the_rules_of_seats() {
    let today = days().next().unwrap();
    for groups in [1, 2, 7, 300] {
        let file = many::file(&demo_file(today).unwrap(), groups, today);
        let tables = seating::tables(&file, today);
        let (people, seating) = many::seat_all(&tables, today);
        assert_eq!(tables.len(), usize::try_from(groups).unwrap());
        let seats: HashSet<_> = seating
            .reserved
            .iter()
            .map(|one| (one.group, one.seat))
            .chain(seating.held.iter().map(|one| (one.group, one.seat)))
            .collect();
        assert_eq!(seats.len(), seating.reserved.len() + seating.held.len(), "a seat is one person's");
        let members: HashSet<_> = seating.reserved.iter().map(|one| (one.group, one.member)).collect();
        assert_eq!(members.len(), seating.reserved.len(), "one seat in a group");
        let mut counts: HashMap<_, u32> = HashMap::new();
        for one in &seating.reserved {
            *counts.entry(one.member).or_default() += 1;
        }
        assert!(counts.values().all(|count| *count <= 3));
        assert!(counts.len() <= people.len());
    }
}
