//! The people on the list, and a round over all of them by a worker of its own.

use crate::{
    cpu::{Client, Cost, Meter, resident_kb},
    ground::Ground,
    server::{Mode, command},
    sink::Sink,
};
use common_ground::domain::letter::OutboxMail;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use std::{
    process::{Child, Stdio},
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// The list.
pub struct Readers<'a> {
    ground: &'a Ground,
    owner: PgConnection,
}

/// A round over everybody.
pub struct Run {
    /// What the worker and Postgres took for it.
    pub cost: Cost,
    /// From the begin of the round until the last mail was marked as sent.
    pub seconds: f64,
    /// The most memory that the worker had.
    pub memory_mb: f64,
    /// What is otherwise than it has to be.
    pub wrong: Vec<String>,
}

impl<'a> Readers<'a> {
    /// Nobody yet.
    pub async fn of(ground: &'a Ground) -> Self {
        Self { ground, owner: ground.owner().await }
    }

    /// Lets so many people be due and measures the worker that does all the rest: whom to tell of what, the words, the windows
    /// and their audit rows, the outbox, the relay, the marks. It is halted while the list is filled, so that filling it is
    /// nobody's cost and the meter runs before the work begins.
    pub async fn run(&mut self, sink: &Sink, mails: u32) -> Run {
        self.clear().await;
        let mut worker = worker(self.ground, sink);
        sleep(Duration::from_secs(1)).await;
        let pid = Pid::from_raw(i32::try_from(worker.id()).expect("a process"));
        kill(pid, Signal::SIGSTOP).expect("it halts");
        self.become_due(mails).await;
        let meter = Meter::start(Some(worker.id()), self.ground.postmaster(), Client::Us);
        kill(pid, Signal::SIGCONT).expect("it goes on");
        let (memory_mb, mut wrong) = self.until_sent(worker.id(), mails).await;
        let cost = meter.read(mails);
        let _ = worker.kill();
        let _ = worker.wait();
        wrong.extend(self.look(mails).await);
        let seconds: f64 = self
            .number("select extract(epoch from max(sent_at) - (select min(began_at) from digest_runs where id <> '00000000-0000-4000-8000-000000000000'))::float8 from outbox")
            .await;
        Run { cost, seconds: seconds.max(1e-9), memory_mb, wrong }
    }

    /// Nobody is on the list, nothing was ever told, and the database rests.
    pub async fn clear(&mut self) {
        self.ground.reset(&mut self.owner).await;
        for statement in
            ["truncate outbox, digest_words, digests, digest_runs, digest_cells, subscribers, group_news", "checkpoint"]
        {
            sqlx::raw_sql(statement).execute(&mut self.owner).await.expect(statement);
        }
    }

    /// Puts so many people on the list, all of them due, in one transaction. They live in four zones and wish for this and that;
    /// every other one hears for the first time, the rest were told a week ago, since when something happened to every group.
    pub async fn become_due(&mut self, mails: u32) {
        sqlx::raw_sql(AssertSqlSafe(format!("begin; {}; commit", LIST.replace("$MAILS", &mails.to_string()))))
            .execute(&mut self.owner)
            .await
            .expect("a list");
        sqlx::raw_sql("vacuum (analyze) subscribers, digests").execute(&mut self.owner).await.expect("statistics");
        sqlx::raw_sql("checkpoint").execute(&mut self.owner).await.expect("a checkpoint");
    }

    /// Waits until the round has written its first mails.
    pub async fn until_begun(&mut self) -> Vec<String> {
        let began = Instant::now();
        while !self.is("select exists(select from outbox where unsubscribe_url is not null)").await {
            if began.elapsed() > Duration::from_secs(30) {
                return vec!["no round began within half a minute".to_owned()];
            }
            sleep(Duration::from_millis(20)).await;
        }
        Vec::new()
    }

    /// Digests that have left.
    pub async fn sent(&mut self) -> i64 {
        self.ground
            .count(
                &mut self.owner,
                "select count(*) from outbox where unsubscribe_url is not null and sent_at is not null",
            )
            .await
    }

    /// Some of the mails that a round has written.
    pub async fn written(&mut self, most: i64) -> Vec<OutboxMail> {
        let rows = sqlx::query(
            "select id, kind, to_address, subject, words.text_body, words.html_body, calendar, unsubscribe_url, message_id,
               created_at, attempts
             from outbox join outbox_words words using (id) where kind = 'digest' order by md5(event_key) limit $1",
        )
        .bind(most)
        .fetch_all(&mut self.owner)
        .await
        .expect("mails");
        rows.iter()
            .map(|row| OutboxMail {
                id: row.get(0),
                kind: row.get(1),
                to: row.get(2),
                subject: row.get(3),
                text: row.get(4),
                html: row.get(5),
                shared: None,
                calendar: row.get(6),
                unsubscribe_url: row.get(7),
                message_id: row.get(8),
                created_at: row.get(9),
                attempts: row.get(10),
            })
            .collect()
    }

