//! The configuration of the README, as haproxy itself reads it, before two servers. It is in the packages that
//! `.make/setup.sh test` installs; where there is no haproxy, this says so and tries nothing.

use super::{ALONE, House, Place, Plan, UP, free_port, http};
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
    folders.map(|folder| folder.join("haproxy")).find(|file| file.is_file())
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

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_of_the_readme_works_and_hides_that_a_server_is_replaced() {
    let Some(haproxy) = haproxy() else {
        eprintln!("haproxy is not installed, so nothing was tried");
        return;
    };
    let _alone = ALONE.lock().await;
    let house = House::new().await;
    let port = free_port().await;
    let public = format!("http://127.0.0.1:{port}");
    let plans = [house.server().await, house.server().await]
        .map(|plan| plan.with("PUBLIC_URL", &public).with("TRUSTED_PROXIES", "127.0.0.1/32"));
    let mut programs = plans.each_ref().map(Plan::start);
    for program in &mut programs {
        program.ready().await;
    }
    let _balancer = start(&haproxy, &house.place, &configuration(port, plans.each_ref().map(|plan| plan.port)));
    let began = Instant::now();
    while !http::get(port, "/groups", "").await.is_ok_and(|reply| reply.status == StatusCode::OK) {
        assert!(began.elapsed() < UP, "it leads nowhere");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let clients: Vec<_> = (0..4)
        .map(|_| {
            tokio::spawn(async move {
                for turn in 0..60 {
                    let reply = http::get(port, if turn % 2 == 0 { "/groups" } else { "/" }, "").await;
                    assert!(reply.as_ref().is_ok_and(|reply| reply.status == StatusCode::OK), "turn {turn}: {reply:?}");
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
    let streams = http::head(port, "/events/groups").await.unwrap();
    assert!(streams.contains(" 200 ") && streams.contains("text/event-stream"), "{streams}");
}
