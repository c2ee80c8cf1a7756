//! Everybody wants the eight seats of one group, at the same moment; the seats are freed, and everybody wants them again.

use crate::{
    Options,
    anchor::{self, Place, Variant},
    cpu::{Client, Cost, Meter},
    ground::{Ground, HOT, HOT_SEATS, MEMBERS},
    hold::{hold, is_held},
    line::{Line, Target, print_costs, ratios},
    load::Browser,
    server::{Mode, Server},
};
use sqlx::{Connection as _, PgConnection};
use std::sync::Arc;
use tokio::sync::Barrier;

/// People at a time: two for each seat.
const CLIENTS: u32 = 16;
/// Races of a round.
const RACES: u32 = 250;
/// Connections that sell naively.
const NAIVE: i32 = 30;

/// Measures it.
pub async fn measure(ground: &Ground, options: &Options) -> Vec<Line> {
    const NAME: &str = "hold, one hot group of 8 seats, everybody";
    const SIX: &str = "pgbench, the same rows in six statements";
    const CALL: &str = "pgbench, one function call";
    if let Some(reason) = anchor::missing(ground) {
        return vec![Line::skipped(NAME, CALL, reason)];
    }
    let races = if options.quick { 40 } else { RACES };
    println!("\n{NAME}: CPU µs of one attempt, every second of which gets a seat");
    let server = Server::start(ground, Mode::Unlimited).await;
    let mut owner = ground.owner().await;
    let (mut application, mut six, mut call) = (Vec::new(), Vec::new(), Vec::new());
    let (mut wrong, mut oversold) = (Vec::new(), Vec::new());
    for round in 0..=options.rounds() {
        ground.reset(&mut owner).await;
        let (cost, said, sold) = self::races(ground, &server, &mut owner, races).await;
        wrong.extend(said);
        oversold.extend(sold.iter().map(|sold| f64::from(sold.saturating_sub(HOT_SEATS))));
        let mut costs = vec![cost];
        for variant in [Variant::Six, Variant::Function] {
            ground.reset(&mut owner).await;
            let (cost, said) = anchor::run(ground, variant, Place::Hot, CLIENTS, races);
            wrong.extend(said);
            costs.push(cost);
        }
        if round > 0 {
            application.push(costs[0]);
            six.push(costs[1]);
            call.push(costs[2]);
        }
    }
    print_costs("the application", &application);
    print_costs(SIX, &six);
    print_costs(CALL, &call);
    let naive = naive(ground, if options.quick { 5 } else { 20 }).await;
    let compared = "check, then insert, by 30 connections";
    vec![
        Line::new(NAME, SIX, ratios(&six, &application), "", Target::None).with_wrong(&wrong),
        Line::new(NAME, CALL, ratios(&call, &application), "", Target::AtLeast(0.5)).with_wrong(&wrong),
        Line::new("seats sold beyond the eighth", "–", oversold, "", Target::AtMost(0.0)),
        Line::new("seats sold of 8, naively", compared, naive, "", Target::None),
    ]
}

/// So many races; what they cost, what was answered wrongly, and the seats that each sold.
async fn races(
    ground: &Ground,
    server: &Server,
    owner: &mut PgConnection,
    races: u32,
) -> (Cost, Vec<String>, Vec<u32>) {
    let mut browsers = Vec::new();
    for _ in 0..CLIENTS {
        browsers.push(Browser::open(server.address).await.expect("a connection"));
    }
    let (mut wrong, mut sold) = (Vec::new(), Vec::new());
    let meter = Meter::start(Some(server.pid()), ground.postmaster(), Client::Us);
    for race in 0..races {
        let mut clients = Vec::new();
        for (number, mut browser) in (0..CLIENTS).zip(browsers.drain(..)) {
            let member = 1 + (race * CLIENTS + number) % MEMBERS;
            clients.push(tokio::spawn(async move {
                let answer = hold(&mut browser, member, HOT).await;
                (browser, answer)
            }));
        }
        let mut won = 0;
        for client in clients {
            let (browser, answer) = client.await.expect("a client");
            browsers.push(browser);
            match answer {
                Ok(answer) if is_held(&answer, HOT) => won += 1,
                Ok(answer) if answer.status == 409 => {}
                Ok(answer) => wrong.push(format!("race {race}: {} {}", answer.status, answer.body)),
                Err(error) => wrong.push(format!("race {race}: {error}")),
            }
        }
        sold.push(won);
        sqlx::query("select bench_free_hot()").execute(&mut *owner).await.expect("free seats");
    }
    let cost = meter.read(races * CLIENTS);
    let held = ground.count(owner, "select count(*) from holds where held_at > now() - interval '1 day'").await;
    let won: u32 = sold.iter().sum();
    if held != i64::from(won) {
        wrong.push(format!("{held} holds in the database, {won} were answered"));
    }
    if let Some(fewer) = sold.iter().find(|sold| **sold < HOT_SEATS) {
        wrong.push(format!("a race of {CLIENTS} sold only {fewer} of {HOT_SEATS} seats"));
    }
    (cost, wrong, sold)
}

/// What a check followed by an insert sells of eight seats, race by race.
async fn naive(ground: &Ground, races: i32) -> Vec<f64> {
    let barrier = Arc::new(Barrier::new(usize::try_from(NAIVE).expect("a small number")));
    let mut people = Vec::new();
    for number in 0..NAIVE {
        let mut connection = PgConnection::connect(&ground.application_url).await.expect("a connection");
        let barrier = Arc::clone(&barrier);
        people.push(tokio::spawn(async move {
            for race in 0..races {
                barrier.wait().await;
                let mut tx = connection.begin().await.expect("a transaction");
                let sold: i64 = sqlx::query_scalar("select count(*) from bench_naive where race = $1")
                    .bind(race)
                    .fetch_one(&mut *tx)
                    .await
                    .expect("a count");
                if sold < i64::from(HOT_SEATS) {
                    sqlx::query("insert into bench_naive (race, seat_of) values ($1, $2)")
                        .bind(race)
                        .bind(number)
                        .execute(&mut *tx)
                        .await
                        .expect("a seat");
                }
                tx.commit().await.expect("a commit");
            }
        }));
    }
    for person in people {
        person.await.expect("a person");
    }
    let mut owner = ground.owner().await;
    let sold: Vec<i64> = sqlx::query_scalar("select count(*) from bench_naive group by race order by race")
        .fetch_all(&mut owner)
        .await
        .expect("what was sold");
    sold.into_iter().map(|sold| f64::from(i32::try_from(sold).unwrap_or(i32::MAX))).collect()
}
