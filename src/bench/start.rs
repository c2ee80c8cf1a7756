//! How long the program takes to be ready, and how much memory it needs: at rest, and while it is used.

use crate::{
    Options,
    cpu::resident_kb,
    ground::{GROUPS, Ground, MEMBERS, session},
    hold::{hold, is_held},
    line::{Line, Target, median},
    load::Browser,
    server::{Mode, Server},
};
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval, sleep};

/// After the start, until what happens once at a start is over.
const REST: Duration = Duration::from_secs(4);
/// People who use it under load.
const PEOPLE: u32 = 8;
/// Growth that counts as none: by so much the allocator keeps now more, now less of what was freed.
const FLAT_MB: f64 = 5.0;

/// Measures it.
pub async fn measure(ground: &Ground, options: &Options) -> Vec<Line> {
    println!("\nstart and memory");
    ground.reset(&mut ground.owner().await).await;
    let (mut starts, mut rests) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds().max(3) {
        let server = Server::start(ground, Mode::Production).await;
        starts.push(server.start.as_secs_f64() * 1000.0);
        sleep(if options.quick { Duration::from_secs(1) } else { REST }).await;
        rests.push(resident_kb(server.pid()) / 1024.0);
    }
    let seconds = options.minutes.map_or(if options.quick { 20 } else { 90 }, |minutes| minutes * 60);
    let (used, growth, wrong) = under_load(ground, Duration::from_secs(u64::from(seconds))).await;
    let loaded = format!("memory under load, last quarter of {seconds} s to the second");
    vec![
        Line::new("start to /readyz on a migrated database", "–", starts, " ms", Target::AtMost(300.0)),
        Line::new("memory at rest", "–", rests, " MB", Target::AtMost(40.0)),
        Line::new("memory under load", "–", used, " MB", Target::None).with_wrong(&wrong),
        Line::new(&loaded, "–", vec![growth], " MB", Target::AtMost(FLAT_MB)).with_wrong(&wrong),
    ]
}

/// Memory second by second while pages are read and seats are held and let go; how much more it is in the last quarter of
/// the time than in the second, since in the first it only comes to its size; and what went wrong.
async fn under_load(ground: &Ground, whole: Duration) -> (Vec<f64>, f64, Vec<String>) {
    let server = Server::start(ground, Mode::Unlimited).await;
    let began = Instant::now();
    let mut people = Vec::new();
    for person in 0..PEOPLE {
        let mut browser = Browser::open(server.address).await.expect("a connection");
        people.push(tokio::spawn(async move {
            let (mut wrong, mut asked) = (Vec::new(), 0);
            while began.elapsed() < whole {
                let turn = asked / 5;
                // Everybody holds in another group at each turn, so that nobody meets a limit.
                let member = 1 + (person + turn * PEOPLE) % MEMBERS;
                let slug = format!("group-{}", (person + turn * PEOPLE) % GROUPS);
                let (session, let_go) = (session(member), format!("slug={slug}"));
                let answer = match asked % 5 {
                    0 => browser.get("/groups?state=NY&sort=seats", &session).await,
                    1 => browser.get(&format!("/groups/{slug}"), &session).await,
                    2 => hold(&mut browser, member, &slug).await,
                    3 => browser.get(&format!("/reserve/{slug}/about"), &session).await,
                    _ => browser.call("/api/seats/let-go", &session, &let_go).await,
                };
                match answer {
                    Ok(answer) if asked % 5 == 2 && !is_held(&answer, &slug) => {
                        wrong.push(format!("hold in {slug}: {} {}", answer.status, answer.body));
                    }
                    Ok(answer) if answer.status == 200 => {}
                    Ok(answer) => wrong.push(format!("request {} in {slug}: {}", asked % 5, answer.status)),
                    Err(error) => {
                        wrong.push(format!("request {} in {slug}: {error}", asked % 5));
                        break;
                    }
                }
                asked += 1;
            }
            (asked, wrong)
        }));
    }
    let mut samples = Vec::new();
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while began.elapsed() < whole {
        second.tick().await;
        samples.push(resident_kb(server.pid()) / 1024.0);
    }
    let (mut requests, mut wrong) = (0, Vec::new());
    for person in people {
        let (asked, said) = person.await.expect("a person");
        requests += asked;
        wrong.extend(said);
    }
    let quarter = samples.len() / 4;
    let growth = median(&samples[3 * quarter..]) - median(&samples[quarter..2 * quarter]);
    let used = samples.split_off(quarter);
    println!(
        "  {requests} requests of {PEOPLE} people in {:.0} s: {:.1} MB, {growth:+.1} MB from the second quarter to the last",
        whole.as_secs_f64(),
        median(&used)
    );
    (used, growth, wrong)
}
