//! The configuration of the README, as haproxy itself reads it, before two servers. It is in the packages that
//! `.make/setup.sh test` installs; where there is no haproxy, this says so and tries nothing, unless `make test` runs it.

use super::{ALONE, House, Place, Plan, Program, UP, free_port, http, is_done, two::hold};
use crate::{
    faults::gate::{Gate, Way},
    support::new_database,
};
use axum::http::StatusCode;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Debian keeps it where only root looks by itself.
fn haproxy() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let found = folders.map(|folder| folder.join("haproxy")).find(|file| file.is_file());
    if found.is_none() {
        // `make test` has set it, and has installed what its tests need: there nothing is left out.
        assert!(std::env::var_os("TEST_PYTHON").is_none(), "haproxy is missing: make setup");
        eprintln!("haproxy is not installed, so nothing was tried");
    }
    found
}

/// The block of the README, with these ports instead of another machine's, and without TLS, for which there is no
/// certificate here.
fn configuration(public: u16, servers: [u16; 2]) -> String {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, block) = readme.split_once("```haproxy\n").expect("a configuration in the README");
    let (block, _) = block.split_once("```").unwrap();
    let mut text = block.to_owned();
    for (known, here) in [
        ("bind :443 ssl crt /etc/haproxy/site.pem alpn h2,http/1.1", format!("bind 127.0.0.1:{public}")),
        ("10.0.0.11:3000", format!("127.0.0.1:{}", servers[0])),
        ("10.0.0.12:3000", format!("127.0.0.1:{}", servers[1])),
    ] {
        assert!(text.contains(known), "{known} is not in the README any more");
        text = text.replace(known, &here);
    }
    text
}

/// Runs until it goes out of scope.
struct Balancer(Child);

impl Drop for Balancer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(haproxy: &Path, place: &Place, configuration: &str) -> Balancer {
    let file = place.0.join("haproxy.cfg");
    fs::write(&file, configuration).unwrap();
    let checked = Command::new(haproxy).args(["-c", "-f"]).arg(&file).output().unwrap();
    let words = [checked.stdout, checked.stderr].concat();
    let words = String::from_utf8_lossy(&words);
    assert!(checked.status.success(), "{words}");
    assert!(!words.contains("[WARNING]"), "{words}");
    let mut command = Command::new(haproxy);
    command.arg("-db").arg("-f").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Balancer(command.spawn().unwrap())
}

/// Two servers behind a balancer that has found them.
struct Site {
    port: u16,
    plans: [Plan; 2],
    programs: [Program; 2],
    balancer: Balancer,
}

async fn site(house: &House, haproxy: &Path) -> Site {
    let port = free_port().await;
    let public = format!("http://127.0.0.1:{port}");
    let plans = [house.server().await, house.server().await]
        .map(|plan| plan.with("PUBLIC_URL", &public).with("TRUSTED_PROXIES", "127.0.0.1/32"));
    let mut programs = plans.each_ref().map(Plan::start);
    for program in &mut programs {
        program.ready().await;
    }
    let balancer = start(haproxy, &house.place, &configuration(port, plans.each_ref().map(|plan| plan.port)));
    until_well(port).await;
    Site { port, plans, programs, balancer }
}

async fn until_well(port: u16) {
    let began = Instant::now();
    while !http::get(port, "/groups", "").await.is_ok_and(|reply| reply.status == StatusCode::OK) {
        assert!(began.elapsed() < UP, "it leads nowhere");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_of_the_readme_works_and_hides_that_a_server_is_replaced() {
    let Some(haproxy) = haproxy() else { return };
    let _alone = ALONE.lock().await;
    let house = House::new().await;
    let Site { port, plans, mut programs, balancer: _balancer } = site(&house, &haproxy).await;
    let clients: Vec<_> = house
        .members(4)
        .await
        .into_iter()
        .map(|cookie| {
            tokio::spawn(async move {
                for turn in 0..60 {
                    let reply = match turn % 4 {
                        // The first is a new hold, and each other one finds it.
                        0 => hold(port, &cookie, "g1").await,
                        1 => http::get(port, "/reserve/g1/about", &cookie).await,
                        2 => http::get(port, "/groups", &cookie).await,
                        _ => http::get(port, "/", "").await,
                    };
                    assert!(reply.as_ref().is_ok_and(|reply| reply.status == StatusCode::OK), "turn {turn}: {reply:?}");
                    assert!(turn % 4 != 0 || reply.as_ref().is_ok_and(is_done), "turn {turn}: {reply:?}");
                    tokio::time::sleep(Duration::from_millis(60)).await;
                }
            })
        })
        .collect();
    for (plan, program) in plans.iter().zip(&mut programs) {
        program.terminate();
        assert!(program.ended(UP).await.success());
        *program = plan.start();
        program.ready().await;
        // The balancer has to see it as well, before the other one goes.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    for client in clients {
        client.await.expect("nobody sees that a server is replaced");
    }
    for sql in ["select count(*) from seats where state = 'held'", "select count(*) from holds"] {
        assert_eq!(house.count(sql).await, 4, "{sql}");
    }
    let streams = http::head(port, "/events/groups").await.unwrap();
    assert!(streams.contains(" 200 ") && streams.contains("text/event-stream"), "{streams}");
}

/// No instance is ready then, and help is there all the same.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_help_comes_through() {
    let Some(haproxy) = haproxy() else { return };
    let _alone = ALONE.lock().await;
    let mut gate = Gate::open().await;
    let (url, owner_url) = new_database(true).await;
    let house = House::over(gate.through(&url).await, owner_url, Place::new()).await;
    let Site { port, mut programs, balancer: _balancer, .. } = site(&house, &haproxy).await;
    gate.become_way(Way::Gone).await;
    for program in &mut programs {
        program.until("/readyz", StatusCode::SERVICE_UNAVAILABLE, UP).await;
    }
    // Before the balancer has seen it, while it does, and for some time after it has.
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(3) {
        let help = http::get(port, "/help-now", "").await.unwrap();
        assert!(help.status == StatusCode::OK && help.body.contains("tel:988"), "{:?}: {help:?}", began.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let page = http::get(port, "/groups", "").await.unwrap();
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.body.contains("We will be back in a moment."), "not the words of an instance: {page:?}");
    gate.become_way(Way::Pass).await;
    until_well(port).await;
}
