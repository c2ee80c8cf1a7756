//! Gives the seats of the demo practice to its people by the rules of the house: eligible, no clash, at most three.

use super::{
    chance::Chance,
    people::Person,
    plan::{AWAY, IN_LINE, OFFERED, PLANS, Plan, SEATED},
};
use crate::{
    commands::practice::{check::Year, file::PracticeFile, named_id},
    domain::{
        eligibility::{Age, Authority, Facts, Step, check},
        ids::{GroupId, HoldId, OfferId, ReservationId},
        place::{Place, UsState},
        seat::RESERVATIONS,
    },
    store::{
        demo::{DemoAbsence, DemoHold, DemoOffer, DemoReservation, DemoWaiting},
        practice_load::{AuthorityFacts, GroupFacts},
    },
};
use chrono::{DateTime, Datelike as _, Days, Duration, NaiveDate, NaiveTime, Utc};
use std::collections::HashMap;

/// A group, as far as seating people needs it.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    /// Id.
    pub id: GroupId,
    /// What the file says.
    pub facts: &'a GroupFacts,
    /// Its times.
    pub year: Year,
    authorities: Vec<Authority>,
    /// The first day on or after today on which it meets.
    day: NaiveDate,
}

/// The groups of a file.
pub fn tables(file: &PracticeFile, today: NaiveDate) -> Vec<Table<'_>> {
    let leaders: HashMap<_, _> =
        file.therapists.iter().map(|entry| (entry.facts.facts.slug.as_str(), &entry.facts.authorities)).collect();
    let valid = |authority: &AuthorityFacts| {
        let AuthorityFacts { valid_from, valid_to, .. } = *authority;
        Some(Authority { state: UsState::parse(&authority.state)?, valid_from, valid_to })
    };
    let table = |facts: &'_ _| -> Option<(Year, Vec<Authority>, NaiveDate)> {
        let GroupFacts { leader, series, zone, starts_on, .. } = facts;
        let day = today.max(*starts_on).iter_days().find(|day| day.weekday() == series.weekday)?;
        let authorities = leaders.get(leader.as_str())?.iter().filter_map(valid).collect();
        Some((Year::of(*series, zone.parse().ok()?, today), authorities, day))
    };
    file.groups
        .iter()
        .filter_map(|entry| {
            let (year, authorities, day) = table(&entry.facts)?;
            Some(Table {
                id: GroupId(named_id("group", &entry.facts.slug)),
                facts: &entry.facts,
                year,
                authorities,
                day,
            })
        })
        .collect()
}

/// Who has which seat.
#[derive(Clone, Debug, Default)]
pub struct Seating {
    /// Confirmed seats.
    pub reserved: Vec<DemoReservation>,
    /// Held seats.
    pub held: Vec<DemoHold>,
    /// Lines.
    pub waiting: Vec<DemoWaiting>,
    /// Seats that were given back.
    pub released: Vec<DemoReservation>,
    /// Seats that are offered to the first in line.
    pub offered: Vec<DemoOffer>,
    /// Absences.
    pub absences: Vec<DemoAbsence>,
}

