//! One server and its process: start, watch, start again, stop.

use std::convert::Infallible;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::home::Home;
use super::supervise::GLANCE;
use super::{EmbeddedError, log, process, running, socket};

/// How long the own server may take: after a power cut it first reads its whole log again, which must not be cut
/// short.
const RECOVERY: Duration = Duration::from_mins(10);
/// How often the server is looked at while all is well.
const WATCH: Duration = Duration::from_millis(100);
/// The pause before a new start; doubled each time up to the longest, and short again after a steady while.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const STEADY: Duration = Duration::from_secs(10);
/// How long processes that a killed server left behind may take to end, before Postgres itself judges.
const LEFTOVERS: Duration = Duration::from_secs(2);
/// Tries of the first start, for what passes by itself within some seconds.
const TRIES: u32 = 6;
/// What each way to stop gets before the next harder one. The whole process has 30 seconds to end.
const STOPS: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(12)),
    (Signal::SIGQUIT, Duration::from_secs(5)),
    (Signal::SIGKILL, Duration::from_secs(2)),
];

/// The server that this process started.
pub(super) struct Postmaster {
    /// None between the end of one and the start of the next.
    child: Option<Child>,
    /// The folder of `postgres`.
    binaries: PathBuf,
    socket: PathBuf,
    home: Home,
    /// The last field, so that the lock is given back last.
    _lock: File,
}

impl Postmaster {
    /// Starts a server on data that exists, and returns when it is ready.
    pub fn start(home: Home, binaries: PathBuf, lock: File) -> Result<Self, EmbeddedError> {
        let socket = socket::prepare(&home)?;
        let mut server = Self { child: None, binaries, socket, home, _lock: lock };
        let started = server.start_first();
        if started.is_err() {
            socket::remove(&server.home, &server.socket);
        }
        started.map(|()| server)
    }

    fn start_first(&mut self) -> Result<(), EmbeddedError> {
        let mut pause = FIRST_PAUSE;
        let mut tries = 1;
        while let Some(says) = self.try_start()? {
            if tries == TRIES {
                return Err(EmbeddedError::NotStarted { log: self.home.log_file(), says });
            }
            tries += 1;
            thread::sleep(pause);
            pause *= 2;
        }
        Ok(())
    }

    /// The folder that the server's socket is in.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Starts the server and waits until it is ready; if it ends instead, gives what it said.
    fn try_start(&mut self) -> Result<Option<String>, EmbeddedError> {
        let path = self.home.log_file();
        log::put_aside_if_long(&path);
        let before = log::length(&path);
        let begin = Instant::now();
        self.launch()?;
        loop {
            if self.ended().is_some() || begin.elapsed() > RECOVERY {
                self.shut_down();
                return Ok(Some(log::read_from(&path, before)));
            }
            if running::is_ready(&self.home.data, &self.socket, self.pid()) {
                return Ok(None);
            }
            thread::sleep(GLANCE);
        }
    }

    fn launch(&mut self) -> Result<(), EmbeddedError> {
        end_leftovers(&self.home.data);
        let (output, errors) = log::open(&self.home.log_file())?;
        let program = self.binaries.join("postgres");
        let mut command = process::command(&program, self.home.account.as_ref());
        command.arg("-D").arg(&self.home.data);
        for setting in self.settings() {
            command.arg("-c").arg(setting);
        }
        // After a crash the number in the old lock files may be that of any process, even of a thread of ours, and
        // Postgres would take it for a rival. Where `is_server_on` says that it is none, this variable, meant for
        // pg_ctl, passes that on, and Postgres still checks that no process of the old server uses its memory.
        let data = &self.home.data;
        if let Some(stale) = running::noted_pid(data).filter(|pid| !running::is_server_on(data, *pid)) {
            command.env("PG_GRANDPARENT_PID", stale.to_string());
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(|source| EmbeddedError::io("run", &program, source))?;
        self.child = Some(child);
        Ok(())
    }

    /// Given on the command line and not in the data's own file, so that data of any age gets what this program means.
    fn settings(&self) -> Vec<String> {
        let mut settings: Vec<String> = [
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "cluster_name=common_ground",
            "max_connections=200",
            "shared_buffers=128MB",
            "fsync=on",
            "synchronous_commit=on",
            "full_page_writes=on",
            // Queries here are short; compiling one takes longer than running it.
            "jit=off",
            "timezone=UTC",
            "log_timezone=UTC",
            "logging_collector=off",
            "log_destination=stderr",
            // Details of an error quote the values of the row: mail addresses do not belong into a log.
            "log_error_verbosity=terse",
            "log_min_error_statement=panic",
        ]
        .map(str::to_owned)
        .into();
        settings.push(format!("port={}", socket::PORT));
        settings.push(format!("unix_socket_directories={}", self.socket.display()));
        settings
    }

    /// Keeps the server up until the other end of the channel is dropped, then stops it.
    pub fn watch(mut self, stopped: &Receiver<Infallible>) {
        let mut pause = FIRST_PAUSE;
        let mut since = Instant::now();
        while !is_over(stopped, WATCH) {
            let Some(how) = self.ended() else { continue };
            if since.elapsed() > STEADY {
                pause = FIRST_PAUSE;
            }
            tracing::warn!(%how, "the embedded Postgres ended and is started again");
            if is_over(stopped, pause) {
                break;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            since = Instant::now();
            // The folder may have gone with a cleaning of /tmp, which costs the socket and not the data.
            match socket::prepare(&self.home) {
                Ok(socket) => self.socket = socket,
                Err(error) => tracing::error!(%error, "the folder of the embedded Postgres's socket"),
            }
            if let Err(error) = self.launch() {
                tracing::error!(%error, "the embedded Postgres could not be started again");
            }
        }
        self.shut_down();
        socket::remove(&self.home, &self.socket);
    }

    /// How the server ended, and nothing while it runs.
    fn ended(&mut self) -> Option<String> {
        let Some(child) = &mut self.child else { return Some("it could not be started".to_owned()) };
        let status = child.try_wait().ok().flatten()?;
        self.child = None;
        Some(status.to_string())
    }

    fn pid(&self) -> Option<i32> {
        self.child.as_ref().and_then(|child| i32::try_from(child.id()).ok())
    }

    fn shut_down(&mut self) {
        for (signal, patience) in STOPS {
            // Not waited for yet, so the number is still its own.
            let Some(pid) = self.pid() else { return };
            let _ = kill(Pid::from_raw(pid), signal);
            let begin = Instant::now();
            while begin.elapsed() < patience {
                if self.ended().is_some() {
                    return;
                }
                thread::sleep(GLANCE);
            }
        }
    }
}

/// Ends what is left of a server whose first process was killed.
///
/// Idle ones notice by themselves; one that is busy with a long query does not, and as long as it holds the shared
/// memory Postgres refuses to start. Whoever calls this has the lock and knows that the first process is gone.
fn end_leftovers(data: &Path) {
    let begin = Instant::now();
    loop {
        let left = running::processes_on(data);
        if left.is_empty() || begin.elapsed() > LEFTOVERS {
            return;
        }
        for pid in left {
            let _ = kill(Pid::from_raw(pid), Signal::SIGQUIT);
        }
        thread::sleep(GLANCE);
    }
}

/// Waits that long, or until the other end of the channel is dropped, which says that the server is to stop.
fn is_over(stopped: &Receiver<Infallible>, wait: Duration) -> bool {
    match stopped.recv_timeout(wait) {
        Err(RecvTimeoutError::Disconnected) => true,
        Err(RecvTimeoutError::Timeout) => false,
    }
}
