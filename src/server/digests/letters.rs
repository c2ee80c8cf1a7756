//! The words of the weekly mail: a group as a line, and the links that only its subscriber has.

use crate::{
    domain::{
        digest::{NewGroup, News, Window, states},
        eligibility::list_or,
        email::Email,
        finder::FinderQuery,
        group::Status,
        letter::Letter,
    },
    mail::{
        PracticeLine,
        digest::{self, Digest, Line},
    },
    paths,
    server::{
        list_links::{self, PreferencesLink},
        show::{about, rhythm_of},
        state::App,
        times::{beside, day_of, long_day},
    },
    store::digests::Subscriber,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// The whole address of the finder with everything in which a seat is free.
pub fn all_url(app: &App) -> String {
    let query = FinderQuery { open: true, ..FinderQuery::default() };
    format!("{}{}", app.settings.public_url, paths::finder(&query))
}

/// A group as a line, on the walls of a zone.
pub fn line(group: &NewGroup, zone: Tz, public: &str) -> Line {
    let listing = &group.listing;
    let group_zone: Tz = listing.zone.parse().unwrap_or(zone);
    let next = listing.next.map(|next| long_day(day_of(next.starts_at, zone))).unwrap_or_default();
    let seats = match group.news {
        None => "Free seats.",
        Some(News::Opened) => "New, with free seats.",
        Some(News::Moved) => "At a new time, with free seats.",
        Some(News::Freed) => "Free seats again.",
    };
    let begins = if matches!(listing.status, Status::Forming { .. }) { "It begins" } else { "It meets next" };
    Line {
        when: rhythm_of(listing, zone),
        there: listing.next.and_then(|next| beside(next.usual_at, zone, group_zone)),
        seats: format!("{seats} {begins} on {next}."),
        who: states(listing)
            .map(|states| format!("It is for people in {}.", list_or(states.iter().map(|state| state.name())))),
        // The page is found by its id as well, which says nothing to whoever reads along.
        url: format!("{public}{}", paths::group(&listing.id.to_string())),
        title: listing.title.clone(),
        about: about(listing),
        named_url: format!("{public}{}", paths::group(&listing.slug)),
    }
}

/// Links that only she has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Own {
    /// The whole address of her preferences.
    pub preferences_url: String,
    /// The whole address that ends the weekly mail.
    pub unsubscribe_url: String,
}

impl Own {
    /// Hers, from now on.
    pub fn of(app: &App, subscriber: &Subscriber, now: DateTime<Utc>) -> Self {
        let link = PreferencesLink { subscriber: subscriber.id, links: subscriber.links, made_at: now };
        Self::from_tokens(
            app,
            &list_links::preferences(&app.keys, link),
            &list_links::unsubscribe(&app.keys, subscriber.id, &subscriber.email),
        )
    }

    /// Links that open nothing, for whoever only wants to see what a mail looks like.
    pub fn example(app: &App) -> Self {
        Self::from_tokens(app, "example", "example")
    }

    fn from_tokens(app: &App, preferences: &str, unsubscribe: &str) -> Self {
        let public = &app.settings.public_url;
        Self {
            preferences_url: format!("{public}{}", paths::notifications_preferences(preferences)),
            unsubscribe_url: format!("{public}{}", paths::unsubscribe(unsubscribe)),
        }
    }
}

/// The mail.
pub fn letter(
    to: Email,
    subscriber: &Subscriber,
    window: Window,
    lines: Vec<&Line>,
    has_more: bool,
    own: &Own,
    all_url: &str,
    practice: &PracticeLine,
) -> Letter {
    digest::letter(Digest {
        to,
        subscriber: subscriber.id,
        ends_at: window.ends_at,
        is_first: window.is_first,
        details: subscriber.details,
        place_known: subscriber.wishes.place.is_some(),
        lines,
        has_more,
        all_url,
        preferences_url: &own.preferences_url,
        unsubscribe_url: &own.unsubscribe_url,
        practice,
    })
}
