//! The finder's page for strangers: as it is kept for a moment, and rendered anew each time.

use crate::{
    Options,
    bare::{Bare, NONCE},
    cpu::{Client, Cost, Meter},
    ground::Ground,
    line::{Line, Target, print_costs},
    load::Browser,
    server::{Mode, Server},
};
use std::net::SocketAddr;

/// Clients at a time.
const CLIENTS: u32 = 16;
/// Pages of each client in a round.
const EACH: u32 = 200;

/// Measures it.
pub async fn measure(ground: &Ground, options: &Options) -> Vec<Line> {
    const NAME: &str = "/groups anonymous, kept for a moment";
    const BARE: &str = "a bare axum handler, the same bytes without SQL";
    println!("\n{NAME}: CPU µs of one");
    ground.reset(&mut ground.owner().await).await;
    let server = Server::start(ground, Mode::Unlimited).await;
    let mut browser = Browser::open(server.address).await.expect("a connection");
    let page = browser.look("/groups").await.expect("a page");
    let nonce = page.head.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    let file = ground.place.join("page.html");
    std::fs::write(&file, page.body.replace(nonce, NONCE)).expect("the page's text");
    let bare = Bare::start(Some(&file)).await;

    let each = if options.quick { 50 } else { EACH };
    let (mut kept, mut anchor, mut anew, mut wrong) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..=options.rounds() {
        let mut keep = |costs: &mut Vec<Cost>, (cost, said): (Cost, Vec<String>)| {
            // The first round warms up.
            if round > 0 {
                costs.push(cost);
            }
            wrong.extend(said);
        };
        keep(&mut kept, pages(ground, server.pid(), server.address, each, |_| "/groups".to_owned(), &page.body).await);
        keep(&mut anchor, pages(ground, bare.pid(), bare.address, each, |_| "/page".to_owned(), &page.body).await);
        // No key of the finder, so that the page is the same; but nobody has asked for it before.
        let apart = |number| format!("/groups?bench={round}-{number}");
        keep(&mut anew, pages(ground, server.pid(), server.address, each.min(20), apart, &page.body).await);
    }
    print_costs(NAME, &kept);
    print_costs("rendered anew each time", &anew);
    print_costs(BARE, &anchor);
    let whole = |cost: &Cost| cost.each(cost.server + cost.postgres).max(1e-9);
    let ratios = |costs: &[Cost]| anchor.iter().zip(costs).map(|(anchor, cost)| whole(anchor) / whole(cost)).collect();
    vec![
        Line::new(NAME, BARE, ratios(&kept), "", Target::AtLeast(0.5)).with_wrong(&wrong),
        Line::new("/groups anonymous, rendered anew", BARE, ratios(&anew), "", Target::None).with_wrong(&wrong),
    ]
}

/// So many pages by each client; what they cost, and which were not what they have to be.
async fn pages(
    ground: &Ground,
    pid: u32,
    address: SocketAddr,
    each: u32,
    path: impl Fn(u32) -> String,
    expected: &str,
) -> (Cost, Vec<String>) {
    let mut browsers = Vec::new();
    for _ in 0..CLIENTS {
        browsers.push(Browser::open(address).await.expect("a connection"));
    }
    let meter = Meter::start(Some(pid), ground.postmaster(), Client::Us);
    let mut clients = Vec::new();
    for (number, mut browser) in (0..CLIENTS).zip(browsers) {
        let paths: Vec<_> = (0..each).map(|n| path(number * each + n)).collect();
        // The same page has a nonce of another value and the same length. What follows a query in its links is a little longer.
        let length = expected.len();
        clients.push(tokio::spawn(async move {
            let mut wrong = Vec::new();
            for path in paths {
                match browser.look(&path).await {
                    Ok(page) if page.status == 200 && page.body.len().abs_diff(length) <= length / 10 => {}
                    Ok(page) => wrong.push(format!("{path}: {}, {} bytes for {length}", page.status, page.body.len())),
                    Err(error) => wrong.push(format!("{path}: {error}")),
                }
            }
            wrong
        }));
    }
    let mut wrong = Vec::new();
    for client in clients {
        wrong.extend(client.await.expect("a client"));
    }
    (meter.read(CLIENTS * each), wrong)
}
