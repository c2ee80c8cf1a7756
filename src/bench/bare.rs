//! The bare server: what is left of a server when it has nothing to do but to answer. An axum router with a stream, and
//! with a page whose text is given, in a process of its own. Before it gives the page it may have to ask the database what
//! the application asks for the same page, by the application's own queries.

use crate::{asks::Asks, server::free_address};
use axum::{
    Router,
    response::{
        Html,
        sse::{Event, Sse},
    },
    routing::get,
};
use common_ground::store::Store;
use futures::stream;
use leptos::nonce::Nonce;
use std::{
    convert::Infallible,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpStream, sync::broadcast, time::sleep};

/// Names the address at which it listens.
const ADDRESS: &str = "BENCH_BARE_ADDRESS";
/// Names the file with the text of its page.
const PAGE: &str = "BENCH_BARE_PAGE";
/// Names the database, if it asks something for a page, and what it asks.
const DATABASE: &str = "BENCH_BARE_DATABASE";
const ASKS: &str = "BENCH_BARE_ASKS";
/// Stands in that text where each answer has a nonce of its own.
pub const NONCE: &str = "{nonce}";

/// Its process; ended when this value is dropped.
pub struct Bare {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Bare {
    /// Starts it, with a page if one is given.
    pub async fn start(page: Option<&Path>) -> Self {
        Self::start_asking(page, None).await
    }

    /// Starts it with a page for which it asks a database, given by its address.
    pub async fn start_asking(page: Option<&Path>, asks: Option<(&str, &Asks)>) -> Self {
        let address = free_address();
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg("--bare").env(ADDRESS, address.to_string()).stdin(Stdio::null());
        if let Some(page) = page {
            command.env(PAGE, page);
        }
        if let Some((database, asks)) = asks {
            command.env(DATABASE, database).env(ASKS, asks.to_text());
        }
        let child = command.spawn().expect("the bare server starts");
        for _ in 0..500 {
            if TcpStream::connect(address).await.is_ok() {
                break;
            }
            sleep(Duration::from_millis(10)).await;
        }
        Self { child, address }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the process does: `/events`, a stream in which each listens to the one who would speak to all, and `/page`.
pub async fn run() {
    let (says, _) = broadcast::channel::<Arc<str>>(16);
    let events = move || {
        let hears = says.subscribe();
        async move {
            Sse::new(stream::unfold(hears, |mut hears| async move {
                let text = hears.recv().await.ok()?;
                Some((Ok::<_, Infallible>(Event::default().data(&*text)), hears))
            }))
        }
    };
    let text: Arc<str> =
        std::env::var_os(PAGE).map(|file| std::fs::read_to_string(file).expect("a page")).unwrap_or_default().into();
    let asks = std::env::var(ASKS).ok().map(|asks| {
        let database = std::env::var(DATABASE).expect("a database to ask");
        (Store::open(&database).expect("the database's address"), Arc::new(Asks::parse(&asks)))
    });
    let page = move || {
        let (text, asks) = (Arc::clone(&text), asks.clone());
        async move {
            if let Some((store, asks)) = asks {
                asks.ask(&store).await.expect("the database answers");
            }
            Html(text.replace(NONCE, Nonce::new().as_inner()))
        }
    };
    let router = Router::new().route("/events", get(events)).route("/page", get(page));
    let address = std::env::var(ADDRESS).expect("an address");
    let listener = tokio::net::TcpListener::bind(address).await.expect("the address is free");
    axum::serve(listener, router).await.expect("it serves");
}
