//! Many groups for measuring: spread over topics, days, times and leaders, with seats in random states.

use super::{
    chance::Chance,
    people::{Person, person},
    seating::{Seating, Table, confirmed_at},
};
use crate::{
    commands::practice::{
        file::{Entry, PracticeFile, Therapist},
        named_id,
        reading::Lines,
    },
    domain::{
        group::{ConfirmMode, Kind},
        ids::{HoldId, ReservationId},
        series::{Series, WEEK},
        topic::Topic,
    },
    store::{
        demo::{DemoHold, DemoReservation, DemoWaiting},
        practice_load::{AuthorityFacts, GroupFacts, Question, TherapistFacts},
    },
};
use chrono::{Days, Duration, NaiveDate, NaiveTime};
use std::collections::BTreeMap;

/// Groups of one leader, each on another day, so that they cannot clash.
const GROUPS_OF_A_LEADER: u32 = 5;
const ZONES: [&str; 3] = ["America/New_York", "America/Chicago", "America/Los_Angeles"];
const CREDENTIALS: [(&str, &str); 3] = [
    ("PsyD", "Licensed psychologist"),
    ("LCSW", "Licensed clinical social worker"),
    ("LMHC", "Licensed mental health counselor"),
];

/// A practice of the demo's name with so many groups in place of the demo's own.
pub fn file(demo: &PracticeFile, groups: u32, today: NaiveDate) -> PracticeFile {
    PracticeFile {
        practice: demo.practice.clone(),
        therapists: (0..groups.div_ceil(GROUPS_OF_A_LEADER)).map(|number| entry(therapist(number, today))).collect(),
        groups: (0..groups).map(|number| entry(group(number, today))).collect(),
        hash: format!("demo of {groups} groups"),
    }
}

fn entry<T>(facts: T) -> Entry<T> {
    Entry { facts, lines: Lines::default() }
}

fn leader(number: u32) -> String {
    format!("leader-{number}")
}

fn therapist(number: u32, today: NaiveDate) -> Therapist {
    let mut chance = Chance::of(today, &leader(number));
    let (credentials, profession) = chance.one_of(&CREDENTIALS).copied().unwrap_or(CREDENTIALS[0]);
    let facts = TherapistFacts {
        slug: leader(number),
        name: format!("Leader {number}"),
        credentials: credentials.to_owned(),
        profession: profession.to_owned(),
        email: format!("{}@alderstreet.example", leader(number)),
        words: String::new(),
        approach: String::new(),
    };
    // All may practise in New York, where the members of this practice live; many elsewhere too.
    let others = ["FL", "NJ", "CT"].into_iter().filter(|_| chance.below(3) == 0).collect::<Vec<_>>();
    let authority = |state: &str| AuthorityFacts {
        kind: "license".to_owned(),
        state: state.to_owned(),
        title: profession.to_owned(),
        number: format!("{number:06}"),
        valid_from: today - Days::new(1000),
        valid_to: today + Days::new(400),
        checked_by: "M. Alvarez".to_owned(),
        checked_on: today - Days::new(20),
    };
    let mut authorities: Vec<_> = others.into_iter().chain(["NY"]).map(authority).collect();
    authorities.sort();
    Therapist { facts, authorities }
}

fn group(number: u32, today: NaiveDate) -> GroupFacts {
    let mut chance = Chance::of(today, &format!("group {number}"));
    let leader_number = number / GROUPS_OF_A_LEADER;
    let kind = match chance.below(10) {
        0 => Kind::Skills,
        1 => Kind::Process,
        _ => Kind::Therapy,
    };
    let (topic, curriculum) = match kind {
        Kind::Skills => (Some(Topic::DialecticalBehaviorTherapy), "dbt-skills"),
        Kind::Process => (None, "process"),
        Kind::Therapy => (chance.one_of(&Topic::ALL).copied(), "living-with"),
    };
    let name = topic.map_or("Process", Topic::name);
    let half_hours = chance.below(27);
    // Most begin these days and take people; one in five is forming.
    let starts_on = match chance.below(5) {
        0 => today + Days::new(u64::from(3 + chance.below(20))),
        _ => today - Days::new(u64::from(chance.below(10))),
    };
    GroupFacts {
        slug: format!("group-{number}"),
        title: format!("{name} {number}"),
        kind,
        topic,
        leader: leader(leader_number),
        summary: format!("Group {number}, about {}.", topic.map_or("what happens between us", Topic::in_sentence)),
        happens: "We start with a short round.\n\nThen there is time for whoever needs it.".to_owned(),
        for_whom: vec!["You have a room where nobody can listen in.".to_owned()],
        questions: vec![Question { q: "What if I miss a week?".to_owned(), a: "Your seat stays yours.".to_owned() }],
        series: Series {
            weekday: WEEK[usize::try_from((number + leader_number) % 7).unwrap_or_default()],
            starts_at: NaiveTime::MIN + Duration::minutes(i64::from(7 * 60 + half_hours * 30)),
            minutes: if chance.below(2) == 0 { 60 } else { 75 },
        },
        zone: chance.one_of(&ZONES).copied().unwrap_or(ZONES[0]).to_owned(),
        capacity: i16::try_from(6 + chance.below(5)).unwrap_or(8),
        price_cents: 3000 + 500 * i32::try_from(chance.below(5)).unwrap_or_default(),
        confirm: ConfirmMode::AtOnce,
        starts_on,
        minimum: 4,
        curriculum: curriculum.to_owned(),
    }
}

