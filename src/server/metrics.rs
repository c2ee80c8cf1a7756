//! Counts for whoever watches, in the text format of Prometheus, on a listener of their own.

use super::{
    counts::{self, STREAMS},
    serve,
    settings::{MetricsAddress, Settings},
    state::App,
};
use crate::{
    jobs,
    store::{
        digests::{self, Run, Totals},
        outbox::{self, Depth},
        outbox_list,
        seat_states::{self, SeatState},
    },
};
use axum::{
    Router,
    extract::State,
    http::{HeaderName, header::CONTENT_TYPE},
    routing::get,
};
use sqlx::PgPool;
use std::{fmt::Write as _, io, sync::atomic::Ordering, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Connections to the metrics' listener.
const MOST_WATCHERS: usize = 20;

/// Listens where whoever watches asks, if anywhere. An address that was asked for has to be free; where the default one is
/// taken, by the other of `serve` and `work` on the same machine most likely, the program says so and goes on.
pub async fn listen(settings: &Settings) -> io::Result<Option<TcpListener>> {
    let Some(MetricsAddress { address, is_chosen }) = settings.metrics else { return Ok(None) };
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if !is_chosen && error.kind() == io::ErrorKind::AddrInUse => {
            tracing::warn!(%address, "there are no metrics of this program: somebody listens there already. METRICS_ADDR names another address");
            Ok(None)
        }
        Err(error) => {
            Err(io::Error::new(error.kind(), format!("METRICS_ADDR: {address} cannot be listened to: {error}")))
        }
    }
}

/// Answers whoever watches, until `stop`.
pub fn watch(listener: Option<TcpListener>, app: &App, stop: &CancellationToken) {
    if let Some(listener) = listener {
        tokio::spawn(serve::serve(listener, routes(app.clone()), MOST_WATCHERS, stop.clone(), Duration::ZERO));
    }
}

/// `/metrics`.
pub fn routes(app: App) -> Router {
    Router::new().route("/metrics", get(show)).with_state(app)
}

