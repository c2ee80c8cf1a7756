//! Streams of events beside everything else that a program does: how many there are, and how they end.

use super::House;
use crate::ear::Ear;
use axum::{Extension, Router, http::StatusCode};
use common_ground::server::{
    health::Draining,
    kept_pages::KeptPages,
    live::{self, Live, Most},
    origin::ClientIp,
    router_until, serve,
};
use leptos::config::LeptosOptions;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

const PATH: &str = "/events/groups?groups=g0";

/// The routes of the streams alone, as one client sees them.
fn seen_by(live: &Live, client: &str) -> Router {
    live::routes(live.clone()).layer(Extension(ClientIp(client.parse().unwrap())))
}

async fn status(router: &Router) -> StatusCode {
    Ear::with(router, PATH, &[]).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn one_too_many_is_told_to_come_back() {
    let house = House::new().await;
    for rate_limits in [true, false] {
        let mut app = house.test.app.clone();
        let mut settings = (*app.settings).clone();
        settings.rate_limits = rate_limits;
        app.settings = settings.into();
        let live = Live::new(app, Draining::default(), Most { all: 4, network: 2 });
        let (clinic, home) = (seen_by(&live, "2001:db8:1:2::1"), seen_by(&live, "198.51.100.7"));
        let same = seen_by(&live, "2001:db8:1:2::2");
        let (first, _second) = (Ear::open(&clinic, PATH).await, Ear::open(&same, PATH).await);
        let mut more = Vec::new();
        if rate_limits {
            let full = Ear::with(&clinic, PATH, &[]).await;
            assert_eq!(full.status, StatusCode::SERVICE_UNAVAILABLE, "its network has two");
            assert_eq!(full.headers["retry-after"], "30");
            drop(first);
            more.push(Ear::open(&clinic, PATH).await);
        } else {
            more.push(first);
        }
        more.push(Ear::open(&home, PATH).await);
        more.push(Ear::open(&home, PATH).await);
        let other = seen_by(&live, "203.0.113.9");
        assert_eq!(status(&other).await, StatusCode::SERVICE_UNAVAILABLE, "all four are taken");
        more.clear();
        assert_eq!(status(&other).await, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_at_once_when_the_program_is_about_to() {
    let house = House::new().await;
    let draining = Draining::default();
    let live = Live::new(house.test.app.clone(), draining.clone(), Most::default());
    let router = seen_by(&live, "198.51.100.7");
    let mut ears = Vec::new();
    for _ in 0..20 {
        ears.push(Ear::begin(&router, PATH).await.0);
    }
    assert!(!ears[0].ends_within(Duration::from_millis(100)).await);
    draining.begin();
    for ear in &mut ears {
        assert!(ear.ends_within(Duration::from_secs(1)).await);
    }
    assert_eq!(status(&router).await, StatusCode::SERVICE_UNAVAILABLE, "and no new one begins");
}

async fn connect(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:3999\r\n\r\n").as_bytes()).await.unwrap();
    stream
}

/// What comes until `word` has come.
async fn read_until(stream: &mut TcpStream, word: &str) -> String {
    let mut text = String::new();
    let reading = async {
        let mut bytes = [0; 4096];
        while !text.contains(word) {
            let count = stream.read(&mut bytes).await.unwrap();
            assert!(count > 0, "the end before {word}: {text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    };
    timeout(Duration::from_secs(10), reading).await.expect("in time");
    text
}

/// Over sockets: two connections may be open, and streams take none of these places; and the end waits for no stream.
#[tokio::test(flavor = "multi_thread")]
async fn streams_take_no_page_its_place_and_hold_no_end_up() {
    let house = House::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (draining, stop) = (Draining::default(), CancellationToken::new());
    let options = LeptosOptions::builder().output_name("common-ground").hash_files(false).build();
    let router = router_until(house.test.app.clone(), options, draining.clone(), KeptPages::default());
    let server = tokio::spawn(serve::serve(listener, router, 2, stop.clone(), Duration::from_secs(20)));

    let mut streams = Vec::new();
    for _ in 0..5 {
        let mut stream = connect(address, PATH).await;
        let begin = read_until(&mut stream, "\"slug\":\"g0\"").await;
        assert!(begin.starts_with("HTTP/1.1 200") && begin.contains("retry: "), "{begin}");
        assert!(begin.to_lowercase().contains("connection: close"), "{begin}");
        streams.push(stream);
    }
    let mut page = connect(address, "/livez").await;
    assert!(read_until(&mut page, "alive").await.starts_with("HTTP/1.1 200"));
    // The negative control: connections without a stream do take places.
    let _second = connect(address, "/livez").await;
    sleep(Duration::from_millis(100)).await;
    let mut third = connect(address, "/livez").await;
    assert!(read_until(&mut third, "\r\n\r\n").await.starts_with("HTTP/1.1 503"));

    draining.begin();
    let began = Instant::now();
    for stream in &mut streams {
        let ended = timeout(Duration::from_secs(2), stream.read_to_end(&mut Vec::new())).await;
        assert!(ended.is_ok(), "a stream goes on");
    }
    stop.cancel();
    timeout(Duration::from_secs(3), server).await.expect("no drain waits for a stream").unwrap();
    assert!(began.elapsed() < Duration::from_secs(4));
}

/// Sessions of the database that speak for all.
async fn speakers(house: &House) -> i64 {
    house
        .count(
            "select count(*) from pg_locks where locktype = 'advisory' and classid = 1 and objid = 0 and objsubid = 2 and granted
               and database = (select oid from pg_database where datname = current_database())",
        )
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_listens_nobody_looks() {
    let house = House::new().await;
    house.test.browser().get("/groups/g0").await;
    assert_eq!(speakers(&house).await, 0);
    let (ear, _) = Ear::begin(&house.test.router, PATH).await;
    let (second, _) = Ear::begin(&house.test.router, PATH).await;
    assert_eq!(speakers(&house).await, 1);
    drop(ear);
    sleep(Duration::from_secs(11)).await;
    assert_eq!(speakers(&house).await, 1, "one listens still");
    drop(second);
    let gone = async {
        while speakers(&house).await > 0 {
            sleep(Duration::from_millis(200)).await;
        }
    };
    timeout(Duration::from_secs(20), gone).await.expect("the session ends");
    // And it begins anew for whoever comes.
    house.fill("g0", 1).await;
    let (_ear, begin) = Ear::begin(&house.test.router, PATH).await;
    assert_eq!(begin.only().seats.counts.reserved, 1);
}
