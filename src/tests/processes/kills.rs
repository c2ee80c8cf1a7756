//! Servers that are killed in the middle of confirming: nothing that was acknowledged is missing, and nothing is there
//! twice. And a server that is asked to end finishes what is under way, but for what will never be answered.

use super::{ALONE, House, UP, http, is_done, storm::Storm};
use crate::faults::gate::Gate;
use axum::http::StatusCode;
use common_ground::server::state::new_key;
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// Whoever waits for the outbox.
const WAITS: &str = "select count(*) from pg_locks where not granted and relation = 'outbox'::regclass
    and database = (select oid from pg_database where datname = current_database())";
/// Kills of a server in one storm.
const KILLS: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_kills_in_a_storm_of_confirms() {
    let _alone = ALONE.lock().await;
    let house = House::new().await;
    let members = house.arrange_storm(160).await;
    let mut plans = Vec::new();
    for _ in 0..3 {
        plans.push(house.server().await);
    }
    let public = plans[0].port;
    let plans: Vec<_> =
        plans.into_iter().map(|plan| plan.with("PUBLIC_URL", &format!("http://127.0.0.1:{public}"))).collect();
    let mut servers: Vec<_> = plans.iter().map(super::Plan::start).collect();
    for server in &mut servers {
        server.ready().await;
    }
    let ports: Vec<_> = plans.iter().map(|plan| plan.port).collect();
    let storm = Storm::begin(members, &ports, public);
    for kill in 0..KILLS {
        let victim = kill % servers.len();
        // Only one that works can be hit in the middle of its work.
        servers[victim].ready().await;
        storm.let_go(12);
        tokio::time::sleep(Duration::from_millis(u64::try_from(kill * 7 % 50).unwrap())).await;
        servers[victim].kill();
        servers[victim] = plans[victim].start();
    }
    let tally = storm.calm().await;
    assert_eq!(tally.acknowledged.load(Ordering::Relaxed), members);
    let failed = tally.failed.load(Ordering::Relaxed);
    assert!(failed > KILLS / 2, "only {failed} requests met a kill");
    house.assert_confirmed_once(members).await;
    assert_eq!(house.count("select count(*) from pg_stat_activity where datname = current_database() and usename = 'common_ground' and state like 'idle in transaction%'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_asked_to_end_finishes_what_is_under_way() {
    let _alone = ALONE.lock().await;
    let house = House::new().await;
    house.arrange_storm(1).await;
    let plan = house.server().await;
    let mut server = plan.start();
    server.ready().await;

    // Somebody else has the group's row, so that confirming has to wait.
    let mut other = house.owner.begin().await.unwrap();
    sqlx::query("select 1 from seats where seat_no = 1 and state = 'held' for update")
        .fetch_one(&mut *other)
        .await
        .unwrap();
    let port = plan.port;
    let under_way = tokio::spawn(async move {
        let key = new_key().to_string();
        http::call(port, port, "/api/seats/confirm", "session=token1", &[("slug", "storm-1"), ("key", &key)]).await
    });
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(!under_way.is_finished());
    server.terminate();
    server.until("/readyz", StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(1)).await;
    assert_eq!(http::get(port, "/livez", "").await.unwrap().status, StatusCode::OK, "a balancer has time to notice");
    tokio::time::sleep(Duration::from_millis(1300)).await;
    assert!(http::get(port, "/livez", "").await.is_err(), "nothing new begins");
    assert!(!under_way.is_finished());
    other.rollback().await.unwrap();
    let reply = under_way.await.unwrap().expect("it is answered");
    assert!(is_done(&reply), "{reply:?}");
    let status = server.ended(Duration::from_secs(5)).await;
    assert!(status.success(), "{status} {}", server.words());
    assert_eq!(house.count("select count(*) from reservations").await, 1);
}

/// The machine of the database is gone without a word, in the middle of a write of the worker, for which nobody waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_asked_to_end_does_so_in_time_over_a_database_that_has_fallen_silent() {
    let _alone = ALONE.lock().await;
    let (house, gate) = (House::new().await, Gate::open().await);
    let plan = house.plan(&["serve"]).await.with("DATABASE_URL", &gate.through(&house.url).await);
    let mut server = plan.with("WORKER_POLL_SECONDS", "1").start();
    server.ready().await;
    // Somebody else has the outbox, so that the worker waits for it.
    let mut other = house.owner.begin().await.unwrap();
    sqlx::query("lock table outbox in exclusive mode").execute(&mut *other).await.unwrap();
    let began = Instant::now();
    while house.count(WAITS).await == 0 {
        assert!(began.elapsed() < UP, "the worker does not come: {}", server.words());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    gate.lose().await;
    other.rollback().await.unwrap();
    let began = Instant::now();
    server.terminate();
    let status = server.ended(Duration::from_secs(30)).await;
    assert!(status.success(), "{status} {}", server.words());
    assert!(began.elapsed() > Duration::from_secs(1), "nothing was silent");
}
