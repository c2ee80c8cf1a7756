//! What the program can be told: tables of Leptos.toml, then the environment, which wins. See the README's table.

mod errors;
mod network;
mod read;
mod table;

pub use errors::SettingsError;
pub use network::Network;

use std::{net::SocketAddr, path::PathBuf};

/// How careful the program has to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Environment {
    /// On a desk: embedded Postgres, mails as files, `/dev` pages.
    Development,
    /// For real: refuses to start where something needed is missing.
    Production,
}

/// Hours in which no offer may end, local to the member; `None` when switched off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QuietHours {
    /// First quiet hour, 0–23.
    pub from: u8,
    /// First hour that is not quiet any more, 0–23.
    pub to: u8,
}

/// Where mails go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MailTarget {
    /// A relay: `smtp://`, `smtps://` or `smtp://…?tls=required`.
    Smtp(String),
    /// `.eml` files in a folder.
    Directory(PathBuf),
}

/// Where the metrics are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MetricsAddress {
    /// The address.
    pub address: SocketAddr,
    /// Whether it was asked for: then it has to be free. The default one is taken if it is, since `serve` and `work` on one
    /// machine have the same.
    pub is_chosen: bool,
}

/// Durations, all in whole seconds of at least 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Durations {
    /// `HOLD_SECONDS`: how long a hold lasts.
    pub hold: u32,
    /// `OFFER_SECONDS`: how long an offer lasts.
    pub offer: u32,
    /// `CODE_SECONDS`: how long a sign-in code works.
    pub code: u32,
    /// `SESSION_IDLE_SECONDS`: a member is signed out after so much quiet.
    pub session_idle: u32,
    /// `STAFF_IDLE_SECONDS`: a therapist or the office is signed out after so much quiet.
    pub staff_idle: u32,
    /// `SESSION_SECONDS`: nobody stays signed in longer.
    pub session: u32,
    /// `CONFIRMATION_SECONDS`: how long a confirmation link works.
    pub confirmation: u32,
    /// `ALERT_SECONDS`: when an alert goes to the office too.
    pub alert: u32,
    /// `OUTBOX_LEASE_SECONDS`: how long a worker may take for a batch of mails.
    pub outbox_lease: u32,
    /// `WORKER_POLL_SECONDS`: how often the worker looks.
    pub worker_poll: u32,
}

/// Everything the program was told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `APP_ENV`.
    pub environment: Environment,
    /// `DATABASE_URL`; unset: an embedded Postgres.
    pub database_url: Option<String>,
    /// `MIGRATE_URL`; unset: as `database_url`.
    pub migrate_url: Option<String>,
    /// `DATA_DIR`: where the embedded Postgres, mails and the development secret live; `.data` by default.
    pub data: PathBuf,
    /// `PUBLIC_URL`, without a slash at its end.
    pub public_url: String,
    /// `LEPTOS_SITE_ADDR`.
    pub address: SocketAddr,
    /// `METRICS_ADDR`; `None` when `off`.
    pub metrics: Option<MetricsAddress>,
    /// Where mails go.
    pub mail: MailTarget,
    /// Sender of all mails: "Common Ground <hello@example.org>".
    pub mail_from: String,
    /// `SECRET_KEY_FILE`.
    pub secret_key_file: PathBuf,
    /// `TRUSTED_PROXIES`.
    pub trusted_proxies: Vec<Network>,
    /// Durations.
    pub durations: Durations,
    /// `QUIET_HOURS`.
    pub quiet_hours: Option<QuietHours>,
    /// `RATE_LIMITS`.
    pub rate_limits: bool,
    /// `CLOCK_OFFSET_SECONDS`.
    pub clock_offset_seconds: i64,
}

impl Settings {
    /// Whether cookies are `Secure` and carry the `__Host-` prefix.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Whether the `/dev` pages exist.
    pub fn is_development(&self) -> bool {
        self.environment == Environment::Development
    }

    /// Whether this program runs a Postgres of its own.
    pub fn is_embedded(&self) -> bool {
        self.database_url.is_none()
    }

    /// The folder into which mails are written, if they are.
    pub fn mail_directory(&self) -> Option<&std::path::Path> {
        match &self.mail {
            MailTarget::Directory(folder) => Some(folder),
            MailTarget::Smtp(_) => None,
        }
    }
}
