//! What the tests stand on: one throw-away Postgres a run, one database a test, the whole application without a
//! socket, and a browser without script.

use axum::{
    Router,
    body::Body,
    http::{
        Method, Request, StatusCode,
        header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE},
    },
};
use common_ground::{
    domain::{finder::escape_into, ids::AccountId},
    jobs,
    server::{
        embedded::Embedded,
        router,
        settings::{Durations, Environment, MailTarget, Settings},
        state::{App, Keys, hex, random},
    },
    store::{Store, migrate},
};
use futures::StreamExt as _;
use leptos::config::LeptosOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Once,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::sync::OnceCell;
use tower::ServiceExt as _;

mod answer;
pub mod database;

pub use answer::Answer;

/// Address at which the application believes to be.
pub const PUBLIC_URL: &str = "http://127.0.0.1:3999";

static CLUSTER: OnceCell<Embedded> = OnceCell::const_new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// What the folders of the tests' runs are called, before the number of the process.
const FOLDER: &str = "common-ground-tests-";

/// Where warnings of the applications go, when somebody wants to read them: the file that `TEST_LOG` names. Why a page was
/// answered with 503 stands there and nowhere else.
fn log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let Some(path) = std::env::var_os("TEST_LOG") else { return };
        let file = std::fs::File::options().create(true).append(true).open(path).expect("the file for the log");
        let _ = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::WARN)
            .with_ansi(false)
            .with_writer(file)
            .try_init();
    });
}

/// Folder of this run: its databases and its mails.
fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("{FOLDER}{}", std::process::id()))
}

/// Removes what earlier runs have left: nothing runs at the end of one, and two hundred databases are some gigabytes.
fn sweep() {
    for entry in std::fs::read_dir(std::env::temp_dir()).expect("the folder of temporary files").flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(FOLDER)?.parse::<u32>().ok());
        if pid.is_some_and(|pid| !PathBuf::from(format!("/proc/{pid}")).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The Postgres of this run. It dies with the process.
pub async fn cluster() -> &'static Embedded {
    CLUSTER
        .get_or_init(|| async {
            sweep();
            let place = folder();
            std::fs::create_dir_all(&place).expect("a folder for the tests' database");
            let cluster = Embedded::attach_or_start(&place).await.expect("a Postgres for the tests");
            migrate::run(&cluster.migrate_url(), &cluster.application_url()).await.expect("migrations");
            cluster
        })
        .await
}

/// A connection of the superuser to some database of the run's Postgres.
pub async fn superuser(database: &str) -> PgConnection {
    let url = cluster().await.migrate_url().replace("/common_ground?", &format!("/{database}?"));
    PgConnection::connect(&url).await.expect("a superuser's connection")
}

/// How many sessions the application has in this database.
pub async fn count_sessions(owner: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and usename = 'common_ground'",
    )
    .fetch_one(owner)
    .await
    .unwrap()
}

/// Makes an empty or migrated database and gives the addresses for the application and the superuser.
pub async fn new_database(migrated: bool) -> (String, String) {
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let cluster = cluster().await;
    let template = if migrated { "common_ground" } else { "template0" };
    let mut connection = superuser("postgres").await;
    // Two copies of one template at a time refuse each other, so they queue.
    sqlx::raw_sql("select pg_advisory_lock(1)").execute(&mut connection).await.expect("the lock of the template");
    sqlx::raw_sql(AssertSqlSafe(format!("create database {name} template {template}")))
        .execute(&mut connection)
        .await
        .expect("a database for the test");
    sqlx::raw_sql("select pg_advisory_unlock(1)").execute(&mut connection).await.expect("the lock of the template");
    let of = |url: String| url.replace("/common_ground?", &format!("/{name}?"));
    (of(cluster.application_url()), of(cluster.migrate_url()))
}

/// The whole application over a database of its own.
pub struct TestApp {
    /// Its state.
    pub app: App,
    /// Its routes.
    pub router: Router,
    /// Address of its database for the superuser.
    pub owner_url: String,
    mails: PathBuf,
}

