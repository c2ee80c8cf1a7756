//! A worker that is killed while it sends, and one that is a program of its own.

use super::{
    ALONE, House, UP, http,
    relay::{Mood, Relay},
};
use crate::outbox::{enqueue, letter};
use common_ground::jobs::outbox::BATCH;
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// Connections that listen for hints.
const LISTENS: &str =
    "select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen%'";
const MAILS: usize = 200;
const KILLS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_twenty_times_sends_every_mail_as_one() {
    let _alone = ALONE.lock().await;
    let (house, relay) = (House::new().await, Relay::open().await);
    relay.become_mood(Mood::Slow(15));
    for number in 0..MAILS {
        enqueue(house.test.store(), letter(&format!("event {number}"))).await.unwrap();
    }
    let plan = house.plan(&["work"]).await;
    let plan = plan.with("SMTP_URL", &relay.url).with("MAIL_DIR", "");
    let plan = plan.with("OUTBOX_LEASE_SECONDS", "2").with("WORKER_POLL_SECONDS", "1");
    for kill in 0..KILLS {
        let before = relay.kept().len();
        let mut worker = plan.start();
        let began = Instant::now();
        while relay.kept().len() < before + 2 + kill % 5 {
            assert!(began.elapsed() < Duration::from_secs(15), "nothing is sent: {}", worker.words());
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        worker.kill();
    }
    assert!(house.count("select count(*) from outbox where sent_at is null").await > 0, "it was killed in the middle");
    let worker = plan.start();
    let began = Instant::now();
    while house.count("select count(*) from outbox where sent_at is null").await > 0 {
        assert!(began.elapsed() < Duration::from_secs(30), "not all are sent: {}", worker.words());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let again = house.count("select count(*) from outbox where attempts > 1").await;
    assert!(again > 5, "only {again} mails met a kill");
    let ids: Vec<String> = sqlx::query_scalar("select message_id from outbox").fetch_all(&house.owner).await.unwrap();
    assert_eq!(ids.len(), MAILS);
    let kept: BTreeSet<_> = relay.kept().into_iter().collect();
    let twice = relay.kept().len() - MAILS;
    assert!(twice <= KILLS * usize::from(BATCH), "{twice} mails went out again");
    assert_eq!(kept, ids.into_iter().collect(), "one Message-ID for each event, and each has arrived");
    assert_eq!(house.count("select count(*) from outbox where failed_at is not null").await, 0);
}

/// It looks by itself only every minute here, so what is quick is the hint of the program that serves.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_leaves_at_once_though_the_worker_is_a_program_of_its_own() {
    const LEFT: &str = "select count(*) from outbox where sent_at is not null";
    let _alone = ALONE.lock().await;
    let house = House::new().await;
    let (site, worker) = (house.server().await, house.plan(&["work"]).await.with("WORKER_POLL_SECONDS", "60"));
    let (mut server, worker) = (site.start(), worker.start());
    server.ready().await;
    let began = Instant::now();
    while house.count(LISTENS).await == 0 {
        assert!(began.elapsed() < UP, "the worker does not listen: {}", worker.words());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let asked = http::call(site.port, site.port, "/api/sign-in/request", "", &[("email", "robin@example.org")]).await;
    assert_eq!(asked.unwrap().header("location"), Some("/sign-in/code"));
    let began = Instant::now();
    while house.count(LEFT).await == 0 {
        // A busy machine is no fault, so not the second itself.
        assert!(began.elapsed() < Duration::from_secs(10), "it waits for the worker's next look");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
