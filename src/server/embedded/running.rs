//! Whether a server is there and takes connections, read from the files that Postgres keeps in its data folder.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use super::socket;

/// Whether this very process, or any if none is named, says "ready" and its socket answers.
///
/// The file alone is not enough, since after a kill it still says "ready"; the socket alone is not, since Postgres
/// opens it before it has recovered.
pub(super) fn is_ready(data: &Path, folder: &Path, pid: Option<i32>) -> bool {
    let Ok(text) = fs::read_to_string(data.join("postmaster.pid")) else { return false };
    let lines: Vec<&str> = text.lines().collect();
    let is_it = pid.is_none_or(|pid| first_number(&text) == Some(pid));
    let says_ready = lines.get(7).is_some_and(|status| status.trim() == "ready");
    is_it && says_ready && UnixStream::connect(folder.join(format!(".s.PGSQL.{}", socket::PORT))).is_ok()
}

/// The process that the data folder names as its server, alive or not.
pub(super) fn noted_pid(data: &Path) -> Option<i32> {
    first_number(&fs::read_to_string(data.join("postmaster.pid")).ok()?)
}

/// Whether that process is a server on this data folder: a postmaster's current folder is its data. After a crash the
/// number may belong to any other process or thread.
pub(super) fn is_server_on(data: &Path, pid: i32) -> bool {
    fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == data)
}

/// Every process of a server on this data folder. A shell that somebody opened there is none.
pub(super) fn processes_on(data: &Path) -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| is_server_on(data, *pid) && runs_postgres(*pid))
        .collect()
}

fn runs_postgres(pid: i32) -> bool {
    // The link of a program that was replaced meanwhile ends in " (deleted)".
    fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|program| {
        program.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("postgres"))
    })
}

/// The folder of the binaries that the running server was started from.
pub(super) fn binaries(data: &Path) -> Option<PathBuf> {
    let line = fs::read_to_string(data.join("postmaster.opts")).ok()?;
    // Postgres writes its own path, then every argument in quotation marks.
    let (program, _) = line.split_once(" \"")?;
    Some(Path::new(program).parent()?.to_owned())
}

fn first_number(text: &str) -> Option<i32> {
    // A server in single-user mode writes its number with a minus sign.
    text.lines().next()?.trim().parse::<i32>().ok()?.checked_abs()
}
