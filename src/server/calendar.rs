//! Calendar files: one event a meeting, with a neutral title, since a calendar is often seen by others.

use super::{auth, download, reader, state::App};
use crate::{
    domain::ids::{AccountId, GroupId},
    error::AppError,
    paths,
    store::{
        Conn, Failure,
        calendar_feeds::{self, FeedEvent},
        groups, reservations,
    },
};
use axum::{
    Router,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use icalendar::Calendar;

pub mod feed;
pub mod time_zone;

/// A file for a mail: it enters these events into a calendar, or takes them out where none of them takes place any more
/// (RFC 5546). Ids and numbers are those of the feed, so that a calendar knows again what it has. Nothing without events.
pub fn attachment(app: &App, events: &[FeedEvent]) -> Option<String> {
    let method = if events.iter().all(|event| event.cancelled) { "CANCEL" } else { "PUBLISH" };
    let mut calendar = Calendar::new();
    calendar.append_property(("METHOD", method));
    let organizer = address_of(&app.settings.mail_from);
    (!events.is_empty()).then(|| feed::written(calendar, events, &app.settings.public_url, Some(organizer)))
}

/// The coming meetings of a member in a group, as a file for a mail.
pub async fn of_group(
    conn: &mut Conn,
    app: &App,
    member: AccountId,
    group: GroupId,
) -> Result<Option<String>, Failure> {
    let events = calendar_feeds::coming_of_group(conn, member, group, app.now()).await?;
    Ok(attachment(app, &events))
}

/// "hello@example.org" of "Common Ground <hello@example.org>".
fn address_of(sender: &str) -> &str {
    sender.rsplit_once('<').map_or(sender, |(_, address)| address.trim_end_matches('>')).trim()
}

/// `/reserve/{slug}/calendar.ics`: her coming meetings, for a member with a seat.
pub fn routes(app: App) -> Router {
    Router::new().route("/reserve/{slug}/calendar.ics", get(download)).with_state(app)
}

async fn download(State(app): State<App>, Path(slug): Path<String>, request: axum::extract::Request) -> Response {
    match download::made(&app, request, || contents(app.clone(), slug.clone())).await {
        Ok(text) => (
            [
                (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"circle.ics\""),
            ],
            text,
        )
            .into_response(),
        Err(AppError::SignInNeeded) => {
            Redirect::to(&paths::sign_in_then(&paths::reserve_calendar(&slug))).into_response()
        }
        Err(error) => download::failed(&error),
    }
}

async fn contents(app: App, slug: String) -> Result<String, AppError> {
    let member = auth::member(&app).await?;
    let zone = reader::zone(&app, None, Some(member.id())).await?.zone;
    let reads = app.store.reads();
    let listing = groups::find(reads, &slug, Some(member.id()), app.now(), zone).await?.ok_or(AppError::NotFound)?;
    reservations::find(reads, member.id(), listing.id).await?.ok_or(AppError::NotFound)?;
    let events = calendar_feeds::coming_of_group(reads, member.id(), listing.id, app.now()).await?;
    Ok(feed::write(&events, &app.settings.public_url))
}
