//! The outbox over a real Postgres: one logical mail per event, at least once, always the same Message-ID.

use crate::support::TestApp;
use common_ground::{
    domain::{email::Email, letter::Letter},
    jobs::{self, Worker},
    mail::{self, Mailer, OutboxMail, SendError},
    server::state::App,
    store::{Actor, Failure, Store, Tx, outbox},
};
use sqlx::{Connection as _, PgConnection, Row as _, postgres::PgConnectOptions};
use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::net::{TcpListener, UnixStream};
use tokio_util::sync::CancellationToken;

pub fn letter(event: &str) -> Letter {
    Letter {
        kind: "sign_in_code",
        to: Email::parse("wren@example.org").unwrap(),
        event_key: event.to_owned(),
        subject: "Your sign-in code".to_owned(),
        text: "482913".to_owned(),
        html: "<p>482913</p>".to_owned(),
        calendar: None,
        expires_in_seconds: None,
        tied_to: None,
        list: None,
    }
}

pub async fn enqueue(store: &Store, letter: Letter) -> Result<(), Failure> {
    let work = |mut tx: Tx| async move {
        outbox::enqueue(&mut tx, &letter, "circles.example.org").await?;
        Ok((tx, ()))
    };
    store.write::<_, Failure, _, _>(Actor::Visitor, work).await
}

async fn claim(store: &Store, lease_seconds: u32) -> Vec<OutboxMail> {
    let work = move |mut tx: Tx| async move {
        let mails = outbox::claim(&mut tx, 8, lease_seconds).await?;
        Ok((tx, mails))
    };
    store.write::<_, Failure, _, _>(Actor::Worker, work).await.unwrap()
}

/// A worker that sends into a list.
fn worker(app: &App) -> (Worker, Arc<Mailer>) {
    let mailer = Arc::new(Mailer::memory());
    (Worker { app: app.clone(), mailer: Arc::clone(&mailer) }, mailer)
}

fn sent(mailer: &Mailer) -> Vec<OutboxMail> {
    let Mailer::Memory(memory) = mailer else { panic!("not a list") };
    memory.sent()
}

fn fail_next(mailer: &Mailer, error: SendError) {
    let Mailer::Memory(memory) = mailer else { panic!("not a list") };
    memory.fail_next(error);
}

/// What the row of an event says: seconds until it is due, whether it was given up, the error.
async fn row(store: &Store, event: &str) -> (f64, bool, Option<String>) {
    let row = sqlx::query(
        "select extract(epoch from send_after - now())::float8, failed_at is not null, last_error
         from outbox where event_key = $1",
    )
    .bind(event)
    .fetch_one(store.reads())
    .await
    .unwrap();
    (row.get(0), row.get(1), row.get(2))
}

async fn execute(store: &Store, statement: &'static str) {
    sqlx::query(statement).execute(store.reads()).await.unwrap();
}

#[tokio::test]
async fn two_workers_at_once_send_each_mail_once() {
    let test = TestApp::new().await;
    for number in 0..60 {
        enqueue(test.store(), letter(&format!("event {number}"))).await.unwrap();
    }
    let ((one, of_one), (two, of_two)) = (worker(&test.app), worker(&test.app));
    let (first, second) = tokio::join!(jobs::outbox::run(one), jobs::outbox::run(two));
    first.unwrap();
    second.unwrap();
    let all = [sent(&of_one), sent(&of_two)].concat();
    let ids: HashSet<_> = all.iter().map(|mail| mail.message_id.clone()).collect();
    assert_eq!((all.len(), ids.len()), (60, 60));
    assert_eq!(outbox::depth(test.store().reads()).await.unwrap().waiting, 0);
}

#[tokio::test]
async fn an_event_has_one_mail_and_an_event_that_was_undone_has_none() {
    let test = TestApp::new().await;
    enqueue(test.store(), letter("event")).await.unwrap();
    enqueue(test.store(), Letter { text: "other".to_owned(), ..letter("event") }).await.unwrap();
    let undone = |mut tx: Tx| async move {
        outbox::enqueue(&mut tx, &letter("undone"), "circles.example.org").await?;
        Err::<(Tx, ()), _>(Failure::Broken("undone".to_owned()))
    };
    test.store().write(Actor::Visitor, undone).await.unwrap_err();
    let (worker, mailer) = worker(&test.app);
    jobs::outbox::run(worker.clone()).await.unwrap();
    jobs::outbox::run(worker).await.unwrap();
    let sent = sent(&mailer);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].text, "482913");
    assert_eq!(sent[0].message_id, format!("<{}@circles.example.org>", sent[0].id));
}

