//! A mail relay in its moods, and what becomes of mails meanwhile: they wait, none is lost, each is one logical mail, and
//! nothing is said in clear text that should not be.

use crate::{
    outbox::{enqueue, letter},
    support::TestApp,
};
use common_ground::{
    jobs::{self, Worker},
    server::settings::MailTarget,
};
use std::{
    collections::BTreeSet,
    os::unix::fs::symlink,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// How the relay is today.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mood {
    /// Takes what it is given.
    Fine,
    /// The same, after some milliseconds.
    Slow(u64),
    /// Cuts everybody off at once.
    Cut,
    /// Has no time: "421".
    Busy,
    /// Refuses for now: "450".
    Later,
    /// Refuses for good: "550".
    Never,
    /// Knows of nobody with this name, for good, and says so at the end of the address.
    Nobody(&'static str),
    /// The same without an enhanced code.
    Gone(&'static str),
    /// Knows of nobody at all, for good: it takes itself for the last stop.
    NobodyAtAll,
    /// Has a rule against the mail: "554 5.7.1".
    Rule,
    /// Has one against whoever sends it.
    Sender,
    /// Takes connections and says nothing.
    Silent,
    /// Takes the whole mail and is gone before it says so.
    TakesAndIsGone,
}

/// The relay.
pub struct Relay {
    pub url: String,
    mood: watch::Sender<Mood>,
    kept: Arc<Mutex<Vec<String>>>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (mood, of_now) = watch::channel(Mood::Fine);
        let (kept, heard) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<Mutex<Vec<_>>>::default());
        let relay = Self { url, mood, kept: kept.clone(), heard: heard.clone() };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (of_now, kept, heard) = (of_now.clone(), kept.clone(), heard.clone());
                tokio::spawn(async move { talk(stream, of_now, &kept, &heard).await });
            }
        });
        relay
    }

    pub fn become_mood(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// The Message-IDs of all mails that were taken, as often as they were.
    pub fn kept(&self) -> Vec<String> {
        self.kept.lock().unwrap().clone()
    }
}

async fn talk(
    stream: TcpStream,
    mood: watch::Receiver<Mood>,
    kept: &Mutex<Vec<String>>,
    heard: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let at_first = *mood.borrow();
    match at_first {
        Mood::Cut => return None,
        Mood::Silent => std::future::pending().await,
        _ => {}
    }
    let greeting: &[u8] = if at_first == Mood::Busy { b"421 too much to do\r\n" } else { b"220 relay\r\n" };
    stream.write_all(greeting).await.ok()?;
    let (mut line, mut in_data, mut id) = (String::new(), false, String::new());
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let now = *mood.borrow();
        let text = line.trim_end().to_owned();
        line.clear();
        heard.lock().unwrap().push(text.clone());
        if now == Mood::Silent {
            std::future::pending::<()>().await;
        }
        if in_data {
            if let Some(value) = text.strip_prefix("Message-ID: ") {
                value.clone_into(&mut id);
            }
            if text != "." {
                continue;
            }
            in_data = false;
            if let Mood::Slow(milliseconds) = now {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            kept.lock().unwrap().push(std::mem::take(&mut id));
            if now == Mood::TakesAndIsGone {
                return None;
            }
            stream.write_all(b"250 kept\r\n").await.ok()?;
            continue;
        }
        let word = text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match (word.as_str(), now) {
            ("RCPT", Mood::Later) => b"450 later\r\n",
            ("RCPT", Mood::Never) => b"550 nobody here\r\n",
            ("RCPT", Mood::Nobody(name)) if text.contains(name) => b"550 5.1.1 nobody here\r\n",
            ("RCPT", Mood::Gone(name)) if text.contains(name) => b"550 nobody here\r\n",
            ("RCPT", Mood::NobodyAtAll) => b"550 5.1.1 nobody here\r\n",
            ("MAIL", Mood::Sender) => b"553 5.7.1 not with this sender\r\n",
            ("RCPT", Mood::Rule) => b"554 5.7.1 not from you\r\n",
            ("MAIL" | "NOOP", Mood::Busy | Mood::Cut) => b"421 too much to do\r\n",
            ("DATA", _) => b"354 go on\r\n",
            _ => b"250 fine\r\n",
        };
        in_data = word == "DATA";
        stream.write_all(answer).await.ok()?;
    }
    Some(())
}

async fn sending_to(target: MailTarget) -> (TestApp, Worker) {
    let test = TestApp::with(|settings| {
        settings.mail = target;
        // One mail may take as long as its lease lasts.
        settings.durations.outbox_lease = 1;
    })
    .await;
    let worker = Worker::new(test.app.clone()).unwrap();
    (test, worker)
}

async fn count(test: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(test.pool()).await.unwrap()
}

/// Everything is due again.
async fn much_later(test: &TestApp) {
    sqlx::query("update outbox set send_after = now() where sent_at is null").execute(test.pool()).await.unwrap();
}

