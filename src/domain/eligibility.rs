//! Who may take a seat: one pure function, used by finder, hold, confirm, offer and join. It fails closed.

use crate::domain::{
    group::Kind,
    place::{Place, UsState},
};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A practice authority as far as eligibility needs it: where, and on which days.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Authority {
    /// The state in which the therapist may practise.
    pub state: UsState,
    /// First valid day.
    pub valid_from: NaiveDate,
    /// Last valid day.
    pub valid_to: NaiveDate,
}

impl Authority {
    /// Whether it holds on this day.
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && day <= self.valid_to
    }
}

/// How far somebody has come; each step asks for more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Finder and group page: the state, if known.
    Browse,
    /// Hold: the state, and that she is 18 or older.
    Hold,
    /// Confirm: the state and the date of birth.
    Confirm,
    /// Join a meeting: where she is now; her age was settled when she confirmed.
    Join,
}

/// What is known of somebody's age.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Age {
    /// Nothing.
    #[default]
    Unknown,
    /// She ticked "I am 18 or older".
    SaysAdult,
    /// Her date of birth.
    Born(NaiveDate),
}

/// What the decision is made from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Kind of the group; `None` when the program does not know it.
    pub kind: Option<Kind>,
    /// Where she is.
    pub place: Option<Place>,
    /// Her age.
    pub age: Age,
    /// The leader's authorities, valid or not.
    pub authorities: &'a [Authority],
    /// The day of the meeting that is asked about.
    pub day: NaiveDate,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Eligibility {
    /// She may.
    Eligible,
    /// She may not, and why.
    NotEligible(Reason),
    /// Something must be asked first.
    Unknown(Ask),
}

impl Eligibility {
    /// Only this passes.
    pub fn is_eligible(&self) -> bool {
        matches!(self, Self::Eligible)
    }
}

/// Why somebody may not join.
#[derive(Clone, PartialEq, Eq, Debug, Error, Serialize, Deserialize)]
pub enum Reason {
    /// The leader may not practise where she is that day.
    #[error("The leader may not practise there.")]
    NoAuthority {
        /// Where she is.
        place: UsState,
        /// Where the leader may practise that day.
        valid_in: Vec<UsState>,
    },
    /// No group may be joined from outside of the United States.
    #[error("Groups can only be joined from inside the United States.")]
    OutsideUs,
    /// Under 18.
    #[error("Groups are for people of 18 and older.")]
    Under18,
    /// The program does not know what kind of group this is.
    #[error("We cannot tell what kind of group this is.")]
    UnknownKind,
}

impl Reason {
    /// The reason and the alternative, as a reader sees them. `leader` is the leader's first name.
    pub fn sentence(&self, leader: &str) -> String {
        match self {
            Self::NoAuthority { place, valid_in } if valid_in.is_empty() => {
                format!("{leader} may not see people in {} at the moment. There may be a skills group for you.", place.name())
            }
            Self::NoAuthority { place, valid_in } => format!(
                "{leader} may only treat people who are in {}. In {} there may be a skills group for you.",
                list_or(valid_in.iter().map(|state| state.name())),
                place.name(),
            ),
            Self::OutsideUs => {
                "Our groups can only be joined from inside the United States. Help now lists people you can reach from anywhere.".to_owned()
            }
            Self::Under18 => "Our groups are for people of 18 and older.".to_owned(),
            Self::UnknownKind => "We cannot tell who may join this group, so nobody can at the moment.".to_owned(),
        }
    }
}

/// What must be asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Ask {
    /// Which state she is in.
    Place,
    /// Whether she is 18 or older.
    Adult,
    /// When she was born.
    BirthDate,
}

/// May she? `Eligible` is given only where every fact that the step needs is known and fits.
pub fn check(step: Step, facts: Facts<'_>) -> Eligibility {
    if let Age::Born(born) = facts.age
        && age_on(born, facts.day) < 18
    {
        return Eligibility::NotEligible(Reason::Under18);
    }
    let Some(kind) = facts.kind else {
        return Eligibility::NotEligible(Reason::UnknownKind);
    };
    let Some(place) = facts.place else {
        return Eligibility::Unknown(Ask::Place);
    };
    let Place::In(state) = place else {
        return Eligibility::NotEligible(Reason::OutsideUs);
    };
    let may_practise = match kind {
        Kind::Skills => true,
        Kind::Process | Kind::Therapy => {
            facts.authorities.iter().any(|authority| authority.state == state && authority.holds_on(facts.day))
        }
    };
    if !may_practise {
        return Eligibility::NotEligible(Reason::NoAuthority {
            place: state,
            valid_in: states_on(facts.authorities, facts.day),
        });
    }
    match (step, facts.age) {
        (Step::Browse | Step::Join, _) | (Step::Hold | Step::Confirm, Age::Born(_)) | (Step::Hold, Age::SaysAdult) => {
            Eligibility::Eligible
        }
        (Step::Hold, Age::Unknown) => Eligibility::Unknown(Ask::Adult),
        (Step::Confirm, Age::Unknown | Age::SaysAdult) => Eligibility::Unknown(Ask::BirthDate),
    }
}

