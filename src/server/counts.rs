//! What is counted about requests while the program runs: how many, how they ended, how long they took. No number says
//! anything about a person: routes are counted by kind.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Kinds of routes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RouteKind {
    /// A page, or a file that is made for whoever asks (a calendar).
    Page,
    /// A server function.
    Call,
    /// A stream of events; its time is that until it began.
    Stream,
    /// `/livez` and `/readyz`.
    Probe,
    /// A file of the build, or nothing at all.
    File,
}

const KINDS: [(RouteKind, &str); 5] = [
    (RouteKind::Page, "page"),
    (RouteKind::Call, "call"),
    (RouteKind::Stream, "stream"),
    (RouteKind::Probe, "probe"),
    (RouteKind::File, "file"),
];

impl RouteKind {
    /// Of a route as the router names it; `None` where no route fits.
    pub fn of(route: Option<&str>) -> Self {
        match route {
            None => Self::File,
            Some("/livez" | "/readyz") => Self::Probe,
            Some(route) if route.starts_with("/api/") => Self::Call,
            Some(route) if route.starts_with("/events/") => Self::Stream,
            Some(_) => Self::Page,
        }
    }
}

/// Streams of events that are open now.
pub static STREAMS: AtomicU64 = AtomicU64::new(0);

/// Upper ends of the classes of time, in milliseconds; what takes longer than all is counted in the sum alone.
const CLASSES: [u64; 11] = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/// What is counted of one kind.
#[derive(Debug)]
struct Counts {
    /// By the first digit of the status; the first place is for what has none of the five.
    statuses: [AtomicU64; 6],
    /// By the class of time.
    times: [AtomicU64; CLASSES.len()],
    /// All of them together.
    microseconds: AtomicU64,
}

impl Counts {
    const fn none() -> Self {
        Self {
            statuses: [const { AtomicU64::new(0) }; 6],
            times: [const { AtomicU64::new(0) }; CLASSES.len()],
            microseconds: AtomicU64::new(0),
        }
    }

    fn count(&self, status: u16, took: Duration) {
        let class = usize::from(status / 100);
        self.statuses[if class < self.statuses.len() { class } else { 0 }].fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.microseconds.fetch_add(micros, Ordering::Relaxed);
        if let Some(class) = CLASSES.iter().position(|end| micros <= end * 1000) {
            self.times[class].fetch_add(1, Ordering::Relaxed);
        }
    }
}

static COUNTS: [Counts; KINDS.len()] = [const { Counts::none() }; KINDS.len()];
static TURNED_AWAY: AtomicU64 = AtomicU64::new(0);

/// Counts an answer.
pub fn count(kind: RouteKind, status: u16, took: Duration) {
    if let Some(place) = KINDS.iter().position(|(known, _)| *known == kind) {
        COUNTS[place].count(status, took);
    }
}

/// Counts a request or a connection for which there was no room.
pub fn count_turned_away() {
    TURNED_AWAY.fetch_add(1, Ordering::Relaxed);
}

/// All of it, in the text format of Prometheus.
pub fn write(text: &mut String) {
    write_of(text, &COUNTS, TURNED_AWAY.load(Ordering::Relaxed));
}

// Writing into a string cannot fail.
fn write_of(text: &mut String, all: &[Counts; KINDS.len()], turned_away: u64) {
    text.push_str("# HELP common_ground_answers_total Answers by kind of route and class of status.\n");
    text.push_str("# TYPE common_ground_answers_total counter\n");
    for ((_, kind), counts) in KINDS.iter().zip(all) {
        for (class, count) in counts.statuses.iter().enumerate().skip(1) {
            let count = count.load(Ordering::Relaxed);
            let _ = writeln!(text, "common_ground_answers_total{{route=\"{kind}\",status=\"{class}xx\"}} {count}");
        }
    }
    text.push_str("# HELP common_ground_answer_seconds Time until an answer began.\n");
    text.push_str("# TYPE common_ground_answer_seconds histogram\n");
    for ((_, kind), counts) in KINDS.iter().zip(all) {
        let mut sum = 0;
        for (end, count) in CLASSES.iter().zip(&counts.times) {
            sum += count.load(Ordering::Relaxed);
            let end = Duration::from_millis(*end).as_secs_f64();
            let _ = writeln!(text, "common_ground_answer_seconds_bucket{{route=\"{kind}\",le=\"{end}\"}} {sum}");
        }
        let count: u64 = counts.statuses.iter().map(|count| count.load(Ordering::Relaxed)).sum();
        let seconds = Duration::from_micros(counts.microseconds.load(Ordering::Relaxed)).as_secs_f64();
        let _ = write!(
            text,
            "common_ground_answer_seconds_bucket{{route=\"{kind}\",le=\"+Inf\"}} {count}\n\
             common_ground_answer_seconds_sum{{route=\"{kind}\"}} {seconds}\n\
             common_ground_answer_seconds_count{{route=\"{kind}\"}} {count}\n"
        );
    }
    text.push_str("# HELP common_ground_turned_away_total Requests and connections for which there was no room.\n");
    text.push_str("# TYPE common_ground_turned_away_total counter\n");
    let _ = writeln!(text, "common_ground_turned_away_total {turned_away}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_counted_by_kind() {
        for (route, kind) in [
            (Some("/groups/{slug}"), RouteKind::Page),
            (Some("/api/seats/hold"), RouteKind::Call),
            (Some("/events/groups"), RouteKind::Stream),
            (Some("/readyz"), RouteKind::Probe),
            (None, RouteKind::File),
        ] {
            assert_eq!(RouteKind::of(route), kind, "{route:?}");
        }
    }

    #[test]
    fn a_histogram_adds_up() {
        let all = [const { Counts::none() }; KINDS.len()];
        for (status, micros) in [(200, 900), (200, 5000), (302, 5001), (503, 20_000_000), (99, 1)] {
            all[0].count(status, Duration::from_micros(micros));
        }
        let mut text = String::new();
        write_of(&mut text, &all, 7);
        for line in [
            "common_ground_answers_total{route=\"page\",status=\"2xx\"} 2",
            "common_ground_answers_total{route=\"page\",status=\"5xx\"} 1",
            "common_ground_answers_total{route=\"call\",status=\"2xx\"} 0",
            "common_ground_answer_seconds_bucket{route=\"page\",le=\"0.005\"} 3",
            "common_ground_answer_seconds_bucket{route=\"page\",le=\"0.01\"} 4",
            "common_ground_answer_seconds_bucket{route=\"page\",le=\"10\"} 4",
            "common_ground_answer_seconds_bucket{route=\"page\",le=\"+Inf\"} 5",
            "common_ground_answer_seconds_count{route=\"page\"} 5",
            "common_ground_answer_seconds_sum{route=\"page\"} 20.010902",
            "common_ground_turned_away_total 7",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in:\n{text}");
        }
    }
}
