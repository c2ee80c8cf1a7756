//! Live counts while the database is away or hangs: streams stay open, and are right again soon.

use super::{
    SOON,
    gate::{Gate, Way},
};
use crate::{
    ear::Ear,
    journey::open_group,
    support::{TestApp, new_database},
};
use axum::http::StatusCode;
use sqlx::{Connection as _, PgConnection};
use std::time::{Duration, Instant};
use tokio::time::sleep;

#[tokio::test(flavor = "multi_thread")]
async fn streams_outlive_a_database_that_is_away() {
    let (mut gate, test) = Gate::before_demo().await;
    let slug = open_group(&mut test.browser()).await;
    let (mut ear, begin) = Ear::begin(&test.router, &format!("/events/groups?groups={slug}")).await;
    assert_eq!(begin.slugs(), [slug.as_str()]);
    let mut owner = PgConnection::connect(&test.owner_url).await.unwrap();
    for (way, minimum) in [(Way::Gone, 12_i16), (Way::Refuse, 11), (Way::Hang, 10)] {
        gate.become_way(way).await;
        sleep(Duration::from_millis(2500)).await;
        // Behind the gate something changes meanwhile.
        sqlx::query("update groups set status = 'forming', decide_on = current_date, minimum = $2 where slug = $1")
            .bind(&slug)
            .bind(minimum)
            .execute(&mut owner)
            .await
            .unwrap();
        assert!(!ear.ends_within(Duration::from_millis(500)).await, "{way:?}");
        gate.become_way(Way::Pass).await;
        let back = Instant::now();
        let heard = ear.hear().await;
        assert!(heard.only().seats.sub.contains(&format!("of the {minimum} it needs")), "{way:?}: {}", heard.data);
        assert!(back.elapsed() <= SOON, "{way:?}: {:?}", back.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_has_nothing_to_say_yet_is_refused_in_time() {
    let (_, owner_url) = new_database(true).await;
    let nowhere = "postgres://nobody@127.0.0.1:9/nothing".to_owned();
    let test = TestApp::over(nowhere, owner_url, |_| {});
    let began = Instant::now();
    let ear = Ear::with(&test.router, "/events/groups", &[]).await;
    assert_eq!(ear.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(ear.headers.contains_key("retry-after"));
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
}
