//! Ending the weekly mail from any mail, however old. The page has one button; mail programs post to the same address
//! (RFC 8058), without cookies and without saying where they come from. The token can do this and nothing else, so that a
//! forged request could at worst end a mail, which one tap brings back.

use crate::{
    api::notifications::UnsubscribeShown,
    error::AppError,
    paths,
    server::{
        list_links::{self, UnsubscribeLink},
        state::App,
    },
    store::{Actor, Failure, Tx, subscribers::ending},
};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Redirect, Response},
    routing::post,
};

/// What a mail program sends (RFC 8058, section 3.1), as a form of either encoding.
const ONE_CLICK: &[u8] = b"One-Click";

/// How often the end is tried: a lock is waited for three seconds each time, and an answer has twenty.
const TRIES: usize = 5;

/// Whether a request may come from anywhere: only this one, which has a protection of its own, the signed token.
pub fn may_come_from_anywhere(method: &Method, uri: &Uri) -> bool {
    *method == Method::POST && uri.path().starts_with("/unsubscribe/")
}

/// What a link opens. Opening it changes nothing.
pub async fn page(app: &App, token: &str) -> Result<UnsubscribeShown, AppError> {
    let Some(link) = list_links::read_unsubscribe(&app.keys, token) else { return Ok(UnsubscribeShown::Broken) };
    // Whoever was wiped gets no mail either, unless she has asked for it anew.
    let gets = ending::is_to_end(app.store.reads(), link.subscriber, link.address.as_deref()).await?;
    Ok(if gets { UnsubscribeShown::Ask } else { UnsubscribeShown::Ended })
}

/// Where mail programs and the page's button post to.
pub fn routes(app: App) -> Router {
    Router::new().route("/unsubscribe/{token}", post(end)).with_state(app)
}

async fn end(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(link) = list_links::read_unsubscribe(&app.keys, &token) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if let Err(error) = end_all(&app, &link).await {
        let error = AppError::from(error);
        return StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    }
    let is_one_click = body.windows(ONE_CLICK.len()).any(|window| window == ONE_CLICK);
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_one_click && accepts.contains("text/html") {
        // A person, by the button of the page: it says now that it is done.
        return Redirect::to(&paths::unsubscribe(&token)).into_response();
    }
    "You get no weekly mail from us any more.\n".into_response()
}

/// Ends it. While her mail is being written her row is locked, with some hundred others, for longer than a lock is waited for
/// at a time; a mail program asks once only, so it is asked for again here.
async fn end_all(app: &App, link: &UnsubscribeLink) -> Result<(), Failure> {
    for _ in 1..TRIES {
        match try_to_end(app, link).await {
            Err(Failure::Away(why)) => tracing::info!(%why, "the end of a subscription waits"),
            done => return done,
        }
    }
    try_to_end(app, link).await
}

async fn try_to_end(app: &App, link: &UnsubscribeLink) -> Result<(), Failure> {
    let UnsubscribeLink { subscriber, address } = link.clone();
    let work = move |mut tx: Tx| async move {
        ending::unsubscribe(&mut tx, subscriber, address.as_deref()).await?;
        Ok::<_, Failure>((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await
}
