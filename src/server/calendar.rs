//! Calendar files: one event a meeting, with a neutral title, since a calendar is often seen by others.

use super::{auth, download, reader, state::App};
use crate::{
    domain::letter::host_of,
    error::AppError,
    paths,
    store::{
        groups,
        meetings::{self, MeetingRow},
        reservations,
    },
};
use axum::{
    Router,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use chrono_tz::Tz;
use icalendar::{Calendar, Component, Event, EventLike as _};

use super::times::weekday_at;
use crate::domain::series::weekday_name;

pub mod feed;
pub mod time_zone;

/// The file with these meetings. Times are instants, so that no reader's calendar can shift them at a clock change.
pub fn file(app: &App, meetings: &[MeetingRow], zone: Tz) -> String {
    let mut calendar = Calendar::new();
    calendar.name("Common Ground");
    for meeting in meetings {
        let day = weekday_name(weekday_at(meeting.starts_at, zone));
        let event = Event::new()
            .uid(&format!("{}@{}", meeting.id, host_of(&app.settings.public_url)))
            .summary(&format!("A circle on {day}s"))
            .description(&format!("Your program: {}{}", app.settings.public_url, paths::PROGRAM))
            .starts(meeting.starts_at)
            .ends(meeting.ends_at)
            .timestamp(app.now())
            .done();
        calendar.push(event);
    }
    calendar.to_string()
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
    let coming = meetings::coming(reads, listing.id, app.now(), 12).await?;
    Ok(file(&app, &coming, zone))
}
