//! (server only) What can be typed behind `common-ground`: one file a command, and [`start`] for what they share.
//!
//! A command prints what it did to standard output, and what went wrong to standard error with an exit code that is not
//! zero. To add one: a file here, a line in [`Command`], a line in [`run`].

use crate::{
    server::{
        settings::Settings,
        state::App,
        telemetry::{self, Audience},
        times,
    },
    store,
};
use clap::{Parser, Subcommand};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

pub mod audit;
pub mod backup;
pub mod demo;
pub mod digest;
pub mod group;
pub mod mails;
pub mod migrate;
pub mod practice;
pub mod serve;
pub mod staff;
pub mod start;
pub mod work;

/// Why a command did not do what it should; the message is for whoever typed it.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Exit code of `demo` and `restore` when the database holds something already.
const FILLED: u8 = 3;

/// The software a practice runs to offer online group therapy.
#[derive(Parser, Debug)]
#[command(name = "common-ground", version, after_help = SETTINGS)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const SETTINGS: &str = "Settings come from Leptos.toml in the current folder and from the environment, which wins; the README \
     has the table. Without DATABASE_URL a Postgres of its own runs, with its data under .data/.";

#[derive(Subcommand, Debug)]
enum Command {
    /// Answer browsers, and do the work of `work` beside it
    Serve {
        /// Leave mails and other work to a `work` that runs somewhere else
        #[arg(long)]
        without_worker: bool,
    },
    /// Send mails, hand seats to the waiting, keep the calendar filled; until it is stopped
    Work,
    /// Bring the database to the schema of this program
    Migrate,
    /// Fill an empty database with the demo practice; one that holds something is left alone (exit code 3)
    Demo {
        /// So many groups, for measuring
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        groups: Option<u32>,
    },
    /// Write the whole database into a file; one that is there already is left alone
    Backup {
        /// The new file
        file: PathBuf,
    },
    /// Fill an empty database from a backup; one that holds something is left alone (exit code 3)
    Restore {
        /// What `backup` has written
        file: PathBuf,
        /// Send the mails that had not left when the backup was made, instead of holding them
        #[arg(long)]
        send_mails: bool,
    },
    /// The mails that a restore has held back
    Mails {
        #[command(subcommand)]
        command: MailsCommand,
    },
    /// The practice that runs this installation
    Practice {
        #[command(subcommand)]
        command: PracticeCommand,
    },
    /// One group: what is decided about it beside the practice's file
    Group {
        #[command(subcommand)]
        command: GroupCommand,
    },
    /// The weekly mail of new meeting times
    Digest {
        #[command(subcommand)]
        command: DigestCommand,
    },
    /// Who may do more than members
    Staff {
        #[command(subcommand)]
        command: StaffCommand,
    },
    /// The trail of who did what
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
}

#[derive(Subcommand, Debug)]
enum MailsCommand {
    /// Send them
    Release,
    /// Give them up
    Discard,
}

#[derive(Subcommand, Debug)]
enum PracticeCommand {
    /// Load therapists, authorities and groups; nothing is stored unless all is right
    Load {
        /// The practice as a TOML file; the README has an example
        file: PathBuf,
    },
}

#[derive(Subcommand, Debug)]
enum GroupCommand {
    /// End it on a day: nobody new from now on, later meetings are cancelled, everybody is told once
    Close {
        /// Last part of its address
        slug: String,
        /// Its last day, as in 2027-03-31
        #[arg(long, value_name = "DATE")]
        on: chrono::NaiveDate,
    },
    /// Call off one meeting: members are told, and the program does not move on
    Cancel {
        /// Last part of the group's address
        slug: String,
        /// The day of the meeting where the group meets, as in 2027-03-02
        #[arg(long, value_name = "DATE")]
        on: chrono::NaiveDate,
    },
    /// Put one meeting to another time; members are told
    Move {
        /// Last part of the group's address
        slug: String,
        /// The day of the meeting where the group meets, as in 2027-03-02
        #[arg(long, value_name = "DATE")]
        on: chrono::NaiveDate,
        /// Its new start where the group meets, as in 2027-03-03T18:30
        #[arg(long, value_name = "TIME", value_parser = wall_time)]
        to: chrono::NaiveDateTime,
    },
    /// Offer a seat to somebody in line out of turn; the others keep their place
    Offer {
        /// Last part of the group's address
        slug: String,
        /// Her address
        email: String,
        /// Why, for the trail
        #[arg(long)]
        reason: String,
        /// Add a seat for her where none is free
        #[arg(long)]
        add_seat: bool,
    },
}