#[tokio::test]
async fn after_the_lease_the_mail_goes_out_with_the_same_message_id() {
    let test = TestApp::new().await;
    enqueue(test.store(), letter("event")).await.unwrap();
    // This worker sends the mail and dies before it can say so.
    let lost = claim(test.store(), 1).await.remove(0);
    let (worker, mailer) = worker(&test.app);
    jobs::outbox::run(worker.clone()).await.unwrap();
    assert_eq!(sent(&mailer).len(), 0, "the lease still runs");

    tokio::time::sleep(Duration::from_millis(1100)).await;
    jobs::outbox::run(worker.clone()).await.unwrap();
    let again = sent(&mailer).remove(0);
    assert_eq!((again.message_id.as_str(), again.attempts), (lost.message_id.as_str(), 2));

    // A late word of the first worker changes nothing.
    let late = move |mut tx: Tx| async move {
        outbox::mark_failed(&mut tx, &lost, false, "late").await?;
        Ok((tx, ()))
    };
    test.store().write::<_, Failure, _, _>(Actor::Worker, late).await.unwrap();
    assert!(!row(test.store(), "event").await.1);
    jobs::outbox::run(worker).await.unwrap();
    assert_eq!(sent(&mailer).len(), 1);
}

#[tokio::test]
async fn a_failed_mail_waits_longer_each_time_and_is_given_up_after_a_day() {
    let test = TestApp::new().await;
    let store = test.store();
    enqueue(store, letter("event")).await.unwrap();
    let (worker, mailer) = worker(&test.app);
    for expected in [30.0, 60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0, 3600.0] {
        fail_next(&mailer, SendError::later("421 come\0back later"));
        jobs::outbox::run(worker.clone()).await.unwrap();
        let (due_in, given_up, error) = row(store, "event").await;
        assert!((due_in - expected).abs() < 5.0 && !given_up, "{due_in} instead of {expected}");
        assert_eq!(error.as_deref(), Some("421 comeback later"));
        jobs::outbox::run(worker.clone()).await.unwrap();
        assert_eq!(sent(&mailer).len(), 0, "it is not due");
        execute(store, "update outbox set send_after = now()").await;
    }
    execute(store, "update outbox set created_at = now() - interval '25 hours'").await;
    fail_next(&mailer, SendError::later("421 come back later"));
    jobs::outbox::run(worker.clone()).await.unwrap();
    assert!(row(store, "event").await.1);
    execute(store, "update outbox set send_after = now()").await;
    jobs::outbox::run(worker).await.unwrap();
    assert_eq!(sent(&mailer).len(), 0);
    let depth = outbox::depth(store.reads()).await.unwrap();
    assert_eq!((depth.waiting, depth.given_up), (0, 1));
}

#[tokio::test]
async fn a_final_no_ends_a_mail_and_takes_no_other_with_it() {
    let test = TestApp::new().await;
    for event in ["one", "two"] {
        enqueue(test.store(), letter(event)).await.unwrap();
    }
    let (worker, mailer) = worker(&test.app);
    fail_next(&mailer, SendError::never("550 nobody here"));
    jobs::outbox::run(worker.clone()).await.unwrap();
    jobs::outbox::run(worker).await.unwrap();
    assert_eq!(sent(&mailer).len(), 1);
    assert_eq!(outbox::depth(test.store().reads()).await.unwrap().given_up, 1);
}

#[tokio::test]
async fn a_code_that_is_out_of_date_is_not_sent() {
    let test = TestApp::new().await;
    enqueue(test.store(), Letter { expires_in_seconds: Some(1), ..letter("short") }).await.unwrap();
    enqueue(test.store(), Letter { expires_in_seconds: Some(600), ..letter("long") }).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let (worker, mailer) = worker(&test.app);
    jobs::outbox::run(worker).await.unwrap();
    assert_eq!(sent(&mailer).len(), 1);
    let (_, given_up, error) = row(test.store(), "short").await;
    assert_eq!((given_up, error.as_deref()), (true, Some("out of date")));
    assert!(!row(test.store(), "long").await.1);
}

