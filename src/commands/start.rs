//! What every command does first and last: a database, an application over it, and an orderly end.

use super::Failed;
use crate::{
    server::{
        embedded::Embedded,
        secret,
        settings::Settings,
        state::{App, Keys},
    },
    store::{self, Failure, Store, migrate},
};
use std::{path::Path, process::ExitCode, time::Duration};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How often a program that waits for its database looks again: it has to be well within two seconds of its return.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// For closing the connections. A write that nobody waits for any more may hold one whose other end is silent for ever.
const CLOSING: Duration = Duration::from_secs(3);

/// An application, and the database below it if that is this program's own.
pub struct Started {
    /// The application.
    pub app: App,
    embedded: Option<Embedded>,
    application_url: String,
    migrate_url: String,
}

impl Started {
    /// Finds or starts the database and opens the store. A database that is away is no reason to fail: whoever needs it
    /// says so.
    pub async fn new(settings: Settings) -> Result<Self, Failed> {
        let secret = secret::load(&settings)?;
        let (embedded, application_url, migrate_url) = if let Some(url) = settings.database_url.clone() {
            (None, url.clone(), settings.migrate_url.clone().unwrap_or(url))
        } else {
            let embedded = Embedded::attach_or_start(&settings.data).await?;
            if let Some(line) = embedded.says() {
                tracing::info!("{line}");
            }
            let (application_url, migrate_url) = (embedded.application_url(), embedded.migrate_url());
            (Some(embedded), application_url, migrate_url)
        };
        let store = Store::open(&application_url)?;
        let app = App::over(store, settings, Keys::derive(&secret));
        Ok(Self { app, embedded, application_url, migrate_url })
    }

    /// Brings the database to the schema of this program.
    pub async fn migrate(&self) -> Result<(), Failure> {
        migrate::run(&self.migrate_url, &self.application_url).await
    }

    /// The address of the database for whoever owns it.
    pub fn migrate_url(&self) -> &str {
        &self.migrate_url
    }

    /// Where the programs of the database are, if it is this program's own.
    pub fn binaries(&self) -> Option<&Path> {
        self.embedded.as_ref().map(Embedded::binaries)
    }

    /// Makes sure that the schema is there. On a desk it is made; in production only `migrate` may change it, because
    /// there somebody decides when.
    pub async fn prepare(&self) -> Result<(), Failed> {
        if self.app.settings.is_development() {
            return Ok(self.migrate().await?);
        }
        if store::is_ready(&self.app.store).await {
            return Ok(());
        }
        Err("The database is away, or its schema is not this program's. If it is there, run `common-ground migrate` first.".into())
    }

    /// Resolves when the database is there and has the schema, which on a desk may have to be made first; or at `stop`.
    pub async fn be_ready(&self, stop: &CancellationToken) {
        let mut said = false;
        loop {
            if self.app.settings.is_development()
                && let Err(error) = self.migrate().await
            {
                tracing::debug!(%error, "not migrated");
            }
            if store::is_ready(&self.app.store).await {
                if said {
                    tracing::info!("the database is there");
                }
                return;
            }
            if !said {
                said = true;
                tracing::warn!(
                    "The database is away, or its schema is not this program's (then run `common-ground migrate`). Until \
                     it is there /readyz says no."
                );
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// Closes what was opened. A Postgres of our own ends last.
    pub async fn finish(self) {
        if timeout(CLOSING, self.app.store.close()).await.is_err() {
            tracing::warn!("connections to the database are cut: what was under way over them has not been answered");
        }
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }
}

/// Runs a command that does one thing over a database that is ready, and ends in order whatever comes of it.
pub async fn once(
    settings: Settings,
    work: impl AsyncFnOnce(&App) -> Result<ExitCode, Failed>,
) -> Result<ExitCode, Failed> {
    let started = Started::new(settings).await?;
    let outcome = match started.prepare().await {
        Ok(()) => work(&started.app).await,
        Err(error) => Err(error),
    };
    started.finish().await;
    outcome
}

/// Which signal asked the program to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// SIGTERM: an operator or a machine, with load balancers that have to notice.
    Terminate,
    /// SIGINT: somebody at the keyboard.
    Interrupt,
}

/// Waits for either.
pub async fn signal() -> std::io::Result<Signal> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => Ok(Signal::Terminate),
        _ = interrupt.recv() => Ok(Signal::Interrupt),
    }
}
