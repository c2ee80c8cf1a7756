//! A worker that no hint reaches. In a process of its own: hints of other tests would wake one of this process.

use super::{ALONE, Place, Plan, free_port, watch::metrics};
use crate::seats::{self, SEATS, assert_held, hold};
use std::time::{Duration, Instant};

/// The worker looks once a second here; five times so often it may be slow.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn what_lapses_beside_a_line_is_offered_by_a_worker_that_only_looks() {
    let _alone = ALONE.lock().await;
    let (house, place, port) = (seats::House::new().await, Place::new(), free_port().await);
    let plan = Plan::new(&["work"], &place)
        .await
        .with("DATABASE_URL", house.test.app.settings.database_url.as_deref().unwrap())
        .with("MIGRATE_URL", &house.test.owner_url)
        .with("WORKER_POLL_SECONDS", "1")
        .with("METRICS_ADDR", &format!("127.0.0.1:{port}"));
    house.fill("g0", SEATS - 1).await;
    let mut robin = house.member("robin").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    house.member("wren").await;
    house.wait("wren", "g0").await;

    let _worker = plan.start();
    metrics(port, "common_ground_job_age_seconds{job=\"line\"}").await;
    // The round with which it starts is over, and has found nothing to do.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(house.offer_of("wren", "g0").await, None);
    house.lapse("robin", "g0").await;
    let lapsed = Instant::now();
    while house.offer_of("wren", "g0").await.is_none() {
        assert!(lapsed.elapsed() < SOON, "nobody is offered it");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
