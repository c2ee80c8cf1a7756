//! The release binary as a process: `common-ground serve` over the bench's database.

use crate::ground::{Ground, Other};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// The program that is measured; cargo builds it before the bench, with the same profile.
pub const BINARY: &str = env!("CARGO_BIN_EXE_common-ground");

/// To serve pages and nothing else: where several servers run, only one of them should work.
pub const WORKERLESS: &[&str] = &["serve", "--without-worker"];

/// How it is set up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// As an operator runs it.
    Production,
    /// The same with rate limits off, which production refuses: here one address sends everybody's requests.
    Unlimited,
}

/// A running server; it is killed when this value is dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to the first "ready".
    pub start: Duration,
}

impl Server {
    /// Starts it and waits until it is ready.
    pub async fn start(ground: &Ground, mode: Mode) -> Self {
        Self::start_with(ground, mode, &[]).await
    }

    /// The same with other settings.
    pub async fn start_with(ground: &Ground, mode: Mode, settings: &[(&str, &str)]) -> Self {
        let mut command = command(ground, mode);
        command.envs(settings.iter().copied());
        Self::started(command, &["serve"]).await
    }

    /// Starts it over another database, without rate limits.
    pub async fn start_over(ground: &Ground, other: &Other, arguments: &[&str]) -> Self {
        let mut command = command(ground, Mode::Unlimited);
        command.env("DATABASE_URL", &other.application_url).env("MIGRATE_URL", &other.owner_url);
        Self::started(command, arguments).await
    }

    async fn started(mut command: Command, arguments: &[&str]) -> Self {
        let address = free_address();
        let began = Instant::now();
        let child = command
            .args(arguments)
            .env("LEPTOS_SITE_ADDR", address.to_string())
            .env("PUBLIC_URL", format!("http://{address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the server starts");
        let mut server = Self { child, address, start: Duration::ZERO };
        while !is_ready(address).await {
            let ended = server.child.try_wait().expect("the server's state");
            assert!(ended.is_none(), "the server ended at its start: {ended:?}");
            assert!(began.elapsed() < Duration::from_mins(1), "the server is not ready after a minute");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.start = began.elapsed();
        server
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary with the settings of the bench.
pub fn command(ground: &Ground, mode: Mode) -> Command {
    let mut command = Command::new(BINARY);
    command
        .env("DATABASE_URL", &ground.application_url)
        .env("MIGRATE_URL", &ground.owner_url)
        .env("MAIL_DIR", ground.place.join("mail"))
        .env("SECRET_KEY_FILE", ground.place.join("secret"))
        .env("METRICS_ADDR", "off")
        .env_remove("RUST_LOG")
        .env_remove("SMTP_URL")
        .env_remove("TRUSTED_PROXIES")
        .env_remove("CLOCK_OFFSET_SECONDS");
    match mode {
        Mode::Production => command.env("APP_ENV", "production").env("RATE_LIMITS", "on"),
        Mode::Unlimited => command.env("APP_ENV", "development").env("RATE_LIMITS", "off"),
    };
    command
}

/// An address that nobody listens at.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("the port's number")
}

async fn is_ready(address: SocketAddr) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let request = format!("GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        Some(answer.starts_with("HTTP/1.1 200"))
    };
    asked.await.unwrap_or(false)
}