/// The states in which some authority holds on a day, each once, by name.
pub fn states_on(authorities: &[Authority], day: NaiveDate) -> Vec<UsState> {
    let mut states: Vec<_> =
        authorities.iter().filter(|authority| authority.holds_on(day)).map(|authority| authority.state).collect();
    states.sort_by_key(|state| state.name());
    states.dedup();
    states
}

/// Whole years on a day. Somebody born on February 29 is a year older on March 1 of a common year.
pub fn age_on(born: NaiveDate, day: NaiveDate) -> i32 {
    let before_birthday = (day.month(), day.day()) < (born.month(), born.day());
    day.year() - born.year() - i32::from(before_birthday)
}

/// "A, B or C".
pub fn list_or<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    list(names, "or")
}

/// "A, B and C".
pub fn list_and<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    list(names, "and")
}

fn list<'a>(names: impl IntoIterator<Item = &'a str>, word: &str) -> String {
    let names: Vec<_> = names.into_iter().collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn state(code: &str) -> UsState {
        UsState::parse(code).unwrap()
    }

    fn ny_until(end: &str) -> Vec<Authority> {
        vec![Authority { state: state("NY"), valid_from: day("2020-01-01"), valid_to: day(end) }]
    }

    const ALL_STEPS: [Step; 4] = [Step::Browse, Step::Hold, Step::Confirm, Step::Join];

    /// Every kind × place × authority × age × step, against an answer that is written down in another way.
    #[test]
    fn the_whole_table() {
        let today = day("2026-11-24");
        let valid = ny_until("2026-11-24");
        let expired = ny_until("2026-11-23");
        let not_yet =
            vec![Authority { state: state("NY"), valid_from: day("2026-11-25"), valid_to: day("2030-01-01") }];
        let elsewhere =
            vec![Authority { state: state("FL"), valid_from: day("2020-01-01"), valid_to: day("2030-01-01") }];
        let none = vec![];
        let mut seen = 0;
        for kind in [None, Some(Kind::Skills), Some(Kind::Process), Some(Kind::Therapy)] {
            for place in [None, Some(Place::OutsideUs), Place::parse("NY"), Place::parse("PR")] {
                for (authorities, valid_in_ny) in
                    [(&valid, true), (&expired, false), (&not_yet, false), (&elsewhere, false), (&none, false)]
                {
                    for age in
                        [Age::Unknown, Age::SaysAdult, Age::Born(day("2008-11-24")), Age::Born(day("2008-11-25"))]
                    {
                        for step in ALL_STEPS {
                            let facts = Facts { kind, place, age, authorities, day: today };
                            let minor = age == Age::Born(day("2008-11-25"));
                            let in_us = matches!(place, Some(Place::In(_)));
                            let led_there = kind == Some(Kind::Skills) || (place == Place::parse("NY") && valid_in_ny);
                            let age_enough = match step {
                                Step::Browse | Step::Join => true,
                                Step::Hold => age != Age::Unknown,
                                Step::Confirm => matches!(age, Age::Born(_)),
                            };
                            let expected = !minor && kind.is_some() && in_us && led_there && age_enough;
                            let answer = check(step, facts);
                            assert_eq!(answer.is_eligible(), expected, "{step:?} {facts:?} {answer:?}");
                            if !minor && kind.is_some() && place.is_none() {
                                assert_eq!(answer, Eligibility::Unknown(Ask::Place));
                            }
                            seen += 1;
                        }
                    }
                }
            }
        }
        assert_eq!(seen, 4 * 4 * 5 * 4 * 4);
    }

    #[test]
    fn reasons_name_the_way_out() {
        let reason = Reason::NoAuthority { place: state("OH"), valid_in: vec![state("NJ"), state("NY")] };
        assert_eq!(
            reason.sentence("Ruth"),
            "Ruth may only treat people who are in New Jersey or New York. In Ohio there may be a skills group for you."
        );
    }

    #[test]
    fn a_birthday_is_on_its_day() {
        assert_eq!(age_on(day("2008-11-24"), day("2026-11-23")), 17);
        assert_eq!(age_on(day("2008-11-24"), day("2026-11-24")), 18);
        assert_eq!(age_on(day("2008-02-29"), day("2026-02-28")), 17);
        assert_eq!(age_on(day("2008-02-29"), day("2026-03-01")), 18);
    }

    proptest! {
        #[test]
        fn a_therapy_group_is_never_open_without_a_valid_authority(
            code in 0_usize..56, held in prop::collection::vec((0_usize..56, 0_i64..900, 0_i64..900), 0..5), offset in 0_i64..900,
        ) {
            let states: Vec<_> = UsState::all().collect();
            let start = day("2026-01-01");
            let at = |days: i64| start + chrono::Duration::days(days);
            let authorities: Vec<_> = held.iter()
                .map(|(state, from, length)| Authority { state: states[*state], valid_from: at(*from), valid_to: at(from + length) })
                .collect();
            let facts = Facts {
                kind: Some(Kind::Therapy), place: Some(Place::In(states[code])), age: Age::Unknown,
                authorities: &authorities, day: at(offset),
            };
            let allowed = authorities.iter().any(|a| a.state == states[code] && a.valid_from <= at(offset) && at(offset) <= a.valid_to);
            prop_assert_eq!(check(Step::Browse, facts).is_eligible(), allowed);
        }
    }
}
