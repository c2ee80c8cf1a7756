//! How near the program comes to the limits of what it stands on, as ratios: `make bench`.
//!
//! Every line measures the release binary beside an anchor: the least that would do the same. Both run in turns on one
//! throw-away Postgres with `fsync` on, over its Unix socket, several rounds each; a line shows the median of the ratios of
//! the rounds, and their range.
//!
//! **What is compared** is CPU time per operation, user and system, because rates of one program move threefold on a machine
//! that others use, and CPU time by a fifth. It comes from `/proc/<pid>/stat`: the server's process; the postmaster with
//! all its children, those that ended included; the client. pgbench speaks to Postgres, and in the application that is the
//! server's part. So the ratio is *(Postgres + pgbench) of the anchor ÷ (Postgres + server) of the application*. What the
//! browsers' part costs is printed and not judged: in the anchor nobody plays browsers.
//!
//! A line *fails* when a request was answered otherwise than it has to be, or when the rows that are there afterwards are not
//! those that should be; a target that is not reached is *missed*. Only a failure ends with an exit code that is not zero.
#![expect(clippy::expect_used, reason = "a bench may stop at once, with the reason")]

mod anchor;
mod asks;
mod bare;
mod cpu;
mod digest;
mod finder;
mod ground;
mod hold;
mod hot;
mod line;
mod load;
mod pages;
mod program;
mod server;
mod sink;
mod start;
mod streams;

use clap::{Parser, ValueEnum};
use common_ground::server::serve::allow_open_files;
use ground::Ground;
use line::Line;
use std::process::ExitCode;

/// Measures the release binary beside the least that would do the same.
#[derive(Parser, Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(name = "limits")]
pub struct Options {
    /// Fewer and shorter rounds: shows that everything runs, not how fast it is
    #[arg(long)]
    quick: bool,
    /// Measure these only; may be given several times
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Rounds of a line
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=50))]
    rounds: Option<u32>,
    /// Minutes of load while memory is watched
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=60))]
    minutes: Option<u32>,
    /// Streams of events to open
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    streams: u32,
    /// Cargo gives this to every bench
    #[arg(long, hide = true)]
    bench: bool,
    /// Be the bare server that the streams are compared with
    #[arg(long, hide = true)]
    bare: bool,
    /// Be the relay that mails are sent to
    #[arg(long, hide = true)]
    sink: bool,
}

/// What can be measured alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Part {
    /// Holds spread over 1,000 groups
    Hold,
    /// Everybody wants the eight seats of one group
    Hot,
    /// Streams of seat counts
    Streams,
    /// The finder's page for strangers
    Pages,
    /// The finder over ten thousand groups
    Finder,
    /// A member's program
    Program,
    /// Start, and memory
    Start,
    /// Mails to the weekly list
    Digest,
}

impl Options {
    /// Rounds: at least five, or what somebody asked for.
    fn rounds(&self) -> usize {
        let usual = if self.quick { 2 } else { 7 };
        self.rounds.map_or(usual, |rounds| usize::try_from(rounds).unwrap_or(usual))
    }

    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

// One thread for the client: it must not take the second core from what is measured.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    // Each stream takes a file on either side; the server asks for as many by itself.
    allow_open_files();
    if options.bare {
        bare::run().await;
        return ExitCode::SUCCESS;
    }
    if options.sink {
        sink::run();
        return ExitCode::SUCCESS;
    }
    let ground = Ground::prepare(&options).await;
    let mut lines: Vec<Line> = Vec::new();
    if options.wants(Part::Hold) {
        lines.extend(hold::measure(&ground, &options).await);
    }
    if options.wants(Part::Hot) {
        lines.extend(hot::measure(&ground, &options).await);
    }
    if options.wants(Part::Streams) {
        lines.extend(streams::measure(&ground, &options).await);
    }
    if options.wants(Part::Pages) {
        lines.extend(pages::measure(&ground, &options).await);
    }
    if options.wants(Part::Finder) {
        lines.extend(finder::measure(&ground, &options).await);
    }
    if options.wants(Part::Program) {
        lines.extend(program::measure(&ground, &options).await);
    }
    if options.wants(Part::Start) {
        lines.extend(start::measure(&ground, &options).await);
    }
    if options.wants(Part::Digest) {
        lines.extend(digest::measure(&ground, &options).await);
    }
    line::print(&lines);
    ground.finish().await;
    if lines.iter().any(Line::failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
