//! The database goes away, hangs, is cut off, or takes no writes. What has no need of it goes on, what has says so
//! calmly, and all is well again soon after it is.

mod aborts;
pub mod gate;
mod live;
mod silent;
mod writes;

use self::gate::{Gate, Way};
use crate::{
    journey::{about, hold, open_group},
    support::{Answer, Browser, TestApp},
};
use axum::http::{StatusCode, header::RETRY_AFTER};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::time::{Duration, Instant};

/// Longer than this nobody waits to be told that something is away.
const PATIENCE: Duration = Duration::from_secs(8);
/// What needs no database is not slowed by it.
const QUICK: Duration = Duration::from_millis(500);
/// So soon after the database's return all is well.
const SOON: Duration = Duration::from_secs(2);

/// Signed in, with a seat held: so every page has data.
async fn robin(test: &TestApp) -> (Browser, String) {
    let mut browser = test.signed_in("robin@example.org").await;
    let slug = open_group(&mut browser).await;
    assert_eq!(hold(&mut browser, &slug).await.location(), Some(format!("/reserve/{slug}/about").as_str()));
    (browser, slug)
}

fn pages_with_data(slug: &str) -> Vec<String> {
    let own = ["/about", "/agreements", "/check", "/confirmed", ""].map(|step| format!("/reserve/{slug}{step}"));
    let all = ["/", "/groups", "/groups?state=NY&open=true", "/program"].map(ToOwned::to_owned);
    [&all[..], &own, &[format!("/groups/{slug}")]].concat()
}

/// A page that says calmly that it will be back: whole, without names of what failed.
fn assert_away(page: &Answer, what: &str) {
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{what}: {}", page.body);
    let seconds =
        page.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(|value| value.parse().ok());
    assert!(seconds.is_some_and(|seconds: u32| (1..=60).contains(&seconds)), "{what}: {:?}", page.headers);
    assert!(page.body.contains("We will be back in a moment.") && page.body.contains("988"), "{what}: {}", page.body);
    assert!(page.body.contains("</html>"), "{what} is whole");
    for word in ["sqlx", "postgres", "PoolTimedOut", "panicked", "error:", "socket"] {
        assert!(!page.body.contains(word), "{what} says {word}: {}", page.body);
    }
}

/// What works without a database does, at once and whole.
async fn assert_helps(browser: &mut Browser, what: &str) {
    let mut took = Duration::MAX;
    let mut help = None;
    // The other tests keep the machine busy, so the quickest of three counts; waiting for a database takes seconds.
    for _ in 0..3 {
        let began = Instant::now();
        help = Some(browser.get("/help-now").await);
        assert_eq!(browser.get("/livez").await.status, StatusCode::OK, "{what}");
        took = took.min(began.elapsed());
    }
    assert!(took < QUICK, "{what}: {took:?}");
    let help = help.unwrap();
    assert_eq!(help.status, StatusCode::OK, "{what}");
    for words in ["tel:988", "sms:988", "tel:911", "findahelpline.com", "</html>"] {
        assert!(help.body.contains(words), "{what}: {words}");
    }
}

