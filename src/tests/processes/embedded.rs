//! A program with a Postgres of its own, which is killed while it serves.

use super::{ALONE, Place, Plan, http};
use axum::http::StatusCode;
use std::{fs, process::Command, time::Duration};

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_of_its_own_that_is_killed_comes_back_under_a_program_that_serves() {
    let _alone = ALONE.lock().await;
    let place = Place::new();
    let data = place.0.join("data");
    let plan = Plan::new(&["demo"], &place).await.with("DATA_DIR", &data.display().to_string());
    let (code, words) = plan.run().await;
    assert_eq!(code, Some(0), "{words}");
    let plan = Plan::new(&["serve"], &place).await.with("DATA_DIR", &data.display().to_string());
    let mut program = plan.start();
    program.until("/readyz", StatusCode::OK, Duration::from_secs(30)).await;
    for round in 0..3 {
        assert_eq!(http::get(plan.port, "/groups", "").await.unwrap().status, StatusCode::OK, "round {round}");
        let pid = fs::read_to_string(data.join("postgres/postmaster.pid")).unwrap().lines().next().unwrap().to_owned();
        assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
        let help = http::get(plan.port, "/help-now", "").await.unwrap();
        assert!(help.status == StatusCode::OK && help.body.contains("988"), "help stays");
        program.ready().await;
    }
    assert_eq!(http::get(plan.port, "/groups", "").await.unwrap().status, StatusCode::OK);
    program.terminate();
    assert!(program.ended(Duration::from_secs(30)).await.success(), "{}", program.words());
}
