//! Mails to the list: what the whole way costs, from choosing what is new to somebody over writing it, the outbox and the
//! relay to the mark that it was sent, beside a bare loop over the mail library that sends the same bytes; how many pass in
//! a second; how it grows with the list; and how long a sign-in code takes meanwhile.

use crate::{
    Options,
    cpu::{Client, Cost, Meter},
    ground::Ground,
    line::{Line, Target, median, print_costs, ratios},
    load::Browser,
    server::{Mode, Server},
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
use readers::Readers;
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, time::sleep};

mod readers;

/// Connections of the bare loop: as many as the list has.
const CONNECTIONS: usize = common_ground::jobs::outbox_list::CONNECTIONS;
/// Mails of a round.
const MAILS: u32 = 10_000;
/// The long list is so many times as long.
const TIMES: u32 = 10;
/// Sign-in codes asked for while the list is written and sent.
const CODES: u32 = 200;
/// Who sends.
const FROM: &str = "Common Ground <hello@example.org>";

/// Measures it.
pub async fn measure(ground: &Ground, options: &Options) -> Vec<Line> {
    const NAME: &str = "a digest, choosing to marked sent";
    const BARE: &str = "bare loop over lettre, 4 connections, same bytes";
    let mails = if options.quick { 1_000 } else { MAILS };
    let mut bench = Bench { ground, readers: Readers::of(ground).await, mails };
    // What the bare loop sends has to be written once.
    let examples = bench.examples().await;
    let mut lines = Vec::new();
    for (kind, words) in [(Kind::Quick, "quick sink"), (Kind::Ordinary, "ordinary sink")] {
        println!("\n{NAME}, {words}: CPU µs of one mail");
        let (mut bare, mut whole, mut rates, mut wrong) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for round in 0..=options.rounds() {
            let sink = Sink::start(kind);
            let anchor = bench.bare(&sink, &examples).await;
            let run = bench.readers.run(&sink, mails).await;
            wrong.extend(run.wrong);
            if round > 0 {
                bare.push(anchor);
                whole.push(run.cost);
                rates.push(f64::from(mails) / run.seconds);
            }
        }
        print_costs("the whole path", &whole);
        print_costs(BARE, &bare);
        let target = if kind == Kind::Quick { Target::AtLeast(0.5) } else { Target::None };
        lines.push(Line::new(&format!("{NAME}, {words}"), BARE, ratios(&bare, &whole), "", target).with_wrong(&wrong));
        let own =
            bare.iter().zip(&whole).map(|(bare, whole)| bare.each(bare.client) / whole.each(whole.server).max(1e-9));
        let name = format!("the same, without what Postgres takes, {words}");
        lines.push(Line::new(&name, BARE, own.collect(), "", Target::None));
        let target = if kind == Kind::Quick { Target::AtLeast(2_000.0) } else { Target::None };
        let name = format!("digests a second, begin of the run to the last one sent, {words}");
        lines.push(Line::new(&name, "–", rates, "", target));
    }
    let rates = bench.one_connection(options.rounds(), &examples).await;
    lines.push(Line::new(
        "mails a second over one connection, ordinary sink",
        "–",
        rates,
        "",
        Target::AtLeast(1_000.0),
    ));
    lines.extend(bench.growth(options.rounds().min(3)).await);
    lines.push(bench.codes(if options.quick { 20 } else { CODES }).await);
    lines
}

struct Bench<'a> {
    ground: &'a Ground,
    readers: Readers<'a>,
    mails: u32,
}

