//! Mails to the list: what the way from the outbox through a worker to a relay costs beside a bare loop over the mail library
//! that sends the same bytes; how many pass in a second; and how long a sign-in code takes meanwhile.

use crate::{
    Options,
    cpu::{Client, Cost, Meter},
    ground::Ground,
    line::{Line, Target, median, print_costs, ratios},
    load::Browser,
    server::{Mode, Server, command},
    sink::{Kind, Sink},
};
use common_ground::{
    domain::letter::OutboxMail,
    mail::{
        Mailer,
        message::{build, sender},
        smtp::Smtp,
    },
};
use futures::future::join_all;
use lettre::{
    Message,
    transport::smtp::{client::AsyncSmtpConnection, extension::ClientId},
};
use sqlx::PgConnection;
use std::{
    collections::BTreeMap,
    process::{Child, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, time::sleep};
use uuid::Uuid;

/// Connections of the bare loop: as many as the list has.
const CONNECTIONS: usize = common_ground::jobs::outbox_list::CONNECTIONS;
/// Mails of a round.
const MAILS: u32 = 10_000;
/// Sign-in codes asked for while the list is sent.
const CODES: u32 = 200;
/// Who sends.
const FROM: &str = "Common Ground <hello@example.org>";

/// Measures it.
pub async fn measure(ground: &Ground, options: &Options) -> Vec<Line> {
    const NAME: &str = "a mail to the list, outbox to marked sent";
    const BARE: &str = "bare loop over lettre, 4 connections";
    let mails = if options.quick { 1_000 } else { MAILS };
    let mut owner = ground.owner().await;
    let mut lines = Vec::new();
    let mut bench = Bench { ground, owner: &mut owner, mails, round: 0 };
    for (kind, words) in [(Kind::Quick, "quick sink"), (Kind::Ordinary, "ordinary sink")] {
        println!("\n{NAME}, {words}: CPU µs of one mail");
        let (mut bare, mut whole, mut rates, mut wrong) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for round in 0..=options.rounds() {
            let sink = Sink::start(kind);
            let anchor = bench.bare(&sink).await;
            let (cost, rate, said) = bench.whole(&sink).await;
            wrong.extend(said);
            if round > 0 {
                bare.push(anchor);
                whole.push(cost);
                rates.push(rate);
            }
        }
        print_costs("the whole path", &whole);
        print_costs(BARE, &bare);
        let target = if kind == Kind::Quick { Target::AtLeast(0.5) } else { Target::None };
        lines.push(Line::new(&format!("{NAME}, {words}"), BARE, ratios(&bare, &whole), "", target).with_wrong(&wrong));
        let target = if kind == Kind::Quick { Target::AtLeast(2_000.0) } else { Target::None };
        lines.push(Line::new(&format!("mails to the list a second, {words}"), "–", rates, "", target));
    }
    let rates = bench.one_connection(options.rounds()).await;
    lines.push(Line::new(
        "mails a second over one connection, ordinary sink",
        "–",
        rates,
        "",
        Target::AtLeast(1_000.0),
    ));
    lines.push(bench.codes(if options.quick { 20 } else { CODES }).await);
    lines
}

struct Bench<'a> {
    ground: &'a Ground,
    owner: &'a mut PgConnection,
    mails: u32,
    round: u32,
}

