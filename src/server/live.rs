//! `/events/groups`: seat counts that have changed, as server-sent events, the same for everybody.
//!
//! One task of the program ([`ticker`]) finds out what has changed and publishes it on the [`board`]; every stream
//! watches the board and sends what its page shows. So the database does not notice how many streams there are, and a
//! reader who is slow finds the newest counts and never a queue. The task runs only while somebody listens.
//!
//! The counts are on the page when it loads. A stream begins with all that its page shows, since time has passed
//! meanwhile; after an interruption the browser says what it has seen last, and gets what has changed since.

use super::{counts::STREAMS, health::Draining, origin::ClientIp, serve::Place, state::App, state::random};
use crate::paths;
use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::{Query, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse as _, Response},
    routing::get,
};
use board::Board;
use futures::stream;
use nix::sys::resource::{Resource, getrlimit};
use serde::Deserialize;
use std::{
    collections::HashMap,
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, timeout, timeout_at},
};

pub mod board;
pub mod ticker;

/// Groups that one stream may name; a page of the finder shows fewer.
const MOST_NAMED: usize = 50;
/// Between two signs of life: proxies cut what is silent, after a minute or half of one.
const BEAT: Duration = Duration::from_secs(15);
/// How long the first counts may take, the database being asked.
const FIRST: Duration = Duration::from_secs(3);
/// Seconds until somebody comes back for whom there was no place.
const COME_BACK: HeaderValue = HeaderValue::from_static("30");
/// Proxies that gather an answer before they pass it on would make the events late.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// How many streams there may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Most {
    /// In this program. One costs some 25 kB and a file descriptor.
    pub all: usize,
    /// For one client network, while rate limits are on: enough for a clinic behind one address.
    pub network: usize,
}

impl Default for Most {
    /// No more than half of the files that this program may open: the others are for pages and for the database.
    fn default() -> Self {
        let files = getrlimit(Resource::RLIMIT_NOFILE).map_or(1024, |(soft, _)| soft);
        Self { all: usize::try_from(files / 2).unwrap_or(usize::MAX).min(10_000), network: 200 }
    }
}

/// The streams of this program and what they watch; cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    app: App,
    draining: Draining,
    most: Most,
    board: watch::Sender<Option<Arc<Board>>>,
    streams: Mutex<Streams>,
}

#[derive(Default)]
struct Streams {
    all: usize,
    networks: HashMap<IpAddr, usize>,
    ticks: bool,
}

