//! Line and seats against a simple reference: random moves of a few people on a group with some seats that strangers have
//! not taken, played against the application and against plain rules. After each move both must say the same.
//!
//! Every run plays other games. A game that goes wrong says its seed: `MODEL_SEED=…` plays that one first.

use super::{
    House, SEATS, confirm, hold, hold_from, let_go,
    line::join_with,
    offers::{accept, decline},
    race::release,
    tell,
};
use crate::support::{Answer, Browser};
use axum::http::StatusCode;
use common_ground::{
    domain::ids::GroupId,
    jobs,
    server::{out_of_turn::NotOffered, state::new_key},
    store::{Actor, Failure, capacity, locks},
};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rules::{Model, Try, any_try};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

mod rules;

const PEOPLE: [&str; 4] = ["ann", "bea", "cleo", "dora"];
/// Seats that strangers have not taken, at first.
const OPEN: usize = 2;
const MOVES: usize = 40;
/// How long games are played, and how many at least.
const PLAYED: Duration = Duration::from_secs(40);
const GAMES: u32 = 6;
/// How long a game that went wrong is made shorter.
const SHORTENED: Duration = Duration::from_secs(40);

impl House {
    async fn set_capacity(&self, slug: &str, seats: usize) -> bool {
        let (group, now) = (GroupId(self.group(slug).await), self.test.app.now());
        let work = move |mut tx: common_ground::store::Tx| async move {
            let lock = locks::exclusive(&mut tx, group).await?;
            let set = capacity::set(&mut tx, &lock, group, i16::try_from(seats).unwrap(), now).await?;
            Ok::<_, Failure>((tx, set.is_ok()))
        };
        self.test.store().write(Actor::Operator, work).await.expect("a number of seats")
    }

    /// The group before a game: nobody of these people has or waits for anything, and none of them ever did.
    async fn begin_game(&self) {
        for sql in [
            "update seats set state = 'free', member_id = null, reservation_id = null, hold_id = null, held_at = null, held_until = null,
               renewals = 0, offer_id = null, vacancy = null, free_from = null
             where member_id is null or member_id in (select account_id from members where display_name is not null)",
            "update reservations set ended_at = now(), end_reason = 'released'
             where ended_at is null and member_id in (select account_id from members where display_name is not null)",
            "delete from offers",
            "delete from waiting_entries",
            "delete from holds",
            "update members set state = 'NY'",
        ] {
            self.change(sql).await;
        }
        assert!(self.set_capacity("g0", SEATS).await);
    }

    /// Who has what in a group; lapsed holds are nothing.
    async fn has(&self, slug: &str) -> BTreeMap<String, String> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select split_part(email, '@', 1), s.state from seats s join groups g on g.id = s.group_id
             join accounts a on a.id = s.member_id join members m on m.account_id = a.id and m.display_name is not null
             where slug = $1 and (s.state = 'reserved' or held_until > now())",
        )
        .bind(slug)
        .fetch_all(&self.owner)
        .await
        .unwrap();
        rows.into_iter().collect()
    }
}

fn is_done(answer: &Answer) -> Result<bool, String> {
    if answer.status.is_server_error() {
        return Err(format!("{}: {}", answer.status, answer.body));
    }
    Ok(answer.status == StatusCode::OK)
}

