//! The words of the weekly mail: a group as a line, and the links that only its subscriber has.

use crate::{
    domain::{
        digest::{Choice, NewGroup, News, Window, states},
        eligibility::list_or,
        email::Email,
        finder::FinderQuery,
        group::Status,
        letter::{ListLetter, PREFERENCES_MARK, ToList, UNSUBSCRIBE_MARK},
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
use uuid::Uuid;

pub use crate::mail::digest::Words;

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

    /// What stands for them in words that many get.
    pub fn marks() -> Self {
        Self { preferences_url: PREFERENCES_MARK.to_owned(), unsubscribe_url: UNSUBSCRIBE_MARK.to_owned() }
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

/// What of a mail depends on whom it goes to, apart from her links: whoever has the same gets the same words.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Sort {
    /// The window; all first ones are one.
    pub window: Window,
    /// What she is told of.
    pub choice: Choice,
    /// Whether topics and titles may stand in it.
    pub details: bool,
    /// Whether we know where she is.
    pub place_known: bool,
}

/// The mail, with these links.
pub fn words(sort: &Sort, lines: Vec<&Line>, own: &Own, all_url: &str, practice: &PracticeLine) -> Words {
    digest::words(&Digest {
        is_first: sort.window.is_first,
        details: sort.details,
        place_known: sort.place_known,
        lines,
        has_more: sort.choice.has_more,
        all_url,
        preferences_url: &own.preferences_url,
        unsubscribe_url: &own.unsubscribe_url,
        practice,
    })
}

/// Her mail in the outbox, which says these words.
pub fn letter(id: Uuid, to: Email, subscriber: &Subscriber, window: Window, own: Own, words: Uuid) -> ListLetter {
    ListLetter {
        id,
        kind: digest::KIND,
        to,
        event_key: format!("{}:{}:{}", digest::KIND, subscriber.id, window.ends_at.timestamp()),
        subject: digest::subject(),
        words,
        preferences_url: own.preferences_url,
        list: ToList { subscriber: subscriber.id, unsubscribe_url: own.unsubscribe_url },
        window_ends_at: window.ends_at,
        expires_in_seconds: Some(digest::EXPIRES),
    }
}
