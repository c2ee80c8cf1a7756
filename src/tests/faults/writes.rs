//! Writes that are given up half way: a request that is dropped, a begin that is cancelled, a panic.

use crate::{
    journey::{about, hold, open_group},
    support::{Browser, PUBLIC_URL, TestApp, encode, new_database},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use common_ground::store::{Actor, Failure, Lent, Store, Tx, audit, warm::MOST_WAITING};
use serde_json::json;
use sqlx::{Connection as _, PgConnection, postgres::PgPoolOptions};
use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

/// Connections of the application that stand in a transaction with nobody at work in it.
async fn idle_in_transaction(owner: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "select count(*) from pg_stat_activity
         where datname = current_database() and usename = 'common_ground' and state like 'idle in transaction%'",
    )
    .fetch_one(owner)
    .await
    .unwrap()
}

/// Waits until no connection stands in a transaction; at most two seconds.
pub async fn assert_none_is_left_open(owner: &mut PgConnection) {
    let began = Instant::now();
    while idle_in_transaction(owner).await > 0 {
        assert!(began.elapsed() < Duration::from_secs(2), "a connection is left in a transaction");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Writes an event and says how many of it another connection sees.
pub async fn acknowledged(test: &TestApp, owner: &mut PgConnection, subject: &str) -> i64 {
    let wanted = subject.to_owned();
    let work = move |mut tx: Tx| async move {
        audit::record(&mut tx, "tested", wanted, json!({})).await?;
        Ok((tx, ()))
    };
    test.store().write::<_, Failure, _, _>(Actor::Visitor, work).await.expect("it is acknowledged");
    let count = sqlx::query_scalar("select count(*) from audit_events where subject = $1").bind(subject);
    count.fetch_one(owner).await.unwrap()
}

/// Gives a future up when it has had to wait so often; a clock would be too coarse for the moments that matter.
pub async fn give_up_after<F: Future>(waits: u64, future: F) -> Option<F::Output> {
    let (mut future, mut left) = (pin!(future), waits);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_begin_that_was_cancelled_leaves_no_transaction_behind() {
    let test = TestApp::new().await;
    let mut owner = PgConnection::connect(&test.owner_url).await.unwrap();
    acknowledged(&test, &mut owner, "before").await;
    let mut given_up = 0;
    for number in 0..300 {
        match give_up_after(number % 4, test.store().writes().begin()).await {
            Some(begun) => drop(begun.unwrap()),
            None => given_up += 1,
        }
    }
    assert!(given_up > 20, "only {given_up} of 300 were cancelled");
    assert_none_is_left_open(&mut owner).await;
    for number in 0..30 {
        assert_eq!(acknowledged(&test, &mut owner, &format!("after {number}")).await, 1, "acknowledged and lost");
    }
    assert_none_is_left_open(&mut owner).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_nobody_waits_for_any_more_is_done_all_the_same() {
    let test = TestApp::new().await;
    let mut owner = PgConnection::connect(&test.owner_url).await.unwrap();
    let mut given_up = 0;
    for number in 0..300 {
        let work = |mut tx: Tx| async move {
            audit::record(&mut tx, "tested", "given up", json!({})).await?;
            Ok((tx, ()))
        };
        let written = give_up_after(number % 3, test.store().write::<_, Failure, _, _>(Actor::Visitor, work)).await;
        given_up += u32::from(written.is_none());
        if number % 6 == 0 {
            until_quiet(&mut owner).await;
        }
    }
    assert!(given_up > 60, "only {given_up} of 300 were given up");
    until_quiet(&mut owner).await;
    let done: i64 = sqlx::query_scalar("select count(*) from audit_events where subject = 'given up'")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(done, 300);
    assert_none_is_left_open(&mut owner).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_comes_back_in_a_transaction_is_dropped() {
    let test = TestApp::new().await;
    let mut owner = PgConnection::connect(&test.owner_url).await.unwrap();
    // Without the defence the next user of the connection is inside of what the last one began.
    let url = test.owner_url.replace("postgres@", "common_ground@");
    let bare = PgPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
    for (pool, poisoned) in [(&bare, true), (test.store().writes(), false)] {
        let mut connection = pool.acquire().await.unwrap();
        let pid: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *connection).await.unwrap();
        sqlx::raw_sql("begin").execute(&mut *connection).await.unwrap();
        drop(connection);
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(idle_in_transaction(&mut owner).await, i64::from(poisoned), "the control must be poisoned");
        let lives: bool = sqlx::query_scalar("select exists(select 1 from pg_stat_activity where pid = $1)")
            .bind(pid)
            .fetch_one(&mut owner)
            .await
            .unwrap();
        assert_eq!(lives, poisoned);
        pool.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_connection_comes_back() {
    let test = TestApp::new().await;
    let mut owner = PgConnection::connect(&test.owner_url).await.unwrap();
    let mut pids = std::collections::BTreeSet::new();
    for _ in 0..10 {
        let work = |mut tx: Tx| async move {
            let pid: i32 =
                sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut *tx).await.map_err(Failure::from)?;
            Ok((tx, pid))
        };
        pids.insert(test.store().write::<_, Failure, _, _>(Actor::Visitor, work).await.unwrap());
        // The check of a returned connection runs beside us.
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(pids.len() < 5, "the check throws good connections away");
    assert_none_is_left_open(&mut owner).await;
}

/// The request of a form, as a future that can be given up.
pub async fn send(browser: &Browser, test: &TestApp, path: &str, pairs: &[(&str, &str)]) -> StatusCode {
    let cookies: Vec<_> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = Request::post(path)
        .header(header::ACCEPT, "application/json")
        .header(header::ORIGIN, PUBLIC_URL)
        .header(header::HOST, PUBLIC_URL.trim_start_matches("http://"))
        .header(header::COOKIE, cookies.join("; "))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(encode(pairs)))
        .unwrap();
    test.router.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_in_the_middle_of_a_hold_leaves_nothing_half_done() {
    let test = TestApp::demo().await;
    let mut owner = PgConnection::connect(&test.owner_url).await.unwrap();
    let mut browser = test.signed_in("robin@example.org").await;
    let slug = open_group(&mut browser).await;
    hold(&mut browser, &slug).await;
    let account = test.account("robin@example.org").await;
    assert_eq!(send(&browser, &test, "/api/seats/let-go", &[("slug", &slug)]).await, StatusCode::OK);
    // How long a hold takes: the quickest so far, for the first ones make connections and prepare statements.
    let mut whole = Duration::from_secs(1);
    let (mut done, mut left) = (0, 0_u32);
    for number in 0..60_u32 {
        // Holds of an earlier day do not count, so that she may hold again.
        sqlx::raw_sql(
            "update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null
             where state = 'held' and member_id = (select id from accounts where email = 'robin@example.org');
             delete from holds where member_id = (select id from accounts where email = 'robin@example.org')",
        )
        .execute(&mut owner)
        .await
        .unwrap();
        let key = common_ground::server::state::new_key().to_string();
        let events = events_of_holds(&mut owner).await;
        let pairs = [("slug", slug.as_str()), ("key", key.as_str()), ("state", "NY"), ("adult", "true")];
        let moment = whole * (number % 20) / 16;
        let began = Instant::now();
        match tokio::time::timeout(moment, send(&browser, &test, "/api/seats/hold", &pairs)).await {
            Ok(_) => whole = whole.min(began.elapsed()),
            Err(_) => left += 1,
        }
        // What the request began goes on without it; then it is done whole, or not at all.
        until_quiet(&mut owner).await;
        let (seats, holds, answers): (i64, i64, i64) = sqlx::query_as(
            "select (select count(*) from seats where member_id = $1 and state = 'held' and held_until > now()),
                    (select count(*) from holds where member_id = $1 and ended_at is null),
                    (select count(*) from idempotency_keys where member_id = $1 and key = $2::text::uuid)",
        )
        .bind(account.0)
        .bind(&key)
        .fetch_one(&mut owner)
        .await
        .unwrap();
        let events = events_of_holds(&mut owner).await - events;
        assert!(seats <= 1 && [seats; 3] == [holds, answers, events], "{seats} {holds} {answers} {events}");
        done += seats;
    }
    assert!(left > 10 && done > 10, "{left} left, {done} done: the moments are badly chosen");
    assert_none_is_left_open(&mut owner).await;
    assert_eq!(send(&browser, &test, "/api/reserve/about", &about(&slug)).await, StatusCode::OK);
}

async fn events_of_holds(owner: &mut PgConnection) -> i64 {
    let count = sqlx::query_scalar("select count(*) from audit_events where action = 'seat held'");
    count.fetch_one(owner).await.unwrap()
}

/// Waits until the application's connections have nothing to do for a while.
pub async fn until_quiet(owner: &mut PgConnection) {
    let mut quiet = 0;
    while quiet < 4 {
        let busy: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
             where datname = current_database() and usename = 'common_ground' and state <> 'idle'",
        )
        .fetch_one(&mut *owner)
        .await
        .unwrap();
        quiet = if busy == 0 { quiet + 1 } else { 0 };
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_tried_again_with_pauses_and_not_where_none_are_taken() {
    let (url, _) = new_database(true).await;
    let store = Store::open_with(&url, Duration::from_millis(500)).unwrap();
    let tries = Arc::new(AtomicU32::new(0));
    let fail_with = async |failure: fn(String) -> Failure| {
        let counted = tries.clone();
        let work = move |conn: Lent| {
            counted.fetch_add(1, Ordering::Relaxed);
            // The connection goes with the failure, as one that was cut does.
            async move {
                drop(conn);
                Err::<(Lent, ()), _>(failure("of this test".to_owned()))
            }
        };
        let failed = store.at_once(work).await.unwrap_err();
        assert!(failed.is_away(), "{failed:?}");
        tries.swap(0, Ordering::Relaxed)
    };
    let tried = fail_with(Failure::Away).await;
    assert!((2..=25).contains(&tried), "{tried} tries in half a second");
    assert_eq!(fail_with(Failure::ReadOnly).await, 1);
}

/// Clients that send something and leave make room for the next at once, but their writes go on.
#[tokio::test(flavor = "multi_thread")]
async fn writes_whose_clients_have_left_are_not_gathered_without_end() {
    let test = TestApp::demo().await;
    let mut browser = test.signed_in("robin@example.org").await;
    let (store, end) = (test.store(), Arc::new(Semaphore::new(0)));
    let write = |end: Arc<Semaphore>| {
        store.write::<_, Failure, _, _>(Actor::Visitor, move |tx: Tx| async move {
            drop(end.acquire().await);
            Ok((tx, ()))
        })
    };
    // Twelve have the connections, and as many wait as may.
    let mut left = 0;
    for _ in 0..12 + MOST_WAITING {
        left += usize::from(give_up_after(0, write(end.clone())).await.is_none());
    }
    assert_eq!(left, 12 + MOST_WAITING, "clients have left");
    let began = Instant::now();
    // The last of them may still be on their way into the line; then this one finds room, and leaves as they did.
    let refused = loop {
        if let Ok(refused) = tokio::time::timeout(Duration::from_millis(500), write(end.clone())).await {
            break refused;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "nobody is refused");
    };
    assert!(matches!(refused, Err(Failure::Away(_))), "{refused:?}");
    let began = Instant::now();
    let answer = browser.call("/api/account/mails", &[]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    end.close();
    let mut owner = PgConnection::connect(&test.owner_url).await.unwrap();
    until_quiet(&mut owner).await;
    assert_eq!(acknowledged(&test, &mut owner, "after").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_write_is_an_error_and_commits_nothing() {
    let test = TestApp::new().await;
    let mut owner = PgConnection::connect(&test.owner_url).await.unwrap();
    for _ in 0..20 {
        let work = |mut tx: Tx| async move {
            audit::record(&mut tx, "tested", "panic", json!({})).await?;
            let events = sqlx::query("select 1 from audit_events where subject = 'panic'").fetch_all(&mut *tx);
            assert!(events.await.map_err(Failure::from)?.is_empty(), "the panic of this test");
            Ok((tx, ()))
        };
        let failed = test.store().write::<_, Failure, _, _>(Actor::Visitor, work).await.unwrap_err();
        assert!(matches!(failed, Failure::Broken(_)), "{failed:?}");
    }
    let failed = test
        .store()
        .write::<(), Failure, _, _>(Actor::Visitor, |mut tx: Tx| async move {
            audit::record(&mut tx, "tested", "panic", json!({})).await?;
            Err(Failure::Broken("no".to_owned()))
        })
        .await;
    assert!(failed.is_err());
    let written: i64 = sqlx::query_scalar("select count(*) from audit_events where subject = 'panic'")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(written, 0);
    assert_none_is_left_open(&mut owner).await;
    assert_eq!(acknowledged(&test, &mut owner, "after").await, 1, "the pool is whole");
}