impl Live {
    /// For this application; streams end as soon as it drains.
    pub fn new(app: App, draining: Draining, most: Most) -> Self {
        Self(Arc::new(Inner { app, draining, most, board: watch::Sender::new(None), streams: Mutex::default() }))
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        // Counting cannot panic half-way.
        self.0.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat in the audience, if there is one left, and the ticker for it.
    fn attend(&self, network: IpAddr) -> Option<Attendance> {
        let mut streams = self.streams();
        let here = streams.networks.get(&network).copied().unwrap_or_default();
        let is_limited = self.0.app.settings.rate_limits;
        if streams.all >= self.0.most.all || (is_limited && here >= self.0.most.network) {
            return None;
        }
        streams.all += 1;
        streams.networks.insert(network, here + 1);
        if !std::mem::replace(&mut streams.ticks, true) {
            tokio::spawn(ticker::run(self.clone()));
        }
        STREAMS.fetch_add(1, Ordering::Relaxed);
        Some(Attendance { live: self.clone(), network })
    }

    /// Whether anybody listens.
    fn is_heard(&self) -> bool {
        self.streams().all > 0
    }

    /// Ends the ticker's part, unless somebody has come just now.
    fn end_ticking(&self) -> bool {
        let mut streams = self.streams();
        let ends = streams.all == 0 || self.0.draining.has_begun();
        if ends {
            streams.ticks = false;
            self.0.board.send_replace(None);
        }
        ends
    }
}

/// One stream's place, given back when the stream is dropped, however it ends.
struct Attendance {
    live: Live,
    network: IpAddr,
}

impl Drop for Attendance {
    fn drop(&mut self) {
        let mut streams = self.live.streams();
        streams.all = streams.all.saturating_sub(1);
        match streams.networks.get_mut(&self.network) {
            Some(here) if *here > 1 => *here -= 1,
            _ => drop(streams.networks.remove(&self.network)),
        }
        STREAMS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// `/events/groups`, or `/events/groups?groups=low-tide,first-light` for what one page shows.
pub fn routes(live: Live) -> Router {
    Router::new().route(paths::EVENTS_GROUPS, get(open)).with_state(live)
}

#[derive(Deserialize)]
struct Asked {
    groups: Option<String>,
}

async fn open(
    State(live): State<Live>,
    client: Option<Extension<ClientIp>>,
    place: Option<Extension<Place>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let full = || (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, COME_BACK)]).into_response();
    if live.0.draining.has_begun() {
        return full();
    }
    let network = client.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |Extension(client)| client.network());
    let Some(attendance) = live.attend(network) else { return full() };
    let mut board = live.0.board.subscribe();
    let first = match timeout(FIRST, board.wait_for(Option::is_some)).await {
        Ok(Ok(first)) => first.clone(),
        _ => None,
    };
    // The database is away: the page is as right as it was when it loaded.
    let Some(first) = first else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };

    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| first.seen(id));
    let asked = asked.groups.map(|groups| first.known(groups.split(',').take(MOST_NAMED)));
    // Streams have a limit of their own, and take nobody's place who wants a page.
    if let Some(Extension(place)) = place {
        place.give_back();
    }
    let reader = Reader { board, asked, seen: first.version(), beat_at: Instant::now() + BEAT, attendance };
    let mut text = format!("retry: {}\n\n", again());
    text.push_str(&reader.event(&first, seen.unwrap_or(0)).unwrap_or_default());
    let begin = stream::once(async move { Ok::<_, Infallible>(Bytes::from(text)) });
    let body = Body::from_stream(stream::StreamExt::chain(begin, stream::unfold(reader, next)));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CONNECTION, HeaderValue::from_static("close")),
        (BUFFERING, HeaderValue::from_static("no")),
    ];
    (headers, body).into_response()
}

/// Milliseconds until a browser comes back after an interruption: not all in the same moment, when a program ends that
/// had thousands.
fn again() -> u32 {
    1000 + u32::from(u16::from_ne_bytes(random::<2>())) * 2000 / 0xffff
}

/// One stream.
struct Reader {
    board: watch::Receiver<Option<Arc<Board>>>,
    /// The groups it was asked for, or all.
    asked: Option<Box<[Arc<str>]>>,
    /// The version that the browser has.
    seen: u64,
    beat_at: Instant,
    attendance: Attendance,
}

impl Reader {
    /// The event with everything that has changed since a version, if anything has.
    fn event(&self, board: &Board, since: u64) -> Option<String> {
        board.event(self.asked.as_deref(), since)
    }
}

/// What is sent next. Called when the last piece is on its way, so that a slow reader skips what was in between.
async fn next(mut reader: Reader) -> Option<(Result<Bytes, Infallible>, Reader)> {
    let draining = reader.attendance.live.0.draining.clone();
    loop {
        let changed = tokio::select! {
            biased;
            () = draining.begun() => return None,
            changed = timeout_at(reader.beat_at, reader.board.changed()) => changed,
        };
        let piece = match changed {
            Err(_) => Some(":\n\n".to_owned()),
            Ok(Err(_)) => return None,
            Ok(Ok(())) => {
                let board = reader.board.borrow_and_update().clone();
                board.and_then(|board| {
                    let event = reader.event(&board, reader.seen);
                    reader.seen = board.version();
                    event
                })
            }
        };
        if let Some(piece) = piece {
            reader.beat_at = Instant::now() + BEAT;
            return Some((Ok(Bytes::from(piece)), reader));
        }
    }
}
