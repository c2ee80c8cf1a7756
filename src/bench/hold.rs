//! Holds spread over 1,000 groups, from HTTP to commit, by 16 clients.

use crate::{
    Options,
    anchor::{self, Place, Variant},
    cpu::{Client, Cost, Meter},
    ground::{GROUPS, Ground, session},
    line::{Line, Target, print_costs, ratios},
    load::{Answer, Browser},
    server::{Mode, Server},
};
use common_ground::server::state::new_key;
use sqlx::PgConnection;

/// Clients at a time.
const CLIENTS: u32 = 16;
/// Holds of each client in a round: five seats of each group, where the smallest has six.
const EACH: u32 = 300;

/// Measures it.
pub async fn measure(ground: &Ground, options: &Options) -> Vec<Line> {
    const NAME: &str = "hold, 1,000 groups, HTTP to commit, 16 clients";
    const SIX: &str = "pgbench, the same rows in six statements";
    const CALL: &str = "pgbench, one function call";
    if let Some(reason) = anchor::missing(ground) {
        return vec![Line::skipped(NAME, SIX, &reason), Line::skipped(NAME, CALL, reason)];
    }
    let each = if options.quick { 100 } else { EACH };
    println!("\n{NAME}: CPU µs of one");
    let server = Server::start(ground, Mode::Unlimited).await;
    let mut owner = ground.owner().await;
    let (mut application, mut six, mut call) = (Vec::new(), Vec::new(), Vec::new());
    let mut wrong = Vec::new();
    // The first round warms up: plans, caches, connections.
    for round in 0..=options.rounds() {
        let mut keep = |costs: &mut Vec<Cost>, (cost, said): (Cost, Vec<String>)| {
            if round > 0 {
                costs.push(cost);
            }
            wrong.extend(said);
        };
        // In turns, and each time in another order.
        for turn in 0..3 {
            let before = prepare(ground, &mut owner).await;
            let mut outcome = match (turn + round) % 3 {
                0 => holds(ground, &server, each).await,
                1 => anchor::run(ground, Variant::Six, Place::Spread, CLIENTS, each),
                _ => anchor::run(ground, Variant::Function, Place::Spread, CLIENTS, each),
            };
            outcome.1.extend(check(ground, &mut owner, CLIENTS * each, before).await);
            match (turn + round) % 3 {
                0 => keep(&mut application, outcome),
                1 => keep(&mut six, outcome),
                _ => keep(&mut call, outcome),
            }
        }
    }
    print_costs("the application", &application);
    print_costs(SIX, &six);
    print_costs(CALL, &call);
    vec![
        Line::new(NAME, SIX, ratios(&six, &application), "", Target::AtLeast(0.8)).with_wrong(&wrong),
        Line::new(NAME, CALL, ratios(&call, &application), "", Target::AtLeast(0.5)).with_wrong(&wrong),
    ]
}

/// A fresh round; gives the number of holds in the trail, which nobody can empty.
async fn prepare(ground: &Ground, owner: &mut PgConnection) -> i64 {
    ground.reset(owner).await;
    ground.count(owner, "select count(*) from audit_events where action = 'seat held'").await
}

/// Whether exactly the rows of so many holds are there.
async fn check(ground: &Ground, owner: &mut PgConnection, expected: u32, before: i64) -> Vec<String> {
    let queries = [
        ("held seats", "select count(*) from seats where state = 'held'"),
        ("members with a seat", "select count(distinct member_id) from seats where state = 'held'"),
        ("holds", "select count(*) from holds where held_at > now() - interval '1 day'"),
        ("kept answers", "select count(*) from idempotency_keys where created_at > now() - interval '1 hour'"),
        ("audit rows", "select count(*) from audit_events where action = 'seat held'"),
    ];
    let mut wrong = Vec::new();
    for (what, query) in queries {
        let found = ground.count(owner, query).await - if what == "audit rows" { before } else { 0 };
        if found != i64::from(expected) {
            wrong.push(format!("{found} {what} instead of {expected}"));
        }
    }
    wrong
}

async fn holds(ground: &Ground, server: &Server, each: u32) -> (Cost, Vec<String>) {
    let mut browsers = Vec::new();
    for _ in 0..CLIENTS {
        browsers.push(Browser::open(server.address).await.expect("a connection"));
    }
    let meter = Meter::start(Some(server.pid()), ground.postmaster(), Client::Us);
    let mut clients = Vec::new();
    for (number, mut browser) in (0..CLIENTS).zip(browsers) {
        clients.push(tokio::spawn(async move {
            let mut wrong = Vec::new();
            for member in (1..=each).map(|n| number * each + n) {
                let slug = format!("group-{}", member % GROUPS);
                match hold(&mut browser, member, &slug).await {
                    Ok(answer) if is_held(&answer, &slug) => {}
                    Ok(answer) => wrong.push(format!("{slug}: {} {}", answer.status, answer.body)),
                    Err(error) => wrong.push(format!("{slug}: {error}")),
                }
            }
            wrong
        }));
    }
    let mut wrong = Vec::new();
    for client in clients {
        wrong.extend(client.await.expect("a client"));
    }
    (meter.read(CLIENTS * each), wrong)
}

/// Asks for a seat as the form of the page before the hold does.
pub async fn hold(browser: &mut Browser, member: u32, slug: &str) -> std::io::Result<Answer> {
    let body = format!("slug={slug}&key={}&state=NY&adult=on", new_key());
    browser.call("/api/seats/hold", &session(member), &body).await
}

/// Whether the answer leads to the next step.
pub fn is_held(answer: &Answer, slug: &str) -> bool {
    let next = format!("/reserve/{slug}/");
    answer.status == 200 && answer.header("location").is_some_and(|path| path.starts_with(&next))
}
