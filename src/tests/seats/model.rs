//! Line and seats against a simple reference: random moves of a few people on a group with two seats that are not taken,
//! played against the application and against a dozen lines of plain rules. After each move both must say the same.

use super::{
    House, SEATS, confirm, hold, let_go,
    line::join,
    offers::{accept, decline},
    race::release,
    tell,
};
use crate::support::Browser;
use axum::http::StatusCode;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::collections::BTreeMap;

const PEOPLE: [&str; 4] = ["ann", "bea", "cleo", "dora"];
const OPEN: usize = 2;
const GAMES: usize = 8;
const MOVES: usize = 30;

/// What somebody tries.
#[derive(Clone, Copy, Debug)]
enum Try {
    Hold(usize),
    LetGo(usize),
    Confirm(usize),
    Release(usize),
    Join(usize),
    Leave(usize),
    Accept(usize),
    Decline(usize),
    /// The time of all holds and offers is over, and the worker looks.
    TimePasses,
}

fn any_try() -> impl Strategy<Value = Try> {
    let who = 0..PEOPLE.len();
    prop_oneof![
        3 => who.clone().prop_map(Try::Hold),
        1 => who.clone().prop_map(Try::LetGo),
        3 => who.clone().prop_map(Try::Confirm),
        3 => who.clone().prop_map(Try::Release),
        4 => who.clone().prop_map(Try::Join),
        1 => who.clone().prop_map(Try::Leave),
        1 => who.clone().prop_map(Try::Accept),
        2 => who.prop_map(Try::Decline),
        1 => Just(Try::TimePasses),
    ]
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Free,
    Held(usize),
    Offered(usize),
    Reserved(usize),
}

/// The reference.
#[derive(Debug)]
struct Model {
    /// State of each seat, and to whom its vacancy was offered.
    seats: Vec<(State, Vec<usize>)>,
    /// Who waits, with the number of declines, first to last.
    line: Vec<(usize, i16)>,
    /// Fresh holds of each.
    fresh: [usize; PEOPLE.len()],
    /// Whether somebody may still confirm a hold that lapsed.
    held: [bool; PEOPLE.len()],
    /// Whether somebody may still confirm an offer that was over.
    expired: [bool; PEOPLE.len()],
}

impl Model {
    fn new() -> Self {
        Self {
            seats: vec![(State::Free, vec![]); OPEN],
            line: vec![],
            fresh: [0; 4],
            held: [false; 4],
            expired: [false; 4],
        }
    }

    fn seat_of(&self, who: usize) -> Option<usize> {
        self.seats.iter().position(
            |(state, _)| matches!(state, State::Held(m) | State::Offered(m) | State::Reserved(m) if *m == who),
        )
    }

    /// Free seats that nobody before her in line can be offered.
    fn open(&self, who: usize) -> Vec<usize> {
        let before: Vec<_> = self.line.iter().map(|(m, _)| *m).take_while(|m| *m != who).collect();
        let wanted = |offered: &Vec<usize>| before.iter().any(|m| self.seat_of(*m).is_none() && !offered.contains(m));
        (0..OPEN).filter(|n| self.seats[*n].0 == State::Free && !wanted(&self.seats[*n].1)).collect()
    }

    fn pass_on(&mut self) {
        for n in 0..OPEN {
            if self.seats[n].0 == State::Free {
                let next = self
                    .line
                    .iter()
                    .map(|(m, _)| *m)
                    .find(|m| self.seat_of(*m).is_none() && !self.seats[n].1.contains(m));
                if let Some(next) = next {
                    self.seats[n].0 = State::Offered(next);
                    self.seats[n].1.push(next);
                }
            }
        }
    }

    fn count_no(&mut self, who: usize) {
        for entry in self.line.iter_mut().filter(|(m, _)| *m == who) {
            entry.1 += 1;
        }
        self.line.retain(|(_, declines)| *declines < 2);
    }

