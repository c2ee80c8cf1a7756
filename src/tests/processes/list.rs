//! A worker that is killed while it writes to the list and while it sends, and a relay in its moods: mails to the list fare
//! like all others.

use super::{
    ALONE, House,
    relay::{Mood, Relay},
};
use crate::{
    outbox::{enqueue, letter},
    post::fill,
    support::TestApp,
};
use common_ground::{
    jobs::{self, Worker, outbox_list::GROUP},
    server::settings::MailTarget,
};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// Zones in which people on the list live: a round writes the mails of each in a transaction of its own.
const ZONES: usize = 12;
const MAILS: usize = 50 * ZONES;
const KILLS: usize = 20;

/// People in twelve zones who confirmed three days ago and whose hour came yesterday.
const LIST: &str = "
    insert into subscribers (id, email, status, zone, weekday, consent_version, consent_text, confirmed_at)
    select gen_random_uuid(), 'reader' || n || '.' || place || '@example.org', 'confirmed', zone,
      extract(isodow from (now() - interval '1 day') at time zone zone), '1', 'Yes', now() - interval '3 days'
    from generate_series(1, 50) n, unnest(array['Pacific/Honolulu', 'America/Anchorage', 'America/Los_Angeles', 'America/Phoenix',
      'America/Denver', 'America/Chicago', 'America/New_York', 'America/Puerto_Rico', 'Europe/London', 'Europe/Berlin',
      'Asia/Kolkata', 'Australia/Sydney']) with ordinality zones (zone, place)";

/// The worker chooses, writes and sends; it is killed twenty times, while windows are still being written and while mails
/// leave. Concurrency is the mails of the list that a worker has in its hands at a time, handed over and not marked yet: one
/// group. Only those can go out again.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_twenty_times_makes_each_window_once_and_sends_few_mails_again() {
    const TOLD: &str = "select count(*) from digests";
    let _alone = ALONE.lock().await;
    let (house, relay) = (House::new().await, Relay::open().await);
    relay.become_mood(Mood::Slow(15));
    // No cycle has begun, so that every group takes members on every day.
    house.change("update groups set cycle_began_on = '2099-01-01'").await;
    house.change(LIST).await;
    let all = i64::try_from(MAILS).unwrap();
    let plan = house.plan(&["work"]).await;
    let plan = plan.with("SMTP_URL", &relay.url).with("MAIL_DIR", "");
    let plan = plan.with("OUTBOX_LEASE_SECONDS", "4").with("WORKER_POLL_SECONDS", "1");
    let (mut while_writing, mut while_sending) = (0, 0);
    for kill in 0..KILLS {
        let (told, kept) = (house.count(TOLD).await, relay.kept().len());
        let mut worker = plan.start();
        let began = Instant::now();
        // As soon as it has written one zone more; when all are written, when it has sent some.
        while if told < all { house.count(TOLD).await == told } else { relay.kept().len() < kept + 2 + kill % 9 } {
            assert!(began.elapsed() < Duration::from_secs(20), "nothing is done: {}", worker.words());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        worker.kill();
        if house.count(TOLD).await < all {
            while_writing += 1;
        } else {
            while_sending += 1;
        }
        // What it had claimed is free again when the lease ends.
        house.change("update outbox set leased_until = now() where leased_until is not null").await;
    }
    assert!(while_writing >= 3 && while_sending >= 3, "{while_writing} and {while_sending} kills");
    assert!(house.count("select count(*) from outbox where sent_at is null").await > 0, "it was killed in the middle");
    let worker = plan.start();
    let began = Instant::now();
    while house.count("select count(*) from outbox where sent_at is not null").await < all {
        assert!(began.elapsed() < Duration::from_mins(1), "not all are sent: {}", worker.words());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let windows =
        "select count(*) from digests d join outbox o on o.id = d.mail_id and o.subscriber_id = d.subscriber_id";
    assert_eq!(house.count(windows).await, all, "each window has its mail");
    assert_eq!(house.count("select count(distinct subscriber_id) from digests").await, all, "and everybody one window");
    let ids: Vec<String> = sqlx::query_scalar("select message_id from outbox").fetch_all(&house.owner).await.unwrap();
    let kept: BTreeSet<_> = relay.kept().into_iter().collect();
    assert_eq!((ids.len(), kept.len()), (MAILS, MAILS), "one Message-ID for each");
    assert_eq!(kept, ids.into_iter().collect(), "and each has arrived");
    let again = relay.kept().len() - MAILS;
    assert!(again > 0, "no mail met a kill");
    // The rule is kills times concurrency. A group is handed over on four connections, but marked as one: when the worker
    // dies, the whole of it may have left and not be marked, so all of it counts as sent at once.
    assert!(again <= KILLS * GROUP, "{again} mails went out again");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_relay_does_mails_to_the_list_wait_and_leave_as_one() {
    let relay = Relay::open().await;
    let test = TestApp::with(|settings| {
        settings.mail = MailTarget::Smtp(relay.url.clone());
        // A mail may take a quarter of it.
        settings.durations.outbox_lease = 2;
    })
    .await;
    let worker = Worker::new(test.app.clone()).unwrap();
    fill(&test, 60).await;
    let waiting = async || {
        let count =
            sqlx::query_scalar::<_, i64>("select count(*) from outbox where sent_at is null and failed_at is null");
        count.fetch_one(test.pool()).await.unwrap()
    };
    let due = async || {
        sqlx::query("update outbox set send_after = now() where sent_at is null").execute(test.pool()).await.unwrap();
    };
    let mut gone = 0;
    for mood in [Mood::Cut, Mood::Busy, Mood::Later, Mood::Silent, Mood::TakesAndIsGone] {
        relay.become_mood(mood);
        let began = Instant::now();
        jobs::outbox_list::run(worker.clone()).await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(6), "{mood:?}: {:?}", began.elapsed());
        assert_eq!(waiting().await, 60, "{mood:?}: they wait");
        due().await;
        // A code gets through as soon as the relay does, whatever the list went through.
        relay.become_mood(Mood::Fine);
        enqueue(test.store(), letter(&format!("{mood:?}"))).await.unwrap();
        jobs::outbox::run(worker.clone()).await.unwrap();
        assert_eq!(waiting().await, 60, "{mood:?}: the code has left");
        gone += usize::from(mood == Mood::TakesAndIsGone);
    }
    let taken_in_vain = relay.kept().len() - 5;
    assert!(gone == 1 && (1..=GROUP).contains(&taken_in_vain), "{taken_in_vain}: it stops at the first group");
    jobs::outbox_list::run(worker.clone()).await.unwrap();
    assert_eq!(waiting().await, 0);
    assert_eq!(relay.kept().len(), 5 + 60 + taken_in_vain, "only what nobody could know of went out again");
    assert_eq!(relay.kept().into_iter().collect::<BTreeSet<_>>().len(), 65, "one logical mail each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_cannot_encrypt_gets_nothing_of_the_list() {
    let relay = Relay::open().await;
    let test = TestApp::with(|settings| settings.mail = MailTarget::Smtp(format!("{}?tls=required", relay.url))).await;
    fill(&test, 20).await;
    jobs::outbox_list::run(Worker::new(test.app.clone()).unwrap()).await.unwrap();
    assert_eq!(relay.kept().len(), 0);
    let tries: i64 =
        sqlx::query_scalar("select sum(attempts)::bigint from outbox").fetch_one(test.pool()).await.unwrap();
    assert!((1..=i64::try_from(GROUP).unwrap()).contains(&tries), "{tries}: one group found out");
}
