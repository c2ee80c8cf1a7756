//! Who is next, and when an offer ends, across both clock changes.

use super::*;
use chrono_tz::{
    America::{Chicago, New_York},
    Pacific::Honolulu,
    Tz,
};
use proptest::prelude::*;

const QUIET: Option<Quiet> = Some(Quiet { from: 22, to: 8 });
const TWELVE_HOURS: u32 = 12 * 3600;

fn end(now: &str, zone: Tz) -> String {
    let now: DateTime<Utc> = now.parse().unwrap();
    offer_end(now, TWELVE_HOURS, QUIET, &zone).with_timezone(&zone).format("%F %H:%M").to_string()
}

#[test]
fn an_offer_ends_after_its_hours_or_at_nine() {
    // 8 AM in New York: it ends at 8 PM. Half past ten in the morning: 10:30 PM is quiet.
    assert_eq!(end("2026-11-24T13:00:00Z", New_York), "2026-11-24 20:00");
    assert_eq!(end("2026-11-24T15:30:00Z", New_York), "2026-11-25 09:00");
    assert_eq!(end("2026-11-24T15:30:00Z", Chicago), "2026-11-24 21:30", "on her wall, not on the group's");
    assert_eq!(end("2026-11-24T15:30:00Z", Honolulu), "2026-11-24 17:30");
    // The edges: 22:00 is quiet, 21:59 and 08:00 are not.
    assert_eq!(end("2026-11-24T15:00:00Z", New_York), "2026-11-25 09:00");
    assert_eq!(end("2026-11-24T14:59:00Z", New_York), "2026-11-24 21:59");
    assert_eq!(end("2026-11-25T00:59:00Z", New_York), "2026-11-25 09:00");
    assert_eq!(end("2026-11-25T01:00:00Z", New_York), "2026-11-25 08:00");
}

#[test]
fn nine_is_nine_on_both_days_on_which_the_clocks_change() {
    // The night of March 14, 2027 has no half past two; that of November 7, 2027 has half past one twice.
    assert_eq!(end("2027-03-13T20:00:00Z", New_York), "2027-03-14 09:00");
    assert_eq!(end("2027-03-14T03:30:00Z", New_York), "2027-03-14 11:30", "twelve hours are twelve hours");
    assert_eq!(end("2027-11-06T20:00:00Z", New_York), "2027-11-07 09:00");
    assert_eq!(end("2027-11-06T17:30:00Z", New_York), "2027-11-07 09:00", "half past one, the first of both");
    assert_eq!(end("2027-11-06T18:30:00Z", New_York), "2027-11-07 09:00", "and the second");
    let nine: DateTime<Utc> = "2027-03-13T20:00:00Z".parse().unwrap();
    assert_eq!(offer_end(nine, TWELVE_HOURS, QUIET, &New_York).to_rfc3339(), "2027-03-14T13:00:00+00:00");
    let nine: DateTime<Utc> = "2027-11-06T20:00:00Z".parse().unwrap();
    assert_eq!(offer_end(nine, TWELVE_HOURS, QUIET, &New_York).to_rfc3339(), "2027-11-07T14:00:00+00:00");
}

#[test]
fn quiet_hours_may_be_off_or_lie_within_a_day() {
    let now: DateTime<Utc> = "2026-11-24T15:30:00Z".parse().unwrap();
    assert_eq!(offer_end(now, TWELVE_HOURS, None, &New_York), now + Duration::hours(12));
    let siesta = Some(Quiet { from: 20, to: 23 });
    let ended = offer_end(now, TWELVE_HOURS, siesta, &New_York).with_timezone(&New_York);
    assert_eq!(ended.format("%F %H:%M").to_string(), "2026-11-25 00:00", "midnight is tomorrow's");
    let evening = Some(Quiet { from: 20, to: 22 });
    let ended = offer_end(now, TWELVE_HOURS, evening, &Chicago).with_timezone(&Chicago);
    assert_eq!(ended.format("%F %H:%M").to_string(), "2026-11-24 23:00");
}

fn waiter(number: u128, seated: bool, offered: Vec<Uuid>) -> Waiter {
    Waiter {
        entry: EntryId(Uuid::from_u128(100 + number)),
        member: AccountId(Uuid::from_u128(number)),
        place: None,
        age: Age::Unknown,
        seated,
        told_skipped: false,
        offered,
    }
}

fn vacancy(seat: i16, id: Option<u128>) -> Vacancy {
    Vacancy { seat, id: id.map(Uuid::from_u128) }
}

