//! How every program of Postgres is run: as the right user, with a clean environment, and never longer than this
//! process.

use std::env;
use std::io;
use std::os::unix::process::{CommandExt, parent_id};
use std::path::Path;
use std::process::{self, Command};

use nix::sys::prctl;
use nix::sys::signal::Signal;

use super::account::Account;

/// A command that the kernel interrupts when the thread which spawns it ends; for Postgres SIGINT is a fast shutdown.
///
/// So it must be spawned from a thread that outlives it.
pub(super) fn command(program: &Path, account: Option<&Account>) -> Command {
    let mut command = Command::new(program);
    command
        // Variables like PGPORT or PGDATA would change what the server does, and our secrets are none of its business.
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C")
        // The current folder may be one that the other user cannot enter, which initdb takes for an error.
        .current_dir("/")
        // Ctrl-C in a terminal reaches the whole group: the server has to outlive the application's last answers.
        .process_group(0);
    if let Some(path) = env::var_os("LD_LIBRARY_PATH") {
        command.env("LD_LIBRARY_PATH", path);
    }
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
    die_with_parent(&mut command);
    command
}

/// A change of user clears the parent-death signal; std changes the user before it runs what `pre_exec` was given, so
/// the order is right. `a_server_dies_with_its_parent` in the integration tests notices if that ever changes.
#[expect(unsafe_code, reason = "the parent-death signal can only be set between fork and exec")]
fn die_with_parent(command: &mut Command) {
    let parent = process::id();
    // SAFETY: prctl and getppid are system calls that are safe after fork, and nothing here allocates.
    unsafe {
        command.pre_exec(move || {
            prctl::set_pdeathsig(Signal::SIGINT)?;
            // A parent that died before the line above sends no signal any more.
            if parent_id() == parent { Ok(()) } else { Err(io::Error::from(io::ErrorKind::BrokenPipe)) }
        });
    }
}

/// The last line that says something, since Postgres puts the reason there.
pub(super) fn last_line(output: &[u8]) -> String {
    String::from_utf8_lossy(output)
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("it said nothing")
        .to_owned()
}