    /// Waits until everybody was told and every mail has left; gives the most memory that the worker had, and what went wrong.
    async fn until_sent(&mut self, worker: u32, mails: u32) -> (f64, Vec<String>) {
        let (began, most) = (Instant::now(), Duration::from_secs(180 + u64::from(mails) / 200));
        let mut memory = 0_f64;
        // Both are an index or a handful of rows away, so that looking costs next to nothing.
        for left in [
            "select not exists(select from digest_runs where ended_at is not null and mails > 0)",
            "select exists(select from outbox where sent_at is null and failed_at is null and unsubscribe_url is not null)",
        ] {
            while self.is(left).await {
                memory = memory.max(resident_kb(worker) / 1024.0);
                if began.elapsed() > most {
                    return (memory, vec![format!("not all were sent within {} s", most.as_secs())]);
                }
                sleep(Duration::from_millis(20)).await;
            }
        }
        (memory.max(resident_kb(worker) / 1024.0), Vec::new())
    }

    /// Whether everybody got one mail, at once, and every batch left its audit row.
    async fn look(&mut self, mails: u32) -> Vec<String> {
        let expected = i64::from(mails);
        let mut wrong = Vec::new();
        for (what, query) in [
            (
                "were sent at once",
                "select count(*) from outbox where kind = 'digest' and sent_at is not null and attempts = 1",
            ),
            ("people got one", "select count(distinct subscriber_id) from outbox where kind = 'digest'"),
            (
                "windows have their mail",
                "select count(*) from digests d join outbox o on o.id = d.mail_id where d.groups > 0",
            ),
            (
                "are in the audit trail",
                "select coalesce(sum((detail->>'mails')::bigint), 0)::bigint from audit_events
                 where action = 'digests written' and subject in (select id::text from digest_runs)",
            ),
        ] {
            let found = self.ground.count(&mut self.owner, query).await;
            if found != expected {
                wrong.push(format!("{found} of {expected} {what}"));
            }
        }
        wrong
    }

    async fn is(&mut self, query: &'static str) -> bool {
        sqlx::query_scalar(query).fetch_one(&mut self.owner).await.expect(query)
    }

    async fn number(&mut self, query: &'static str) -> f64 {
        sqlx::query_scalar::<_, Option<f64>>(query).fetch_one(&mut self.owner).await.expect(query).unwrap_or(f64::MAX)
    }
}

/// Her hour came yesterday on her walls, so that it is due on every day of the week; those who know the mail were told a week
/// before that. The round in which they were has an id that says so.
const LIST: &str = "
  insert into subscribers (id, email, status, zone, weekday, topics, place, details, consent_version, consent_text, confirmed_at)
    select md5('reader' || n)::uuid, 'reader-' || n || '@example.org', 'confirmed', zone,
      extract(isodow from (now() - interval '1 day') at time zone zone),
      case n % 3 when 0 then array[(topics.of)[1 + n % cardinality(topics.of)]] else '{}' end,
      case n % 4 when 0 then null else 'NY' end, n % 10 = 0, '1', 'Yes',
      now() - case n % 2 when 0 then interval '3 days' else interval '60 days' end
    from generate_series(1, $MAILS) n
    cross join lateral (select (array['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles'])[1 + n / 2 % 4] as zone) place
    cross join (select array_agg(distinct topic order by topic) as of from groups where topic is not null) topics;
  insert into digest_runs (id, began_at, ended_at, expected, mails)
    values ('00000000-0000-4000-8000-000000000000', now() - interval '8 days', now() - interval '8 days', 0, 0);
  insert into digests (subscriber_id, starts_at, ends_at, status, groups, run_id)
    select id, ends_at - interval '7 days', ends_at, 'sent', 1, '00000000-0000-4000-8000-000000000000'
    from subscribers cross join lateral (
      select (date_trunc('day', now() at time zone zone) - interval '8 days' + interval '9 hours') at time zone zone as ends_at) last
    where confirmed_at < now() - interval '30 days';
  insert into group_news (group_id, at, what)
    select id, now() - interval '5 days', (array['opened', 'freed', 'moved'])[1 + abs(hashtext(slug)) % 3] from groups";

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