impl Bench<'_> {
    /// Digests as a run has written them.
    async fn examples(&mut self) -> Vec<OutboxMail> {
        let run = self.readers.run(&Sink::start(Kind::Quick), self.mails).await;
        assert!(run.wrong.is_empty(), "{:?}", run.wrong);
        let mails = self.readers.written(64).await;
        let bytes: usize = mails.iter().map(|mail| mail.text.len() + mail.html.len()).sum();
        println!("\na digest: {} bytes of text and HTML", bytes / mails.len().max(1));
        mails
    }

    /// The bare loop: the library's own function, connections with `TCP_NODELAY`, bytes that are there already.
    async fn bare(&self, sink: &Sink, examples: &[OutboxMail]) -> Cost {
        let bytes: Arc<Vec<(Message, Vec<u8>)>> = Arc::new(
            examples
                .iter()
                .map(|mail| {
                    let message = build(&sender(FROM).expect("a sender"), mail).expect("a mail");
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

    /// Mails a second that our own way out hands over one after the other.
    async fn one_connection(&self, rounds: usize, examples: &[OutboxMail]) -> Vec<f64> {
        let sink = Sink::start(Kind::Ordinary);
        let smtp = Smtp::open(&sink.url(), sender(FROM).expect("a sender"), "circles.example.org").expect("a relay");
        let mailer = Mailer::Smtp(Box::new(smtp));
        let count = self.mails / 4;
        let mut rates = Vec::new();
        for _ in 0..rounds {
            let began = Instant::now();
            for mail in examples.iter().cycle().take(usize::try_from(count).expect("a small number")) {
                mailer.send(mail).await.expect("it is taken");
            }
            rates.push(f64::from(count) / began.elapsed().as_secs_f64());
        }
        rates
    }

    /// What a list of ten times the length costs: time for each thousand, and memory.
    async fn growth(&mut self, rounds: usize) -> Vec<Line> {
        let long = self.mails * TIMES;
        let name = format!("{} → {long} subscribers", self.mails);
        println!("\n{name}");
        let (mut times, mut memory, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let sink = Sink::start(Kind::Quick);
            let mut of = Vec::new();
            for mails in [self.mails, long] {
                let run = self.readers.run(&sink, mails).await;
                wrong.extend(run.wrong);
                let each = run.seconds * 1000.0 / f64::from(mails);
                println!("  {mails:>7}: {each:.2} s for each 1,000, {:.0} MB at most", run.memory_mb);
                of.push((each, run.memory_mb));
            }
            times.push(of[1].0 / of[0].0);
            memory.push(of[1].1 - of[0].1);
        }
        vec![
            Line::new(
                &format!("{name}, seconds for each 1,000 digests"),
                "the short list",
                times,
                "",
                Target::AtMost(1.2),
            )
            .with_wrong(&wrong),
            Line::new(&format!("{name}, most resident memory"), "the short list", memory, " MB", Target::AtMost(20.0)),
        ]
    }

    /// How long a code takes from the press of the button until it is in the sink, while a round is chosen, written and sent.
    async fn codes(&mut self, codes: u32) -> Line {
        const NAME: &str = "a sign-in code during a round, until in the sink, p99";
        println!("\n{NAME}");
        self.readers.clear().await;
        let sink = Sink::start(Kind::Ordinary);
        let server =
            Server::start_with(self.ground, Mode::Unlimited, &[("SMTP_URL", &sink.url()), ("MAIL_DIR", "")]).await;
        let mut browser = Browser::open(server.address).await.expect("a connection");
        let mails = self.mails * 5;
        self.readers.become_due(mails).await;
        let mut wrong = self.readers.until_begun().await;
        let mut asked = BTreeMap::new();
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
        let left = i64::from(mails) - self.readers.sent().await;
        println!("  {codes} codes; after the last one {left} of {mails} digests have not left");
        if left <= 0 {
            wrong.push("the round was over before the last code was asked for".to_owned());
        }
        let mut times = Vec::new();
        let until = Instant::now() + Duration::from_secs(20);
        while times.len() < asked.len() && Instant::now() < until {
            while let Ok((name, at)) = sink.arrivals.try_recv() {
                times.extend(asked.get(&name).map(|asked| at.saturating_duration_since(*asked).as_secs_f64() * 1000.0));
            }
            sleep(Duration::from_millis(5)).await;
        }
        if times.len() < asked.len() {
            wrong.push(format!("{} of {} codes arrived", times.len(), asked.len()));
        }
        times.sort_by(f64::total_cmp);
        println!("  median {:.0} ms, longest {:.0} ms", median(&times), times.last().copied().unwrap_or_default());
        let late = times.get((times.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or(f64::INFINITY);
        Line::new(NAME, "–", vec![late], " ms", Target::AtMost(1_000.0)).with_wrong(&wrong)
    }
}
