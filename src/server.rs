//! (server only) What stands between a socket and a server function: settings, state, proofs, replies, headers,
//! health, logs. [`router`] stacks the layers in one place. SQL belongs to `store`, markup to `pages`.
//!
//! To add a layer, write it in a file of its own and give it its line in [`router`]; to add routes that are neither pages
//! nor server functions (a file to download, a stream), write `pub fn routes(app: App) -> axum::Router` and merge it there.

use self::{
    assets::{Built, Files},
    error_page::ErrorPage,
    headers::Headers,
    health::Draining,
    kept_pages::{KeptPages, keep_pages},
    limits::Room,
    live::{Live, Most},
    shell::shell,
    state::App as AppState,
};
use crate::{app::App as Pages, components::head::SiteAddress};
use axum::{
    Extension, Router,
    body::Body,
    extract::{DefaultBodyLimit, Request},
    http::{Method, StatusCode},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::any,
};
use leptos::{config::LeptosOptions, prelude::provide_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes as _, generate_route_list, render_app_async_with_context};
use std::sync::{Arc, LazyLock};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate as _},
    },
    csrf::{CsrfLayer, ProtectionError},
};

pub mod absences;
pub mod account;
pub mod answer;
pub mod assets;
pub mod auth;
pub mod calendar;
pub mod catalog;
pub mod closing;
pub mod contact;
pub mod content;
pub mod counts;
pub mod database_tools;
pub mod dev;
pub mod digests;
pub mod download;
pub mod drawings;
pub mod embedded;
pub mod error_page;
pub mod finder;
pub mod fitting;
pub mod flash;
pub mod group_data;
pub mod group_page;
pub mod headers;
pub mod health;
pub mod kept_groups;
pub mod kept_pages;
pub mod learn;
pub mod legal;
pub mod lengths;
pub mod limits;
pub mod line;
pub mod linked_data;
pub mod list_links;
pub mod live;
pub mod metrics;
pub mod notices;
pub mod offers;
pub mod one_meeting;
pub mod origin;
pub mod out_of_turn;
pub mod preferences;
pub mod program;
pub mod reader;
pub mod refusal;
pub mod reminders;
pub mod reply;
pub mod reserve;
pub mod seal;
pub mod seats;
pub mod secret;
pub mod serve;
pub mod settings;
pub mod shell;
pub mod show;
pub mod sign_in;
pub mod sitemap;
pub mod slow_reader;
pub mod state;
pub mod subscriptions;
pub mod telemetry;
pub mod therapists;
pub mod times;
pub mod topics;
pub mod waiting;

/// Everything that this program answers.
pub fn router(app: AppState, options: LeptosOptions) -> Router {
    router_until(app, options, Draining::default(), KeptPages::default())
}

/// The same, for a program that says when it is about to end, and that keeps pages.
pub fn router_until(app: AppState, options: LeptosOptions, draining: Draining, kept: KeptPages) -> Router {
    let settings = Arc::clone(&app.settings);
    let headers = Headers::new(&settings, &options);
    let page = ErrorPage::new(&options);

    // From the outside to the inside: a request passes them downwards, its answer upwards.
    let outside = ServiceBuilder::new()
        // Every answer carries the headers, so nothing may answer outside of this.
        .layer(from_fn_with_state(headers.clone(), headers::set_headers))
        // An id, a count and a line in the log for every request, also for those that are refused below.
        .layer(from_fn(telemetry::log_request))
        // What is answered below with a bare status gets words here.
        .layer(from_fn_with_state(page, error_page::dress));
    let inside = ServiceBuilder::new()
        // A panic costs one request and not the connection with all that would follow on it.
        .layer(CatchPanicLayer::custom(limits::after_panic))
        // Nobody waits for ever; the body's arrival counts as well.
        .layer(from_fn(limits::limit_time))
        // Another site's form is refused before anybody reads it.
        .layer(csrf(&settings))
        // A body is read once, whole and small; axum's own limit is higher and would be a second rule.
        .layer(from_fn(limits::limit_body))
        .layer(DefaultBodyLimit::disable())
        // What was rendered for somebody else just now needs no room.
        .layer(from_fn_with_state(kept, keep_pages))
        // Whoever would have to wait for too many others hears so at once. Inside of the body's limit, so that nobody
        // takes room by sending slowly.
        .layer(from_fn_with_state(Room::new(limits::AT_ONCE), limits::limit_crowd))
        // Rate limits need to know whose request it is.
        .layer(from_fn_with_state(Arc::clone(&settings), origin::note_client))
        // A call whose arguments cannot be read never reaches its function, which would set the status.
        .layer(from_fn(error_page::say_status))
        // Streams watch this, to end when the program does.
        .layer(Extension(draining.clone()));

    // A stream of events is not compressed, and its body would carry the room of an encoder for as long as it is open: 6 kB.
    let streams = live::routes(Live::new(app.clone(), draining.clone(), Most::default())).layer(inside.clone());
    let mut routes = pages(&app, &options, &headers)
        .merge(health::routes(app.clone(), draining))
        .merge(calendar::routes(app.clone()))
        .merge(sitemap::routes(app.clone()))
        .merge(calendar::feed::routes(app.clone()))
        .merge(account::data::routes(app.clone()))
        .merge(digests::office::routes(app.clone()))
        .merge(subscriptions::own_data::routes(app.clone()))
        .merge(subscriptions::unsubscribe::routes(app.clone()));
    if settings.is_development() {
        routes = routes.merge(dev::routes(app));
    }
    // Files of the build are compressed already, fonts cannot be.
    routes.layer(inside).layer(compression()).merge(streams).layer(outside)
}