#[tokio::test]
async fn a_code_does_not_wait_behind_other_mails() {
    let test = TestApp::new().await;
    for number in 0..10 {
        enqueue(test.store(), letter(&format!("event {number}"))).await.unwrap();
    }
    enqueue(test.store(), Letter { expires_in_seconds: Some(600), ..letter("code") }).await.unwrap();
    let claimed = claim(test.store(), 60).await;
    let codes = sqlx::query("select 1 from outbox where event_key = 'code' and leased_until is not null");
    assert_eq!(claimed.len(), 8);
    assert!(codes.fetch_optional(test.store().reads()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_hint_makes_the_worker_look_at_once() {
    let test = TestApp::new().await;
    let mut app = test.app.clone();
    let mut settings = (*app.settings).clone();
    settings.durations.worker_poll = 3600;
    app.settings = Arc::new(settings);
    let stop = CancellationToken::new();
    let running = tokio::spawn(jobs::run(app, stop.clone()));
    tokio::time::sleep(Duration::from_millis(500)).await;
    enqueue(test.store(), letter("event")).await.unwrap();
    mail::hint();
    until_sent(test.store(), "event", Duration::from_secs(1)).await;
    stop.cancel();
    running.await.unwrap().unwrap();
}

/// Waits until the mail of the event has left, at most so long.
async fn until_sent(store: &Store, event: &str, at_most: Duration) -> Duration {
    let began = Instant::now();
    loop {
        let sent = sqlx::query("select 1 from outbox where event_key = $1 and sent_at is not null").bind(event);
        if sent.fetch_optional(store.reads()).await.unwrap().is_some() {
            return began.elapsed();
        }
        assert!(began.elapsed() < at_most, "not sent within {at_most:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A way to the database that can be shut: a port that leads to its socket.
struct Gate {
    port: u16,
    socket: std::path::PathBuf,
}

impl Gate {
    /// Opens the way, on the same port each time; it is shut when the token is cancelled.
    async fn open(&mut self) -> CancellationToken {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.port = listener.local_addr().unwrap().port();
        let (shut, socket) = (CancellationToken::new(), self.socket.clone());
        let token = shut.clone();
        tokio::spawn(async move {
            while let Some(Ok((mut here, _))) = token.run_until_cancelled(listener.accept()).await {
                let (token, socket) = (token.clone(), socket.clone());
                tokio::spawn(async move {
                    let mut there = UnixStream::connect(socket).await.unwrap();
                    token.run_until_cancelled(tokio::io::copy_bidirectional(&mut here, &mut there)).await
                });
            }
        });
        shut
    }
}

#[tokio::test]
async fn the_worker_goes_on_within_two_seconds_of_the_databases_return() {
    let test = TestApp::new().await;
    let options: Arc<PgConnectOptions> = test.store().reads().connect_options();
    let folder = options.get_socket().expect("tests run over a socket");
    let mut gate = Gate { port: 0, socket: folder.join(format!(".s.PGSQL.{}", options.get_port())) };
    let shut = gate.open().await;
    let (user, database) = (options.get_username(), options.get_database().unwrap());
    let url = format!("postgres://{user}@127.0.0.1:{}/{database}?sslmode=disable", gate.port);
    PgConnection::connect(&url).await.unwrap().close().await.unwrap();
    let app = App { store: Store::open(&url).unwrap(), ..test.app.clone() };

    let stop = CancellationToken::new();
    let running = tokio::spawn(jobs::run(app, stop.clone()));
    enqueue(test.store(), letter("before")).await.unwrap();
    mail::hint();
    until_sent(test.store(), "before", Duration::from_secs(10)).await;
    shut.cancel();
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(!running.is_finished(), "the worker outlives the database");
    enqueue(test.store(), letter("meanwhile")).await.unwrap();
    gate.open().await;
    until_sent(test.store(), "meanwhile", Duration::from_secs(2)).await;
    stop.cancel();
    running.await.unwrap().unwrap();
}
