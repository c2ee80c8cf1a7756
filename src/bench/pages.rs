//! The finder's page for strangers: as it is kept for a moment, and rendered anew each time.

use crate::{
    Options,
    asks::Asks,
    bare::{Bare, NONCE},
    cpu::{Client, Cost, Meter},
    ground::Ground,
    line::{Line, Target, print_costs},
    load::Browser,
    server::{Mode, Server},
};
use chrono_tz::America::New_York;
use common_ground::{
    domain::finder::FinderQuery,
    server::state::machine_time,
    store::{
        Store,
        groups::{Scope, listings},
    },
};
use std::{net::SocketAddr, path::PathBuf};

/// Clients at a time.
const CLIENTS: u32 = 16;
/// Pages of each client in a round: from what is kept, and rendered anew.
const EACH: u32 = 200;
const ANEW: u32 = 40;
/// Groups on a page of the finder.
const SHOWN: usize = 20;

/// Measures it.
pub async fn measure(ground: &Ground, options: &Options) -> Vec<Line> {
    const NAME: &str = "/groups anonymous, kept for a moment";
    const NEW: &str = "/groups anonymous, not kept";
    const BARE: &str = "a bare axum handler, the same bytes without SQL";
    const ASKING: &str = "a bare axum handler, same SQL, same bytes";
    println!("\n{NAME}: CPU µs of one");
    ground.reset(&mut ground.owner().await).await;
    let server = Server::start(ground, Mode::Unlimited).await;
    let mut browser = Browser::open(server.address).await.expect("a connection");
    let page = browser.look("/groups").await.expect("a page");
    let file = keep(ground, "page.html", &page.head, &page.body);
    let bare = Bare::start(Some(&file)).await;
    let asks = Asks::Groups(shown(ground).await);
    let asking = Bare::start_asking(Some(&file), Some((&ground.application_url, &asks))).await;

    let (each, anew) = if options.quick { (50, 10) } else { (EACH, ANEW) };
    let mut costs: [Vec<Cost>; 4] = Default::default();
    let mut wrong = Vec::new();
    let visit = |each| Visit { clients: CLIENTS, each, session: None, expected: &page.body };
    for round in 0..=options.rounds() {
        for turn in 0..costs.len() {
            let turn = (turn + round) % costs.len();
            let fixed = |path: &'static str| move |_| path.to_owned();
            // No key of the finder, so that the page is the same; but nobody has asked for it before.
            let apart = |number| format!("/groups?bench={round}-{number}");
            let (cost, said) = match turn {
                0 => pages(ground, server.pid(), server.address, visit(each), fixed("/groups")).await,
                1 => pages(ground, bare.pid(), bare.address, visit(each), fixed("/page")).await,
                2 => pages(ground, server.pid(), server.address, visit(anew), apart).await,
                _ => pages(ground, asking.pid(), asking.address, visit(anew), fixed("/page")).await,
            };
            // The first round warms up.
            if round > 0 {
                costs[turn].push(cost);
            }
            wrong.extend(said);
        }
    }
    let [kept, bare, new, asking] = costs;
    print_costs(NAME, &kept);
    print_costs(BARE, &bare);
    print_costs("rendered anew each time", &new);
    print_costs(ASKING, &asking);
    vec![
        Line::new(NAME, BARE, of_whole(&bare, &kept), "", Target::AtLeast(0.5)).with_wrong(&wrong),
        Line::new(NEW, ASKING, of_whole(&asking, &new), "", Target::AtLeast(0.65)).with_wrong(&wrong),
    ]
}

/// The groups that are on the finder's first page.
async fn shown(ground: &Ground) -> Vec<common_ground::domain::ids::GroupId> {
    let store = Store::open(&ground.application_url).expect("the database's address");
    let all = listings(store.reads(), Scope::Listed, None, machine_time(), New_York).await.expect("the groups");
    let found = common_ground::domain::listing::find(&all, &FinderQuery::default());
    found.into_iter().take(SHOWN).map(|listing| listing.id).collect()
}

/// Keeps the text of a page for a bare server, with a mark where its nonce was.
pub fn keep(ground: &Ground, name: &str, head: &str, body: &str) -> PathBuf {
    let nonce = head.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    let file = ground.place.join(name);
    std::fs::write(&file, body.replace(nonce, NONCE)).expect("the page's text");
    file
}

/// What the anchor took for an operation to what the application took for the same, round by round, where both are servers.
pub fn of_whole(anchor: &[Cost], application: &[Cost]) -> Vec<f64> {
    let whole = |cost: &Cost| cost.each(cost.server + cost.postgres).max(1e-9);
    anchor.iter().zip(application).map(|(anchor, cost)| whole(anchor) / whole(cost)).collect()
}

/// How pages are opened.
#[derive(Clone, Copy)]
pub struct Visit<'a> {
    /// Clients at a time.
    pub clients: u32,
    /// Pages of each.
    pub each: u32,
    /// Whose session they have.
    pub session: Option<&'a str>,
    /// The page that they should get.
    pub expected: &'a str,
}

/// So many pages by each client; what they cost, and which were not what they have to be.
pub async fn pages(
    ground: &Ground,
    pid: u32,
    address: SocketAddr,
    visit: Visit<'_>,
    path: impl Fn(u32) -> String,
) -> (Cost, Vec<String>) {
    let Visit { clients, each, session, expected } = visit;
    let mut browsers = Vec::new();
    for _ in 0..clients {
        browsers.push(Browser::open(address).await.expect("a connection"));
    }
    let meter = Meter::start(Some(pid), ground.postmaster(), Client::Us);
    let mut at_work = Vec::new();
    for (number, mut browser) in (0..clients).zip(browsers) {
        let paths: Vec<_> = (0..each).map(|n| path(number * each + n)).collect();
        // The same page has a nonce of another value and the same length. What follows a query in its links is a little longer.
        let (length, session) = (expected.len(), session.map(ToOwned::to_owned));
        at_work.push(tokio::spawn(async move {
            let mut wrong = Vec::new();
            for path in paths {
                let answer = match &session {
                    Some(session) => browser.get(&path, session).await,
                    None => browser.look(&path).await,
                };
                match answer {
                    Ok(page) if page.status == 200 && page.body.len().abs_diff(length) <= length / 10 => {}
                    Ok(page) => wrong.push(format!("{path}: {}, {} bytes for {length}", page.status, page.body.len())),
                    Err(error) => wrong.push(format!("{path}: {error}")),
                }
            }
            wrong
        }));
    }
    let mut wrong = Vec::new();
    for client in at_work {
        wrong.extend(client.await.expect("a client"));
    }
    (meter.read(clients * each), wrong)
}
