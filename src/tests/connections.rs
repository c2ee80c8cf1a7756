//! What an instance asks of Postgres: how many connections, with which settings, and whether it is there although it is busy.
//! What the README says of it is what there is.

use crate::{
    ear::Ear,
    support::{TestApp, count_sessions},
};
use axum::http::StatusCode;
use common_ground::jobs;
use sqlx::{Connection as _, PgConnection, PgPool};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const README: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));

/// Every connection of a pool.
async fn all_of(pool: &PgPool) -> Vec<sqlx::pool::PoolConnection<sqlx::Postgres>> {
    let mut taken = Vec::new();
    while taken.len() < usize::try_from(pool.options().get_max_connections()).unwrap() {
        taken.push(pool.acquire().await.unwrap());
    }
    taken
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_opens_as_many_connections_as_the_readme_says() {
    let test = TestApp::new().await;
    let (_, said) = README.split_once("An instance opens at most ").expect("the sentence of the README");
    let said: i64 = said.split(' ').next().and_then(|number| number.parse().ok()).expect("a number");
    assert!(README.contains(&format!("`default_pool_size` of at least {said} for each instance")));

    let stop = CancellationToken::new();
    let worker = tokio::spawn(jobs::run(test.app.clone(), stop.clone()));
    let _stream = Ear::open(&test.router, "/events/groups").await;
    assert_eq!(test.browser().get("/readyz").await.status, StatusCode::OK);
    let all = (all_of(test.pool()).await, all_of(test.store().writes()).await);
    let mut owner = PgConnection::connect(&test.owner_url).await.unwrap();
    let began = Instant::now();
    loop {
        let open = count_sessions(&mut owner).await;
        assert!(open <= said, "{open} connections");
        // The worker takes a moment until it listens.
        if open == said {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{open} connections and not {said}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    drop(all);
    worker.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_connection_is_opened_with_stands_in_the_readme_for_those_who_have_a_pooler() {
    let test = TestApp::new().await;
    for pool in [&**test.store().reads(), test.store().writes()] {
        // These are parameters of the protocol, which a pooler knows or is told to leave aside.
        let settings: Vec<(String, String)> = sqlx::query_as(
            "select name, current_setting(name) from pg_settings where source = 'client'
               and name not in ('application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'extra_float_digits')",
        )
        .fetch_all(pool)
        .await
        .unwrap();
        assert!(settings.len() >= 4, "{settings:?}");
        for (name, value) in settings {
            let line = format!("alter role common_ground set {name} = '{value}';");
            assert!(README.contains(&line), "{line} is not in the README");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_whose_connections_are_all_busy_is_ready() {
    let test = TestApp::new().await;
    let _busy = (all_of(test.pool()).await, all_of(test.store().writes()).await);
    for _ in 0..3 {
        assert_eq!(test.browser().get("/readyz").await.status, StatusCode::OK);
    }
}