impl Bench<'_> {
    /// The bare loop: the library's own function, connections with `TCP_NODELAY`, bytes that are there already.
    async fn bare(&mut self, sink: &Sink) -> Cost {
        let bytes: Arc<Vec<(Message, Vec<u8>)>> = Arc::new(
            (0..64)
                .map(|number| {
                    let message = build(&sender(FROM).expect("a sender"), &mail(number)).expect("a mail");
                    let bytes = message.formatted();
                    (message, bytes)
                })
                .collect(),
        );
        let meter = Meter::start(None, self.ground.postmaster(), Client::Us);
        let each = usize::try_from(self.mails).expect("a small number") / CONNECTIONS;
        let loops = (0..CONNECTIONS).map(|_| {
            let (bytes, address) = (bytes.clone(), sink.address);
            tokio::spawn(async move {
                let stream = TcpStream::connect(address).await.expect("a connection");
                stream.set_nodelay(true).expect("nodelay");
                let hello = ClientId::Domain("circles.example.org".to_owned());
                let mut connection =
                    AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await.expect("a greeting");
                for (message, bytes) in bytes.iter().cycle().take(each) {
                    connection.send(message.envelope(), bytes).await.expect("it is taken");
                }
            })
        });
        for done in join_all(loops).await {
            done.expect("a loop");
        }
        meter.read(self.mails)
    }

    /// The whole path. Today the mails are put into the outbox by one statement; choosing and rendering come before that.
    async fn whole(&mut self, sink: &Sink) -> (Cost, f64, Vec<String>) {
        self.clear().await;
        let mut worker = worker(self.ground, sink);
        sleep(Duration::from_secs(1)).await;
        let meter = Meter::start(Some(worker.id()), self.ground.postmaster(), Client::Us);
        self.fill().await;
        let wrong = self.until_sent().await;
        let cost = meter.read(self.mails);
        let _ = worker.kill();
        let _ = worker.wait();
        let seconds: f64 = sqlx::query_scalar(
            "select extract(epoch from max(sent_at) - min(sent_at))::float8 from outbox where unsubscribe_url is not null",
        )
        .fetch_one(&mut *self.owner)
        .await
        .expect("the times");
        (cost, f64::from(self.mails) / seconds.max(1e-9), wrong)
    }

    /// Empties the outbox and lets the database rest.
    async fn clear(&mut self) {
        for statement in ["truncate outbox", "checkpoint", "vacuum (analyze) subscribers"] {
            sqlx::raw_sql(statement).execute(&mut *self.owner).await.expect(statement);
        }
    }

    /// Puts the round's mails into the outbox, in one transaction as one run of the digest does for some hundred at a time.
    async fn fill(&mut self) {
        let one = mail(0);
        self.round += 1;
        for statement in [
            "insert into subscribers (id, email, status, zone, consent_version, consent_text, confirmed_at)
             select md5('reader' || n)::uuid, 'reader-' || n || '@example.org', 'confirmed', 'America/New_York', '1', 'Yes', now()
             from generate_series(1, $1) n where $2 || $3 || $4 is not null on conflict do nothing",
            "insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id, subscriber_id,
               unsubscribe_url)
             select id, 'digest:' || id, 'digest', 'reader-' || n || '@example.org', 'New meeting times', $2, $3,
               '<' || id || '@circles.example.org>', md5('reader' || n)::uuid, $4
             from (select n, gen_random_uuid() as id from generate_series(1, $1) n) drawn",
        ] {
            sqlx::query(statement)
                .bind(i32::try_from(self.mails).expect("a small number"))
                .bind(&one.text)
                .bind(&one.html)
                .bind(&one.unsubscribe_url)
                .execute(&mut *self.owner)
                .await
                .expect(statement);
        }
    }

    /// Waits until nothing is left; gives what went wrong.
    async fn until_sent(&mut self) -> Vec<String> {
        let began = Instant::now();
        let left = "select exists(select from outbox where sent_at is null and failed_at is null and unsubscribe_url is not null)";
        while sqlx::query_scalar::<_, bool>(left).fetch_one(&mut *self.owner).await.expect("a look") {
            if began.elapsed() > Duration::from_mins(3) {
                return vec!["not all were sent within three minutes".to_owned()];
            }
            sleep(Duration::from_millis(20)).await;
        }
        let sent =
            "select count(*) from outbox where sent_at is not null and attempts = 1 and unsubscribe_url is not null";
        let sent: i64 = sqlx::query_scalar(sent).fetch_one(&mut *self.owner).await.expect("a count");
        if sent == i64::from(self.mails) {
            Vec::new()
        } else {
            vec![format!("{sent} of {} were sent at once", self.mails)]
        }
    }

    /// Mails a second that our own way out hands over one after the other.
    async fn one_connection(&self, rounds: usize) -> Vec<f64> {
        let sink = Sink::start(Kind::Ordinary);
        let smtp = Smtp::open(&sink.url(), sender(FROM).expect("a sender"), "circles.example.org").expect("a relay");
        let mailer = Mailer::Smtp(Box::new(smtp));
        let mails: Vec<_> = (0..64).map(mail).collect();
        let count = self.mails / 4;
        let mut rates = Vec::new();
        for _ in 0..rounds {
            let began = Instant::now();
            for mail in mails.iter().cycle().take(usize::try_from(count).expect("a small number")) {
                mailer.send(mail).await.expect("it is taken");
            }
            rates.push(f64::from(count) / began.elapsed().as_secs_f64());
        }
        rates
    }

    /// How long a code takes from the press of the button until it is in the sink, while the list is sent.
    async fn codes(&mut self, codes: u32) -> Line {
        const NAME: &str = "a sign-in code while the list is sent, until in the sink, p99";
        println!("\n{NAME}");
        self.clear().await;
        let sink = Sink::start(Kind::Ordinary);
        let server =
            Server::start_with(self.ground, Mode::Unlimited, &[("SMTP_URL", &sink.url()), ("MAIL_DIR", "")]).await;
        let mut browser = Browser::open(server.address).await.expect("a connection");
        self.mails *= 5;
        self.fill().await;
        let (mut asked, mut wrong) = (BTreeMap::new(), Vec::new());
        for number in 0..codes {
            let name = format!("code-{number}@example.org");
            asked.insert(name.clone(), Instant::now());
            let answer = browser.call("/api/sign-in/request", "", &format!("email={}", name.replace('@', "%40"))).await;
            match answer {
                Ok(answer) if answer.status == 200 => {}
                Ok(answer) => wrong.push(format!("{}: {}", answer.status, answer.body)),
                Err(error) => wrong.push(error.to_string()),
            }
            sleep(Duration::from_millis(50)).await;
        }
        let left: i64 =
            sqlx::query_scalar("select count(*) from outbox where sent_at is null and unsubscribe_url is not null")
                .fetch_one(&mut *self.owner)
                .await
                .expect("a count");
        println!("  {codes} codes, {left} of {} mails to the list are left after the last one", self.mails);
        let mut times = Vec::new();
        let until = Instant::now() + Duration::from_secs(20);
        while times.len() < asked.len() && Instant::now() < until {
            while let Ok((name, at)) = sink.arrivals.try_recv() {
                times.extend(asked.get(&name).map(|asked| at.saturating_duration_since(*asked).as_secs_f64() * 1000.0));
            }
            sleep(Duration::from_millis(5)).await;
        }
        self.mails /= 5;
        if times.len() < asked.len() {
            wrong.push(format!("{} of {} codes arrived", times.len(), asked.len()));
        }
        times.sort_by(f64::total_cmp);
        println!("  median {:.0} ms, longest {:.0} ms", median(&times), times.last().copied().unwrap_or_default());
        let late = times.get((times.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or(f64::INFINITY);
        Line::new(NAME, "–", vec![late], " ms", Target::AtMost(1_000.0)).with_wrong(&wrong)
    }
}

/// A worker that sends to this sink.
fn worker(ground: &Ground, sink: &Sink) -> Child {
    command(ground, Mode::Unlimited)
        .arg("work")
        .env("SMTP_URL", sink.url())
        .env("MAIL_DIR", "")
        .env("WORKER_POLL_SECONDS", "1")
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("a worker")
}

/// A mail of the usual size: some two thousand bytes of text and nine of HTML, as of a digest with eight groups.
fn mail(number: u128) -> OutboxMail {
    let id = Uuid::from_u128(number);
    let line = "A circle on Tuesdays, 7:00 to 8:15 PM Eastern. Three seats are free.\nhttps://circles.example.org/groups/one\n\n";
    let row = "<tr><td style=\"border-top:1px solid #d0d5c9;padding:12px 0 13px;font:20px/26px Georgia,serif;color:#112b22\">\
               <a href=\"https://circles.example.org/groups/one\">A circle on Tuesdays, 7:00 to 8:15 PM Eastern</a></td></tr>\n";
    OutboxMail {
        id,
        kind: "digest".to_owned(),
        to: format!("reader-{number}@example.org"),
        subject: "New meeting times".to_owned(),
        text: line.repeat(18),
        html: format!("<!doctype html><html><body><table>\n{}</table></body></html>\n", row.repeat(44)),
        calendar: None,
        unsubscribe_url: Some(
            "https://circles.example.org/unsubscribe/0123456789abcdef0123456789abcdef01234567".to_owned(),
        ),
        message_id: format!("<{id}@circles.example.org>"),
        created_at: chrono::DateTime::from_timestamp(1_795_507_200, 0).expect("a time"),
        attempts: 1,
    }
}
