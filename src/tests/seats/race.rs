//! The line under pressure: joining beside releasing, walk-ups beside a line, several workers, hints.

use super::{
    House, SEATS, assert_held, at_once, hold, let_go,
    line::{assert_joined, join},
    names, refusal,
};
use crate::support::{Browser, TestApp};
use axum::http::StatusCode;
use common_ground::{
    domain::ids::GroupId,
    error::AppError,
    jobs,
    server::state::new_key,
    store::{Actor, Failure, Tx, hints::Ear, locks},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

pub async fn release(browser: &mut Browser, slug: &str) -> crate::support::Answer {
    browser.call("/api/seats/release", &[("slug", slug), ("key", &new_key().to_string())]).await
}

/// A free seat of g0 beside somebody who could be offered it.
pub const BLOCKED: &str =
    "select count(*) from waiting_entries w join members m on m.account_id = w.member_id and m.state = 'NY'
    join seats s on s.group_id = w.group_id and (s.state = 'free' or s.state <> 'reserved' and s.held_until <= now())
    where w.ended_at is null
      and not exists (select from seats h where h.group_id = w.group_id and h.member_id = w.member_id)
      and not exists (select from offers o where o.vacancy = s.vacancy and o.member_id = w.member_id)";

impl House {
    /// Seats, line and offers of every group as they were: the next round begins.
    async fn clear(&self, seated: &str, slug: &str) {
        for sql in [
            "update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, renewals = 0,
               offer_id = null, vacancy = null, free_from = null
             where member_id in (select member_id from waiting_entries) or state in ('held', 'offered')",
            "delete from offers",
            "delete from waiting_entries",
        ] {
            self.change(sql).await;
        }
        self.seat(seated, slug).await;
    }
}

/// What came of rounds in which somebody joins while somebody else releases.
#[derive(Default, Debug)]
struct Met {
    /// She joined first and was offered the seat.
    joined_before: u32,
    /// The seat was free first, and she could simply take it.
    joined_after: u32,
    /// A seat was left beside her, and nobody offered it.
    blocked: u32,
}

impl House {
    /// Plays the last seat of a full group being released while somebody joins, for so many rounds or until `enough`.
    ///
    /// Whoever came too early the last time starts a little later the next time, by a little chance more or less. So the
    /// two meet, however long each of them takes on this machine.
    async fn join_beside_release(&self, rounds: u32, enough: impl Fn(&Met) -> bool) -> Met {
        self.fill("g0", SEATS - 1).await;
        let (robin, wren) = (self.member("robin").await, self.member("wren").await);
        self.lives("wren", "NY").await;
        self.seat("robin", "g0").await;
        self.warm().await;
        let (mut met, mut join_waits) = (Met::default(), 0_i64);
        for round in 0..rounds {
            let (mut leaves, mut joins) = (robin.clone(), wren.clone());
            let waits = join_waits + i64::from(new_key().as_bytes()[0]) * 8 - 1020;
            let pause = |microseconds: i64| {
                tokio::time::sleep(Duration::from_micros(u64::try_from(microseconds).unwrap_or_default()))
            };
            let (released, joined) = tokio::join!(
                tokio::spawn(async move {
                    pause(-waits).await;
                    release(&mut leaves, "g0").await
                }),
                tokio::spawn(async move {
                    pause(waits).await;
                    join(&mut joins, "g0").await
                })
            );
            let (released, joined) = (released.unwrap(), joined.unwrap());
            assert_eq!(released.status, StatusCode::OK, "{}", released.body);
            if joined.status == StatusCode::OK {
                met.joined_before += 1;
                join_waits += 500;
            } else {
                assert_eq!(refusal(&joined), AppError::SeatFree, "round {round}");
                met.joined_after += 1;
                join_waits -= 500;
            }
            let blocked = self.count(BLOCKED).await > 0;
            met.blocked += u32::from(blocked);
            if !blocked && joined.status == StatusCode::OK {
                assert_eq!(self.seat_of("wren", "g0").await.as_deref(), Some("offered"), "round {round}");
            }
            if enough(&met) {
                break;
            }
            self.clear("robin", "g0").await;
        }
        met
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_joins_beside_releases_leave_no_seat_beside_somebody_who_could_have_it() {
    let met = House::new().await.join_beside_release(200, |_| false).await;
    assert_eq!(met.blocked, 0, "{met:?}");
    assert!(met.joined_before >= 30 && met.joined_after >= 30, "the two met: {met:?}");
}

/// The same application without the lock of the group: the test above would notice.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_lock_a_join_and_a_release_miss_each_other() {
    let mut house = House::new().await;
    for sql in [
        // Found before the real one by every connection that is opened from now on.
        "create function public.pg_advisory_xact_lock(bigint) returns void language plpgsql as $$ begin end $$",
        "do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$",
    ] {
        house.change(sql).await;
    }
    let (url, owner_url) = (house.test.app.settings.database_url.clone().unwrap(), house.test.owner_url.clone());
    house.test = TestApp::over(url, owner_url, |_| {});
    let met = house.join_beside_release(200, |met| met.blocked > 0).await;
    assert!(met.blocked > 0, "{met:?}");
}

/// The same state, made by hand, is one that the question finds, and one that the worker ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_nobody_offers_would_be_noticed() {
    let (house, _line) = House::with_line(&["wren"]).await;
    assert_eq!(house.count(BLOCKED).await, 0);
    house.free("robin", "g0").await;
    assert_eq!(house.count(BLOCKED).await, 1);
    house.test.work().await;
    assert_eq!(house.count(BLOCKED).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn for_seconds_nobody_walks_past_the_line() {
    let house = House::new().await;
    // The program knows the group as one without a line.
    let mut first = house.member("first").await;
    assert_held(&hold(&mut first, "g0").await, "g0");
    let_go(&mut first, "g0").await;
    house.change("delete from holds").await;
    let seated = house.members(&names(SEATS)).await;
    for name in names(SEATS) {
        house.seat(&name, "g0").await;
    }
    let waiting: Vec<_> = (0..SEATS + 2).map(|n| format!("waiter {n}")).collect();
    for mut browser in house.members(&waiting).await {
        assert_joined(&join(&mut browser, "g0").await);
    }
    let walkers: Vec<_> = (0..4).map(|n| format!("walker {n}")).collect();
    let walkers = house.members(&walkers).await;
    // Some of them might be given a seat in one round trip.
    for walker in ["walker 0", "walker 1"] {
        house.lives(walker, "NY").await;
    }
    house.warm().await;

    let over = Arc::new(AtomicBool::new(false));
    let tries = Arc::new(AtomicU32::new(0));
    let walking: Vec<_> = walkers
        .into_iter()
        .map(|mut browser| {
            let (over, tries) = (Arc::clone(&over), Arc::clone(&tries));
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    let refused = refusal(&hold(&mut browser, "g0").await);
                    assert!(matches!(refused, AppError::SomebodyWaits | AppError::GroupFull), "{refused:?}");
                    tries.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    // Half of the seats are given back through the application, half come free behind its back; both workers look.
    for (number, mut browser) in seated.into_iter().enumerate() {
        if number % 2 == 0 {
            assert_eq!(release(&mut browser, "g0").await.status, StatusCode::OK);
        } else {
            house.free(&format!("member {number}"), "g0").await;
            tokio::time::sleep(Duration::from_millis(60)).await;
            house.test.work().await;
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    over.store(true, Ordering::Relaxed);
    for walker in walking {
        walker.await.expect("nobody overtook");
    }
    assert!(tries.load(Ordering::Relaxed) > 40, "{tries:?}");
    // The first eight of the line have the seats, in their order.
    let offered: Vec<String> = sqlx::query_scalar(
        "select split_part(email, '@', 1) from offers o join accounts a on a.id = o.member_id order by o.offered_at",
    )
    .fetch_all(&house.owner)
    .await
    .unwrap();
    let expected: Vec<_> = (0..SEATS).map(|n| format!("waiter-{n}")).collect();
    assert_eq!(offered, expected);
    assert_eq!(house.count("select count(*) from holds").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_offer_each_seat_once() {
    let (house, _line) = House::with_line(&["wren", "ida", "june"]).await;
    house.free("robin", "g0").await;
    house.free_one("g0").await;
    house.warm().await;
    let work = |app: common_ground::server::state::App| async move {
        let worker = jobs::Worker::new(app).unwrap();
        jobs::line::run(worker).await.unwrap();
    };
    at_once((0..6).map(|_| work(house.test.app.clone()))).await;
    assert_eq!(house.count("select count(*) from offers").await, 2);
    assert_eq!(house.count("select count(*) from outbox where kind = 'offer_made'").await, 2);
    assert!(house.offer_of("wren", "g0").await.is_some() && house.offer_of("ida", "g0").await.is_some());
    house.end_offers().await;
    at_once((0..6).map(|_| work(house.test.app.clone()))).await;
    assert_eq!(house.count("select count(*) from offers where state = 'expired'").await, 2);
    assert_eq!(house.count("select count(*) from outbox where kind = 'offer_over'").await, 2);
    // June is offered one of the two, and the other is offered to those who were not offered it before: each once.
    assert_eq!(
        house.count("select max(n) from (select count(*) as n from offers group by vacancy, member_id) twice").await,
        1
    );
    assert_eq!(house.line("g0").await.iter().map(|(_, declines)| *declines).sum::<i16>(), 2);
}

/// A lock that cannot be had in time is a matter of that group: all others are passed on, and it is said.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_is_locked_stops_no_other() {
    let house = House::new().await;
    house.member("wren").await;
    for slug in ["g0", "g1"] {
        house.fill(slug, SEATS - 1).await;
        house.wait("wren", slug).await;
    }
    let first: uuid::Uuid = sqlx::query_scalar("select id from groups where slug in ('g0', 'g1') order by id limit 1")
        .fetch_one(&house.owner)
        .await
        .unwrap();
    let (locked, is_locked) = oneshot::channel();
    let (unlock, is_over) = oneshot::channel::<()>();
    let store = house.test.store().clone();
    let holding = tokio::spawn(async move {
        let work = move |mut tx: Tx| async move {
            locks::exclusive(&mut tx, GroupId(first)).await?;
            locked.send(()).unwrap();
            is_over.await.unwrap();
            Ok::<_, Failure>((tx, ()))
        };
        store.write(Actor::Operator, work).await
    });
    is_locked.await.unwrap();
    let run = async || jobs::line::run(jobs::Worker::new(house.test.app.clone()).unwrap()).await;
    let failed = run().await.expect_err("one of them");
    assert!(matches!(failed, Failure::Away(_)), "{failed}");
    assert_eq!(house.count("select count(*) from offers").await, 1);
    unlock.send(()).unwrap();
    holding.await.unwrap().unwrap();
    run().await.unwrap();
    assert_eq!(house.count("select count(*) from offers").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_of_another_process_wakes_the_worker() {
    let mut house = House::new().await;
    let (url, owner_url) = (house.test.app.settings.database_url.clone().unwrap(), house.test.owner_url.clone());
    // This worker would look by itself in ten minutes only.
    house.test = TestApp::over(url, owner_url, |settings| settings.durations.worker_poll = 600);
    house.fill("g0", SEATS - 1).await;
    let mut robin = house.member("robin").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    let mut wren = house.member("wren").await;
    assert_joined(&join(&mut wren, "g0").await);
    let stop = CancellationToken::new();
    let worker = tokio::spawn(jobs::run(house.test.app.clone(), stop.clone()));
    tokio::time::sleep(Duration::from_millis(500)).await;
    // As if it came free in another process: no hint within this one.
    house.change("update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null where state = 'held'").await;
    let mut waited = 0;
    while house.offer_of("wren", "g0").await.is_none() {
        house.change("select pg_notify('common_ground_line', '')").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        waited += 1;
        assert!(waited < 50, "no hint was heard");
    }
    stop.cancel();
    worker.await.unwrap().unwrap();
}

/// Whoever frees a seat beside a line, joins, declines or leaves says so to the other processes; nobody else does.
#[tokio::test(flavor = "multi_thread")]
async fn hints_are_sent_for_what_concerns_a_line_and_for_nothing_else() {
    let house = House::new().await;
    house.fill("g0", SEATS - 1).await;
    let (mut robin, mut wren) = (house.member("robin").await, house.member("wren").await);
    let mut ear = Ear::open(house.test.store(), jobs::line::SILENCE).await.unwrap();
    let mut heard = async || tokio::time::timeout(Duration::from_millis(400), ear.hear()).await.is_ok();
    assert_held(&hold(&mut robin, "g0").await, "g0");
    assert_held(&hold(&mut robin, "g1").await, "g1");
    let_go(&mut robin, "g1").await;
    assert!(!heard().await, "a hold notifies nobody, and neither does letting it go where nobody waits");
    assert_joined(&join(&mut wren, "g0").await);
    assert!(heard().await, "joined");
    let_go(&mut robin, "g0").await;
    assert!(heard().await, "let go beside a line");
    house.test.work().await;
    let offer = house.offer_of("wren", "g0").await.unwrap();
    super::offers::decline(&mut wren, offer).await;
    assert!(heard().await, "declined");
    wren.call("/api/waiting/leave", &[("slug", "g0")]).await;
    assert!(heard().await, "left");
    assert!(!heard().await, "once each");
}

/// A hold that is let go beside a line is heard of at once in the process of the worker.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_let_go_beside_a_line_is_offered_at_once() {
    let mut house = House::new().await;
    let (url, owner_url) = (house.test.app.settings.database_url.clone().unwrap(), house.test.owner_url.clone());
    house.test = TestApp::over(url, owner_url, |settings| settings.durations.worker_poll = 600);
    house.fill("g0", SEATS - 1).await;
    let (mut robin, mut wren) = (house.member("robin").await, house.member("wren").await);
    assert_held(&hold(&mut robin, "g0").await, "g0");
    assert_joined(&join(&mut wren, "g0").await);
    let stop = CancellationToken::new();
    let worker = tokio::spawn(jobs::run(house.test.app.clone(), stop.clone()));
    tokio::time::sleep(Duration::from_millis(700)).await;
    let_go(&mut robin, "g0").await;
    for _ in 0..50 {
        if house.offer_of("wren", "g0").await.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(house.offer_of("wren", "g0").await.is_some());
    stop.cancel();
    worker.await.unwrap().unwrap();
}