#[test]
fn the_first_who_can_take_a_seat_is_next() {
    let line = Line {
        waiters: vec![
            waiter(1, false, vec![Uuid::from_u128(7)]),
            waiter(2, false, vec![]),
            waiter(3, true, vec![]),
            waiter(4, false, vec![]),
        ],
        vacancies: vec![vacancy(1, Some(7)), vacancy(2, None), vacancy(5, None)],
    };
    let all = line.turns(|_| true);
    assert_eq!(all.offers, [(vacancy(1, Some(7)), 1), (vacancy(2, None), 0), (vacancy(5, None), 3)]);
    assert_eq!(all.skipped, [0_usize; 0]);
    let not_two = line.turns(|waiter| waiter.member != line.waiters[1].member);
    assert_eq!(not_two.offers, [(vacancy(1, Some(7)), 3), (vacancy(2, None), 0)]);
    assert_eq!(not_two.skipped, [1], "told once, however many seats pass her");
}

#[test]
fn whoever_walks_up_gets_what_nobody_before_her_can_be_offered() {
    let line = Line {
        waiters: vec![waiter(1, false, vec![Uuid::from_u128(7)]), waiter(2, false, vec![])],
        vacancies: vec![vacancy(1, Some(7)), vacancy(2, None), vacancy(3, None)],
    };
    let somebody = Some(AccountId(Uuid::from_u128(9)));
    assert_eq!(line.open_to(somebody, |_| true), [0_i16; 0]);
    let two_is_not = |waiter: &Waiter| waiter.member != line.waiters[1].member;
    assert_eq!(line.open_to(None, two_is_not), [1], "it was offered to the first, and the second cannot take it");
    assert_eq!(line.open_to(Some(line.waiters[0].member), |_| true), [1, 2, 3], "the first overtakes nobody");
    assert_eq!(line.open_to(Some(line.waiters[1].member), |_| true), [1]);
    assert_eq!(line.open_to(somebody, |_| false), [1, 2, 3], "nobody can be offered them: on sale");
    assert_eq!(Line::default().open_to(None, |_| true), [0_i16; 0]);
}

proptest! {
    #[test]
    fn no_offer_ends_in_the_night_or_early(
        minute in 0_i64..(370 * 24 * 60), seconds in 60_u32..200_000,
        zone in prop::sample::select(vec!["America/New_York", "America/Los_Angeles", "America/Phoenix", "Pacific/Guam"]),
    ) {
        let zone: Tz = zone.parse().unwrap();
        let now = "2027-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::minutes(minute);
        let end = offer_end(now, seconds, QUIET, &zone);
        prop_assert!((8..22).contains(&end.with_timezone(&zone).hour()));
        let wished = now + Duration::seconds(i64::from(seconds));
        prop_assert!(end >= wished && end - wished <= Duration::hours(12));
    }

    #[test]
    fn no_offer_ends_before_its_time_whichever_hours_are_quiet(
        minute in 0_i64..(370 * 24 * 60), seconds in 60_u32..200_000, from in 0_u8..24, to in 0_u8..24,
        zone in prop::sample::select(vec!["America/New_York", "America/Los_Angeles", "America/Phoenix", "Pacific/Guam"]),
    ) {
        let zone: Tz = zone.parse().unwrap();
        let now = "2027-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::minutes(minute);
        let end = offer_end(now, seconds, Some(Quiet { from, to }), &zone);
        let wished = now + Duration::seconds(i64::from(seconds));
        prop_assert!(end >= wished && end - wished <= Duration::hours(26), "{wished} {end}");
    }

    /// Each free seat goes to at most one, each waiter gets at most one, and nobody in front of her could have had it.
    #[test]
    fn nobody_overtakes(
        people in prop::collection::vec((any::<bool>(), any::<bool>(), prop::collection::vec(0_u128..4, 0..3)), 0..7),
        seats in prop::collection::vec(prop::option::of(0_u128..4), 0..5),
    ) {
        let waiters: Vec<_> = people.iter().zip(1..).map(|((_, seated, offered), n)| {
            waiter(n, *seated, offered.iter().map(|id| Uuid::from_u128(*id)).collect())
        }).collect();
        let vacancies: Vec<_> = seats.iter().zip(1..).map(|(id, seat)| vacancy(seat, *id)).collect();
        let eligible = |waiter: &Waiter| people[usize::try_from(waiter.member.0.as_u128()).unwrap() - 1].0;
        let line = Line { waiters, vacancies };
        let turns = line.turns(eligible);
        for (at, (vacancy, index)) in turns.offers.iter().enumerate() {
            prop_assert!(turns.offers[..at].iter().all(|(other, who)| other.seat != vacancy.seat && who != index));
            for before in 0..*index {
                let served = turns.offers[..at].iter().any(|(_, who)| *who == before);
                prop_assert!(served || !eligible(&line.waiters[before]) || !Line::is_open_to(*vacancy, &line.waiters[before]));
            }
        }
        for open in line.open_to(None, eligible) {
            let vacancy = line.vacancies.iter().find(|vacancy| vacancy.seat == open).unwrap();
            prop_assert!(line.waiters.iter().all(|who| !eligible(who) || !Line::is_open_to(*vacancy, who)));
            prop_assert!(turns.offers.iter().all(|(offered, _)| offered.seat != open), "what is on sale is offered to nobody");
        }
    }
}
