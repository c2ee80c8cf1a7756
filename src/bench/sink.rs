//! Where mails go in the bench: a relay that takes everything and keeps nothing, in a process of its own, so that what it
//! costs is nobody's. It comes in two kinds: an ordinary one, and one that acknowledges each packet at once.

use crate::server::free_address;
use std::{
    io::{self, BufRead, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    os::linux::net::TcpStreamExt as _,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

/// Names the address at which it listens.
const ADDRESS: &str = "BENCH_SINK_ADDRESS";
/// Set where it acknowledges at once.
const QUICK: &str = "BENCH_SINK_QUICK";
/// Mails to names that begin so are told of when they are there.
const TOLD: &str = "code-";

/// How it acknowledges.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// As the kernel does by itself: a small packet may wait 40 ms for it.
    Ordinary,
    /// At once (`TCP_QUICKACK`).
    Quick,
}

/// Its process; ended when this value is dropped.
pub struct Sink {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// Names whose mail has arrived, with the time.
    pub arrivals: Receiver<(String, Instant)>,
}

impl Sink {
    /// Starts it.
    pub fn start(kind: Kind) -> Self {
        let address = free_address();
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg("--sink").env(ADDRESS, address.to_string()).stdin(Stdio::null()).stdout(Stdio::piped());
        if kind == Kind::Quick {
            command.env(QUICK, "1");
        }
        let mut child = command.spawn().expect("the sink starts");
        let mut told = BufReader::new(child.stdout.take().expect("its words"));
        let (arrived, arrivals) = channel();
        thread::spawn(move || {
            let mut line = String::new();
            while told.read_line(&mut line).is_ok_and(|read| read > 0) {
                if arrived.send((line.trim().to_owned(), Instant::now())).is_err() {
                    return;
                }
                line.clear();
            }
        });
        for _ in 0..500 {
            if TcpStream::connect(address).is_ok() {
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
        Self { child, address, arrivals }
    }

    /// As `SMTP_URL` names it.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the process does: a thread a connection.
pub fn run() {
    let address = std::env::var(ADDRESS).expect("an address");
    let is_quick = std::env::var_os(QUICK).is_some();
    let listener = TcpListener::bind(address).expect("the address is free");
    for stream in listener.incoming().flatten() {
        thread::spawn(move || {
            // Whoever goes away in the middle has said enough.
            let _ = talk(&stream, is_quick);
        });
    }
}

fn talk(stream: &TcpStream, is_quick: bool) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    let mut writer = stream;
    writer.write_all(b"220 sink\r\n")?;
    let (mut line, mut in_data, mut to) = (Vec::new(), false, String::new());
    loop {
        line.clear();
        if is_quick {
            // The kernel forgets it after a while.
            stream.set_quickack(true)?;
        }
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if in_data {
            if line == b".\r\n" {
                in_data = false;
                if to.starts_with(TOLD) {
                    println!("{to}");
                }
                writer.write_all(b"250 kept\r\n")?;
            }
            continue;
        }
        let answer: &[u8] = match line.get(..4) {
            Some(b"DATA") => {
                in_data = true;
                b"354 go on\r\n"
            }
            Some(b"EHLO") => b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
            Some(b"RCPT") => {
                let text = String::from_utf8_lossy(&line);
                text.split(['<', '>']).nth(1).unwrap_or_default().clone_into(&mut to);
                b"250 fine\r\n"
            }
            _ => b"250 fine\r\n",
        };
        writer.write_all(answer)?;
    }
}
