//! Two servers over one database, behind a proxy that sends each connection to the next.

use super::{ALONE, House, Plan, Program, UP, http, http::Front, is_done};
use crate::seats::plain;
use axum::http::StatusCode;
use common_ground::server::state::new_key;
use futures::future::join_all;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Two servers that believe to be where the proxy is; the port of that comes last.
async fn two(house: &House) -> ([Plan; 2], [Program; 2], u16) {
    let front = Front::new().await;
    let public = format!("http://127.0.0.1:{}", front.port);
    let plans = [house.server().await, house.server().await].map(|plan| plan.with("PUBLIC_URL", &public));
    let mut programs = plans.each_ref().map(Plan::start);
    for program in &mut programs {
        program.ready().await;
    }
    let port = front.lead_to(plans.iter().map(|plan| plan.port).collect());
    (plans, programs, port)
}

/// Holds a seat through whoever stands before the servers.
pub(super) async fn hold(public: u16, cookie: &str, slug: &str) -> std::io::Result<http::Reply> {
    hold_at(public, public, cookie, slug).await
}

async fn hold_at(port: u16, public: u16, cookie: &str, slug: &str) -> std::io::Result<http::Reply> {
    let key = new_key().to_string();
    let pairs = [("slug", slug), ("key", &key), ("state", "NY"), ("adult", "true")];
    http::call(port, public, "/api/seats/hold", cookie, &pairs).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_begins_at_one_goes_on_at_the_other() {
    let _alone = ALONE.lock().await;
    let house = House::new().await;
    let (plans, _programs, public) = two(&house).await;
    let [one, other] = [plans[0].port, plans[1].port];
    let email = "robin@example.org";
    let asked = http::call(one, public, "/api/sign-in/request", "", &[("email", email)]).await.unwrap();
    let browser = asked.cookie("browser").expect("the code is bound to this browser");
    house.test.work().await;
    let code = house.test.last_code(email);
    let entered = http::call(other, public, "/api/sign-in/code", &browser, &[("code", &code)]).await.unwrap();
    let session = entered.cookie("session").unwrap_or_else(|| panic!("{entered:?}"));
    for port in [one, other] {
        assert_eq!(http::get(port, "/program", &session).await.unwrap().status, StatusCode::OK);
    }
    let key = new_key().to_string();
    let pairs = [("slug", "g0"), ("key", &key), ("state", "NY"), ("adult", "true")];
    for port in [one, other, one] {
        let held = http::call(port, public, "/api/seats/hold", &session, &pairs).await.unwrap();
        assert!(is_done(&held), "{held:?}");
    }
    assert_eq!(house.count("select count(*) from seats where state = 'held'").await, 1, "one key, one seat");
    let page = http::get(other, "/reserve/g0/about", &session).await.unwrap();
    assert!(page.body.contains("Your seat is held until"), "{}", page.body);
    http::call(one, public, "/api/sign-in/out", &session, &[]).await.unwrap();
    let gone = http::get(other, "/reserve/g0/about", &session).await.unwrap();
    assert_eq!(gone.header("location"), Some("/sign-in?next=/reserve/g0/about"), "signed out everywhere: {gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_holds_at_once_for_eight_seats() {
    let _alone = ALONE.lock().await;
    let house = House::new().await;
    let cookies = house.members(500).await;
    let (_plans, _programs, public) = two(&house).await;
    five_hundred(&house, &cookies, public).await;
    assert_eq!(house.count("select count(*) from audit_events where action = 'seat held'").await, 8);
}

/// The same for people who have told before what is asked first, in a group that both servers know already: then the
/// database decides alone, in one round trip.
#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_plain_holds_at_once_for_eight_seats() {
    let _alone = ALONE.lock().await;
    let house = House::new().await;
    let mut cookies = house.members(502).await;
    house.change(plain::TOLD).await;
    for sql in plain::WITNESS {
        house.change(sql).await;
    }
    let (plans, _programs, public) = two(&house).await;
    for (plan, cookie) in plans.iter().zip(cookies.split_off(500)) {
        assert!(is_done(&hold_at(plan.port, public, &cookie, "g0").await.unwrap()));
    }
    for sql in plain::BACK {
        house.change(sql).await;
    }
    five_hundred(&house, &cookies, public).await;
    assert_eq!(house.count("select count(*) from audit_events where action = 'seat held'").await, 2 + 8);
    // Whoever finds the free seats locked looks again, and may be the one who gets a seat that its taker did not keep.
    let (at_once, otherwise) = (house.count(plain::AT_ONCE).await, house.count(plain::OTHERWISE).await);
    assert!(at_once + otherwise == 8 && at_once >= 4, "{at_once} at once, {otherwise} otherwise");
}

/// All of them at once want one of the eight seats of g0.
async fn five_hundred(house: &House, cookies: &[String], public: u16) {
    let asked = cookies.iter().map(|cookie| async move {
        let began = Instant::now();
        loop {
            let reply = hold(public, cookie, "g0").await.unwrap();
            // Too many at once is said at once, and a client tries again.
            if reply.status != StatusCode::SERVICE_UNAVAILABLE {
                return reply;
            }
            assert!(began.elapsed() < Duration::from_secs(40), "never answered");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let replies = join_all(asked).await;
    assert_eq!(replies.iter().filter(|reply| is_done(reply)).count(), 8);
    for reply in replies.iter().filter(|reply| !is_done(reply)) {
        assert_eq!((reply.status, reply.body.as_str()), (StatusCode::CONFLICT, "\"GroupFull\""));
    }
    for sql in [
        "select count(*) from seats where state = 'held'",
        "select count(distinct member_id) from seats where state = 'held'",
        "select count(*) from holds",
    ] {
        assert_eq!(house.count(sql).await, 8, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_after_the_other_can_be_replaced_while_people_are_here() {
    let _alone = ALONE.lock().await;
    let house = House::new().await;
    let cookies = house.members(6).await;
    let (plans, mut programs, public) = two(&house).await;
    let (stop, answers, retries) =
        (CancellationToken::new(), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = cookies
        .into_iter()
        .map(|cookie| {
            let (stop, answers, retries) = (stop.clone(), answers.clone(), retries.clone());
            tokio::spawn(async move {
                assert!(is_done(&hold(public, &cookie, "g1").await.unwrap()));
                let mut turn = 0;
                while !stop.is_cancelled() {
                    turn += 1;
                    let mut tries = 0;
                    loop {
                        let reply = match turn % 3 {
                            0 => http::get(public, "/groups", &cookie).await,
                            1 => http::get(public, "/reserve/g1/about", &cookie).await,
                            // Held already: the same hold is given back.
                            _ => hold(public, &cookie, "g1").await,
                        };
                        if reply.as_ref().is_ok_and(|reply| reply.status == StatusCode::OK) {
                            break;
                        }
                        retries.fetch_add(1, Ordering::Relaxed);
                        tries += 1;
                        assert!(tries < 3, "trying again does not help: {reply:?}");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                    answers.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            })
        })
        .collect();
    for _round in 0..2 {
        for (plan, program) in plans.iter().zip(&mut programs) {
            tokio::time::sleep(Duration::from_millis(300)).await;
            program.terminate();
            assert!(program.ended(UP).await.success());
            *program = plan.start();
            program.ready().await;
        }
    }
    stop.cancel();
    for client in clients {
        client.await.expect("nobody is left with an error");
    }
    let (answers, retries) = (answers.load(Ordering::Relaxed), retries.load(Ordering::Relaxed));
    assert!(answers > 100, "only {answers} answers");
    assert!(retries * 10 < answers, "{retries} retries for {answers} answers");
    assert_eq!(house.count("select count(*) from seats where state = 'held'").await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_program_goes_on_over_a_newer_schema_and_a_new_one_waits_for_its_own() {
    let _alone = ALONE.lock().await;
    let house = House::new().await;
    let cookies = house.members(2).await;
    // As it is in production, where nobody migrates in passing.
    let plan = house.server().await.with("APP_ENV", "production").with("RATE_LIMITS", "on");
    let mut program = plan.start();
    program.ready().await;
    house
        .change(
            "alter table groups add column later text not null default '';
             create table later (id uuid primary key, group_id uuid references groups (id));
             insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             values (99991231235959, 'later create', true, '\\x00', 1)",
        )
        .await;
    for (start, cookie) in cookies.iter().enumerate() {
        program.ready().await;
        assert_eq!(http::get(plan.port, "/groups", cookie).await.unwrap().status, StatusCode::OK);
        assert!(is_done(&hold(plan.port, cookie, "g0").await.unwrap()));
        if start == 0 {
            // Taken back to the old program: it starts over the newer schema as well.
            program.kill();
            program = plan.start();
        }
    }
    let migrate = house.plan(&["migrate"]).await;
    let (code, words) = migrate.run().await;
    assert_eq!(code, Some(0), "{words}");

    // The other way round: one of its own migrations has not been run.
    house
        .change("delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations where version < 99991231235959)")
        .await;
    program.until("/readyz", StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(2)).await;
    assert_eq!(http::get(plan.port, "/livez", "").await.unwrap().status, StatusCode::OK);
    assert_eq!(http::get(plan.port, "/help-now", "").await.unwrap().status, StatusCode::OK);
}
