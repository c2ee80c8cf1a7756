//! A way to the database that can be shut: a socket of its own in front of the cluster's.

use crate::support::{TestApp, cluster, new_database};
use common_ground::store::PATIENCE;
use std::{
    io,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{UnixListener, UnixStream},
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
    /// The database's machine starts: a socket is there, and nobody listens behind it.
    Refuse,
    /// The database hangs: connections are taken and stay, and nothing is answered.
    Hang,
}

/// The gate; it is shut for ever when it is dropped.
pub struct Gate {
    way: watch::Sender<Way>,
    ready: watch::Receiver<Way>,
    folder: PathBuf,
    lost: watch::Sender<CancellationToken>,
}

impl Gate {
    /// Opens a gate in a folder of its own.
    pub async fn open() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("cg-gate-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (way, seen) = watch::channel(Way::Pass);
        let (told, ready) = watch::channel(Way::Gone);
        let name = ".s.PGSQL.5432";
        let (lost, of_now) = watch::channel(CancellationToken::new());
        let (here, there) = (folder.join(name), cluster().await.socket_folder().join(name));
        tokio::spawn(keep(here, there, seen, told, of_now));
        let mut gate = Self { way, ready, folder, lost };
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
        url.replace(&cluster().await.socket_folder().display().to_string(), &self.folder.display().to_string())
    }

    /// An application with a database of its own behind a gate, with the demo practice in it.
    pub async fn before_demo() -> (Self, TestApp) {
        let gate = Self::open().await;
        let (url, owner) = new_database(true).await;
        let test = TestApp::over_with(gate.through(&url).await, owner, PATIENCE, |_| {});
        test.fill().await;
        (gate, test)
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn keep(
    here: PathBuf,
    there: PathBuf,
    mut way: watch::Receiver<Way>,
    told: watch::Sender<Way>,
    lost: watch::Receiver<CancellationToken>,
) {
    loop {
        let now = *way.borrow_and_update();
        let _ = std::fs::remove_file(&here);
        let listener = (now != Way::Gone).then(|| UnixListener::bind(&here).unwrap());
        // A socket whose listener is closed refuses, as that of a server that was killed does.
        let listener = listener.filter(|_| now != Way::Refuse);
        told.send_replace(now);
        loop {
            tokio::select! {
                changed = way.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return,
                },
                accepted = accept(listener.as_ref()) => if let Ok(stream) = accepted {
                    tokio::spawn(forward(stream, there.clone(), way.clone(), lost.borrow().clone()));
                },
            }
        }
    }
}

async fn accept(listener: Option<&UnixListener>) -> io::Result<UnixStream> {
    match listener {
        Some(listener) => listener.accept().await.map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

/// One connection: cut when the way is shut, still while it hangs, silent for ever when it is lost.
async fn forward(here: UnixStream, there: PathBuf, way: watch::Receiver<Way>, lost: CancellationToken) {
    let passes = async |mut way: watch::Receiver<Way>| way.wait_for(|way| *way == Way::Pass).await.is_ok();
    if !passes(way.clone()).await {
        return;
    }
    let Ok(there) = UnixStream::connect(there).await else { return };
    let (mut shut, (mut from, mut to)) = (way.clone(), here.into_split());
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