/// Seats everybody by the plan.
pub fn seat_all(tables: &[Table<'_>], people: &[Person], today: NaiveDate) -> Seating {
    let mut seating = Seating::default();
    // Groups in which each person has or holds a seat or waits, by index.
    let mut places: Vec<Vec<usize>> = vec![Vec::new(); people.len()];
    let mut seats_of: Vec<i64> = vec![0; people.len()];
    let fixed = |list: &[(&str, &str)], slug: &str| -> Vec<usize> {
        let wanted = list.iter().filter(|(_, group)| *group == slug);
        wanted
            .filter_map(|(who, _)| people.iter().position(|p| p.member.email == format!("{who}@example.org")))
            .collect()
    };
    // The known people first, everywhere: otherwise others would take their seats.
    let plans: Vec<(usize, &Plan)> = PLANS
        .iter()
        .filter_map(|plan| Some((tables.iter().position(|table| table.facts.slug == plan.group)?, plan)))
        .collect();
    let mut reserved: Vec<Vec<usize>> = Vec::new();
    for (index, plan) in &plans {
        let seated = fixed(&SEATED, plan.group);
        for person in &seated {
            places[*person].push(*index);
            seats_of[*person] += 1;
        }
        for person in fixed(&IN_LINE, plan.group) {
            places[person].push(*index);
        }
        reserved.push(seated);
    }
    for ((index, plan), mut seated) in plans.into_iter().zip(reserved) {
        let table = &tables[index];
        let mut chance = Chance::of(today, plan.group);
        let mut draw = |places: &[Vec<usize>], seats_of: &[i64]| {
            // The known three get what the plan names and nothing else.
            let others = 3..people.len();
            let fits = |person: &usize| {
                seats_of[*person] < RESERVATIONS
                    && is_eligible(table, &people[*person], today)
                    && places[*person].iter().all(|other| *other != index && !tables[*other].year.overlaps(&table.year))
            };
            others.filter(fits).min_by_key(|person| (seats_of[*person], chance.below(1 << 20)))
        };
        while seated.len() < plan.reserved {
            let Some(person) = draw(&places, &seats_of) else { break };
            places[person].push(index);
            seats_of[person] += 1;
            seated.push(person);
        }
        let mut seat = 0;
        for person in seated {
            seat += 1;
            let email = &people[person].member.email;
            seating.reserved.push(DemoReservation {
                id: ReservationId(named_id("reservation", &format!("{} {email}", plan.group))),
                reference: Chance::reference(seating.reserved.len()),
                group: table.id,
                member: people[person].member.account,
                seat,
                confirmed_at: confirmed_at(table, today, &mut Chance::of(today, &format!("{} {email}", plan.group))),
            });
        }
        for number in 0..plan.held + plan.lapsed {
            let Some(person) = draw(&places, &seats_of) else { break };
            places[person].push(index);
            seat += 1;
            seating.held.push(DemoHold {
                id: HoldId(named_id("hold", &format!("{} {number}", plan.group))),
                group: table.id,
                member: people[person].member.account,
                seat,
                lapsed: number >= plan.held,
            });
        }
        let mut line = fixed(&IN_LINE, plan.group);
        while line.len() < plan.waiting {
            let Some(person) = draw(&places, &seats_of) else { break };
            places[person].push(index);
            line.push(person);
        }
        if OFFERED.contains(&plan.group)
            && let (Some(first), Some(gone)) = (line.first(), draw(&places, &seats_of))
        {
            seat += 1;
            let waiter = &people[*first].member;
            seating.offered.push(DemoOffer {
                id: OfferId(named_id("offer", plan.group)),
                entry: named_id("waiting", &format!("{} {}", plan.group, waiter.email)),
                vacancy: named_id("vacancy", plan.group),
                group: table.id,
                member: waiter.account,
                seat,
            });
            let email = &people[gone].member.email;
            places[gone].push(index);
            seating.released.push(DemoReservation {
                id: ReservationId(named_id("reservation", &format!("{} {email}", plan.group))),
                // Numbers far behind those of the others.
                reference: Chance::reference(5000 + seating.released.len()),
                group: table.id,
                member: people[gone].member.account,
                seat,
                confirmed_at: confirmed_at(table, today, &mut Chance::of(today, &format!("{} {email}", plan.group))),
            });
        }
        for person in fixed(&AWAY, plan.group) {
            seating.absences.push(DemoAbsence { group: table.id, member: people[person].member.account });
        }
        for (number, person) in line.into_iter().enumerate() {
            let days = u64::try_from(plan.waiting - number).unwrap_or(1);
            seating.waiting.push(DemoWaiting {
                id: named_id("waiting", &format!("{} {}", plan.group, people[person].member.email)),
                group: table.id,
                member: people[person].member.account,
                joined_at: at(today - Days::new(days), &mut Chance::of(today, &people[person].member.email)),
            });
        }
    }
    seating
}

fn is_eligible(table: &Table<'_>, person: &Person, today: NaiveDate) -> bool {
    let facts = |day| Facts {
        kind: Some(table.facts.kind),
        place: Some(Place::In(person.state)),
        age: Age::Born(person.member.born_on),
        authorities: &table.authorities,
        day,
    };
    // She confirmed some time ago and will be there next time.
    check(Step::Confirm, facts(table.day)).is_eligible() && check(Step::Confirm, facts(today)).is_eligible()
}

/// When somebody confirmed: before the first meeting of a closed group, at any time of a rolling one, in the last days
/// of one that is forming; never today, so that it is past in every zone.
pub fn confirmed_at(table: &Table<'_>, today: NaiveDate, chance: &mut Chance) -> DateTime<Utc> {
    let starts_on = table.facts.starts_on;
    let back = |chance: &mut Chance, days: u32| Days::new(u64::from(2 + chance.below(days)));
    let day = if starts_on > today {
        today - back(chance, 6)
    } else if table.facts.curriculum == "dbt-skills" {
        let since = u32::try_from((today - starts_on).num_days()).unwrap_or_default();
        today - back(chance, since + 4)
    } else {
        starts_on - back(chance, 8)
    };
    at(day, chance)
}

/// Some time of a day.
fn at(day: NaiveDate, chance: &mut Chance) -> DateTime<Utc> {
    // From the morning to the evening in New York.
    day.and_time(NaiveTime::MIN).and_utc() + Duration::minutes(i64::from(13 * 60 + chance.below(11 * 60)))
}