/// Pages, the server functions that they call, and files; for what is left, the page that says so.
fn pages(app: &AppState, options: &LeptosOptions, headers: &Headers) -> Router {
    let context = {
        let (app, headers) = (app.clone(), headers.clone());
        let address = SiteAddress(app.settings.public_url.clone());
        move || {
            provide_context(app.clone());
            provide_context(address.clone());
            headers.allow_scripts();
        }
    };
    let shell = {
        let (options, built) = (options.clone(), Built::find(options));
        move || shell(options.clone(), &built)
    };
    let not_found = render_app_async_with_context(context.clone(), shell.clone());
    let files = Files::new(options);
    let fallback = move |request: Request| {
        let (files, not_found) = (files.clone(), not_found.clone());
        async move { file_or_nothing(files, request, not_found).await }
    };
    // leptos adds the server functions as well, each as a route of its own for POST alone, with the same context.
    Router::new()
        .leptos_routes_with_context(options, page_routes(), context, shell)
        // A call that nobody answers (of a page older than this program) needs no page.
        .route("/api/{*function}", any(|| async { StatusCode::NOT_FOUND }))
        .fallback(fallback)
        .with_state(options.clone())
}

/// The routes of the pages, listed once in a process: while leptos lists them, resources of every page that is rendered at
/// the same time are never loaded (`IS_SUPPRESSING_RESOURCE_LOAD` is one flag for all), and that page never ends. A
/// server lists before it serves; tests make a new application while others are asked.
pub fn page_routes() -> Vec<AxumRouteListing> {
    static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(Pages));
    ROUTES.clone()
}

async fn file_or_nothing<F, R>(files: Files, request: Request, not_found: F) -> Response
where
    F: Fn(Request<Body>) -> R + Send,
    R: Future<Output = Response<Body>> + Send,
{
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let (head, body) = request.into_parts();
    if let Some(file) = files.find(head.clone()).await {
        return file;
    }
    let request = Request::from_parts(head, body);
    if files.is_built(request.uri().path()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut response = not_found(request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

fn compression() -> CompressionLayer<impl tower_http::compression::Predicate> {
    CompressionLayer::new().compress_when(DefaultPredicate::new().and(NotForContentType::new("font/")))
}

/// Every unsafe request must come from this site. Only ending the weekly mail may be asked for from anywhere: mail programs do
/// it (RFC 8058), and its signed token is its protection.
fn csrf(settings: &settings::Settings) -> CsrfLayer<impl Fn(ProtectionError) -> Response + Clone + use<>> {
    // The settings have made an origin of it, so that this does not fail; if it did, the host would have to match.
    CsrfLayer::new()
        .add_trusted_origin(&settings.public_url)
        .unwrap_or_else(|error| {
            tracing::error!(%error, "PUBLIC_URL is no origin");
            CsrfLayer::new()
        })
        .with_insecure_bypass(subscriptions::unsubscribe::may_come_from_anywhere)
        .with_rejection_response(|_: ProtectionError| StatusCode::FORBIDDEN.into_response())
}
