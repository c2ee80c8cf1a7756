//! The embedded Postgres: shared, restarted after a kill, gone when it is stopped or its process dies.
//!
//! Runs as root and as a normal user. Each test has a data folder of its own, directly below /tmp, because as root the
//! server's user has to be able to enter it.

#![expect(clippy::expect_used, reason = "a test may stop at once, with the reason")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use common_ground::server::embedded::{Embedded, EmbeddedError, Search};
use sqlx::{Connection, PgConnection};

/// Names the data folder for `holds_a_server_until_it_is_killed`.
const HELD: &str = "EMBEDDED_TEST_PLACE";

/// A data folder that is removed at the end of the test.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("cg-embedded-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self(Path::new("/tmp").join(name))
    }

    /// The number of the server's process; none when Postgres has put its files away.
    fn pid(&self) -> Option<u32> {
        fs::read_to_string(self.0.join("postgres/postmaster.pid")).ok()?.lines().next()?.parse().ok()
    }

    fn kill_server(&self) -> u32 {
        let pid = self.pid().expect("there is a server");
        kill(pid);
        pid
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn kill(pid: u32) {
    let status = Command::new("kill").args(["-9", &pid.to_string()]).status().expect("kill runs");
    assert!(status.success());
}

/// A killed process whose parent has not asked for it yet is still listed, as a zombie.
fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

async fn number(url: &str, query: &'static str) -> Result<i64, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let number = sqlx::query_scalar(query).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(number)
}

async fn execute(url: &str, statement: &'static str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query(statement).execute(&mut connection).await?;
    connection.close().await
}

async fn until(what: &str, limit: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    while !holds().await {
        assert!(begin.elapsed() < limit, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn two_commands_share_one_server_and_stop_leaves_nothing() {
    let place = Place::new();
    // At the same time, so that both find no server: one makes it, the other waits for it.
    let (one, two) = tokio::join!(Embedded::attach_or_start(&place.0), Embedded::attach_or_start(&place.0));
    let (one, two) = (one.expect("one"), two.expect("two"));
    assert_ne!(one.is_ours(), two.is_ours());
    assert_eq!(one.application_url(), two.application_url());
    assert_eq!(one.binaries(), two.binaries());
    assert!(one.says().is_none());

    execute(&one.migrate_url(), "create table shared as select 7::bigint as n").await.expect("the owner creates");
    execute(&one.migrate_url(), "grant select on shared to common_ground").await.expect("the owner grants");
    assert_eq!(number(&two.application_url(), "select n from shared").await.expect("the role reads"), 7);

    let (ours, theirs) = if one.is_ours() { (one, two) } else { (two, one) };
    let pid = place.pid().expect("there is a server");
    theirs.stop().await;
    assert!(is_alive(pid), "who only attached does not stop it");
    let socket = ours.socket_folder().to_owned();
    ours.stop().await;
    assert!(!is_alive(pid));
    assert_eq!(place.pid(), None, "Postgres has shut down by itself");
    assert!(!socket.exists());

    let again = Embedded::attach_or_start(&place.0).await.expect("again");
    assert_eq!(again.socket_folder(), socket, "other processes find it again");
    assert_eq!(number(&again.application_url(), "select n from shared").await.expect("the data is there"), 7);
    again.stop().await;
}

#[tokio::test]
async fn the_application_role_owns_nothing() {
    let place = Place::new();
    let embedded = Embedded::attach_or_start(&place.0).await.expect("started");
    let url = embedded.application_url();
    let rights = "select count(*) from pg_roles where rolname = current_user \
                  and (rolsuper or rolcreatedb or rolcreaterole or rolbypassrls)";
    assert_eq!(number(&url, rights).await.expect("asked"), 0);
    assert!(execute(&url, "create table mine (n int)").await.is_err());
    let owner = "select count(*) from pg_database where datname = 'common_ground' and pg_get_userbyid(datdba) = 'postgres' \
                 and pg_encoding_to_char(encoding) = 'UTF8' and datcollate = 'C'";
    assert_eq!(number(&url, owner).await.expect("asked"), 1);
    embedded.stop().await;
}

#[tokio::test]
async fn a_killed_server_comes_back_with_its_data() {
    let place = Place::new();
    let embedded = Embedded::attach_or_start(&place.0).await.expect("started");
    execute(&embedded.migrate_url(), "create table kept as select 1::bigint as n").await.expect("created");
    // An open connection, since its process is what is left of the old server for a moment.
    let mut open = PgConnection::connect(&embedded.application_url()).await.expect("connected");
    for _ in 0..3 {
        let old = place.kill_server();
        until("another server answers", Duration::from_secs(10), async || {
            place.pid().is_some_and(|pid| pid != old)
                && number(&embedded.migrate_url(), "select n from kept").await.is_ok_and(|n| n == 1)
        })
        .await;
    }
    assert!(open.ping().await.is_err());

    // A query that only computes does not notice that its server is gone, and holds the memory that the next one
    // needs.
    let url = embedded.application_url();
    let busy = tokio::spawn(async move {
        number(&url, "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b").await
    });
    until("the query runs", Duration::from_secs(10), async || {
        let running = "select count(*) from pg_stat_activity where state = 'active' and query like '%generate_series%' \
                       and pid <> pg_backend_pid()";
        number(&embedded.migrate_url(), running).await.is_ok_and(|count| count == 1)
    })
    .await;
    let old = place.kill_server();
    until("another server answers", Duration::from_secs(10), async || {
        place.pid().is_some_and(|pid| pid != old) && number(&embedded.migrate_url(), "select 1::bigint").await.is_ok()
    })
    .await;
    assert!(busy.await.expect("no panic").is_err());
    embedded.stop().await;
}

#[tokio::test]
async fn dropping_it_stops_the_server() {
    let place = Place::new();
    let embedded = Embedded::attach_or_start(&place.0).await.expect("started");
    let pid = place.pid().expect("there is a server");
    drop(embedded);
    until("the server is gone", Duration::from_secs(10), async || !is_alive(pid) && place.pid().is_none()).await;
}

/// The process of `a_server_dies_with_its_parent`; on its own it does nothing.
#[tokio::test]
async fn holds_a_server_until_it_is_killed() {
    let Some(place) = std::env::var_os(HELD) else { return };
    let _embedded = Embedded::attach_or_start(Path::new(&place)).await.expect("started");
    tokio::time::sleep(Duration::from_mins(2)).await;
}

#[tokio::test]
async fn a_server_dies_with_its_parent() {
    let place = Place::new();
    let mut parent = Command::new(std::env::current_exe().expect("this program"))
        .args(["holds_a_server_until_it_is_killed", "--test-threads=1"])
        .env(HELD, &place.0)
        .stdout(Stdio::null())
        .spawn()
        .expect("spawned");
    // The note stands before the server is ready, so attaching, which waits for that, tells when there is one.
    until("the other process has the lock", Duration::from_secs(30), async || place.0.join("socket").exists()).await;
    let attached = Embedded::attach_or_start(&place.0).await.expect("attached");
    assert!(!attached.is_ours());
    let old = place.pid().expect("there is a server");

    parent.kill().expect("killed");
    parent.wait().expect("waited");
    // At once: the lock is free, but the old server may still be there. Its successor has the same address.
    let next = Embedded::attach_or_start(&place.0).await.expect("started");
    assert!(next.is_ours());
    assert!(!is_alive(old));
    assert_eq!(number(&attached.application_url(), "select 1::bigint").await.expect("answers"), 1);
    next.stop().await;
}

#[tokio::test]
async fn nothing_found_names_the_three_ways_out() {
    let place = Place::new();
    let error = Embedded::attach_or_start_with(&place.0, nowhere()).await.expect_err("there are no binaries");
    let message = error.to_string();
    for way in ["apt-get install postgresql", "PG_BIN", "DATABASE_URL"] {
        assert!(message.contains(way), "{message}");
    }
    assert!(!place.0.join("postgres").exists());
    let wrong = Search { pg_bin: Some(place.0.clone()), ..Search::of_this_machine() };
    let error =
        Embedded::attach_or_start_with(&place.0, wrong).await.expect_err("a wrong PG_BIN is no reason to look further");
    assert!(matches!(error, EmbeddedError::PgBin { .. }), "{error}");
}

#[tokio::test]
async fn data_of_another_major_version_says_which_binaries_it_needs() {
    let place = Place::new();
    fs::create_dir_all(place.0.join("postgres")).expect("made");
    fs::write(place.0.join("postgres/PG_VERSION"), "99\n").expect("written");
    let error = Embedded::attach_or_start(&place.0).await.expect_err("nobody has that version");
    assert!(matches!(error, EmbeddedError::OtherMajor { major: 99, .. }), "{error}");
    assert!(error.to_string().contains("postgresql-99"), "{error}");
}

#[tokio::test]
async fn as_root_below_a_closed_folder_the_data_lives_elsewhere() {
    let outer = Place::new();
    fs::create_dir_all(&outer.0).expect("made");
    if fs::metadata(&outer.0).expect("it is there").uid() != 0 {
        // A normal user can enter his own folders, so there is nothing to test.
        return;
    }
    fs::set_permissions(&outer.0, fs::Permissions::from_mode(0o700)).expect("closed");
    let place = outer.0.join(".data");
    let embedded = Embedded::attach_or_start(&place).await.expect("started");
    let mut connection = PgConnection::connect(&embedded.migrate_url()).await.expect("connected");
    let data: String = sqlx::query_scalar("show data_directory").fetch_one(&mut connection).await.expect("told");
    let says = embedded.says().expect("it says so").to_owned();
    assert!(data.starts_with("/var/lib/common-ground/") && says.contains(&data), "{says}");
    embedded.stop().await;

    // The way is open now, but an empty database must not take the place of the one there is.
    fs::set_permissions(&outer.0, fs::Permissions::from_mode(0o755)).expect("opened");
    let again = Embedded::attach_or_start(&place).await.expect("started");
    assert!(again.says().is_some_and(|says| says.contains(&data)));
    again.stop().await;
    let project = Path::new(&data).parent().expect("the folder of this project");
    fs::remove_dir_all(project).expect("removed");
}

fn nowhere() -> Search {
    let none = PathBuf::from("/nonexistent");
    Search { pg_bin: None, pg_config: none.join("pg_config"), debian: none.clone(), npm: none }
}
