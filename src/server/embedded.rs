//! A real Postgres of the program's own, for when nobody gave it a `DATABASE_URL`.
//!
//! The first command that needs a database starts the server and supervises it for as long as it lives; every other
//! command on the same data folder connects to that server. What lives where, below the data folder (`.data`):
//!
//! - `lock` is held (flock) by the process that supervises the server.
//! - `socket` names the folder of the server's Unix socket, while there is a server.
//! - `postgres/` holds the data; as root it may have to live elsewhere, see `home`.
//! - `log` is what Postgres says.
//!
//! There is no password and no TCP port: the socket's folder can be entered only by the user the server runs as, and
//! by root.
//!
//! The jobs: `find` looks for binaries, `account` decides who runs them, `home` where the data lives, `make` makes a
//! new cluster, `socket` and `running` say how a server is reached and whether it is there, `postmaster` keeps one up,
//! and `supervise` decides whether this process starts one.

mod account;
mod find;
mod home;
mod log;
mod make;
mod postmaster;
mod process;
mod running;
mod socket;
mod supervise;

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;

pub use find::Search;

/// The database and the application's role bear the same name.
const DATABASE: &str = "common_ground";
/// The role that owns the database and its tables.
const OWNER: &str = "postgres";

/// How an embedded server is reached. When this process started it, dropping this value stops it.
///
/// The drop only asks the server to stop; [`Embedded::stop`] also waits until it has. Should this process die without
/// either, the kernel stops the server.
#[derive(Debug)]
pub struct Embedded {
    socket: PathBuf,
    binaries: PathBuf,
    says: Option<String>,
    supervised: Option<Supervised>,
}

/// The ties to the thread that supervises the server.
#[derive(Debug)]
struct Supervised {
    /// Nothing is ever sent: the thread notices when this end is dropped, which also covers every forgotten path.
    stop: mpsc::Sender<Infallible>,
    /// Resolves (as closed) when the thread has stopped the server and given back the lock.
    ended: oneshot::Receiver<Infallible>,
}

impl Embedded {
    /// Connects to the running server of this data folder, or makes and starts one.
    ///
    /// Returns when the server takes connections. A server that another process is just starting is waited for, at
    /// most 60 seconds.
    pub async fn attach_or_start(place: &Path) -> Result<Self, EmbeddedError> {
        Self::attach_or_start_with(place, Search::of_this_machine()).await
    }

    /// The same with other places to look for binaries, for tests.
    pub async fn attach_or_start_with(place: &Path, search: Search) -> Result<Self, EmbeddedError> {
        let place = place.to_owned();
        let (report, answer) = oneshot::channel();
        // The thread lives as long as the server: the kernel ties the parent-death signal to the thread that spawned
        // the server, so a thread of tokio's pool, which comes and goes, would take the server with it.
        thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || supervise::attach_or_start(&place, &search, report))
            .map_err(|source| EmbeddedError::io("start a thread for", Path::new("postgres"), source))?;
        answer.await.unwrap_or(Err(EmbeddedError::ThreadEnded))
    }

    /// The application's own role: it owns nothing and is no superuser.
    pub fn application_url(&self) -> String {
        self.url(DATABASE)
    }

    /// The superuser that owns the database: for migrations, backup and restore.
    pub fn migrate_url(&self) -> String {
        self.url(OWNER)
    }

    fn url(&self, role: &str) -> String {
        // The folder's name is our own and has no character that would need escaping; the host before the slash is
        // overruled by the parameter but has to stand there.
        format!("postgres://{role}@localhost/{DATABASE}?host={}", self.socket.display())
    }

    /// The folder of the server's socket, as `psql --host` takes it.
    pub fn socket_folder(&self) -> &Path {
        &self.socket
    }

    /// The folder of `initdb` and `postgres`; Debian's also holds `psql` and `pg_dump`, npm's does not.
    pub fn binaries(&self) -> &Path {
        &self.binaries
    }

    /// One line to print, if the data had to live elsewhere.
    pub fn says(&self) -> Option<&str> {
        self.says.as_deref()
    }

    /// Whether this process started the server, and so takes it along when it ends.
    pub fn is_ours(&self) -> bool {
        self.supervised.is_some()
    }

    /// Stops the server and waits until it is gone. A server that another process started is left alone.
    ///
    /// Connections that are open are cut (a "fast" shutdown), so the caller drains first.
    pub async fn stop(self) {
        if let Some(Supervised { stop, ended }) = self.supervised {
            drop(stop);
            // The channel carries no value: an error is how it says that the thread is through.
            let _ = ended.await;
        }
    }
}

/// Why there is no embedded server. Each message says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error(
        "No PostgreSQL {oldest} or newer was found. There are three ways out: install it (`apt-get install postgresql`), \
         set PG_BIN to the folder that holds `initdb` and `postgres`, or set DATABASE_URL to a server that runs already. \
         Looked at: {looked_at}.",
        oldest = find::OLDEST
    )]
    NothingFound { looked_at: String },

    #[error(
        "The data in {data} was made by PostgreSQL {major}, and its binaries were not found. Install them \
         (`apt-get install postgresql-{major}`) or set PG_BIN to their folder. Looked at: {looked_at}."
    )]
    OtherMajor { data: PathBuf, major: u32, looked_at: String },

    #[error(
        "PG_BIN is {folder}, which cannot be used: {reason}. Set it to the folder that holds `initdb` and `postgres`, or unset it."
    )]
    PgBin { folder: PathBuf, reason: String },

    #[error(
        "Postgres refuses to run as root, and this machine has neither a user `postgres` nor a user `nobody` to run it as."
    )]
    NoAccount,

    #[error(
        "Postgres runs as the user {user}, who cannot enter {folder}, where its data is. \
         Let that user enter it (`chmod o+x {folder}`)."
    )]
    NotEntered { user: String, folder: PathBuf },

    #[error("{program} failed: {says}")]
    ProgramFailed { program: String, says: String },

    #[error("Postgres did not start. The end of {log}:\n{says}")]
    NotStarted { log: PathBuf, says: String },

    #[error(
        "Another Postgres (process {pid}) has run on {data} for longer than this command waits. \
         It was not started by this program: stop it first."
    )]
    Strange { pid: i32, data: PathBuf },

    #[error("Another process holds {lock}, but its Postgres took no connection within {seconds} seconds. See {log}.")]
    Busy { lock: PathBuf, log: PathBuf, seconds: u64 },

    #[error("could not {what} {path}: {source}")]
    Io { what: &'static str, path: PathBuf, source: std::io::Error },

    #[error("The thread that was to start Postgres ended early.")]
    ThreadEnded,
}

impl EmbeddedError {
    fn io(what: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { what, path: path.to_owned(), source }
    }
}
