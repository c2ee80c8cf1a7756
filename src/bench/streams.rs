//! Streams of seat counts: how much memory one takes, and how soon the last of them hears of a commit on another instance.
//!
//! The anchor is a bare axum server with nothing but one stream, as a process of its own. Each stream takes an open file on
//! either side and, in the application, one of its connections: what is refused is not opened, and the line says how many are.

use crate::{
    Options,
    bare::Bare,
    cpu::{open_files, resident_kb},
    ground::Ground,
    hold::{hold, is_held},
    line::{Line, Target},
    load::{Browser, status},
    server::{Mode, Server},
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc,
    time::{sleep, timeout},
};

/// Groups that a stream watches: a page of the finder.
const WATCHED: u32 = 20;
/// How long the last stream may take to hear of a commit before it counts as deaf.
const DEAF: Duration = Duration::from_secs(20);
/// Files that are open besides: sockets of Postgres, logs, the listeners.
const OTHER_FILES: u32 = 200;

/// Measures it.
pub async fn measure(ground: &Ground, options: &Options) -> Vec<Line> {
    const MEMORY: &str = "live counts, kB a stream";
    const BARE: &str = "a bare axum stream";
    const DELAY: &str = "live counts, commit on another instance to the last stream";
    println!("\nlive counts");
    ground.reset(&mut ground.owner().await).await;
    let server = Server::start(ground, Mode::Unlimited).await;
    // What a page of the finder asks for.
    let slugs: Vec<_> = (0..WATCHED).map(|number| format!("group-{number}")).collect();
    let events = format!("/events/groups?groups={}", slugs.join(","));
    if let Err(refused) = Watcher::open(server.address, &events, Begins::WithAnEvent).await {
        let wrong = vec![format!("{events} answers {refused:?} instead of a stream")];
        let lines = [Line::skipped(MEMORY, BARE, &wrong[0]), Line::skipped(DELAY, "–", &wrong[0])];
        return lines.into_iter().map(|line| line.with_wrong(&wrong)).collect();
    }

    let wanted = options.streams.min(open_files().saturating_sub(OTHER_FILES));
    let wanted = if options.quick { wanted.min(1000) } else { wanted };
    let (watchers, kb) = open_many(server.address, server.pid(), &events, Begins::WithAnEvent, wanted).await;
    let count = watchers.len();
    let delays = delays(ground, watchers, if options.quick { 2 } else { options.rounds().max(5) }).await;
    drop(server);

    let bare = Bare::start(None).await;
    let (bare_watchers, bare_kb) =
        open_many(bare.address, bare.pid(), "/events", Begins::Silent, u32::try_from(count).unwrap_or(wanted)).await;
    println!(
        "  {count} streams of {wanted} that were asked for: {kb:.1} kB each; bare, {}: {bare_kb:.1} kB",
        bare_watchers.len()
    );
    let (heard, wrong) = delays;
    vec![
        Line::new(&format!("{MEMORY}, {count} streams"), BARE, vec![kb / bare_kb.max(0.1)], "×", Target::AtMost(1.3)),
        Line::new(DELAY, "–", heard, " s", Target::AtMost(1.0)).with_wrong(&wrong),
    ]
}

/// Opens so many streams, or as many as the server takes; gives them, and the memory that each takes in the server.
async fn open_many(address: SocketAddr, pid: u32, path: &str, begins: Begins, wanted: u32) -> (Vec<Watcher>, f64) {
    // What is made once, with the first, belongs to nobody's stream.
    drop(Watcher::open(address, path, begins).await);
    sleep(Duration::from_secs(2)).await;
    let before = resident_kb(pid);
    let mut watchers = Vec::new();
    for _ in 0..wanted {
        match Watcher::open(address, path, begins).await {
            Ok(watcher) => watchers.push(watcher),
            Err(_) => break,
        }
    }
    sleep(Duration::from_secs(3)).await;
    let grown = resident_kb(pid) - before;
    let count = watchers.iter().fold(0.0, |count, _| count + 1.0);
    (watchers, grown / f64::max(count, 1.0))
}