/// All pages work within two seconds, and go on working.
async fn assert_well_soon(browser: &mut Browser, slug: &str, what: &str) {
    let returned = Instant::now();
    let mut ready = false;
    while !ready {
        ready = browser.get("/readyz").await.status == StatusCode::OK
            && browser.get("/program").await.status == StatusCode::OK
            // A write as well: it has another pool. It is asked for last, because a hold is renewed ten times only.
            && browser.call("/api/seats/renew", &[("slug", slug)]).await.status == StatusCode::OK;
        assert!(returned.elapsed() < SOON, "{what}: not well within {SOON:?}");
    }
    let path = format!("/reserve/{slug}/about");
    for _ in 0..15 {
        assert_eq!(browser.get(&path).await.status, StatusCode::OK, "{what}");
        let again = browser.post("/api/reserve/about", &about(slug)).await;
        assert_eq!(again.location(), Some(format!("/reserve/{slug}/agreements").as_str()), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_pages_say_so_and_help_stays() {
    away(Gate::open().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_database_on_another_machine_is_away_it_is_the_same() {
    away(Gate::open_port().await).await;
}

async fn away(mut gate: Gate) {
    let test = gate.demo().await;
    let (mut browser, slug) = robin(&test).await;
    for way in [Way::Gone, Way::Refuse] {
        gate.become_way(way).await;
        assert_helps(&mut browser, "away").await;
        for path in pages_with_data(&slug) {
            let began = Instant::now();
            assert_away(&browser.get(&path).await, &path);
            assert!(began.elapsed() < PATIENCE, "{way:?} {path}: {:?}", began.elapsed());
        }
        for path in ["/sign-in", "/agreements", "/learn/first-meeting", "/learn/skills/stop"] {
            assert_eq!(browser.get(path).await.status, StatusCode::OK, "{path} needs no data");
        }
        assert_eq!(browser.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(browser.get("/nothing-here").await.status, StatusCode::NOT_FOUND);
        gate.become_way(Way::Pass).await;
        assert_well_soon(&mut browser, &slug, &format!("{way:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_calls_and_forms_lose_nothing() {
    let (mut gate, test) = Gate::before_demo().await;
    let (mut browser, slug) = robin(&test).await;
    let key = "11111111-2222-4333-8444-555555555555";
    gate.become_way(Way::Gone).await;
    for (path, pairs) in [
        ("/api/home/get", vec![]),
        ("/api/program/get", vec![]),
        ("/api/sign-in/request", vec![("email", "wren@example.org")]),
        ("/api/seats/hold", vec![("slug", &*slug), ("key", key), ("state", "NY"), ("adult", "true")]),
        ("/api/seats/renew", vec![("slug", &*slug)]),
        ("/api/seats/confirm", vec![("slug", &*slug), ("key", key)]),
        ("/api/seats/let-go", vec![("slug", &*slug)]),
        ("/api/reserve/about", about(&slug)),
    ] {
        let answer = browser.call(path, &pairs).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {}", answer.body);
        assert_eq!(answer.headers[RETRY_AFTER], "5", "{path}");
        assert_eq!(answer.body, "\"Unavailable\"", "{path}");
    }

    // Sign-in needs no data for its page: the address and the error come back at once.
    let again = browser.submit("/api/sign-in/request", &[("email", "wren@example.org")]).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.input("email").as_deref(), Some("wren@example.org"));
    assert!(again.body.contains("does not answer"), "{}", again.body);

    // A step's page cannot be shown now, but what was typed waits for it.
    let typed: Vec<_> =
        about(&slug).into_iter().map(|(name, value)| (name, if name == "phone" { "555 0" } else { value })).collect();
    assert_away(&browser.submit("/api/reserve/about", &typed).await, "about");
    gate.become_way(Way::Pass).await;
    let page = browser.get(&format!("/reserve/{slug}/about")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for (name, value) in typed.iter().filter(|(name, _)| !["slug", "state", "birth_month"].contains(name)) {
        assert_eq!(page.input(name).as_deref(), Some(*value), "{name}");
    }
    assert_eq!(page.chosen("state").as_deref(), Some("NY"));
    assert_eq!(page.chosen("birth_month").or_else(|| page.input("birth_month")).as_deref(), Some("3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_hangs_keeps_nobody_from_help_and_nobody_for_ever() {
    let (mut gate, test) = Gate::before_demo().await;
    let (browser, slug) = robin(&test).await;
    gate.become_way(Way::Hang).await;
    // More requests than the pools have connections wait for it.
    let waiting: Vec<_> = (0..40)
        .map(|number| {
            let (mut browser, slug) = (browser.clone(), slug.clone());
            tokio::spawn(async move {
                let began = Instant::now();
                let answer = match number % 4 {
                    0 => browser.call("/api/seats/renew", &[("slug", &slug)]).await,
                    1 => browser.call("/api/reserve/about", &about(&slug)).await,
                    2 => browser.get("/program").await,
                    _ => browser.get("/groups").await,
                };
                (answer, began.elapsed())
            })
        })
        .collect();
    let mut other = browser.clone();
    for _ in 0..5 {
        assert_helps(&mut other, "hanging").await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let began = Instant::now();
    assert_eq!(other.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(began.elapsed() < SOON);
    for answered in waiting {
        let (answer, took) = answered.await.unwrap();
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
        assert!(took < PATIENCE, "{took:?}");
    }
    gate.become_way(Way::Pass).await;
    assert_well_soon(&mut other, &slug, "after hanging").await;

    // The machine is gone without a word, and another one takes its place: old connections never answer again.
    gate.become_way(Way::Hang).await;
    assert_away(&other.get("/program").await, "hanging again");
    gate.become_way(Way::Gone).await;
    gate.become_way(Way::Pass).await;
    assert_well_soon(&mut other, &slug, "after a fail-over").await;
}

async fn owner_runs(test: &TestApp, statement: String) {
    let mut owner = PgConnection::connect(&test.owner_url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut owner).await.unwrap();
}

/// Ends every connection of the application.
async fn terminate(test: &TestApp) {
    let statement = "select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and usename = 'common_ground'";
    owner_runs(test, statement.to_owned()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_connections_were_cut_the_next_requests_work() {
    let test = TestApp::demo().await;
    let (browser, slug) = robin(&test).await;
    // Fill both pools, so that every connection in them is one that was cut.
    for round in 0..3 {
        let at_once = (0..24).map(|_| {
            let (mut browser, slug) = (browser.clone(), slug.clone());
            async move {
                (browser.get("/program").await.status, browser.call("/api/reserve/about", &about(&slug)).await.status)
            }
        });
        for (page, write) in futures::future::join_all(at_once).await {
            assert_eq!((page, write), (StatusCode::OK, StatusCode::OK), "round {round}");
        }
        terminate(&test).await;
        let mut browser = browser.clone();
        let write = browser.call("/api/reserve/about", &about(&slug)).await;
        assert_eq!(write.status, StatusCode::OK, "the first write after it: {}", write.body);
        assert_eq!(browser.get("/program").await.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_no_writes_is_read_and_says_so() {
    let test = TestApp::demo().await;
    let (mut browser, slug) = robin(&test).await;
    let name: String = sqlx::query_scalar("select current_database()").fetch_one(test.pool()).await.unwrap();
    owner_runs(&test, format!("alter database {name} set default_transaction_read_only = on")).await;
    terminate(&test).await;
    for path in ["/", "/groups", "/program", "/help-now"] {
        assert_eq!(browser.get(path).await.status, StatusCode::OK, "{path}");
    }
    let page = browser.get(&format!("/groups/{slug}")).await;
    assert_eq!(page.status, StatusCode::OK);
    for (path, pairs) in [
        ("/api/seats/renew", vec![("slug", &*slug)]),
        ("/api/reserve/about", about(&slug)),
        ("/api/sign-in/request", vec![("email", "wren@example.org")]),
    ] {
        let answer = browser.call(path, &pairs).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {}", answer.body);
        assert_eq!(answer.body, "\"Unavailable\"");
    }
    // The page of the step can be read, so what was typed is there at once.
    let mut typed = about(&slug);
    typed[1].1 = "Wren the second";
    let again = browser.submit("/api/reserve/about", &typed).await;
    assert_eq!(again.input("display_name").as_deref(), Some("Wren the second"), "{}", again.body);
    let mut owner = PgConnection::connect(&test.owner_url).await.unwrap();
    sqlx::raw_sql("set default_transaction_read_only = off").execute(&mut owner).await.unwrap();
    let writable = format!("alter database {name} reset default_transaction_read_only");
    sqlx::raw_sql(AssertSqlSafe(writable)).execute(&mut owner).await.unwrap();
    // Nobody cuts the connections that take no writes: the application has left them by itself.
    assert_well_soon(&mut browser, &slug, "writes are taken again").await;
}
