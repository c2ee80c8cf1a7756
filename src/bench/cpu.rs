//! CPU time and memory of processes, as the kernel tells them.

use std::{
    fs,
    time::{Duration, Instant},
};

/// Length of the kernel's tick in these files: `USER_HZ` is 100 on every machine that this runs on.
const TICK: Duration = Duration::from_millis(10);

/// User and system time of a process; of its children that have ended, too, when `with_ended`.
fn of(pid: u32, with_ended: bool) -> Duration {
    // A process that has just ended cost nothing since: its parent has it among those that ended.
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return Duration::ZERO };
    let Some((_, rest)) = stat.rsplit_once(')') else { return Duration::ZERO };
    let fields: Vec<u32> = rest.split_whitespace().skip(11).take(4).filter_map(|field| field.parse().ok()).collect();
    TICK * fields.iter().take(if with_ended { 4 } else { 2 }).sum()
}

/// A server of Postgres: the postmaster, its children that live, and those that have ended.
fn of_postgres(postmaster: u32) -> Duration {
    let children = fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children")).unwrap_or_default();
    let living: Duration =
        children.split_whitespace().filter_map(|child| child.parse().ok()).map(|child| of(child, false)).sum();
    of(postmaster, true) + living
}

/// The children of this process that have ended: each pgbench is one.
fn of_ended_children() -> Duration {
    let me = std::process::id();
    of(me, true).saturating_sub(of(me, false))
}

/// Who sends the requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Client {
    /// This process.
    Us,
    /// A child that is waited for before the meter is read.
    Child,
}

/// Measures from its making until [`Meter::read`].
pub struct Meter {
    server: Option<u32>,
    postmaster: u32,
    client: Client,
    at: [Duration; 3],
    began: Instant,
}

/// What some operations cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Operations.
    pub operations: u32,
    /// CPU time of the application's server.
    pub server: Duration,
    /// CPU time of Postgres.
    pub postgres: Duration,
    /// CPU time of whoever sent the requests.
    pub client: Duration,
    /// Time on the wall.
    pub wall: Duration,
}

impl Cost {
    /// Microseconds of one operation.
    pub fn each(&self, whole: Duration) -> f64 {
        whole.as_secs_f64() * 1e6 / f64::from(self.operations.max(1))
    }

    /// Operations a second.
    pub fn rate(&self) -> f64 {
        f64::from(self.operations) / self.wall.as_secs_f64().max(1e-9)
    }
}

impl Meter {
    /// Starts to measure.
    pub fn start(server: Option<u32>, postmaster: u32, client: Client) -> Self {
        let mut meter = Self { server, postmaster, client, at: [Duration::ZERO; 3], began: Instant::now() };
        meter.at = meter.now();
        meter
    }

    fn now(&self) -> [Duration; 3] {
        let client = match self.client {
            Client::Us => of(std::process::id(), false),
            Client::Child => of_ended_children(),
        };
        [self.server.map(|pid| of(pid, false)).unwrap_or_default(), of_postgres(self.postmaster), client]
    }

    /// What it cost since the start.
    pub fn read(&self, operations: u32) -> Cost {
        let wall = self.began.elapsed();
        let now = self.now();
        let [server, postgres, client] = [0, 1, 2].map(|part| now[part].saturating_sub(self.at[part]));
        Cost { operations, server, postgres, client, wall }
    }
}

/// Memory of a process that is in use, in kB.
pub fn resident_kb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Files that this process may have open at a time.
pub fn open_files() -> u32 {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(1024)
}
