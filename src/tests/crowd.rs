//! Clients that take their time, by hundreds, over real sockets. Whoever comes in the ordinary way does not notice.

use crate::support::{PUBLIC_URL, TestApp};
use axum::{Router, routing::get};
use common_ground::server::{
    limits,
    serve::{self, Costs},
    slow_reader::Pace,
};
use futures::future::join_all;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// An ordinary client is answered within this time, whoever else is there.
const QUICK: Duration = Duration::from_secs(2);
/// Of each kind of slow client.
const MANY: usize = 250;

/// A server on a free port, until the token is cancelled.
async fn server(router: Router, costs: Costs) -> (SocketAddr, CancellationToken) {
    serve::allow_open_files();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    tokio::spawn(serve::serve_at(listener, router, costs, stop.clone(), Duration::ZERO));
    (address, stop)
}

const USUAL: Costs = Costs { most: serve::MOST_CONNECTIONS, head: serve::HEAD, pace: serve::PACE };

/// Connects, sends the bytes, and keeps the connection.
async fn send(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// What an ordinary client is answered, and after what time.
async fn ask(address: SocketAddr, path: &str) -> (String, Duration) {
    let began = Instant::now();
    let host = PUBLIC_URL.trim_start_matches("http://");
    let head = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: text/html\r\nconnection: close\r\n\r\n");
    let mut stream = send(address, head.as_bytes()).await;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    (String::from_utf8_lossy(&answer).into_owned(), began.elapsed())
}

/// Waits until the other side has closed the connection; gives what it said until then.
async fn until_closed(stream: &mut TcpStream, at_most: Duration) -> String {
    let mut said = Vec::new();
    // An end and a cut are both fine.
    let _ = timeout(at_most, stream.read_to_end(&mut said)).await.expect("the connection stays open");
    String::from_utf8_lossy(&said).into_owned()
}

/// Sends a byte a second until the other side has had enough; gives what it said, and how long it took.
async fn drip(address: SocketAddr, head: &[u8]) -> (String, Duration) {
    let mut stream = send(address, head).await;
    let (began, mut said) = (Instant::now(), Vec::new());
    let (mut from, mut to) = stream.split();
    let drops = async {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if to.write_all(b"a").await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        _ = from.read_to_end(&mut said) => {}
        () = drops => {}
        () = tokio::time::sleep(limits::ARRIVAL * 3) => panic!("it may send for ever"),
    }
    (String::from_utf8_lossy(&said).into_owned(), began.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_has_a_time_for_the_whole_of_it_however_steadily_it_comes() {
    let test = TestApp::demo().await;
    let (address, _stop) = server(test.router.clone(), USUAL).await;
    let announced = b"POST /api/sign-in/request HTTP/1.1\r\nhost: x\r\ncontent-length: 6000\r\n\r\nemail=";
    let in_pieces =
        b"POST /api/sign-in/request HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1000\r\nemail=";
    for (said, took) in join_all([drip(address, announced), drip(address, in_pieces)]).await {
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
        assert!(took < limits::ARRIVAL + Duration::from_secs(5), "{took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_slow_clients_slow_nobody_else() {
    let test = TestApp::demo().await;
    let (address, _stop) = server(test.router.clone(), USUAL).await;
    let slow_head = b"GET /groups HTTP/1.1\r\nhost: x\r\nx-slow: ";
    let slow_body = b"POST /api/sign-in/request HTTP/1.1\r\nhost: x\r\ncontent-length: 6000\r\n\r\nemail=";
    let unread = b"GET /groups HTTP/1.1\r\nhost: x\r\naccept: text/html\r\n\r\n";
    let mut heads = join_all((0..MANY).map(|_| send(address, slow_head))).await;
    let mut bodies = join_all((0..MANY).map(|_| send(address, slow_body))).await;
    let mut idle = join_all((0..MANY).map(|_| send(address, b""))).await;
    let mut readers = join_all((0..20).map(|_| send(address, unread))).await;
    for round in 0..5 {
        // One more byte of each, as somebody does who wants to keep them open.
        for stream in heads.iter_mut().chain(&mut bodies) {
            let _ = stream.write_all(b"a").await;
        }
        for path in ["/help-now", "/groups", "/", "/readyz"] {
            let (answer, took) = ask(address, path).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
            assert!(took < QUICK, "round {round}, {path}: {took:?}");
        }
    }
    // All of them are cut in the end: what is slow, and what says nothing.
    let at_most = serve::HEAD + Duration::from_secs(5);
    for stream in [&mut heads[0], &mut idle[0], &mut readers[0]] {
        until_closed(stream, at_most).await;
    }
    let said = until_closed(&mut bodies[0], at_most).await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_nothing_is_closed_before_and_between_requests() {
    let costs = Costs { head: Duration::from_millis(400), ..USUAL };
    let (address, _stop) = server(Router::new().route("/", get(|| async { "here" })), costs).await;
    let mut idle = send(address, b"").await;
    let mut used = send(address, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    // Within the time a second request is welcome.
    used.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let began = Instant::now();
    assert_eq!(until_closed(&mut idle, QUICK).await.matches("200 OK").count(), 0);
    assert_eq!(until_closed(&mut used, QUICK).await.matches("here").count(), 2);
    assert!(began.elapsed() > Duration::from_millis(200), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_take_the_answer_is_cut_and_who_takes_it_slowly_is_not() {
    const LONG: usize = 16 << 20;
    let costs = Costs { pace: Pace { pause: Duration::from_millis(800), rate: 10_000 }, ..USUAL };
    let router = Router::new().route("/", get(|| async { vec![b'x'; LONG] }));
    let (address, _stop) = server(router, costs).await;
    let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let (mut stalled, mut slow) = (send(address, request).await, send(address, request).await);
    let began = Instant::now();
    let (mut all, mut piece) = (0, vec![0; 256 * 1024]);
    while let read @ 1.. = slow.read(&mut piece).await.unwrap() {
        all += read;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(all > LONG, "the slow one got all of it");
    assert!(began.elapsed() > costs.pace.pause * 2, "it was not slow: {:?}", began.elapsed());
    // What lies in the system's buffers is all that the other one can still get.
    let mut taken = Vec::new();
    let _ = timeout(QUICK, stalled.read_to_end(&mut taken)).await.expect("it is cut");
    assert!(taken.len() < LONG, "all of it was taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_too_many_is_told_so_in_words() {
    // More than there is room for, all of them waiting for a group's lock that somebody else has.
    let test = TestApp::demo().await;
    let (address, _stop) = server(test.router.clone(), USUAL).await;
    let mut owner = <sqlx::PgConnection as sqlx::Connection>::connect(&test.owner_url).await.unwrap();
    sqlx::raw_sql("begin; lock table practice in access exclusive mode").execute(&mut owner).await.unwrap();
    let room = common_ground::server::limits::AT_ONCE;
    // Whoever was answered asks again: a slow machine may answer the first before the last has come.
    let keep_asking = |_| {
        tokio::spawn(async move {
            loop {
                ask(address, "/groups").await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    };
    let waiting: Vec<tokio::task::JoinHandle<()>> = (0..room + 100).map(keep_asking).collect();
    let began = Instant::now();
    // All of them have to be there first; until then one more waits as well, and leaves.
    let (answer, took) = loop {
        match timeout(Duration::from_millis(500), ask(address, "/groups")).await {
            Ok(answered) => break answered,
            Err(_) => assert!(began.elapsed() < Duration::from_secs(20), "nobody is turned away"),
        }
    };
    assert!(took < QUICK, "{took:?}");
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after: "), "{answer}");
    assert!(answer.contains("We will be back in a moment.") && answer.contains("tel:988"), "{answer}");
    let (help, took) = ask(address, "/help-now").await;
    assert!(help.starts_with("HTTP/1.1 200") && took < QUICK, "{took:?} {help}");
    for one in waiting {
        one.abort();
    }
    sqlx::raw_sql("rollback").execute(&mut owner).await.unwrap();
    let back = Instant::now();
    while !ask(address, "/groups").await.0.starts_with("HTTP/1.1 200") {
        assert!(back.elapsed() < Duration::from_secs(10), "not well again");
    }
}
