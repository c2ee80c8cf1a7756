//! Counts for whoever watches, in the text format of Prometheus, on a listener of their own.

use super::{
    state::App,
    telemetry::{ANSWERS, STREAMS},
};
use crate::store::outbox::{self, Depth};
use axum::{
    Router,
    extract::State,
    http::{HeaderName, header::CONTENT_TYPE},
    routing::get,
};
use std::{fmt::Write as _, sync::atomic::Ordering};

/// `/metrics`.
pub fn routes(app: App) -> Router {
    Router::new().route("/metrics", get(show)).with_state(app)
}

async fn show(State(app): State<App>) -> ([(HeaderName, &'static str); 1], String) {
    let answers: Vec<_> = ANSWERS.iter().map(|count| count.load(Ordering::Relaxed)).collect();
    let pools = [("reads", app.store.reads()), ("writes", app.store.writes())]
        .map(|(name, pool)| (name, u64::from(pool.size()), u64::try_from(pool.num_idle()).unwrap_or(u64::MAX)));
    // A database that is away takes these numbers with it, and none of the others.
    let depth = outbox::depth(app.store.reads()).await.ok();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text(&answers, STREAMS.load(Ordering::Relaxed), &pools, depth))
}

fn text(answers: &[u64], streams: u64, pools: &[(&str, u64, u64)], depth: Option<Depth>) -> String {
    let mut text = String::from(
        "# HELP common_ground_answers_total Answers by class of status.\n# TYPE common_ground_answers_total counter\n",
    );
    // Writing into a string cannot fail.
    for (class, count) in answers.iter().enumerate().skip(1) {
        let _ = writeln!(text, "common_ground_answers_total{{class=\"{class}xx\"}} {count}");
    }
    let _ = write!(
        text,
        "# HELP common_ground_streams Streams of live seat counts that are open.\n\
         # TYPE common_ground_streams gauge\n\
         common_ground_streams {streams}\n"
    );
    text.push_str(
        "# HELP common_ground_connections Connections to the database.\n# TYPE common_ground_connections gauge\n",
    );
    for (pool, open, idle) in pools {
        let busy = open.saturating_sub(*idle);
        let _ = writeln!(text, "common_ground_connections{{pool=\"{pool}\",state=\"busy\"}} {busy}");
        let _ = writeln!(text, "common_ground_connections{{pool=\"{pool}\",state=\"idle\"}} {idle}");
    }
    if let Some(depth) = depth {
        let _ = write!(
            text,
            "# HELP common_ground_outbox_waiting Mails that are still to be sent.\n\
             # TYPE common_ground_outbox_waiting gauge\n\
             common_ground_outbox_waiting {}\n\
             # HELP common_ground_outbox_oldest_seconds Age of the oldest of them.\n\
             # TYPE common_ground_outbox_oldest_seconds gauge\n\
             common_ground_outbox_oldest_seconds {:.0}\n\
             # HELP common_ground_outbox_given_up Mails given up within the last day.\n\
             # TYPE common_ground_outbox_given_up gauge\n\
             common_ground_outbox_given_up {}\n",
            depth.waiting, depth.oldest_seconds, depth.given_up
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_can_be_read() {
        let text = text(
            &[0, 1, 2, 3, 4, 5],
            9,
            &[("reads", 3, 1)],
            Some(Depth { waiting: 7, oldest_seconds: 1.5, given_up: 0 }),
        );
        for line in [
            "common_ground_answers_total{class=\"2xx\"} 2",
            "common_ground_streams 9",
            "common_ground_connections{pool=\"reads\",state=\"busy\"} 2",
            "common_ground_outbox_waiting 7",
            "common_ground_outbox_given_up 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in:\n{text}");
        }
    }
}