/// Seats in random states, and the people who have them.
pub fn seat_all(tables: &[Table<'_>], today: NaiveDate) -> (Vec<Person>, Seating) {
    let mut chance = Chance::of(today, "seats of many");
    let mut wishes = Vec::new();
    let mut seating = Seating::default();
    let mut people = Vec::new();
    for (index, table) in tables.iter().enumerate() {
        let capacity = u32::try_from(table.facts.capacity).unwrap_or_default();
        let full = chance.below(6) == 0;
        let reserved = if full { capacity } else { chance.below(capacity) };
        wishes.extend((1..=reserved).map(|seat| (index, seat)));
        // Those who hold or wait are people of their own, so that they cannot clash with anything.
        let holds = !full && chance.below(4) == 0;
        let waits = if full { chance.below(3) } else { 0 };
        for number in 0..u32::from(holds) + waits {
            let Some(new) = somebody(&mut people, today) else { continue };
            let name = format!("{} {number}", table.facts.slug);
            if holds {
                let seat = i16::try_from(reserved + 1).unwrap_or_default();
                let id = HoldId(named_id("hold", &name));
                seating.held.push(DemoHold { id, group: table.id, member: new, seat, lapsed: chance.below(3) == 0 });
            } else {
                let joined_at = confirmed_at(table, today, &mut chance);
                seating.waiting.push(DemoWaiting {
                    id: named_id("waiting", &name),
                    group: table.id,
                    member: new,
                    joined_at,
                });
            }
        }
    }
    // Everybody comes up again after so many seats that it is another group, twice at most.
    let round = (wishes.len() / 2 + 1).max(13);
    let first = people.len();
    while people.len() < first + round.min(wishes.len()) && somebody(&mut people, today).is_some() {}
    for (number, (index, seat)) in wishes.iter().enumerate() {
        let table = &tables[*index];
        let earlier = number.checked_sub(round).and_then(|earlier| wishes.get(earlier));
        if earlier.is_some_and(|(other, _)| tables[*other].year.overlaps(&table.year)) {
            continue;
        }
        let Some(person) = people.get(first + number % round) else { continue };
        seating.reserved.push(DemoReservation {
            id: ReservationId(named_id("reservation", &format!("{} {seat}", table.facts.slug))),
            reference: Chance::reference(number),
            group: table.id,
            member: person.member.account,
            seat: i16::try_from(*seat).unwrap_or_default(),
            confirmed_at: confirmed_at(table, today, &mut chance),
        });
    }
    // A seat that nobody could take without a clash is free, and where one is free nobody waits.
    let mut free: BTreeMap<_, _> = tables.iter().map(|table| (table.id, table.facts.capacity)).collect();
    for taken in &seating.reserved {
        free.entry(taken.group).and_modify(|seats| *seats -= 1);
    }
    seating.waiting.retain(|waiting| free.get(&waiting.group) == Some(&0));
    (people, seating)
}

fn somebody(people: &mut Vec<Person>, today: NaiveDate) -> Option<crate::domain::ids::AccountId> {
    let number = u32::try_from(people.len()).ok()? + 1;
    let new = person(today, &format!("m{number:06}"), format!("Member {number}"), "NY", number)?;
    let account = new.member.account;
    people.push(new);
    Some(account)
}