    /// Plays a move; tells whether it succeeds.
    fn play(&mut self, wish: Try) -> bool {
        let state = |this: &Self, who| this.seat_of(who).map(|n| this.seats[n].0);
        match wish {
            Try::Hold(who) => match state(self, who) {
                Some(State::Reserved(_)) => false,
                Some(_) => true,
                None => match self.open(who).first() {
                    Some(n) if self.fresh[who] < 3 => {
                        self.seats[*n].0 = State::Held(who);
                        self.fresh[who] += 1;
                        self.held[who] = true;
                        true
                    }
                    _ => false,
                },
            },
            Try::LetGo(who) => {
                match (self.seat_of(who), state(self, who)) {
                    (Some(n), Some(State::Held(_))) => self.seats[n].0 = State::Free,
                    (Some(_), Some(State::Offered(_))) => return self.play(Try::Decline(who)),
                    _ => {}
                }
                self.held[who] = false;
                true
            }
            Try::Confirm(who) => match (self.seat_of(who), state(self, who)) {
                (_, Some(State::Reserved(_))) => true,
                (Some(n), Some(_)) => {
                    self.reserve(n, who);
                    true
                }
                _ => match self.open(who).first() {
                    Some(n) if self.held[who] || self.expired[who] => {
                        self.reserve(*n, who);
                        true
                    }
                    _ => false,
                },
            },
            Try::Release(who) => match (self.seat_of(who), state(self, who)) {
                (Some(n), Some(State::Reserved(_))) => {
                    self.seats[n] = (State::Free, vec![]);
                    self.pass_on();
                    true
                }
                _ => false,
            },
            Try::Join(who) => {
                let may = self.seat_of(who).is_none()
                    && self.line.iter().all(|(m, _)| *m != who)
                    && self.open(who).is_empty();
                if may {
                    self.line.push((who, 0));
                    self.pass_on();
                }
                may
            }
            Try::Leave(who) => {
                self.line.retain(|(m, _)| *m != who);
                if let (Some(n), Some(State::Offered(_))) = (self.seat_of(who), state(self, who)) {
                    self.seats[n].0 = State::Free;
                }
                self.pass_on();
                true
            }
            Try::Accept(who) => matches!(state(self, who), Some(State::Offered(_))),
            Try::Decline(who) => match (self.seat_of(who), state(self, who)) {
                (Some(n), Some(State::Offered(_))) => {
                    self.seats[n].0 = State::Free;
                    self.count_no(who);
                    self.pass_on();
                    true
                }
                _ => false,
            },
            Try::TimePasses => {
                let over: Vec<_> =
                    (0..OPEN).filter(|n| matches!(self.seats[*n].0, State::Held(_) | State::Offered(_))).collect();
                for n in over {
                    if let State::Offered(who) = self.seats[n].0 {
                        self.count_no(who);
                        self.expired[who] = true;
                    }
                    self.seats[n].0 = State::Free;
                }
                self.pass_on();
                true
            }
        }
    }

    fn reserve(&mut self, seat: usize, who: usize) {
        self.seats[seat] = (State::Reserved(who), vec![]);
        self.line.retain(|(m, _)| *m != who);
        (self.held[who], self.expired[who]) = (false, false);
    }

    /// Who has what, by name.
    fn shown(&self) -> BTreeMap<&'static str, &'static str> {
        let word = |state: &State| match state {
            State::Free => None,
            State::Held(m) => Some((PEOPLE[*m], "held")),
            State::Offered(m) => Some((PEOPLE[*m], "offered")),
            State::Reserved(m) => Some((PEOPLE[*m], "reserved")),
        };
        self.seats.iter().filter_map(|(state, _)| word(state)).collect()
    }
}

