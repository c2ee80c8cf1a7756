//! What can be watched of a worker that runs apart from the site.

use super::{ALONE, House, UP, free_port, http};
use axum::http::StatusCode;
use std::time::{Duration, Instant};

/// Waits until a program's metrics say this; gives all of them.
pub(super) async fn metrics(port: u16, line: &str) -> String {
    let began = Instant::now();
    loop {
        let text = http::get(port, "/metrics", "").await.map(|reply| reply.body).unwrap_or_default();
        if text.contains(line) {
            return text;
        }
        assert!(began.elapsed() < UP, "{line} is not in:\n{text}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A number of them.
fn number(text: &str, name: &str) -> f64 {
    let line =
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name} is not in:\n{text}"));
    line.trim().parse().unwrap_or_else(|_| panic!("{name}: {line}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_apart_tells_of_its_jobs_and_of_the_outbox() {
    let _alone = ALONE.lock().await;
    let house = House::new().await;
    let port = free_port().await;
    let _worker = house.plan(&["work"]).await.with("METRICS_ADDR", &format!("127.0.0.1:{port}")).start();
    let text = metrics(port, "common_ground_job_age_seconds{job=\"outbox\"}").await;
    for name in
        ["common_ground_outbox_waiting", "common_ground_outbox_oldest_seconds", "job=\"line\"", "job=\"groups\""]
    {
        assert!(text.contains(name), "{name} is not in:\n{text}");
    }
}

/// Both have the same default; neither ends because of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_site_and_a_worker_on_one_machine_do_not_stop_each_other() {
    let _alone = ALONE.lock().await;
    let house = House::new().await;
    // An empty variable counts as unset.
    let site = house.server().await.with("METRICS_ADDR", "");
    let mut server = site.start();
    server.ready().await;
    // What the site does is counted, and told on the listener that is for it only.
    assert_eq!(http::get(site.port, "/groups", "").await.unwrap().status, StatusCode::OK);
    let asked = http::call(site.port, site.port, "/api/sign-in/request", "", &[("email", "robin@example.org")]).await;
    assert_eq!(asked.unwrap().status, StatusCode::OK);
    let text = metrics(site.port + 1000, "common_ground_seats").await;
    for name in [
        "common_ground_answers_total{route=\"page\",status=\"2xx\"}",
        "common_ground_answers_total{route=\"call\",status=\"2xx\"}",
        "common_ground_answer_seconds_count{route=\"page\"}",
        "common_ground_answer_seconds_sum{route=\"page\"}",
        "common_ground_connections{pool=\"reads\",state=\"idle\"}",
        "common_ground_connections{pool=\"writes\",state=\"idle\"}",
        "common_ground_seats{state=\"free\"}",
    ] {
        assert!(number(&text, name) > 0.0, "{name} in:\n{text}");
    }
    assert_eq!(http::get(site.port, "/metrics", "").await.unwrap().status, StatusCode::NOT_FOUND);

    let mut worker = house.plan(&["work"]).await.with("METRICS_ADDR", "");
    worker = worker.with("LEPTOS_SITE_ADDR", &format!("127.0.0.1:{}", site.port));
    let mut worker = worker.start();
    let began = Instant::now();
    while !worker.words().contains("there are no metrics of this program") {
        assert!(began.elapsed() < UP, "{}", worker.words());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    house.change("insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id) values (gen_random_uuid(), 'e', 'sign_in_code', 'wren@example.org', 's', 't', 'h', '<m@example.org>')").await;
    while house.count("select count(*) from outbox where sent_at is not null").await == 0 {
        assert!(began.elapsed() < UP, "the worker does not work: {}", worker.words());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    metrics(site.port + 1000, "common_ground_outbox_waiting 0").await;
    worker.terminate();
    assert!(worker.ended(UP).await.success());

    // What was asked for has to be free.
    let taken = house.plan(&["work"]).await.with("METRICS_ADDR", &format!("127.0.0.1:{}", site.port));
    let (code, words) = taken.run().await;
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("METRICS_ADDR"), "{words}");
}