/// Plays a move against the application; tells whether it succeeds, or what broke. `before` is the state of the reference.
async fn play(house: &House, people: &mut [Browser], before: &Model, wish: Try) -> Result<bool, String> {
    let state = |who: usize| if before.away[who] { "OH" } else { "NY" };
    let done = match wish {
        Try::Hold(who) => hold_from(&mut people[who], "g0", state(who)).await,
        Try::LetGo(who) => let_go(&mut people[who], "g0").await,
        Try::Confirm(who) => confirm(&mut people[who], "g0").await,
        Try::Release(who) => release(&mut people[who], "g0").await,
        Try::Join(who) => join_with(&mut people[who], "g0", &new_key().to_string(), state(who)).await,
        Try::Leave(who) => people[who].call("/api/waiting/leave", &[("slug", "g0")]).await,
        Try::Accept(who) | Try::Decline(who) => {
            let Some(offer) = house.offer_of(PEOPLE[who], "g0").await else { return Ok(false) };
            match wish {
                Try::Accept(_) => accept(&mut people[who], offer).await,
                _ => decline(&mut people[who], offer).await,
            }
        }
        Try::Move(who) => {
            house.lives(PEOPLE[who], if before.away[who] { "NY" } else { "OH" }).await;
            return Ok(true);
        }
        Try::OutOfTurn(who) => {
            return match house.offer_out_of_turn("g0", PEOPLE[who], false).await {
                Err(NotOffered::Store(broken)) => Err(broken.to_string()),
                offered => Ok(offered.is_ok()),
            };
        }
        Try::Widen if before.seats() == rules::MOST => return Ok(false),
        Try::Widen => return Ok(house.set_capacity("g0", SEATS - OPEN + before.seats() + 1).await),
        Try::Narrow if before.seats() == 1 => return Ok(false),
        Try::Narrow => return Ok(house.set_capacity("g0", SEATS - OPEN + before.seats() - 1).await),
        Try::TimePasses => {
            house.change("update seats set held_until = now() where state in ('held', 'offered')").await;
            house.change("update offers set ends_at = now() where closed_at is null").await;
            let worker = jobs::Worker::new(house.test.app.clone()).unwrap();
            return jobs::line::run(worker).await.map(|()| true).map_err(|error| error.to_string());
        }
    };
    is_done(&done)
}

/// Plays a game. Gives how many moves failed and succeeded, or the number of the move at which the two differ, and how.
async fn game(house: &House, people: &mut [Browser], moves: &[Try]) -> Result<[usize; 2], (usize, String)> {
    house.begin_game().await;
    let (mut model, mut seen) = (Model::new(), [0; 2]);
    for (number, wish) in moves.iter().enumerate() {
        let before = model.clone();
        let expected = model.play(*wish);
        let at = |what: String| (number, format!("{wish:?} of {before:?}: {what}"));
        let happened = play(house, people, &before, *wish).await.map_err(&at)?;
        if happened != expected {
            return Err(at(format!("succeeded: {happened}, by the rules {expected}")));
        }
        seen[usize::from(happened)] += 1;
        let (line, has) = (house.line("g0").await, house.has("g0").await);
        if (&line, &has) != (&model.waiting(), &model.has()) {
            return Err(at(format!("{line:?} {has:?}, by the rules {:?} {:?}", model.waiting(), model.has())));
        }
    }
    Ok(seen)
}

/// The moves of a seed.
fn moves_of(seed: u64) -> Vec<Try> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    proptest::collection::vec(any_try(), MOVES).new_tree(&mut runner).unwrap().current()
}

/// Leaves out of a game that goes wrong what it goes wrong without.
async fn shorten(house: &House, people: &mut [Browser], mut moves: Vec<Try>, mut why: (usize, String)) -> String {
    let began = Instant::now();
    moves.truncate(why.0 + 1);
    let mut left_out = 0;
    while left_out < moves.len() && began.elapsed() < SHORTENED {
        let mut fewer = moves.clone();
        fewer.remove(left_out);
        match game(house, people, &fewer).await {
            Err(other) => {
                fewer.truncate(other.0 + 1);
                (moves, why) = (fewer, other);
            }
            Ok(_) => left_out += 1,
        }
    }
    format!("{moves:?}\nat the last: {}", why.1)
}

#[tokio::test(flavor = "multi_thread")]
async fn line_and_seats_do_what_the_plain_rules_say() {
    let seed = std::env::var("MODEL_SEED").ok().map(|seed| seed.parse::<u64>().expect("a number as seed"));
    let seed = seed.unwrap_or_else(|| new_key().as_u64_pair().0);
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
    let (began, mut games, mut seen) = (Instant::now(), 0, [0; 2]);
    while games < GAMES || began.elapsed() < PLAYED {
        let seed = seed.wrapping_add(u64::from(games));
        let moves = moves_of(seed);
        match game(&house, &mut people, &moves).await {
            Ok(came) => seen = [seen[0] + came[0], seen[1] + came[1]],
            Err(why) => panic!("MODEL_SEED={seed}: {}", shorten(&house, &mut people, moves, why).await),
        }
        games += 1;
    }
    println!("{games} games from MODEL_SEED={seed} on, {seen:?} moves refused and done");
    let each = usize::try_from(games).unwrap();
    assert!(seen.iter().all(|seen| *seen > 5 * each), "both answers were seen: {seen:?} in {games} games");
}
