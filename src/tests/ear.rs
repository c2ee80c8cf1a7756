//! Somebody who listens to a stream of events, as a browser does.

use crate::support::PUBLIC_URL;
use axum::{
    Router,
    body::{Body, BodyDataStream},
    http::{HeaderMap, Request, StatusCode, header::ACCEPT, header::HOST},
};
use common_ground::api::groups::LiveSeats;
use futures::StreamExt as _;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tower::ServiceExt as _;

/// What is promised: from a commit to every reader of every instance.
pub const PROMISED: Duration = Duration::from_secs(1);
/// Longer than any change takes: whoever has heard nothing for so long will hear nothing.
pub const SILENCE: Duration = Duration::from_millis(1200);

/// A stream that is open.
pub struct Ear {
    /// Status of the answer.
    pub status: StatusCode,
    /// Headers of the answer.
    pub headers: HeaderMap,
    body: BodyDataStream,
    text: String,
}

/// One event.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Its id.
    pub id: String,
    /// What it says.
    pub seats: Vec<LiveSeats>,
    /// The same as it came.
    pub data: String,
}

impl Heard {
    /// The only group it is about.
    pub fn only(&self) -> &LiveSeats {
        assert_eq!(self.seats.len(), 1, "{}", self.data);
        &self.seats[0]
    }

    /// Slugs of the groups.
    pub fn slugs(&self) -> Vec<&str> {
        self.seats.iter().map(|seats| seats.slug.as_str()).collect()
    }
}

impl Ear {
    /// Opens a stream with headers of its own.
    pub async fn with(router: &Router, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut request = Request::builder()
            .uri(path)
            .header(ACCEPT, "text/event-stream")
            .header(HOST, PUBLIC_URL.trim_start_matches("http://"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        Self { status: parts.status, headers: parts.headers, body: body.into_data_stream(), text: String::new() }
    }

    /// Opens a stream.
    pub async fn open(router: &Router, path: &str) -> Self {
        let ear = Self::with(router, path, &[]).await;
        assert_eq!(ear.status, StatusCode::OK, "{path}");
        ear
    }

    /// Opens a stream and hears what it begins with: all that it was asked for.
    pub async fn begin(router: &Router, path: &str) -> (Self, Heard) {
        let mut ear = Self::open(router, path).await;
        let heard = ear.hear().await;
        (ear, heard)
    }

    /// The next block of lines, or nothing when the stream has ended.
    pub async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let piece = self.body.next().await?.expect("a piece of the stream");
            self.text.push_str(std::str::from_utf8(&piece).expect("text"));
        }
    }

    async fn event(&mut self) -> Option<Heard> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            if let Some(data) = field("data") {
                let seats = serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}"));
                return Some(Heard { id: field("id").expect("an id").to_owned(), seats, data: data.to_owned() });
            }
        }
    }

    /// The next event; it takes no longer than is reasonable.
    pub async fn hear(&mut self) -> Heard {
        timeout(Duration::from_secs(10), self.event()).await.expect("an event in time").expect("a stream that goes on")
    }

    /// The next event, which has to come as soon as is promised after the change that was made at `changed`.
    pub async fn hear_in_time(&mut self, changed: Instant) -> Heard {
        let heard = self.hear().await;
        let took = changed.elapsed();
        assert!(took <= PROMISED, "{took:?}: {}", heard.data);
        heard
    }

    /// Whether nothing more is said.
    pub async fn is_silent(&mut self) -> bool {
        timeout(SILENCE, self.event()).await.is_err()
    }

    /// Whether the stream ends within this time.
    pub async fn ends_within(&mut self, patience: Duration) -> bool {
        timeout(patience, async { while self.block().await.is_some() {} }).await.is_ok()
    }
}
