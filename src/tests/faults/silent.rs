//! Connections whose other end is gone without a word. They never fail, so whoever waits for one needs an end of his
//! own, and the pool a way to be rid of it.

use super::gate::Gate;
use crate::support::{count_sessions, new_database};
use common_ground::{
    jobs,
    store::{Actor, Failure, Limits, Store, Tx, audit, hints::Ear},
};
use futures::future::join_all;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Barrier, time::timeout};
use tokio_util::sync::CancellationToken;

/// As many as each pool has.
const READS: usize = 8;
const WRITES: usize = 12;
/// Short, so that the test is.
const LIMITS: Limits = Limits {
    patience: Duration::from_secs(3),
    answer: Duration::from_secs(1),
    write: Duration::from_secs(1),
    work: Duration::from_millis(1500),
};
/// A second for the limit, one for the connection that has to be dropped, one for a busy machine.
const SOON: Duration = Duration::from_secs(3);

async fn store_behind_gate() -> (Gate, Store, String) {
    let gate = Gate::open().await;
    let (url, owner_url) = new_database(true).await;
    let store = Store::open_within(&gate.through(&url).await, LIMITS).unwrap();
    (gate, store, owner_url)
}

/// One event; between its statement and its commit everybody waits for each other, and then for the line to be lost.
async fn write(store: &Store, actor: Actor, subject: &str, half_way: Option<Arc<Barrier>>) -> Result<(), Failure> {
    let subject = subject.to_owned();
    let work = move |mut tx: Tx| async move {
        audit::record(&mut tx, "tested", &subject, json!({})).await?;
        if let Some(barrier) = half_way {
            barrier.wait().await;
            barrier.wait().await;
        }
        Ok((tx, ()))
    };
    store.write::<_, Failure, _, _>(actor, work).await
}

async fn read(store: &Store, seconds: f64) -> Result<i32, Failure> {
    let asked = sqlx::query_scalar("select 7 from pg_sleep($1)").bind(seconds).fetch_one(store.reads());
    asked.await.map_err(Failure::from)
}

/// Every connection of both pools can be used, at the same time.
async fn assert_whole(store: &Store) {
    let began = Instant::now();
    let reads = join_all((0..READS).map(|_| read(store, 0.05))).await;
    assert!(reads.iter().all(|read| matches!(read, Ok(7))), "{reads:?}");
    let together = Arc::new(Barrier::new(WRITES));
    let writes = join_all((0..WRITES).map(|_| write(store, Actor::Visitor, "after", Some(together.clone())))).await;
    assert!(writes.iter().all(Result::is_ok), "{writes:?}");
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

async fn events(owner_url: &str, subject: &str) -> i64 {
    let mut owner = PgConnection::connect(owner_url).await.unwrap();
    let count = sqlx::query_scalar("select count(*) from audit_events where subject = $1").bind(subject);
    count.fetch_one(&mut owner).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_that_fall_silent_end_and_give_their_places_back() {
    let (gate, store, owner_url) = store_behind_gate().await;
    assert_whole(&store).await;
    for actor in [Actor::Visitor, Actor::Worker] {
        let half_way = Arc::new(Barrier::new(WRITES + 1));
        let writes: Vec<_> = (0..WRITES)
            .map(|_| {
                let (store, actor, half_way) = (store.clone(), actor.clone(), half_way.clone());
                tokio::spawn(async move { write(&store, actor, "lost", Some(half_way)).await })
            })
            .collect();
        half_way.wait().await;
        gate.lose().await;
        let began = Instant::now();
        half_way.wait().await;
        for write in writes {
            let ended = timeout(SOON, write).await.expect("a write waits for ever").unwrap();
            assert!(matches!(ended, Err(Failure::Away(_))), "{ended:?}");
        }
        assert!(began.elapsed() > Duration::from_millis(500), "they were ended by something else");
        assert_whole(&store).await;
    }
    assert_eq!(events(&owner_url, "lost").await, 0, "what was not acknowledged was not done");
    assert_eq!(events(&owner_url, "after").await, 3 * i64::try_from(WRITES).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_does_may_take_its_time() {
    let (_gate, store, owner_url) = store_behind_gate().await;
    let work = |mut tx: Tx| async move {
        audit::record(&mut tx, "tested", "long", json!({})).await?;
        tokio::time::sleep(LIMITS.work + Duration::from_millis(300)).await;
        Ok((tx, ()))
    };
    store.write::<_, Failure, _, _>(Actor::Operator, work).await.unwrap();
    let error = store.write::<_, Failure, _, _>(Actor::Visitor, work).await.unwrap_err();
    assert!(matches!(error, Failure::Away(_)), "{error:?}");
    assert_eq!(events(&owner_url, "long").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_that_fall_silent_end_and_give_their_places_back() {
    let (gate, store, _) = store_behind_gate().await;
    assert_whole(&store).await;
    // Those that somebody still waits for, and those whose client has left.
    for left in [false, true] {
        let reads: Vec<_> = (0..READS)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { read(&store, 0.5).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(200)).await;
        gate.lose().await;
        for read in reads {
            if left {
                read.abort();
            } else {
                let ended = timeout(SOON, read).await.expect("a read waits for ever").unwrap();
                assert!(matches!(ended, Err(Failure::Away(_))), "{ended:?}");
            }
        }
        assert_whole(&store).await;
    }
}

/// So long a silence makes whoever listens ask; in the program it is half a minute.
const SILENCE: Duration = Duration::from_millis(300);
/// Until it is noticed that nobody is there: the silence, two seconds for an answer, one until the next attempt, and one for
/// a busy machine.
const NOTICED: Duration = Duration::from_millis(4300);

async fn hint(owner: &mut PgConnection) {
    sqlx::query("select pg_notify('common_ground_line', '')").execute(owner).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_notices_that_nobody_is_there_any_more() {
    let (gate, store, owner_url) = store_behind_gate().await;
    let mut owner = PgConnection::connect(&owner_url).await.unwrap();
    let mut ear = Ear::open(&store, SILENCE).await.unwrap();
    // That nothing is said for several times so long is no fault, and what is said then is heard.
    let nothing = timeout(SILENCE * 4, ear.hear()).await;
    assert!(nothing.is_err(), "{nothing:?}");
    for _ in 0..2 {
        hint(&mut owner).await;
        timeout(SOON, ear.hear()).await.expect("a hint").unwrap();
    }
    gate.lose().await;
    let ended = timeout(NOTICED, ear.hear()).await.expect("it waits for ever");
    assert!(matches!(ended, Err(Failure::Away(_))), "{ended:?}");
    let mut ear = Ear::open(&store, SILENCE).await.unwrap();
    hint(&mut owner).await;
    timeout(SOON, ear.hear()).await.expect("a hint").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_hints_fall_silent_listens_anew() {
    let (gate, store, owner_url) = store_behind_gate().await;
    let mut owner = PgConnection::connect(&owner_url).await.unwrap();
    let stop = CancellationToken::new();
    let listening = tokio::spawn(jobs::line::listen(store, SILENCE, stop.clone()));
    // The lost one stays, as far as Postgres knows.
    for sessions in 1..=3 {
        let began = Instant::now();
        loop {
            let open = count_sessions(&mut owner).await;
            if open == sessions {
                break;
            }
            assert!(began.elapsed() < NOTICED, "{open} sessions and not {sessions}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        gate.lose().await;
    }
    stop.cancel();
    listening.await.unwrap();
}
