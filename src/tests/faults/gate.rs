//! A way to the database that can be shut: a socket or a port of its own in front of the cluster's socket.

use crate::support::{TestApp, cluster, new_database};
use common_ground::store::PATIENCE;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, UnixListener, UnixStream},
    sync::watch,
};
use tokio_util::sync::CancellationToken;

/// What the gate does with connections, old and new.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Lets everything through.
    Pass,
    /// The database has stopped: its socket is gone, and connections are cut.
    Gone,
    /// The database's machine starts: a socket is there, and nobody listens behind it. A port refuses in both cases.
    Refuse,
    /// The database hangs: connections are taken and stay, and nothing is answered.
    Hang,
}

/// Where a gate stands.
#[derive(Clone, Debug)]
enum Stand {
    /// A socket in a folder of its own.
    Socket(PathBuf),
    /// A port of this machine.
    Port(u16),
}

/// A connection, of whichever kind.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// What stands there while the gate has one way.
enum Keeper {
    Socket(UnixListener),
    Port(TcpListener),
    /// A port that is kept, so that nobody else gets it, and refuses.
    Refuses(#[expect(dead_code, reason = "it is kept, and nothing more")] TcpSocket),
    Nobody,
}

/// Name of a Postgres' socket.
const NAME: &str = ".s.PGSQL.5432";

impl Stand {
    /// A port that nobody has.
    fn port() -> Self {
        let socket = Self::bound(0);
        Self::Port(socket.local_addr().unwrap().port())
    }

    fn bound(port: u16) -> TcpSocket {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).unwrap();
        socket
    }

    fn keeper(&self, way: Way) -> Keeper {
        let takes = matches!(way, Way::Pass | Way::Hang);
        match self {
            Self::Socket(folder) => {
                let path = folder.join(NAME);
                let _ = std::fs::remove_file(&path);
                if way == Way::Gone {
                    return Keeper::Nobody;
                }
                // A socket whose listener is closed refuses, as that of a server that was killed does.
                let listener = UnixListener::bind(&path).unwrap();
                if takes { Keeper::Socket(listener) } else { Keeper::Nobody }
            }
            Self::Port(port) => {
                let socket = Self::bound(*port);
                if takes { Keeper::Port(socket.listen(1024).unwrap()) } else { Keeper::Refuses(socket) }
            }
        }
    }
}

impl Keeper {
    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            Self::Socket(listener) => Ok(Box::new(listener.accept().await?.0)),
            Self::Port(listener) => Ok(Box::new(listener.accept().await?.0)),
            Self::Refuses(_) | Self::Nobody => std::future::pending().await,
        }
    }
}

/// The gate; it is shut for ever when it is dropped.
pub struct Gate {
    way: watch::Sender<Way>,
    ready: watch::Receiver<Way>,
    stand: Stand,
    lost: watch::Sender<CancellationToken>,
}

impl Gate {
    /// Opens a gate in a folder of its own.
    pub async fn open() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("cg-gate-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self::at(Stand::Socket(folder)).await
    }

    /// Opens a gate at a port, as that of a database on another machine.
    pub async fn open_port() -> Self {
        Self::at(Stand::port()).await
    }

    async fn at(stand: Stand) -> Self {
        let (way, seen) = watch::channel(Way::Pass);
        let (told, ready) = watch::channel(Way::Gone);
        let (lost, of_now) = watch::channel(CancellationToken::new());
        let there = cluster().await.socket_folder().join(NAME);
        tokio::spawn(keep(stand.clone(), there, seen, told, of_now));
        let mut gate = Self { way, ready, stand, lost };
        gate.become_way(Way::Pass).await;
        gate
    }

    /// Changes the way; resolves when that is so.
    pub async fn become_way(&mut self, way: Way) {
        self.way.send(way).unwrap();
        self.ready.wait_for(|now| *now == way).await.unwrap();
    }

    /// The machine behind every open connection is gone without a word: they stay, silent for ever. New ones reach its
    /// successor.
    pub async fn lose(&self) {
        self.lost.send_replace(CancellationToken::new()).cancel();
        // Every connection has a task of its own, which has to notice.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    /// The address of this database through the gate.
    pub async fn through(&self, url: &str) -> String {
        let here = match &self.stand {
            Stand::Socket(folder) => folder.display().to_string(),
            Stand::Port(port) => format!("127.0.0.1&port={port}"),
        };
        url.replace(&cluster().await.socket_folder().display().to_string(), &here)
    }

    /// An application with a database of its own behind this gate, with the demo practice in it.
    pub async fn demo(&self) -> TestApp {
        let (url, owner) = new_database(true).await;
        let test = TestApp::over_with(self.through(&url).await, owner, PATIENCE, |_| {});
        test.fill().await;
        test
    }

    /// A gate with such an application behind it.
    pub async fn before_demo() -> (Self, TestApp) {
        let gate = Self::open().await;
        let test = gate.demo().await;
        (gate, test)
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        if let Stand::Socket(folder) = &self.stand {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

async fn keep(
    stand: Stand,
    there: PathBuf,
    mut way: watch::Receiver<Way>,
    told: watch::Sender<Way>,
    lost: watch::Receiver<CancellationToken>,
) {
    loop {
        let now = *way.borrow_and_update();
        let keeper = stand.keeper(now);
        told.send_replace(now);
        loop {
            tokio::select! {
                changed = way.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return,
                },
                accepted = keeper.accept() => if let Ok(stream) = accepted {
                    tokio::spawn(forward(stream, there.clone(), way.clone(), lost.borrow().clone()));
                },
            }
        }
    }
}

/// One connection: cut when the way is shut, still while it hangs, silent for ever when it is lost.
async fn forward(here: Box<dyn Stream>, there: PathBuf, way: watch::Receiver<Way>, lost: CancellationToken) {
    let passes = async |mut way: watch::Receiver<Way>| way.wait_for(|way| *way == Way::Pass).await.is_ok();
    if !passes(way.clone()).await {
        return;
    }
    let Ok(there) = UnixStream::connect(there).await else { return };
    let (mut shut, (mut from, mut to)) = (way.clone(), tokio::io::split(here));
    let (mut from_there, mut to_there) = there.into_split();
    let is_lost = tokio::select! {
        () = lost.cancelled() => true,
        _ = shut.wait_for(|way| [Way::Gone, Way::Refuse].contains(way)) => false,
        _ = copy(&mut from, &mut to_there, way.clone()) => false,
        _ = copy(&mut from_there, &mut to, way) => false,
    };
    if is_lost {
        // All four halves stay open, and nobody reads what comes.
        std::future::pending::<()>().await;
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut way: watch::Receiver<Way>,
) -> Option<()> {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut bytes).await.ok().filter(|count| *count > 0)?;
        way.wait_for(|way| *way != Way::Hang).await.ok()?;
        to.write_all(&bytes[..count]).await.ok()?;
    }
}