#[derive(Subcommand, Debug)]
enum DigestCommand {
    /// Write to everybody whose hour has come, and send it; a running worker does this by itself
    Run {
        /// Write nothing, and say what would go
        #[arg(long)]
        dry_run: bool,
        /// Print the mail that this address would get if its week ended now
        #[arg(long, value_name = "ADDRESS", requires = "dry_run")]
        to: Option<String>,
    },
    /// Let the weekly mail go on that a restore has held back
    Release,
}

#[derive(Subcommand, Debug)]
enum StaffCommand {
    /// Let somebody who signs in with this address work here
    Add {
        /// The address
        email: String,
        /// What for
        #[arg(long, value_enum)]
        role: staff::StaffRole,
    },
}

#[derive(Subcommand, Debug)]
enum AuditCommand {
    /// Check that the trail is guarded and in order
    Verify,
}

/// A day and a time of day, without seconds: those of a wall clock.
fn wall_time(text: &str) -> Result<chrono::NaiveDateTime, chrono::ParseError> {
    chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
}

/// Runs what was typed.
pub fn main() -> ExitCode {
    // Answers `--help` and what cannot be understood by itself, and ends the program.
    let command = Cli::parse().command;
    match build_runtime().map_err(Failed::from).and_then(|runtime| runtime.block_on(run(command))) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Pages are rendered by functions nested deep, which need more stack than threads have by default, above all without
/// optimisation. What is not touched costs nothing.
fn build_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(8 << 20).build()
}

async fn run(command: Command) -> Result<ExitCode, Failed> {
    let settings = Settings::load()?;
    let audience = match command {
        Command::Serve { .. } | Command::Work => Audience::Service,
        _ => Audience::Command,
    };
    telemetry::init(&settings, audience);
    match command {
        Command::Serve { without_worker } => serve::run(settings, without_worker).await,
        Command::Work => work::run(settings).await,
        Command::Migrate => migrate::run(settings).await,
        Command::Demo { groups } => start::once(settings, async |app| fill(app, groups).await).await,
        Command::Backup { file } => backup::backup(settings, &file).await,
        Command::Restore { file, send_mails } => backup::restore(settings, &file, send_mails).await,
        Command::Mails { command } => {
            let held = match command {
                MailsCommand::Release => mails::Held::Release,
                MailsCommand::Discard => mails::Held::Discard,
            };
            start::once(settings, async |app| mails::decide(app, held).await).await
        }
        Command::Practice { command: PracticeCommand::Load { file } } => {
            start::once(settings, async |app| load(app, &file).await).await
        }
        Command::Group { command: GroupCommand::Close { slug, on } } => {
            start::once(settings, async |app| group::close(app, &slug, on).await).await
        }
        Command::Group { command: GroupCommand::Cancel { slug, on } } => {
            start::once(settings, async |app| group::cancel(app, &slug, on).await).await
        }
        Command::Group { command: GroupCommand::Move { slug, on, to } } => {
            start::once(settings, async |app| group::shift(app, &slug, on, to).await).await
        }
        Command::Group { command: GroupCommand::Offer { slug, email, reason, add_seat } } => {
            start::once(settings, async |app| group::offer(app, &slug, &email, &reason, add_seat).await).await
        }
        Command::Digest { command: DigestCommand::Run { dry_run, to } } => {
            start::once(settings, async |app| match to {
                Some(to) => digest::show(app, &to).await,
                None if dry_run => digest::dry_run(app).await,
                None => digest::run(app).await,
            })
            .await
        }
        Command::Digest { command: DigestCommand::Release } => start::once(settings, digest::release).await,
        Command::Staff { command: StaffCommand::Add { email, role } } => {
            start::once(settings, async |app| staff::add(app, &email, role).await).await
        }
        Command::Audit { command: AuditCommand::Verify } => start::once(settings, audit::verify).await,
    }
}

async fn fill(app: &App, groups: Option<u32>) -> Result<ExitCode, Failed> {
    let outcome = demo::run(app, groups).await?;
    println!("{outcome}");
    Ok(match outcome {
        demo::DemoOutcome::Filled { .. } => ExitCode::SUCCESS,
        demo::DemoOutcome::AlreadyFilled => ExitCode::from(FILLED),
    })
}

async fn load(app: &App, file: &Path) -> Result<ExitCode, Failed> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    // Whether a date lies ahead is a question of the practice's own day; before the first load nobody knows its zone.
    let stored = store::practice::find(app.store.reads()).await?;
    let zone = stored.and_then(|practice| times::parse_zone(&practice.zone)).unwrap_or(chrono_tz::America::New_York);
    match practice::load(app, &text, times::day_of(app.now(), zone)).await {
        Ok(outcome) => {
            println!("{}: {outcome}", file.display());
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(format!("{}: nothing was stored.\n{error}", file.display()).into()),
    }
}
