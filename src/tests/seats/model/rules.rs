//! The reference: the rules of the line and the seats of one group in plain words, without a database, a clock or two things
//! at once.

use super::{OPEN, PEOPLE};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Seats that are not taken by strangers, at most.
pub const MOST: usize = OPEN + 2;
/// Fresh holds of somebody within a day.
const FRESH: usize = 3;

/// What somebody tries, or what happens.
#[derive(Clone, Copy, Debug)]
pub enum Try {
    Hold(usize),
    LetGo(usize),
    Confirm(usize),
    Release(usize),
    Join(usize),
    Leave(usize),
    Accept(usize),
    Decline(usize),
    /// She moves to where the leader may not practise, or back.
    Move(usize),
    /// The leader offers her a seat that is free, whoever comes before her.
    OutOfTurn(usize),
    /// One seat more.
    Widen,
    /// One seat less.
    Narrow,
    /// The time of all holds and offers is over, and the worker looks.
    TimePasses,
}

pub fn any_try() -> impl Strategy<Value = Try> {
    let who = 0..PEOPLE.len();
    prop_oneof![
        4 => who.clone().prop_map(Try::Hold),
        2 => who.clone().prop_map(Try::LetGo),
        3 => who.clone().prop_map(Try::Confirm),
        5 => who.clone().prop_map(Try::Release),
        8 => who.clone().prop_map(Try::Join),
        3 => who.clone().prop_map(Try::Leave),
        1 => who.clone().prop_map(Try::Accept),
        5 => who.clone().prop_map(Try::Decline),
        1 => who.clone().prop_map(Try::Move),
        1 => who.prop_map(Try::OutOfTurn),
        1 => Just(Try::Widen),
        1 => Just(Try::Narrow),
        2 => Just(Try::TimePasses),
    ]
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Free,
    Held(usize),
    Offered(usize),
    Reserved(usize),
}

#[derive(Clone, Debug)]
struct Seat {
    state: State,
    /// To whom its vacancy was offered.
    offered: Vec<usize>,
    /// Whose hold on it lapsed, while nobody else has taken it.
    lapsed: Option<usize>,
}

const FREE: Seat = Seat { state: State::Free, offered: Vec::new(), lapsed: None };

/// One group.
#[derive(Clone, Debug)]
pub struct Model {
    /// In the order of their numbers.
    seats: Vec<Seat>,
    /// Who waits, with the number of declines, first to last.
    line: Vec<(usize, i16)>,
    /// Fresh holds of each.
    fresh: [usize; PEOPLE.len()],
    /// Whether somebody may still confirm a hold that lapsed.
    held: [bool; PEOPLE.len()],
    /// Whether somebody may still confirm an offer that was over.
    expired: [bool; PEOPLE.len()],
    /// Whether somebody lives where the leader may not practise.
    pub away: [bool; PEOPLE.len()],
}

impl Model {
    pub fn new() -> Self {
        Self {
            seats: vec![FREE; OPEN],
            line: vec![],
            fresh: [0; PEOPLE.len()],
            held: [false; PEOPLE.len()],
            expired: [false; PEOPLE.len()],
            away: [false; PEOPLE.len()],
        }
    }

    pub fn seats(&self) -> usize {
        self.seats.len()
    }

    fn seat_of(&self, who: usize) -> Option<usize> {
        self.seats
            .iter()
            .position(|seat| matches!(seat.state, State::Held(m) | State::Offered(m) | State::Reserved(m) if m == who))
    }

    fn state_of(&self, who: usize) -> Option<State> {
        self.seat_of(who).map(|n| self.seats[n].state)
    }

    fn waits(&self, who: usize) -> bool {
        self.line.iter().any(|(m, _)| *m == who)
    }

    /// Whether the rules let a seat be offered to somebody in line.
    fn can_be_offered(&self, who: usize, seat: &Seat) -> bool {
        self.seat_of(who).is_none() && !seat.offered.contains(&who) && !self.away[who]
    }

    /// Free seats that nobody before her in line can be offered.
    fn open(&self, who: usize) -> Vec<usize> {
        let before: Vec<_> = self.line.iter().map(|(m, _)| *m).take_while(|m| *m != who).collect();
        let wanted = |seat: &Seat| before.iter().any(|m| self.can_be_offered(*m, seat));
        (0..self.seats.len()).filter(|n| self.seats[*n].state == State::Free && !wanted(&self.seats[*n])).collect()
    }

    fn lapsed_of(&self, who: usize) -> Option<usize> {
        self.seats.iter().position(|seat| seat.lapsed == Some(who))
    }

    fn forget_lapsed(&mut self, who: usize) {
        for seat in &mut self.seats {
            seat.lapsed = seat.lapsed.filter(|m| *m != who);
        }
    }

    fn take(&mut self, n: usize, who: usize, state: State) {
        self.forget_lapsed(who);
        self.seats[n] = Seat { state, offered: std::mem::take(&mut self.seats[n].offered), lapsed: None };
    }

    fn offer(&mut self, n: usize, who: usize) {
        self.take(n, who, State::Offered(who));
        self.seats[n].offered.push(who);
    }

    fn reserve(&mut self, n: usize, who: usize) {
        self.take(n, who, State::Reserved(who));
        self.seats[n].offered.clear();
        self.line.retain(|(m, _)| *m != who);
        (self.held[who], self.expired[who]) = (false, false);
    }