/// Seconds from the answer to a hold on another instance until the last stream has heard of it, several times.
async fn delays(ground: &Ground, watchers: Vec<Watcher>, rounds: usize) -> (Vec<f64>, Vec<String>) {
    let other = Server::start(ground, Mode::Unlimited).await;
    let mut browser = Browser::open(other.address).await.expect("a connection");
    let (heard, mut hears) = mpsc::unbounded_channel();
    let count = watchers.len();
    for watcher in watchers {
        let heard = heard.clone();
        tokio::spawn(watcher.listen(heard));
    }
    drop(heard);
    let (mut seconds, mut wrong) = (Vec::new(), Vec::new());
    for round in 0..u32::try_from(rounds).unwrap_or(5) {
        // Whatever was said before is not about this commit: a ticker may still be on its way.
        sleep(Duration::from_secs(2)).await;
        while hears.try_recv().is_ok() {}
        let slug = format!("group-{round}");
        let answer = hold(&mut browser, 1 + round, &slug).await.expect("an answer");
        let began = Instant::now();
        if !is_held(&answer, &slug) {
            wrong.push(format!("hold in {slug}: {} {}", answer.status, answer.body));
            continue;
        }
        let mut silent = count;
        let all = async {
            while silent > 0 && hears.recv().await.is_some() {
                silent -= 1;
            }
        };
        if timeout(DEAF, all).await.is_err() || silent > 0 {
            wrong.push(format!("{silent} of {count} streams heard nothing of a hold within {} s", DEAF.as_secs()));
        }
        seconds.push(began.elapsed().as_secs_f64());
    }
    (seconds, wrong)
}

/// How a stream begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    /// With the counts of all that it watches, which are taken before anything is measured.
    WithAnEvent,
    /// With nothing.
    Silent,
}

/// One open stream.
struct Watcher(TcpStream);

impl Watcher {
    /// Opens it; else the status that came instead, if any came.
    async fn open(address: SocketAddr, path: &str, begins: Begins) -> Result<Self, Option<u16>> {
        let opened = async {
            let mut stream = TcpStream::connect(address).await.ok()?;
            let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n\r\n");
            stream.write_all(request.as_bytes()).await.ok()?;
            let (mut head, mut byte) = (Vec::new(), [0; 1]);
            while !head.ends_with(b"\r\n\r\n") {
                // Byte by byte, so that nothing of the stream itself is taken.
                if stream.read(&mut byte).await.ok()? == 0 {
                    break;
                }
                head.push(byte[0]);
            }
            Some((stream, String::from_utf8_lossy(&head).into_owned()))
        };
        let (stream, head) = timeout(Duration::from_secs(10), opened).await.ok().flatten().ok_or(None)?;
        let is_stream = head.to_ascii_lowercase().contains("content-type: text/event-stream");
        let mut watcher = match status(&head) {
            Some(200) if is_stream => Self(stream),
            other => return Err(other),
        };
        if begins == Begins::WithAnEvent {
            timeout(Duration::from_secs(10), watcher.event()).await.ok().flatten().ok_or(None)?;
        }
        Ok(watcher)
    }

    /// Takes a whole event with data in it.
    async fn event(&mut self) -> Option<()> {
        let mut text = Vec::new();
        loop {
            let data = text.windows(5).position(|window| window == b"data:");
            if data.is_some_and(|data| text[data..].windows(2).any(|window| window == b"\n\n")) {
                return Some(());
            }
            if self.0.read_buf(&mut text).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// Reports each piece with data in it, until the stream ends. Comments only keep the connection open.
    async fn listen(mut self, heard: mpsc::UnboundedSender<()>) {
        let mut piece = [0; 2048];
        while let Ok(length) = self.0.read(&mut piece).await {
            let has_data = piece[..length].windows(5).any(|window| window == b"data:");
            if length == 0 || (has_data && heard.send(()).is_err()) {
                return;
            }
        }
    }
}