async fn play(house: &House, people: &mut [Browser], wish: Try) -> bool {
    let done = |answer: crate::support::Answer| answer.status == StatusCode::OK;
    match wish {
        Try::Hold(who) => done(hold(&mut people[who], "g0").await),
        Try::LetGo(who) => done(let_go(&mut people[who], "g0").await),
        Try::Confirm(who) => done(confirm(&mut people[who], "g0").await),
        Try::Release(who) => done(release(&mut people[who], "g0").await),
        Try::Join(who) => done(join(&mut people[who], "g0").await),
        Try::Leave(who) => done(people[who].call("/api/waiting/leave", &[("slug", "g0")]).await),
        Try::Accept(who) | Try::Decline(who) => {
            let Some(offer) = house.offer_of(PEOPLE[who], "g0").await else { return false };
            match wish {
                Try::Accept(_) => done(accept(&mut people[who], offer).await),
                _ => done(decline(&mut people[who], offer).await),
            }
        }
        Try::TimePasses => {
            house.change("update seats set held_until = now() where state in ('held', 'offered')").await;
            house.change("update offers set ends_at = now() where closed_at is null").await;
            let worker = common_ground::jobs::Worker::new(house.test.app.clone()).unwrap();
            common_ground::jobs::line::run(worker).await.unwrap();
            // What lapsed and was taken by nobody is free, whoever's name its row still bears.
            house
                .change(
                    "update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, renewals = 0,
                       offer_id = null where state in ('held', 'offered') and held_until <= now()",
                )
                .await;
            true
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_and_seats_do_what_the_plain_rules_say() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, b"nobody overtakes, nothing is los");
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let games = prop::collection::vec(any_try(), MOVES);
    let house = House::new().await;
    house.fill("g0", SEATS - OPEN).await;
    let mut people = Vec::new();
    for name in PEOPLE {
        let mut browser = house.member(name).await;
        assert_eq!(hold(&mut browser, "g11").await.status, StatusCode::OK);
        tell(&mut browser, "g11").await;
        let_go(&mut browser, "g11").await;
        people.push(browser);
    }
    let mut seen = [0_usize; 2];
    for game in 0..GAMES {
        let moves = games.new_tree(&mut runner).unwrap().current();
        let mut model = Model::new();
        for (number, wish) in moves.iter().enumerate() {
            let before = format!("{model:?}");
            let expected = model.play(*wish);
            let happened = play(&house, &mut people, *wish).await;
            let at = format!("game {game}, move {number} {wish:?} of {before}; {:?}", &moves[..number]);
            assert_eq!(happened, expected, "{at}");
            seen[usize::from(happened)] += 1;
            let line = house.line("g0").await;
            let wanted: Vec<_> = model.line.iter().map(|(m, declines)| (PEOPLE[*m].to_owned(), *declines)).collect();
            assert_eq!(line, wanted, "{at}");
            let mut has = BTreeMap::new();
            for (_, state, email) in house.seats("g0").await {
                let name = email
                    .as_deref()
                    .and_then(|email| PEOPLE.iter().find(|name| email.starts_with(&format!("{name}@"))));
                if let Some(name) = name {
                    has.insert(*name, state);
                }
            }
            let wanted: BTreeMap<_, _> =
                model.shown().into_iter().map(|(name, state)| (name, state.to_owned())).collect();
            assert_eq!(has, wanted, "{at}");
        }
        for sql in [
            "update seats set state = 'free', member_id = null, reservation_id = null, hold_id = null, held_at = null, held_until = null,
               renewals = 0, offer_id = null, vacancy = null, free_from = null
             where state <> 'free' and member_id in (select account_id from members where display_name is not null)",
            "update reservations set ended_at = now(), end_reason = 'released'
             where ended_at is null and member_id in (select account_id from members where display_name is not null)",
            "delete from offers",
            "delete from waiting_entries",
            "delete from holds",
        ] {
            house.change(sql).await;
        }
    }
    assert!(seen[0] > 30 && seen[1] > 60, "both answers were seen: {seen:?}");
}