const WAITING: &str = "select count(*) from outbox where sent_at is null and failed_at is null";

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_relay_does_mails_wait_and_leave_as_one() {
    let relay = Relay::open().await;
    let (test, worker) = sending_to(MailTarget::Smtp(relay.url.clone())).await;
    let mut expected = 0;
    for mood in [Mood::Cut, Mood::Busy, Mood::Later, Mood::Silent, Mood::TakesAndIsGone] {
        for number in 0..5 {
            enqueue(test.store(), letter(&format!("{mood:?} {number}"))).await.unwrap();
        }
        expected += 5;
        relay.become_mood(mood);
        let began = Instant::now();
        jobs::outbox::run(worker.clone()).await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(6), "{mood:?}: {:?}", began.elapsed());
        assert_eq!(count(&test, WAITING).await, 5, "{mood:?}: they wait");
        relay.become_mood(Mood::Fine);
        much_later(&test).await;
        jobs::outbox::run(worker.clone()).await.unwrap();
        assert_eq!(count(&test, WAITING).await, 0, "{mood:?}: they have left");
        let distinct: BTreeSet<_> = relay.kept().into_iter().collect();
        assert_eq!(distinct.len(), expected, "{mood:?}: one logical mail each");
        let twice = if mood == Mood::TakesAndIsGone { 5 } else { 0 };
        assert_eq!(relay.kept().len(), expected + twice, "{mood:?}: only what nobody could know of went out again");
    }
    // A slow one is waited for, as long as the lease lasts.
    relay.become_mood(Mood::Slow(200));
    enqueue(test.store(), letter("slow")).await.unwrap();
    jobs::outbox::run(worker.clone()).await.unwrap();
    assert_eq!(count(&test, WAITING).await, 0);
    // A final no is final.
    relay.become_mood(Mood::Never);
    enqueue(test.store(), letter("never")).await.unwrap();
    jobs::outbox::run(worker.clone()).await.unwrap();
    relay.become_mood(Mood::Fine);
    much_later(&test).await;
    jobs::outbox::run(worker).await.unwrap();
    assert_eq!(count(&test, "select count(*) from outbox where failed_at is not null").await, 1);
    let ids: Vec<String> = sqlx::query_scalar("select message_id from outbox where event_key <> 'never' order by 1")
        .fetch_all(test.pool())
        .await
        .unwrap();
    assert_eq!(relay.kept().into_iter().collect::<BTreeSet<_>>(), ids.into_iter().collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_cannot_encrypt_is_told_nothing() {
    let relay = Relay::open().await;
    let (test, worker) = sending_to(MailTarget::Smtp(format!("{}?tls=required", relay.url))).await;
    enqueue(test.store(), letter("event")).await.unwrap();
    jobs::outbox::run(worker).await.unwrap();
    assert_eq!(count(&test, WAITING).await, 1);
    let heard = relay.heard.lock().unwrap().clone();
    assert!(!heard.is_empty(), "it was asked whether it can");
    for line in heard {
        assert!(
            ["EHLO", "STARTTLS", "QUIT"].iter().any(|word| line.starts_with(word)),
            "{line} was said in clear text"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_wait_for_room_on_the_disk() {
    let place = super::Place::new();
    let folder = place.0.join("mail");
    std::fs::create_dir_all(&folder).unwrap();
    let (test, worker) = sending_to(MailTarget::Directory(folder.clone())).await;
    for number in 0..5 {
        enqueue(test.store(), letter(&format!("event {number}"))).await.unwrap();
    }
    // What is written under these names meets a device that is full.
    let ids: Vec<(String, String)> = sqlx::query_as(
        "select to_char(created_at at time zone 'UTC', 'YYYYMMDD\"T\"HH24MISS.US\"Z\"'), id::text from outbox",
    )
    .fetch_all(test.pool())
    .await
    .unwrap();
    let unfinished: Vec<_> = ids.iter().map(|(at, id)| folder.join(format!(".{at}-{id}.eml.part"))).collect();
    for file in &unfinished {
        symlink("/dev/full", file).unwrap();
    }
    jobs::outbox::run(worker.clone()).await.unwrap();
    assert_eq!(count(&test, WAITING).await, 5);
    let errors = "select count(*) from outbox where last_error like '%No space left%'";
    assert_eq!(count(&test, errors).await, 5, "the disk was full");
    assert_eq!(mails_in(&folder), 0, "no half a mail is seen");
    for file in &unfinished {
        std::fs::remove_file(file).unwrap();
    }
    much_later(&test).await;
    jobs::outbox::run(worker.clone()).await.unwrap();
    assert_eq!((count(&test, WAITING).await, mails_in(&folder)), (0, 5));

    // The folder itself is gone, and something else is in its place.
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "").unwrap();
    enqueue(test.store(), letter("event 5")).await.unwrap();
    jobs::outbox::run(worker.clone()).await.unwrap();
    assert_eq!(count(&test, WAITING).await, 1);
    std::fs::remove_file(&folder).unwrap();
    much_later(&test).await;
    jobs::outbox::run(worker).await.unwrap();
    assert_eq!((count(&test, WAITING).await, mails_in(&folder)), (0, 1));
}

fn mails_in(folder: &Path) -> usize {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with('.')).count()
}