    fn pass_on(&mut self) {
        for n in 0..self.seats.len() {
            if self.seats[n].state == State::Free {
                let mut line = self.line.iter().map(|(m, _)| *m);
                if let Some(next) = line.find(|m| self.can_be_offered(*m, &self.seats[n])) {
                    self.offer(n, next);
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
    pub fn play(&mut self, wish: Try) -> bool {
        match wish {
            Try::Hold(who) => self.hold(who),
            Try::LetGo(who) => self.let_go(who),
            Try::Confirm(who) => self.confirm(who),
            Try::Release(who) => {
                let Some((n, State::Reserved(_))) = self.seat_of(who).zip(self.state_of(who)) else { return false };
                self.seats[n] = FREE;
                self.pass_on();
                true
            }
            Try::Join(who) => {
                let may =
                    self.seat_of(who).is_none() && !self.waits(who) && self.open(who).is_empty() && !self.away[who];
                if may {
                    self.line.push((who, 0));
                    self.pass_on();
                }
                may
            }
            Try::Leave(who) => {
                self.line.retain(|(m, _)| *m != who);
                if let (Some(n), Some(State::Offered(_))) = (self.seat_of(who), self.state_of(who)) {
                    self.seats[n].state = State::Free;
                }
                self.pass_on();
                true
            }
            Try::Accept(who) => matches!(self.state_of(who), Some(State::Offered(_))) && !self.away[who],
            Try::Decline(who) => {
                let Some((n, State::Offered(_))) = self.seat_of(who).zip(self.state_of(who)) else { return false };
                self.seats[n].state = State::Free;
                self.count_no(who);
                self.pass_on();
                true
            }
            Try::Move(who) => {
                self.away[who] = !self.away[who];
                true
            }
            Try::OutOfTurn(who) => {
                let free = |seat: &Seat| seat.state == State::Free && self.can_be_offered(who, seat);
                let n = self.seats.iter().position(free).filter(|_| self.waits(who));
                if let Some(n) = n {
                    self.offer(n, who);
                }
                n.is_some()
            }
            Try::Widen => {
                let may = self.seats.len() < MOST;
                if may {
                    self.seats.push(FREE);
                }
                may
            }
            Try::Narrow => self.narrow(),
            Try::TimePasses => {
                for n in 0..self.seats.len() {
                    match self.seats[n].state {
                        State::Offered(who) => {
                            self.count_no(who);
                            self.expired[who] = true;
                        }
                        State::Held(who) => self.seats[n].lapsed = Some(who),
                        State::Free | State::Reserved(_) => continue,
                    }
                    self.seats[n].state = State::Free;
                }
                self.pass_on();
                true
            }
        }
    }

    fn hold(&mut self, who: usize) -> bool {
        if self.away[who] {
            return false;
        }
        match self.state_of(who) {
            Some(State::Reserved(_)) => false,
            Some(_) => true,
            None => {
                let open = self.open(who);
                let own = self.lapsed_of(who).filter(|n| open.contains(n));
                match own.or(open.first().copied()) {
                    Some(n) if self.fresh[who] < FRESH => {
                        self.take(n, who, State::Held(who));
                        self.fresh[who] += 1;
                        self.held[who] = true;
                        true
                    }
                    _ => false,
                }
            }
        }
    }

    fn let_go(&mut self, who: usize) -> bool {
        match (self.seat_of(who), self.state_of(who)) {
            (Some(n), Some(State::Held(_))) => self.seats[n].state = State::Free,
            (Some(_), Some(State::Offered(_))) => return self.play(Try::Decline(who)),
            _ => {}
        }
        self.forget_lapsed(who);
        self.held[who] = false;
        true
    }

    /// A seat that lapsed is still hers while nobody took it; another one is hers past nobody.
    fn confirm(&mut self, who: usize) -> bool {
        if matches!(self.state_of(who), Some(State::Reserved(_))) {
            return true;
        }
        let may_late = self.held[who] || self.expired[who];
        let any = || self.open(who).first().copied().filter(|_| may_late);
        match self.seat_of(who).or(self.lapsed_of(who)).or_else(any).filter(|_| !self.away[who]) {
            Some(n) => {
                self.reserve(n, who);
                true
            }
            None => false,
        }
    }

    /// Takes the last free seat away, or else the last lapsed one; the last seat of all gets its number.
    fn narrow(&mut self) -> bool {
        let free = |n: &usize| self.seats[*n].state == State::Free;
        let gone = (0..self.seats.len())
            .rev()
            .filter(free)
            .min_by_key(|n| self.seats[*n].lapsed.is_some())
            .filter(|_| self.seats.len() > 1);
        if let Some(gone) = gone {
            self.seats.swap_remove(gone);
        }
        gone.is_some()
    }

    /// The line as the database tells it.
    pub fn waiting(&self) -> Vec<(String, i16)> {
        self.line.iter().map(|(m, declines)| (PEOPLE[*m].to_owned(), *declines)).collect()
    }

    /// Who has what, by name.
    pub fn has(&self) -> BTreeMap<String, String> {
        let word = |seat: &Seat| match seat.state {
            State::Free => None,
            State::Held(m) => Some((PEOPLE[m].to_owned(), "held".to_owned())),
            State::Offered(m) => Some((PEOPLE[m].to_owned(), "offered".to_owned())),
            State::Reserved(m) => Some((PEOPLE[m].to_owned(), "reserved".to_owned())),
        };
        self.seats.iter().filter_map(word).collect()
    }
}
