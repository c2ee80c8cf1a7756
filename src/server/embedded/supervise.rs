//! The thread behind each [`Embedded`]: it takes the lock and stays with the server, or waits for the server of who
//! has it.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::find::Search;
use super::home::Home;
use super::postmaster::Postmaster;
use super::{Embedded, EmbeddedError, Supervised, make, running, socket};

/// How long a server that another process starts, or that is just ending, is waited for.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often files and processes are looked at while somebody waits.
pub(super) const GLANCE: Duration = Duration::from_millis(20);

/// The body of the thread: reports how the server is reached, then stays with it if it was started here.
pub(super) fn attach_or_start(place: &Path, search: &Search, report: oneshot::Sender<Result<Embedded, EmbeddedError>>) {
    match attach_or_lock(place).and_then(|found| match found {
        Found::Running(embedded) => Ok((embedded, None)),
        Found::Lock(home, lock) => start(home, search, lock).map(|(embedded, server)| (embedded, Some(server))),
    }) {
        Err(error) => {
            // Nobody waits any more: then nobody wants to know either.
            let _ = report.send(Err(error));
        }
        Ok((mut embedded, None)) => {
            embedded.supervised = None;
            let _ = report.send(Ok(embedded));
        }
        Ok((mut embedded, Some(server))) => {
            let (stop, stopped) = mpsc::channel();
            // Dropped at the end of this function, after the server and with it the lock.
            let (_ended, ended) = oneshot::channel();
            embedded.supervised = Some(Supervised { stop, ended });
            // If nobody waits any more the value is dropped here, and the watch ends at once.
            let _ = report.send(Ok(embedded));
            server.watch(&stopped);
        }
    }
}

enum Found {
    Running(Embedded),
    Lock(Home, File),
}

/// Either a server that is ready, or the right to start one.
fn attach_or_lock(place: &Path) -> Result<Found, EmbeddedError> {
    let begin = Instant::now();
    loop {
        // Decided anew each time: whoever has the lock may be making the data just now.
        let home = Home::choose(place)?;
        if let Some(lock) = take_lock(&home.lock_file())? {
            return Ok(Found::Lock(home, lock));
        }
        let server = socket::noted(&home).filter(|folder| running::is_ready(&home.data, folder, None));
        if let Some((socket, binaries)) = server.zip(running::binaries(&home.data)) {
            return Ok(Found::Running(Embedded { socket, binaries, says: home.says, supervised: None }));
        }
        if begin.elapsed() > PATIENCE {
            let seconds = PATIENCE.as_secs();
            return Err(EmbeddedError::Busy { lock: home.lock_file(), log: home.log_file(), seconds });
        }
        thread::sleep(GLANCE);
    }
}

/// The lock goes with the process that holds it, however that ends; Postgres does not inherit it.
fn take_lock(path: &Path) -> Result<Option<File>, EmbeddedError> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(|source| EmbeddedError::io("open", path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(EmbeddedError::io("lock", path, source)),
    }
}

fn start(home: Home, search: &Search, lock: File) -> Result<(Embedded, Postmaster), EmbeddedError> {
    let made_by = home.made_by()?;
    let binaries = search.find(home.account.as_ref(), made_by.map(|major| (home.data.as_path(), major)))?;
    if made_by.is_none() {
        make::make_cluster(&home, &binaries)?;
    }
    wait_for_orphan(&home.data)?;
    let (binaries, says) = (binaries.folder, home.says.clone());
    let server = Postmaster::start(home, binaries.clone(), lock)?;
    let socket = server.socket().to_owned();
    Ok((Embedded { socket, binaries, says, supervised: None }, server))
}

/// When a process is killed, the kernel asks its server to stop, which takes a moment, while the lock is already free.
fn wait_for_orphan(data: &Path) -> Result<(), EmbeddedError> {
    let begin = Instant::now();
    while let Some(pid) = running::noted_pid(data).filter(|pid| running::is_server_on(data, *pid)) {
        if begin.elapsed() > PATIENCE {
            return Err(EmbeddedError::Strange { pid, data: data.to_owned() });
        }
        thread::sleep(GLANCE);
    }
    Ok(())
}
