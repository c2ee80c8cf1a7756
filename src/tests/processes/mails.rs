//! A worker that is killed while it sends.

use super::{
    ALONE, House,
    relay::{Mood, Relay},
};
use crate::outbox::{enqueue, letter};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

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
    assert_eq!(kept, ids.into_iter().collect(), "one Message-ID for each event, and each has arrived");
    assert_eq!(house.count("select count(*) from outbox where failed_at is not null").await, 0);
}
