//! How a reader wants pages: light or dark, and in which zone. Kept in cookies; the zone also in a member's profile.

use super::{auth, reader::ZONE_COOKIE, reply, state::App, times::parse_zone};
use crate::{
    api::preferences::{FrameData, Viewer},
    error::AppError,
    store::{Actor, accounts::Role, members, practice},
};
use cookie::{Cookie, SameSite, time::Duration};

/// Name of the cookie that remembers light or dark.
pub const SCHEME_COOKIE: &str = "scheme";

/// Light or dark, if the reader chose.
pub fn scheme() -> Option<&'static str> {
    parse_scheme(&reply::cookie(SCHEME_COOKIE)?)
}

/// Reads the cookie's value; anything else is as good as no cookie.
pub fn parse_scheme(value: &str) -> Option<&'static str> {
    ["light", "dark"].into_iter().find(|scheme| *scheme == value)
}

/// What header and footer show. Whatever fails, a visitor's frame can be drawn.
pub async fn frame(app: &App) -> FrameData {
    let Ok(practice) = practice::find(app.store.reads()).await else { return FrameData::default() };
    let signed = auth::signed(app).await.unwrap_or_default();
    FrameData {
        viewer: match signed.map(|signed| signed.role()) {
            None => Viewer::Visitor,
            Some(Role::Member) => Viewer::Member,
            Some(Role::Therapist) => Viewer::Therapist,
            Some(Role::Office) => Viewer::Office,
        },
        practice: practice.map(|practice| format!("{}, {}.", practice.name, practice.address)).unwrap_or_default(),
    }
}

/// Remembers light or dark; anything else means: as the device has it.
pub fn keep_scheme(app: &App, scheme: &str) {
    let (value, days) = if matches!(scheme, "light" | "dark") { (scheme.to_owned(), 365) } else { (String::new(), 0) };
    reply::set_cookie(&lasting(app, SCHEME_COOKIE, value, days, true));
}

/// Remembers the zone.
pub async fn keep_zone(app: &App, zone: &str) -> Result<(), AppError> {
    let Some(zone) = parse_zone(zone) else {
        return Err(AppError::field("zone", "We do not know this time zone."));
    };
    remember_zone(app, zone);
    let signed = auth::signed(app).await?.filter(|signed| signed.role() == Role::Member);
    if let Some(signed) = signed {
        let id = signed.id();
        app.store
            .write(Actor::Account(id), move |mut tx| async move {
                members::keep_zone(&mut tx, id, zone.name(), false).await?;
                Ok::<_, AppError>((tx, ()))
            })
            .await?;
    }
    Ok(())
}

/// Remembers the zone in this browser. Script may read the cookie: it sets the same one from what the browser knows.
pub fn remember_zone(app: &App, zone: chrono_tz::Tz) {
    reply::set_cookie(&lasting(app, ZONE_COOKIE, zone.name().to_owned(), 365, false));
}

fn lasting(app: &App, name: &'static str, value: String, days: i64, http_only: bool) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .same_site(SameSite::Lax)
        .secure(app.settings.is_https())
        .http_only(http_only)
        .max_age(Duration::days(days))
        .build()
}
