//! A new cluster: made beside its place and moved there when it is whole, so that being killed halfway costs nothing.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, lchown};
use std::path::Path;
use std::process::Stdio;

use super::account;
use super::find::Binaries;
use super::home::{Home, make_folder};
use super::process;
use super::{DATABASE, EmbeddedError, OWNER};

/// Runs `initdb`, then makes the application's role and the database.
pub(super) fn make_cluster(home: &Home, binaries: &Binaries) -> Result<(), EmbeddedError> {
    let (uid, gid) = account::server_ids(home.account.as_ref());
    let above = home.data.parent().unwrap_or(&home.place);
    make_folder(above, 0o711)?;
    let fresh = home.data.with_extension("new");
    match fs::remove_dir_all(&fresh) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            return Err(EmbeddedError::io("remove the unfinished", &fresh, source));
        }
        _ => {}
    }
    DirBuilder::new()
        .mode(0o700)
        .create(&fresh)
        .and_then(|()| lchown(&fresh, Some(uid), Some(gid)))
        .map_err(|source| EmbeddedError::io("make the folder", &fresh, source))?;

    run_initdb(home, binaries, &fresh)?;
    make_database(home, binaries, &fresh)?;

    fs::rename(&fresh, &home.data).map_err(|source| EmbeddedError::io("move the new data to", &home.data, source))?;
    // Without this the move itself could be lost with the machine's power, and with it all that was written since.
    File::open(above).and_then(|folder| folder.sync_all()).map_err(|source| EmbeddedError::io("sync", above, source))
}

fn run_initdb(home: &Home, binaries: &Binaries, fresh: &Path) -> Result<(), EmbeddedError> {
    let output = process::command(&binaries.folder.join("initdb"), home.account.as_ref())
        .arg("--pgdata")
        .arg(fresh)
        .args(["--username", OWNER])
        // Who may connect is decided by the permissions of the socket's folder.
        .args(["--auth", "trust"])
        // The same order and the same bytes on every machine and with every version of the C library.
        .args(["--encoding", "UTF8", "--locale", "C"])
        // The default since version 18.
        .arg("--data-checksums")
        .stdin(Stdio::null())
        .output()
        .map_err(|source| EmbeddedError::io("run", &binaries.folder.join("initdb"), source))?;
    if output.status.success() {
        return Ok(());
    }
    Err(EmbeddedError::ProgramFailed { program: "initdb".to_owned(), says: process::last_line(&output.stderr) })
}

/// Uses the single-user mode, because the npm package has no `psql`, and because no server is reachable before its
/// roles are right.
fn make_database(home: &Home, binaries: &Binaries, fresh: &Path) -> Result<(), EmbeddedError> {
    let program = binaries.folder.join("postgres");
    let failed = |source| EmbeddedError::io("run", &program, source);
    let mut child = process::command(&program, home.account.as_ref())
        .args(["--single", "-c", "exit_on_error=on", "-D"])
        .arg(fresh)
        .arg(OWNER)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    // In this mode the end of a line ends a statement.
    let statements = format!(
        "create role {DATABASE} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls\n\
         create database {DATABASE} owner {OWNER}\n\
         revoke all on database {DATABASE} from public\n\
         grant connect on database {DATABASE} to {DATABASE}\n"
    );
    if let Some(mut input) = child.stdin.take() {
        // A server that ended early says why on its standard error, which tells more than the broken pipe would.
        let _ = input.write_all(statements.as_bytes());
    }
    let output = child.wait_with_output().map_err(failed)?;
    if output.status.success() {
        return Ok(());
    }
    Err(EmbeddedError::ProgramFailed {
        program: "postgres --single".to_owned(),
        says: process::last_line(&output.stderr),
    })
}
