//! `serve`: answers browsers, until a signal; with the worker beside it unless told otherwise.

use super::{
    Failed,
    start::{self, Signal, Started},
};
use crate::{
    jobs, paths,
    server::{self, assets, health::Draining, kept_pages::KeptPages, metrics, serve, settings::Settings},
};
use leptos::config::{LeptosOptions, get_config_from_str};
use std::{net::SocketAddr, process::ExitCode, time::Duration};
use tokio::{net::TcpListener, time};
use tokio_util::sync::CancellationToken;

/// Between "not ready" and the end of listening, so that a load balancer sees the one before it meets the other.
const NOTICE: Duration = Duration::from_secs(1);
/// For requests that are under way. The whole end takes less than 30 seconds.
const PATIENCE: Duration = Duration::from_secs(20);
/// For the worker and everything else after that, but for closing the connections, which has a limit of its own.
const LAST: Duration = Duration::from_secs(24);

/// Runs until SIGTERM or SIGINT.
pub async fn run(settings: Settings, without_worker: bool) -> Result<ExitCode, Failed> {
    serve::allow_open_files();
    // First of all, and before a Postgres is started for nothing: is the address free?
    let listener = listen(settings.address).await?;
    let watched = metrics::listen(&settings).await?;
    let options = options(&settings)?;

    let started = Started::new(settings).await?;
    let app = started.app.clone();
    if !without_worker {
        // Mail settings that cannot be read are better found now than in the log of the night.
        jobs::Worker::new(app.clone())?;
    }
    let draining = Draining::default();
    let stop = CancellationToken::new();
    let router = server::router_until(app.clone(), options, draining.clone(), KeptPages::for_a_moment());

    metrics::watch(watched, &app, &stop);
    let site = tokio::spawn(serve::serve(listener, router, serve::MOST_CONNECTIONS, stop.clone(), PATIENCE));
    let work = async {
        started.be_ready(&stop).await;
        if !without_worker
            && !stop.is_cancelled()
            && let Err(error) = jobs::run(app.clone(), stop.clone()).await
        {
            tracing::error!(%error, "no work is done");
        }
    };
    say_where(&app.settings);

    let late = async {
        stop.cancelled().await;
        time::sleep(LAST).await;
    };
    tokio::select! {
        (signal, _, ()) = async { tokio::join!(end(&draining, &stop), site, work) } => signal?,
        () = late => tracing::warn!("not everything ended in time; what has a lease is taken over when that ends"),
    }
    started.finish().await;
    Ok(ExitCode::SUCCESS)
}

/// Waits for a signal, and then ends what runs in order.
async fn end(draining: &Draining, stop: &CancellationToken) -> std::io::Result<()> {
    let signal = start::signal().await;
    let is_terminate = matches!(signal, Ok(Signal::Terminate));
    tracing::info!(signal = if is_terminate { "SIGTERM" } else { "SIGINT" }, "ending");
    draining.begin();
    if is_terminate {
        // A second signal means that nobody waits for us any more.
        let _ = time::timeout(NOTICE, start::signal()).await;
    }
    stop.cancel();
    signal.map(drop)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failed> {
    TcpListener::bind(address)
        .await
        .map_err(|error| format!("LEPTOS_SITE_ADDR: {address} cannot be listened to: {error}").into())
}

/// leptos' own settings, with the address that ours came to.
fn options(settings: &Settings) -> Result<LeptosOptions, Failed> {
    let mut options = get_config_from_str(&Settings::file()?).map_err(|error| format!("Leptos.toml: {error}"))?;
    options.site_addr = settings.address;
    if options.hash_files && !assets::hash_file(&options).is_some_and(|file| file.exists()) {
        // Without the file leptos would panic over every page. It is missing when cargo alone has built the program.
        tracing::warn!(
            "{} is not beside the program: no file of the browser's half is found. Build with cargo-leptos to have it.",
            options.hash_file
        );
        options.hash_files = false;
    }
    Ok(options)
}

/// Production has its logs for this.
fn say_where(settings: &Settings) {
    if !settings.is_development() {
        tracing::info!(address = %settings.address, public_url = settings.public_url, "serving");
        return;
    }
    println!("Common Ground is at {}", settings.public_url);
    if let Some(folder) = settings.mail_directory() {
        println!("Mails are read at {}{} (files in {})", settings.public_url, paths::DEV_MAIL, folder.display());
    }
}
