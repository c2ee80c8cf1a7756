//! Logs and counts. No line and no number says anything about a person: routes stand there as patterns, never as paths,
//! because paths carry slugs and tokens.

use super::{
    counts::{self, RouteKind},
    settings::Settings,
    state,
};
use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use std::{io::IsTerminal as _, panic::PanicHookInfo, time::Instant};
use tracing::Instrument as _;
use tracing_subscriber::{EnvFilter, fmt};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Where the lines go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Audience {
    /// Machines in production, people in development: standard output.
    Service,
    /// Somebody who typed a command, whose output is the standard output: standard error.
    Command,
}

/// What is logged unless `RUST_LOG` says otherwise. Postgres' notices ("exists, skipping") are no news.
const USUAL: &str = "info,sqlx::postgres::notice=warn";

/// Turns logs on.
pub fn init(settings: &Settings, audience: Audience) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(USUAL));
    let is_seen = match audience {
        Audience::Service => std::io::stdout().is_terminal(),
        Audience::Command => std::io::stderr().is_terminal(),
    };
    let lines = fmt().with_env_filter(filter).with_target(false).with_ansi(is_seen);
    // A second call (a test's) changes nothing, and that is no error.
    let _ = match (audience, settings.is_development()) {
        (Audience::Service, false) => {
            lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
        (Audience::Service, true) => lines.compact().try_init(),
        (Audience::Command, _) => lines.compact().with_writer(std::io::stderr).try_init(),
    };
    let is_development = settings.is_development();
    std::panic::set_hook(Box::new(move |panic| log_panic(panic, is_development)));
}

/// A panic's message can hold what somebody typed, so production logs the place only.
fn log_panic(panic: &PanicHookInfo<'_>, is_development: bool) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    if is_development {
        tracing::error!(%place, "panic: {panic}");
    } else {
        tracing::error!(%place, "panic");
    }
}

/// The layer that gives each request an id, counts it, and logs one line about it.
///
/// An id that the request brings is not believed: it would let a stranger write into the log.
pub async fn log_request(request: Request, next: Next) -> Response {
    let id = state::new_id();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let kind = RouteKind::of(route.as_ref().map(MatchedPath::as_str));
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
    let span = tracing::info_span!("request", %id, %method, route);
    let began = Instant::now();

    let mut response = next.run(request).instrument(span.clone()).await;

    let status = response.status().as_u16();
    let took = began.elapsed();
    counts::count(kind, status, took);
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    // Probes and files are many and say little.
    let is_quiet = matches!(route, "/livez" | "/readyz" | "(none)") && status < 500;
    span.in_scope(|| {
        if is_quiet {
            tracing::debug!(status, ms, "answered");
        } else {
            tracing::info!(status, ms, "answered");
        }
    });
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
