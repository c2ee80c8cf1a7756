//! `/calendar/{token}.ics`: a member's meetings for the calendar on her phone, which fetches it again and again. Whoever has
//! the address may read it, so it says nothing but days and times.

use super::time_zone;
use crate::{
    domain::{letter::host_of, series::weekday_name},
    error::AppError,
    paths,
    server::{
        download,
        state::{App, hex, sha256},
    },
    store::calendar_feeds::{self, FeedEvent},
};
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::{Tz, UTC};
use icalendar::{Calendar, CalendarDateTime, Component, Event, EventLike as _, EventStatus, Property};
use std::collections::BTreeSet;

/// The route. Log lines show it and never the token.
pub fn routes(app: App) -> Router {
    Router::new().route("/calendar/{file}", get(fetch)).with_state(app)
}

async fn fetch(State(app): State<App>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    match contents(&app, &file).await {
        Ok(text) => answer(text, &headers),
        Err(error) => download::failed(&error),
    }
}

/// The file, or that it is the one which the calendar has.
fn answer(text: String, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", &hex(&sha256(text.as_bytes()))[..32]);
    let known = asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(|known| {
        known.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == "*" || one == tag)
    });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        (
            [
                (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
                (header::CONTENT_DISPOSITION, "inline; filename=\"circles.ics\""),
            ],
            text,
        )
            .into_response()
    };
    let own = response.headers_mut();
    if let Ok(tag) = HeaderValue::try_from(tag) {
        own.insert(header::ETAG, tag);
    }
    own.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    response
}

async fn contents(app: &App, file: &str) -> Result<String, AppError> {
    let token = file.strip_suffix(".ics").ok_or(AppError::NotFound)?;
    let reads = app.store.reads();
    let account = calendar_feeds::find(reads, &sha256(token.as_bytes())).await?.ok_or(AppError::NotFound)?;
    let events = calendar_feeds::events(reads, account, app.now()).await?;
    Ok(write(&events, &app.settings.public_url))
}

/// The file. It depends on nothing but the events, so that an unchanged calendar has an unchanged file.
pub fn write(events: &[FeedEvent], public_url: &str) -> String {
    let mut calendar = Calendar::new();
    calendar.name("Common Ground");
    calendar.ttl(&Duration::hours(4));
    written(calendar, events, public_url, None)
}

/// A calendar with these events and the zones that they need. `organizer`: the address that mails them, if one does.
pub(super) fn written(
    mut calendar: Calendar,
    events: &[FeedEvent],
    public_url: &str,
    organizer: Option<&str>,
) -> String {
    for event in events {
        let mut entry = entry(event, public_url);
        if let Some(organizer) = organizer {
            let address =
                Property::new("ORGANIZER", format!("mailto:{organizer}")).add_parameter("CN", "Common Ground").done();
            entry.append_property(address);
        }
        calendar.push(entry);
    }
    let zones: BTreeSet<_> = events.iter().map(|event| event.zone.as_str()).collect();
    let span = events.iter().map(|event| event.starts_at).min().zip(events.iter().map(|event| event.ends_at).max());
    let zones = zones
        .into_iter()
        .zip(std::iter::repeat(span))
        .filter_map(|(zone, span)| Some((zone.parse::<Tz>().ok()?, span?)))
        .map(|(zone, (first, last))| time_zone::component(zone, first - Duration::days(2), last + Duration::days(2)));
    // The half of the library that builds calendars knows no zones; the half that reads them knows every component, and writes
    // it as it is. It escapes nothing, and none of our words has a comma or a semicolon.
    let mut written = icalendar::parser::Calendar::from(calendar);
    written.components.splice(0..0, zones);
    written.to_string()
}

fn entry(event: &FeedEvent, public_url: &str) -> Event {
    let zone: Tz = event.zone.parse().unwrap_or(UTC);
    let wall = |at: DateTime<Utc>| CalendarDateTime::WithTimezone {
        date_time: at.with_timezone(&zone).naive_local(),
        tzid: zone.name().to_owned(),
    };
    let day = weekday_name(event.weekday);
    Event::new()
        .uid(&format!("{}@{}", event.id, host_of(public_url)))
        .sequence(u32::try_from(event.sequence).unwrap_or_default())
        .timestamp(event.changed_at)
        .last_modified(event.changed_at)
        .status(if event.cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed })
        .summary(&format!("A circle on {day}s"))
        .description(&format!("Your program: {public_url}{}", paths::PROGRAM))
        .starts(wall(event.starts_at))
        .ends(wall(event.ends_at))
        .done()
}
