//! The accept loop. `axum::serve` has no time limit for a request's head and no limit for connections, so that a few
//! hundred slow clients could keep everybody else out.

use super::{
    counts,
    origin::Peer,
    slow_reader::{Pace, Patient},
};
use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// Connections at a time. One needs some 50 kB, so that all of them are small beside the rest of the program.
pub const MOST_CONNECTIONS: usize = 2000;
/// Seconds for the head of a request to arrive; also how long a connection may stay open without one.
pub const HEAD: Duration = Duration::from_secs(10);
/// How slowly an answer may be taken.
pub const PACE: Pace = Pace { pause: Duration::from_secs(20), rate: 2048 };
/// Bytes of a request's head, and of what is read ahead.
const BUFFER: usize = 32 * 1024;

/// For whoever comes when all connections are taken; it has the headers that every answer has.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: text/plain; charset=utf-8\r\n\
    cache-control: no-store\r\n\
    retry-after: 5\r\n\
    x-content-type-options: nosniff\r\n\
    referrer-policy: same-origin\r\n\
    cross-origin-opener-policy: same-origin\r\n\
    permissions-policy: camera=(self), microphone=(self)\r\n\
    content-security-policy: default-src 'none'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'\r\n\
    connection: close\r\n\
    content-length: 119\r\n\r\n\
    Many people are here at the moment. Please try again in a few seconds. In an emergency call 911; in a crisis, call 988.";

/// A connection's place among those that may be open, an extension of its requests. An answer that is counted elsewhere
/// gives the place back while it goes on.
#[derive(Clone, Debug)]
pub struct Place(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

impl Place {
    fn new(permit: OwnedSemaphorePermit) -> Self {
        Self(Arc::new(Mutex::new(Some(permit))))
    }

    /// Somebody else may have it now. The connection must end with the answer.
    pub fn give_back(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Lets this process open as many files as the system allows it. By default that is 1024, fewer than the connections
/// that it can serve; programs have to ask for more, because some old ones could not count further.
pub fn allow_open_files() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(soft, hard)| if soft < hard { setrlimit(Resource::RLIMIT_NOFILE, hard, hard) } else { Ok(()) });
    if let Err(error) = raised {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// What connections may cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Costs {
    /// Connections at a time.
    pub most: usize,
    /// For the head of a request, and between two requests.
    pub head: Duration,
    /// How slowly an answer may be taken.
    pub pace: Pace,
}

/// Serves until `stop`, then lets the requests that are under way finish, for as long as `patience` says.
pub async fn serve(listener: TcpListener, router: Router, most: usize, stop: CancellationToken, patience: Duration) {
    serve_at(listener, router, Costs { most, head: HEAD, pace: PACE }, stop, patience).await;
}

/// The same at other costs.
pub async fn serve_at(
    listener: TcpListener,
    router: Router,
    costs: Costs,
    stop: CancellationToken,
    patience: Duration,
) {
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(costs.most));
    loop {
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely: without a pause this would spin.
                    tracing::warn!(%error, "a connection could not be accepted");
                    time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            turn_away(&stream);
            continue;
        };
        // Without it the last piece of an answer can wait for the client's acknowledgement, 40 ms.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        let place = Place::new(place);
        let (router, place_of_request) = (router.clone(), place.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            request.extensions_mut().insert(place_of_request.clone());
            router.clone().oneshot(request)
        });
        let connection = connections.watch(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(costs.head)
                .max_buf_size(BUFFER)
                .serve_connection(Patient::new(TokioIo::new(stream), costs.pace), service),
        );
        tokio::spawn(async move {
            // What goes wrong here is a client that went away or spoke nonsense.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            place.give_back();
        });
    }
    drop(listener);
    if time::timeout(patience, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests were not finished in time and are cut off");
    }
}

/// Says why in one packet, without waiting for the request: whoever waits is what there is too much of.
fn turn_away(stream: &TcpStream) {
    counts::count_turned_away();
    let sent = stream.try_write(FULL);
    tracing::warn!(sent = sent.is_ok(), "all connections are taken, one was turned away");
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Extension, routing::get};
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    struct Running {
        address: SocketAddr,
        stop: CancellationToken,
        ended: tokio::task::JoinHandle<()>,
    }

    async fn run(most: usize, patience: Duration) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let slow = || async {
            time::sleep(Duration::from_millis(300)).await;
            "slow"
        };
        let router = Router::new()
            .route("/peer", get(|Extension(Peer(peer)): Extension<Peer>| async move { peer.ip().to_string() }))
            .route("/slow", get(slow));
        let stop = CancellationToken::new();
        let ended = tokio::spawn(serve(listener, router, most, stop.clone(), patience));
        Running { address, stop, ended }
    }

    async fn ask(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
            .await
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn a_handler_learns_who_is_at_the_other_end() {
        let running = run(10, Duration::from_secs(1)).await;
        assert!(ask(running.address, "/peer").await.ends_with("127.0.0.1"));
    }

    #[tokio::test]
    async fn what_is_under_way_is_finished_and_nothing_new_begins() {
        let running = run(10, Duration::from_secs(5)).await;
        let answer = tokio::spawn(ask(running.address, "/slow"));
        // A connection without a request must not keep the program from ending.
        let idle = TcpStream::connect(running.address).await.unwrap();
        time::sleep(Duration::from_millis(100)).await;
        running.stop.cancel();
        assert!(answer.await.unwrap().ends_with("slow"));
        time::timeout(Duration::from_secs(2), running.ended).await.unwrap().unwrap();
        assert!(TcpStream::connect(running.address).await.is_err());
        drop(idle);
    }

    #[tokio::test]
    async fn patience_has_an_end() {
        let running = run(10, Duration::from_millis(50)).await;
        tokio::spawn(ask_quietly(running.address));
        time::sleep(Duration::from_millis(100)).await;
        running.stop.cancel();
        time::timeout(Duration::from_millis(200), running.ended).await.unwrap().unwrap();
    }

    async fn ask_quietly(address: SocketAddr) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let _ = stream.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }

    #[tokio::test]
    async fn one_too_many_is_told_so() {
        let running = run(1, Duration::from_secs(1)).await;
        let first = TcpStream::connect(running.address).await.unwrap();
        time::sleep(Duration::from_millis(50)).await;
        let mut text = String::new();
        TcpStream::connect(running.address).await.unwrap().read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 503") && text.contains("retry-after: 5"), "{text}");
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(text.contains(&format!("content-length: {}\r\n", body.len())), "{} bytes", body.len());
        drop(first);
        time::sleep(Duration::from_millis(50)).await;
        assert!(ask(running.address, "/peer").await.starts_with("HTTP/1.1 200"));
    }
}
