//! The bare server: what is left of a server when it has nothing to do but to answer. An axum router with a stream, and
//! with a page whose text is given, in a process of its own.

use crate::server::free_address;
use axum::{
    Router,
    response::{
        Html,
        sse::{Event, Sse},
    },
    routing::get,
};
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
        let address = free_address();
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg("--bare").env(ADDRESS, address.to_string()).stdin(Stdio::null());
        if let Some(page) = page {
            command.env(PAGE, page);
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
    let page = move || {
        let text = Arc::clone(&text);
        async move { Html(text.replace(NONCE, Nonce::new().as_inner())) }
    };
    let router = Router::new().route("/events", get(events)).route("/page", get(page));
    let address = std::env::var(ADDRESS).expect("an address");
    let listener = tokio::net::TcpListener::bind(address).await.expect("the address is free");
    axum::serve(listener, router).await.expect("it serves");
}
