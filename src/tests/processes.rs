//! The program as it runs for real: processes of their own over one database, killed, stopped, behind a proxy.
//!
//! Everything here takes long or keeps the machine busy, so one test waits for the other, and the programs are nice.

mod backup;
mod digest;
mod embedded;
mod haproxy;
mod http;
mod kills;
mod list;
mod mails;
mod polling;
pub mod relay;
mod storm;
mod two;
mod watch;

use crate::{seats::practice, support::TestApp, support::new_database};
use axum::http::StatusCode;
use chrono_tz::America::New_York;
use common_ground::{
    commands,
    server::state::{hex, random},
};
use http::Reply;
use sqlx::{PgPool, postgres::PgPoolOptions};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, sync::Mutex};

/// One at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// How long a program may take to answer; a busy machine is no fault.
const UP: Duration = Duration::from_secs(15);

/// A folder that goes with the test; directly below /tmp, because a Postgres in it may run as another user.
pub struct Place(pub PathBuf);

impl Place {
    pub fn new() -> Self {
        let place = Self(Path::new("/tmp").join(format!("cg-processes-{}", hex(&random::<6>()))));
        fs::create_dir_all(&place.0).unwrap();
        fs::write(place.0.join("secret"), "a secret of thirty-two bytes or so").unwrap();
        place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A port that nobody listens at.
pub async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// How a program is started: the same each time.
#[derive(Clone)]
pub struct Plan {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    folder: PathBuf,
    /// Where it listens.
    pub port: u16,
}

impl Plan {
    /// A program in a folder, with the environment that it needs in any case.
    pub async fn new(arguments: &[&str], place: &Place) -> Self {
        let (port, folder) = (free_port().await, place.0.clone());
        let plan =
            Self { arguments: arguments.iter().map(ToString::to_string).collect(), environment: vec![], folder, port };
        let mails = place.0.join("mail").display().to_string();
        let secret = place.0.join("secret").display().to_string();
        plan.with("LEPTOS_SITE_ADDR", &format!("127.0.0.1:{port}"))
            .with("PUBLIC_URL", &format!("http://127.0.0.1:{port}"))
            .with("METRICS_ADDR", "off")
            .with("SECRET_KEY_FILE", &secret)
            .with("MAIL_DIR", &mails)
            .with("APP_ENV", "development")
            .with("RATE_LIMITS", "off")
            .with("RUST_LOG", "warn")
    }

    /// With a variable; an empty one counts as unset.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new("nice");
        // It becomes the program: the process that is killed is the right one.
        command.args(["-n", "5", env!("CARGO_BIN_EXE_common-ground")]).args(&self.arguments);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.environment.iter().map(|(name, value)| (name, value))).current_dir(&self.folder);
        command.stdin(Stdio::null());
        command
    }

    /// Starts it; its words go into a file in its folder.
    pub fn start(&self) -> Program {
        let log = self.folder.join(format!("log-{}", self.port));
        let words = fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let child = self.command().stdout(words.try_clone().unwrap()).stderr(words).spawn().unwrap();
        Program { child, port: self.port, log }
    }

    /// Runs it to its end; gives its exit code and its words.
    pub async fn run(&self) -> (Option<i32>, String) {
        let mut command = self.command();
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let words = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&words).into_owned())
    }
}

/// A program that runs; it is killed when it goes out of scope.
pub struct Program {
    child: Child,
    pub port: u16,
    log: PathBuf,
}

impl Program {
    /// Kills it without a word.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for its end.
    pub async fn ended(&mut self, at_most: Duration) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < at_most, "it has not ended after {at_most:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until it answers this probe with this status.
    pub async fn until(&mut self, probe: &str, status: StatusCode, at_most: Duration) {
        let began = Instant::now();
        while !http::get(self.port, probe, "").await.is_ok_and(|reply| reply.status == status) {
            if let Some(code) = self.child.try_wait().unwrap() {
                panic!("it has ended: {code}\n{}", self.words());
            }
            assert!(began.elapsed() < at_most, "{probe} is not {status} after {at_most:?}\n{}", self.words());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until it can be asked.
    pub async fn ready(&mut self) {
        self.until("/readyz", StatusCode::OK, UP).await;
    }

    /// What it has said.
    pub fn words(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A database with the practice of the tests of seats: `g0` to `g11`, eight free seats each.
pub struct House {
    pub url: String,
    pub owner_url: String,
    /// For arranging and for looking, as the superuser.
    pub owner: PgPool,
    pub place: Place,
    /// The application in this process, over the same database.
    pub test: TestApp,
}

impl House {
    pub async fn new() -> Self {
        let (url, owner_url) = new_database(true).await;
        Self::over(url, owner_url, Place::new()).await
    }

    /// The same over a database that is there already.
    pub async fn over(url: String, owner_url: String, place: Place) -> Self {
        let test = TestApp::over(url.clone(), owner_url.clone(), |_| {});
        let today = test.app.now().with_timezone(&New_York).date_naive();
        commands::practice::load(&test.app, &practice::file(), today).await.expect("the practice");
        let owner = PgPoolOptions::new().max_connections(3).connect(&owner_url).await.expect("the owner");
        Self { url, owner_url, owner, place, test }
    }

    /// A program over this database.
    pub async fn plan(&self, arguments: &[&str]) -> Plan {
        let plan = Plan::new(arguments, &self.place).await;
        plan.with("DATABASE_URL", &self.url).with("MIGRATE_URL", &self.owner_url)
    }

    /// A server that does no work beside.
    pub async fn server(&self) -> Plan {
        self.plan(&["serve", "--without-worker"]).await
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.owner).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    pub async fn change(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.owner).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Members who are signed in, with nothing told yet; gives their cookies.
    pub async fn members(&self, count: usize) -> Vec<String> {
        sqlx::query(
            "with people as (
               insert into accounts (id, email) select md5('member' || n)::uuid, 'member' || n || '@example.org'
               from generate_series(1, $1) n)
             insert into sessions (id, token_hash, account_id, idle_seconds, expires_at)
             select gen_random_uuid(), sha256(convert_to('token' || n, 'UTF8')), md5('member' || n)::uuid, 3600, now() + interval '1 hour'
             from generate_series(1, $1) n",
        )
        .bind(i32::try_from(count).unwrap())
        .execute(&self.owner)
        .await
        .unwrap();
        (1..=count).map(|n| format!("session=token{n}")).collect()
    }
}

/// A seat is reserved or held: the call leads on.
fn is_done(reply: &Reply) -> bool {
    reply.status == StatusCode::OK && reply.header("location").is_some()
}
