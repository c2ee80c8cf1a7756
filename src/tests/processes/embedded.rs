//! A program with a Postgres of its own, which is killed while pages are read and while seats are confirmed.

use super::{ALONE, House, Place, Plan, Program, UP, http, storm::Storm};
use axum::http::StatusCode;
use common_ground::server::embedded::Embedded;
use std::{
    fs,
    path::Path,
    process::Command,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// The number of the server's first process, as far as it has written it down.
fn pid_of_postgres(data: &Path) -> Option<String> {
    fs::read_to_string(data.join("postgres/postmaster.pid")).ok()?.lines().next().map(ToOwned::to_owned)
}

/// Kills that process, and with it all others; gives its number.
fn kill_postgres(data: &Path) -> String {
    let pid = pid_of_postgres(data).unwrap();
    assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    pid
}

async fn serve(data: &Path, arguments: &[&str], place: &Place) -> (Plan, Program) {
    let plan = Plan::new(arguments, place).await.with("DATA_DIR", &data.display().to_string());
    let mut program = plan.start();
    program.until("/readyz", StatusCode::OK, Duration::from_secs(30)).await;
    (plan, program)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_of_its_own_that_is_killed_comes_back_under_a_program_that_serves() {
    let _alone = ALONE.lock().await;
    let place = Place::new();
    let data = place.0.join("data");
    let plan = Plan::new(&["demo"], &place).await.with("DATA_DIR", &data.display().to_string());
    let (code, words) = plan.run().await;
    assert_eq!(code, Some(0), "{words}");
    let (plan, mut program) = serve(&data, &["serve"], &place).await;
    for round in 0..3 {
        assert_eq!(http::get(plan.port, "/groups", "").await.unwrap().status, StatusCode::OK, "round {round}");
        kill_postgres(&data);
        let help = http::get(plan.port, "/help-now", "").await.unwrap();
        assert!(help.status == StatusCode::OK && help.body.contains("988"), "help stays");
        program.ready().await;
    }
    assert_eq!(http::get(plan.port, "/groups", "").await.unwrap().status, StatusCode::OK);
    program.terminate();
    assert!(program.ended(Duration::from_secs(30)).await.success(), "{}", program.words());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_is_killed_in_a_storm_of_confirms_loses_nothing_that_was_acknowledged() {
    const KILLS: usize = 6;
    let _alone = ALONE.lock().await;
    let place = Place::new();
    let data = place.0.join("data");
    let (plan, mut program) = serve(&data, &["serve", "--without-worker"], &place).await;
    let server = Embedded::attach_or_start(&data).await.unwrap();
    assert!(!server.is_ours(), "the program has it");
    let house = House::over(server.application_url(), server.migrate_url(), place).await;
    let members = house.arrange_storm(60).await;
    let storm = Storm::begin(members, &[plan.port], plan.port);
    for kill in 0..KILLS {
        program.ready().await;
        storm.let_go(40);
        sleep(Duration::from_millis(20 + u64::try_from(kill).unwrap() * 13)).await;
        let (killed, began) = (kill_postgres(&data), Instant::now());
        while pid_of_postgres(&data).is_none_or(|pid| pid == killed) {
            assert!(began.elapsed() < UP, "it is not started again: {}", program.words());
            sleep(Duration::from_millis(20)).await;
        }
    }
    program.ready().await;
    let tally = storm.calm().await;
    assert_eq!(tally.acknowledged.load(Ordering::Relaxed), members);
    let failed = tally.failed.load(Ordering::Relaxed);
    assert!(failed >= KILLS, "only {failed} requests met a kill");
    house.assert_confirmed_once(members).await;
    program.terminate();
    assert!(program.ended(Duration::from_secs(30)).await.success(), "{}", program.words());
}
