//! `backup` and `restore`: over Postgres' own tools, each as a whole or not at all.

use super::{FILLED, Failed, start::Started};
use crate::{
    server::{
        database_tools::{self, Tools},
        settings::Settings,
    },
    store::{outbox, restore as stored},
};
use sqlx::{Connection as _, PgConnection};
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Writes the whole database into a file that is not there yet.
pub async fn backup(settings: Settings, file: &Path) -> Result<ExitCode, Failed> {
    refuse_existing(file)?;
    let started = Started::new(settings).await?;
    let outcome = dump(&started, file).await;
    started.finish().await;
    let bytes = outcome?;
    println!(
        "{}: the whole database, {} kB. Keep it as safe as the database itself.",
        file.display(),
        bytes.div_ceil(1000)
    );
    Ok(ExitCode::SUCCESS)
}

/// Fills an empty database from a backup, and brings it to the schema of this program.
pub async fn restore(settings: Settings, file: &Path, send_mails: bool) -> Result<ExitCode, Failed> {
    // Before a Postgres is started for nothing.
    File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let started = Started::new(settings).await?;
    let outcome = fill(&started, file, send_mails).await;
    started.finish().await;
    outcome
}

fn refuse_existing(file: &Path) -> Result<(), Failed> {
    match fs::symlink_metadata(file) {
        Ok(_) => Err(format!("{} is there already. Choose another name, or remove it first.", file.display()).into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("{}: {error}", file.display()).into()),
    }
}

/// A file beside the one that is to be: only what is complete gets its name. It goes with this value.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(file: &Path) -> Result<Self, Failed> {
        let name = file.file_name().ok_or_else(|| format!("{} is no name of a file", file.display()))?;
        Ok(Self(file.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), std::process::id()))))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After it was renamed there is none.
        let _ = fs::remove_file(&self.0);
    }
}

async fn dump(started: &Started, file: &Path) -> Result<u64, Failed> {
    let mut connection = PgConnection::connect(started.migrate_url()).await?;
    let tools = Tools::find(started.binaries(), stored::server_major(&mut connection).await?).await?;
    connection.close().await?;
    let unfinished = Unfinished::beside(file)?;
    let written = |error: io::Error| format!("{}: {error}", unfinished.0.display());
    // It holds the health information of everybody, so nobody else may read it, not even for a moment.
    let target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished.0).map_err(written)?;
    let environment = database_tools::environment(started.migrate_url())?;
    let dumping = tools
        .command("pg_dump", &environment)
        .args(["--format=custom", "--no-owner", "--no-privileges", "--schema=public", "--no-password"])
        // The transactions that it names are of this server.
        .arg("--exclude-table-data=public.group_changes")
        // Not `output()`, which would collect it all in memory.
        .stdout(target.try_clone().map_err(written)?)
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("pg_dump: {error}"))?;
    let output = dumping.wait_with_output().await?;
    if !output.status.success() {
        return Err(format!("pg_dump failed: {}", said(&output.stderr)).into());
    }
    // A backup that cannot be read is found out now, and not on the day it is needed.
    let listing = tools.command("pg_restore", &environment).arg("--list").arg(&unfinished.0).output().await?;
    if !listing.status.success() {
        return Err(format!("the backup cannot be read: {}", said(&listing.stderr)).into());
    }
    target.sync_all().map_err(written)?;
    let bytes = target.metadata().map_err(written)?.len();
    // A link never takes the place of a file that came meanwhile; where there are none, renaming has to do.
    match fs::hard_link(&unfinished.0, file) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => refuse_existing(file)?,
        Err(_) => fs::rename(&unfinished.0, file).map_err(written)?,
        Ok(()) => {}
    }
    Ok(bytes)
}

async fn fill(started: &Started, file: &Path, send_mails: bool) -> Result<ExitCode, Failed> {
    let mut connection = PgConnection::connect(started.migrate_url()).await?;
    let major = stored::server_major(&mut connection).await?;
    if !stored::is_empty(&mut connection).await? {
        eprintln!("This database holds something already; nothing was changed. Restore into an empty one.");
        return Ok(ExitCode::from(FILLED));
    }
    let tools = Tools::find(started.binaries(), major).await?;
    run_restore(started, &tools, file, send_mails).await?;
    // The backup may be older than this program; and the application's role needs its rights again.
    started.migrate().await.map_err(|error| format!("restored, but not brought to this program's schema: {error}"))?;
    let held = outbox::count_held(&mut connection).await?;
    connection.close().await?;
    println!("{}: restored. Everybody has to sign in again.", file.display());
    if send_mails {
        println!("Mails that had not left yet are sent as soon as a worker runs.");
    } else {
        println!(
            "{held} mails that had not left yet are held: most of them were sent after the backup was made. \
             `common-ground mails release` sends them, `common-ground mails discard` gives them up."
        );
        println!(
            "Whoever deleted her account or ended the weekly mail since then is back, and nobody can know who: so the weekly mail \
             is held back until `common-ground digest release`."
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// `pg_restore` writes a script, `psql` runs it with ours around it in one transaction.
async fn run_restore(started: &Started, tools: &Tools, file: &Path, send_mails: bool) -> Result<(), Failed> {
    let environment = database_tools::environment(started.migrate_url())?;
    let mut source = tools
        .command("pg_restore", &environment)
        // What is in the schema; the schema itself is there already.
        .args(["--file=-", "--no-owner", "--no-privileges", "--schema=public"])
        .stdin(File::open(file).map_err(|error| format!("{}: {error}", file.display()))?)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("pg_restore: {error}"))?;
    let mut target = tools
        .command("psql", &environment)
        .args(["--no-psqlrc", "--quiet", "--no-password", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file=-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("psql: {error}"))?;
    let (Some(mut script), Some(mut complaints), Some(mut statements)) =
        (source.stdout.take(), source.stderr.take(), target.stdin.take())
    else {
        return Err("the tools have no pipes".into());
    };
    // Owns the script: when psql gives up, pg_restore has to notice, or both would wait for each other.
    let feed = async move {
        let mut buffer = vec![0; 64 * 1024];
        let mut fed = statements.write_all(stored::BEFORE.as_bytes()).await;
        while fed.is_ok() {
            fed = match script.read(&mut buffer).await {
                Ok(0) => break,
                Ok(read) => statements.write_all(&buffer[..read]).await,
                Err(error) => Err(error),
            };
        }
        (fed, statements)
    };
    let mut complaint = Vec::new();
    let ((fed, mut statements), _) = tokio::join!(feed, complaints.read_to_end(&mut complaint));
    let status = source.wait().await?;
    let broke_off = match &fed {
        Ok(()) if status.success() => None,
        Ok(()) => Some(format!("pg_restore failed: {}", said(&complaint))),
        // psql has given up, and says below why.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => None,
        Err(error) => Some(error.to_string()),
    };
    if let Some(why) = broke_off {
        // The end of a script that broke off would be a commit: psql is stopped instead, and the database rolls back.
        target.kill().await?;
        return Err(format!("nothing was changed: {why}").into());
    }
    let hold = if send_mails { "" } else { stored::HOLD_MAILS };
    let _ = statements.write_all(format!("{}{hold}", stored::AFTER).as_bytes()).await;
    drop(statements);
    let output = target.wait_with_output().await?;
    if !output.status.success() {
        return Err(format!("nothing was changed: psql failed: {}", said(&output.stderr)).into());
    }
    Ok(())
}

fn said(output: &[u8]) -> String {
    String::from_utf8_lossy(output).trim().to_owned()
}