impl TestApp {
    /// An application over an empty, migrated database.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The same with other settings.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let (url, owner_url) = new_database(true).await;
        Self::over(url, owner_url, change)
    }

    /// An application over this database. It waits longer for a connection than a person would: a busy machine is no fault.
    pub fn over(url: String, owner_url: String, change: impl FnOnce(&mut Settings)) -> Self {
        Self::over_with(url, owner_url, Duration::from_secs(30), change)
    }

    /// An application that waits this long for a connection.
    pub fn over_with(url: String, owner_url: String, patience: Duration, change: impl FnOnce(&mut Settings)) -> Self {
        log();
        let mails = folder().join(format!("mails-{}", hex(&random::<8>())));
        let mut settings = settings(mails.clone());
        change(&mut settings);
        settings.database_url = Some(url.clone());
        let store = Store::open_with(&url, patience).expect("a store");
        let app = App::over(store, settings, Keys::derive(b"a secret of thirty-two bytes or so"));
        let options = LeptosOptions::builder().output_name("common-ground").hash_files(false).build();
        let router = router(app.clone(), options);
        Self { app, router, owner_url, mails }
    }

    /// An application with the demo practice in it.
    pub async fn demo() -> Self {
        let this = Self::new().await;
        this.fill().await;
        this
    }

    /// Fills it with the demo practice.
    pub async fn fill(&self) {
        common_ground::commands::demo::run(&self.app, None).await.expect("the demo practice");
    }

    /// Its store.
    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// For looking into the database.
    pub fn pool(&self) -> &PgPool {
        self.app.store.reads()
    }

    /// Runs what the worker would.
    pub async fn work(&self) {
        jobs::run_once(&self.app).await.expect("the jobs");
    }

    /// A browser without script and without cookies.
    pub fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: BTreeMap::new() }
    }

    /// Signs somebody in as a person would, with the code from the mail.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let asked = browser.post("/api/sign-in/request", &[("email", email)]).await;
        assert_eq!(asked.location(), Some("/sign-in/code"), "{}", asked.body);
        self.work().await;
        let code = self.last_code(email);
        let entered = browser.post("/api/sign-in/code", &[("code", &code)]).await;
        assert_eq!(entered.status, StatusCode::FOUND, "{}", entered.body);
        assert!(browser.cookies.contains_key("session"), "signed in");
        browser
    }

    /// The account of an address.
    pub async fn account(&self, email: &str) -> AccountId {
        let id = sqlx::query_scalar("select id from accounts where email = $1")
            .bind(email)
            .fetch_one(self.pool())
            .await
            .expect("the account");
        AccountId(id)
    }

    /// All mails that were written, as they would leave, oldest first.
    pub fn letters(&self) -> Vec<Vec<u8>> {
        let mut files: Vec<_> = std::fs::read_dir(&self.mails)
            .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()).collect())
            .unwrap_or_default();
        files.sort();
        files
            .into_iter()
            .filter(|file| file.extension().is_some_and(|end| end == "eml"))
            .filter_map(|file| std::fs::read(file).ok())
            .collect()
    }

    /// The mails written to an address, oldest first.
    pub fn mails(&self, email: &str) -> Vec<common_ground::mail::eml::Eml> {
        self.letters()
            .into_iter()
            .map(|bytes| common_ground::mail::eml::Eml::parse(&bytes))
            .filter(|eml| eml.header("to").is_some_and(|to| to.contains(email)))
            .collect()
    }

    /// The six digits of the newest code mailed to an address.
    pub fn last_code(&self, email: &str) -> String {
        self.mails(email).iter().rev().find_map(|eml| eml.code().map(ToOwned::to_owned)).expect("a mail with a code")
    }
}

fn settings(mails: PathBuf) -> Settings {
    Settings {
        environment: Environment::Development,
        database_url: None,
        migrate_url: None,
        data: mails.clone(),
        public_url: PUBLIC_URL.to_owned(),
        address: ([127, 0, 0, 1], 3999).into(),
        metrics: None,
        mail: MailTarget::Directory(mails.clone()),
        mail_from: "Common Ground <hello@example.org>".to_owned(),
        secret_key_file: mails.join("secret"),
        trusted_proxies: Vec::new(),
        durations: Durations {
            hold: 600,
            offer: 43_200,
            code: 600,
            session_idle: 1800,
            staff_idle: 900,
            session: 43_200,
            confirmation: 172_800,
            alert: 3600,
            outbox_lease: 120,
            worker_poll: 5,
        },
        quiet_hours: None,
        rate_limits: false,
        clock_offset_seconds: 0,
    }
}

/// A browser without script: keeps cookies, sends forms, follows nothing by itself, and sends no Referer.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    /// Its cookies.
    pub cookies: BTreeMap<String, String>,
}

/// Pairs in the encoding of forms.
pub fn encode(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (key, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(key);
        text.push('=');
        escape_into(&mut text, value);
    }
    text
}

impl Browser {
    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        let request = Request::builder().uri(path).header(ACCEPT, "text/html");
        self.send(request, Body::empty()).await
    }

    /// Sends a form as a browser without script does, from a page without Referer.
    pub async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(ACCEPT, "text/html")
            .header(ORIGIN, PUBLIC_URL)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(encode(pairs))).await
    }

    /// Calls a server function as the program in a browser does.
    pub async fn call(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(ACCEPT, "application/json")
            .header(ORIGIN, PUBLIC_URL)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(encode(pairs))).await
    }

    /// Sends a form and opens the page that it leads to.
    pub async fn submit(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, pairs).await;
        let next =
            answer.location().unwrap_or_else(|| panic!("{path} leads nowhere: {} {}", answer.status, answer.body));
        let next = next.to_owned();
        self.get(&next).await
    }

    /// Sends whatever request.
    pub async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request.header(HOST, PUBLIC_URL.trim_start_matches("http://"));
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        let request = request.body(body).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().expect("a cookie");
            let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').expect("a cookie's name and value");
            if attributes.contains("Max-Age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let is_stream = parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let bytes = if is_stream {
            // It has no end: what it begins with is the answer.
            body.into_data_stream().next().await.expect("a beginning").expect("a body")
        } else {
            axum::body::to_bytes(body, 8 << 20).await.expect("a body")
        };
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }
}