async fn show(State(app): State<App>) -> ([(HeaderName, &'static str); 1], String) {
    let pool = |name, pool: &PgPool, idle| (name, u64::from(pool.size()), u64::try_from(idle).unwrap_or(u64::MAX));
    let (reads, writes) = (app.store.reads(), app.store.writes());
    let pools = [pool("reads", reads, reads.num_idle()), pool("writes", writes, app.store.idle_writes())];
    // A database that is away takes these numbers with it, and none of the others.
    let (depth, list, seats) = tokio::join!(outbox::depth(reads), outbox_list::depth(reads), seat_states::count(reads));
    let (totals, runs) = tokio::join!(digests::totals(reads), digests::find_runs(reads, None, 1));
    let mut text = String::new();
    counts::write(&mut text);
    write_process(&mut text, STREAMS.load(Ordering::Relaxed), &pools, &jobs::rounds());
    write_database(&mut text, depth.ok(), list.ok(), &seats.unwrap_or_default());
    write_digests(&mut text, totals.ok(), runs.unwrap_or_default().first());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}

// Writing into a string cannot fail.
fn head(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP common_ground_{name} {help}\n# TYPE common_ground_{name} gauge");
}

/// What this process alone knows.
fn write_process(text: &mut String, streams: u64, pools: &[(&str, u64, u64)], rounds: &[(&str, Duration)]) {
    head(text, "streams", "Streams of live seat counts that are open.");
    let _ = writeln!(text, "common_ground_streams {streams}");
    head(text, "connections", "Connections to the database.");
    for (pool, open, idle) in pools {
        let busy = open.saturating_sub(*idle);
        let _ = writeln!(text, "common_ground_connections{{pool=\"{pool}\",state=\"busy\"}} {busy}");
        let _ = writeln!(text, "common_ground_connections{{pool=\"{pool}\",state=\"idle\"}} {idle}");
    }
    // A process without a worker has none; then the age of the oldest mail says whether another one works.
    if !rounds.is_empty() {
        head(text, "job_age_seconds", "Time since a job of the worker was last through, or since it first began.");
    }
    for (job, age) in rounds {
        let _ = writeln!(text, "common_ground_job_age_seconds{{job=\"{job}\"}} {:.1}", age.as_secs_f64());
    }
}

/// What the database knows.
fn write_database(text: &mut String, depth: Option<Depth>, list: Option<Depth>, seats: &[SeatState]) {
    if !seats.is_empty() {
        head(text, "seats", "Seats of groups that are not closed; a hold that has lapsed is free.");
    }
    for SeatState { state, seats } in seats {
        let _ = writeln!(text, "common_ground_seats{{state=\"{state}\"}} {seats}");
    }
    if let Some(list) = list {
        head(text, "outbox_list_waiting", "Mails to the weekly list that are still to be sent.");
        let _ = writeln!(text, "common_ground_outbox_list_waiting {}", list.waiting);
        head(text, "outbox_list_oldest_seconds", "Age of the oldest of them.");
        let _ = writeln!(text, "common_ground_outbox_list_oldest_seconds {:.0}", list.oldest_seconds);
        head(text, "outbox_list_given_up", "Mails to the weekly list given up within the last day.");
        let _ = writeln!(text, "common_ground_outbox_list_given_up {}", list.given_up);
    }
    if let Some(depth) = depth {
        head(text, "outbox_waiting", "Mails to accounts that are still to be sent.");
        let _ = writeln!(text, "common_ground_outbox_waiting {}", depth.waiting);
        head(text, "outbox_oldest_seconds", "Age of the oldest of them.");
        let _ = writeln!(text, "common_ground_outbox_oldest_seconds {:.0}", depth.oldest_seconds);
        head(text, "outbox_held", "Mails of a restored backup that wait for `mails release` or `mails discard`.");
        let held = depth.held + list.map_or(0, |list| list.held);
        let _ = writeln!(text, "common_ground_outbox_held {held}");
        head(text, "outbox_given_up", "Mails to accounts given up within the last day.");
        let _ = writeln!(text, "common_ground_outbox_given_up {}", depth.given_up);
    }
}

/// The weekly mails.
fn write_digests(text: &mut String, totals: Option<Totals>, last: Option<&Run>) {
    if let Some(totals) = totals {
        // Rounds of more than a year ago are forgotten, so this may fall.
        head(
            text,
            "digests",
            "Weekly mails written, and windows in which nothing was new, in all rounds that are kept.",
        );
        for (status, count) in [("written", totals.mails), ("skipped", totals.skipped)] {
            let _ = writeln!(text, "common_ground_digests{{status=\"{status}\"}} {count}");
        }
    }
    if let Some(last) = last {
        head(text, "digest_run", "Subscribers of the last round, by what became of their mail.");
        let counts = [
            ("sent", last.sent),
            ("skipped", last.skipped),
            ("waiting", last.waiting),
            ("failed", last.failed),
            ("ended", last.ended),
        ];
        for (status, count) in counts {
            let _ = writeln!(text, "common_ground_digest_run{{status=\"{status}\"}} {count}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_can_be_read() {
        let mut text = String::new();
        write_process(&mut text, 9, &[("reads", 3, 1)], &[("outbox", Duration::from_millis(4200))]);
        let seats = [SeatState { state: "held".to_owned(), seats: 5 }];
        let depth = Depth { waiting: 7, oldest_seconds: 1.5, given_up: 0, held: 3 };
        write_database(&mut text, Some(depth), Some(Depth { waiting: 49_000, given_up: 2, ..depth }), &seats);
        let run = Run {
            id: uuid::Uuid::nil(),
            began_at: chrono::DateTime::UNIX_EPOCH,
            ended_at: None,
            expected: 9,
            skipped: 4,
            sent: 3,
            waiting: 2,
            failed: 0,
            ended: 1,
        };
        write_digests(&mut text, Some(Totals { mails: 70, skipped: 20 }), Some(&run));
        for line in [
            "# TYPE common_ground_digests gauge",
            "common_ground_digests{status=\"written\"} 70",
            "common_ground_digest_run{status=\"ended\"} 1",
            "common_ground_digest_run{status=\"waiting\"} 2",
            "# TYPE common_ground_connections gauge",
            "common_ground_streams 9",
            "common_ground_connections{pool=\"reads\",state=\"busy\"} 2",
            "common_ground_job_age_seconds{job=\"outbox\"} 4.2",
            "common_ground_seats{state=\"held\"} 5",
            "common_ground_outbox_waiting 7",
            "common_ground_outbox_given_up 0",
            "common_ground_outbox_held 6",
            "common_ground_outbox_list_waiting 49000",
            "common_ground_outbox_list_given_up 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in:\n{text}");
        }
    }

    #[test]
    fn a_database_that_is_away_takes_its_numbers_along_only() {
        let mut text = String::new();
        write_process(&mut text, 0, &[("reads", 3, 1)], &[]);
        write_database(&mut text, None, None, &[]);
        assert!(
            text.contains("common_ground_connections") && !text.contains("seats") && !text.contains("job"),
            "{text}"
        );
    }
}
