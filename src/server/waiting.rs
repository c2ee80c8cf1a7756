//! The line of a full group: joining, leaving, and how a reader stands to it.

use super::{
    auth, line,
    line::letters,
    reserve::{ask, parse_key},
    show::lasting,
    state::{App, new_key},
};
use crate::{
    api::waiting::LineShown,
    domain::{
        eligibility::{Age, Eligibility, Step},
        listing::Listing,
        place::Place,
    },
    error::AppError,
    paths,
    store::{
        Actor, Tx, groups, idempotency, locks,
        members::{self, Profile},
        offers, reservations, seats,
        sessions::Member,
        waiting::{self, LineEnd, LinePlace},
    },
};
use chrono_tz::UTC;

/// Joins the line; gives the path to go to. The same key twice is one wish.
pub async fn join(app: &App, slug: &str, key: &str, state: &str, adult: bool) -> Result<String, AppError> {
    let key = parse_key(key)?;
    let (token, now, app_in) = (auth::token(app), app.now(), app.clone());
    let (slug, state) = (slug.to_owned(), state.to_owned());
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let member = auth::prove_member(&mut tx, token).await?;
        if let Some(path) = idempotency::first_answer::<String>(&mut tx, &member, "join", key).await? {
            return Ok((tx, path));
        }
        let group = groups::find(&mut *tx, &slug, None, now, UTC).await?.ok_or(AppError::NotFound)?.id;
        let lock = locks::exclusive(&mut tx, group).await?;
        // Her row before that of her profile, which is written below.
        seats::one_at_a_time(&mut tx, &member).await?;
        let listing = groups::find(&mut *tx, &slug, Some(member.id()), now, UTC).await?.ok_or(AppError::NotFound)?;
        let known = members::profile(&mut *tx, member.id()).await?;
        let typed = Place::parse(&state);
        let place = if state.is_empty() { known.place } else { typed };
        members::keep_hold_answers(&mut tx, &member, typed, adult).await?;
        let profile = members::profile(&mut *tx, member.id()).await?;
        if !listing.door().takes_reservations() {
            return Err(AppError::GroupNotOpen);
        }
        may_wait(&listing, place, profile.age())?;
        if could_hold(&listing, &member) {
            return Err(AppError::SeatFree);
        }
        let entry = waiting::join(&mut tx, &lock, &member, group).await?;
        let position = waiting::position(&mut *tx, member.id(), group).await?.unwrap_or(1);
        letters::joined(&mut tx, &app, &listing, member.id(), entry, position).await?;
        line::pass_on(&mut tx, &lock, &app, group).await?;
        let path = paths::SEATS.to_owned();
        idempotency::keep(&mut tx, &member, "join", key, &path).await?;
        Ok((tx, path))
    };
    let path = app.store.write::<_, AppError, _, _>(Actor::Visitor, work).await?;
    line::hint(app).await;
    Ok(path)
}

/// Whether she could hold a seat here now: a free one that nobody before her can be offered, and none of hers.
fn could_hold(listing: &Listing, member: &Member) -> bool {
    listing.seats.yours == 0 && listing.seats.offered == 0 && listing.open_seats(Some(member.id())) > 0
}

fn may_wait(listing: &Listing, place: Option<Place>, age: Age) -> Result<(), AppError> {
    match listing.eligibility(Step::Hold, place, age) {
        Eligibility::Eligible => Ok(()),
        Eligibility::NotEligible(reason) => Err(AppError::NotEligible(reason.sentence(listing.leader.first_name()))),
        Eligibility::Unknown(_) => Err(ask(place, age)),
    }
}

/// Leaves the line. Not to wait there is fine too: she wanted that. An offer that is open for her is over.
pub async fn leave(app: &App, slug: &str) -> Result<(), AppError> {
    let (token, app_in, slug) = (auth::token(app), app.clone(), slug.to_owned());
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let member = auth::prove_member(&mut tx, token).await?;
        let found = groups::find(&mut *tx, &slug, None, app.now(), UTC).await?;
        let group = found.ok_or(AppError::NotFound)?.id;
        let lock = locks::exclusive(&mut tx, group).await?;
        waiting::end(&mut tx, &lock, member.id(), group, LineEnd::Left).await?;
        offers::withdraw(&mut tx, &lock, member.id(), group).await?;
        line::pass_on(&mut tx, &lock, &app, group).await?;
        Ok::<_, AppError>((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await?;
    line::hint(app).await;
    Ok(())
}

/// After accepting: leaves the other lines of the same topic or kind, or keeps them all.
pub async fn leave_others(app: &App, slug: &str, wanted: bool) -> Result<(), AppError> {
    let member = auth::member(app).await?;
    let reads = app.store.reads();
    let here = groups::find(reads, slug, Some(member.id()), app.now(), UTC).await?.ok_or(AppError::NotFound)?;
    if wanted {
        for listing in related_lines(app, &member, &here).await? {
            leave(app, &listing.slug).await?;
        }
    }
    Ok(())
}

/// The groups of the same topic or kind in whose lines she waits beside this one.
pub async fn related_lines(app: &App, member: &Member, here: &Listing) -> Result<Vec<Listing>, AppError> {
    let mut found = lines(app, member).await?;
    found.retain(|(_, listing)| listing.id != here.id && here.is_related_to(listing));
    Ok(found.into_iter().map(|(_, listing)| listing).collect())
}

/// Her lines with their groups, in the order of joining.
pub async fn lines(app: &App, member: &Member) -> Result<Vec<(LinePlace, Listing)>, AppError> {
    let reads = app.store.reads();
    let mut found = Vec::new();
    for place in waiting::places_of(reads, member.id()).await? {
        let scope = groups::Scope::Id(place.group);
        if let Some(listing) = groups::listings(reads, scope, Some(member.id()), app.now(), UTC).await?.pop() {
            found.push((place, listing));
        }
    }
    Ok(found)
}

/// How a reader stands to the line of a group.
pub async fn shown(
    app: &App,
    listing: &Listing,
    member: Option<&Member>,
    profile: &Profile,
    place: Option<Place>,
) -> Result<LineShown, AppError> {
    let reads = app.store.reads();
    let mut shown = LineShown {
        waiting: listing.waiting,
        words: in_line(listing.waiting),
        means: means(app),
        ..LineShown::default()
    };
    let id = member.map(Member::id);
    let mut has_seat = false;
    if let Some(member) = member {
        let position = waiting::position(reads, member.id(), listing.id).await?;
        shown.position = position.and_then(|position| u32::try_from(position).ok());
        if let Some(position) = shown.position {
            shown.words = place_words(position, listing.waiting);
        }
        let open = offers::find_open(reads, member.id()).await?;
        shown.offer = open.iter().find(|offer| offer.group == listing.id).map(|offer| paths::offer(offer.id));
        has_seat = reservations::find(reads, member.id(), listing.id).await?.is_some()
            || seats::hold_of(reads, member.id(), listing.id).await?.is_some();
    }
    let eligibility = listing.eligibility(Step::Hold, place, profile.age());
    shown.can_join = shown.position.is_none()
        && !has_seat
        && listing.door().takes_reservations()
        && listing.open_seats(id) == 0
        && !matches!(eligibility, Eligibility::NotEligible(_));
    shown.ask = !eligibility.is_eligible() || place != profile.place;
    if shown.can_join {
        shown.key = new_key().to_string();
    }
    Ok(shown)
}

/// How the line goes, in this installation.
fn means(app: &App) -> String {
    let quiet = if app.settings.quiet_hours.is_some() { ", never ending at night" } else { "" };
    format!(
        "The line goes by the time of joining, and nobody overtakes. When a seat is free for you, we write to you and hold it for {}{quiet}.",
        lasting(app.settings.durations.offer)
    )
}

fn in_line(waiting: u32) -> String {
    match waiting {
        0 => String::new(),
        1 => "1 person is in line".to_owned(),
        n => format!("{n} people are in line"),
    }
}

/// "3rd of 5 in line".
pub fn place_words(position: u32, of: u32) -> String {
    let ending = match (position % 10, position % 100) {
        (1, n) if n != 11 => "st",
        (2, n) if n != 12 => "nd",
        (3, n) if n != 13 => "rd",
        _ => "th",
    };
    format!("{position}{ending} of {} in line", of.max(position))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_as_people_say_them() {
        for (position, words) in [
            (1, "1st"),
            (2, "2nd"),
            (3, "3rd"),
            (4, "4th"),
            (11, "11th"),
            (12, "12th"),
            (13, "13th"),
            (21, "21st"),
            (112, "112th"),
        ] {
            assert_eq!(place_words(position, 200), format!("{words} of 200 in line"));
        }
        assert_eq!(place_words(2, 1), "2nd of 2 in line", "the two numbers are read one after the other");
        assert_eq!(
            (in_line(0), in_line(1), in_line(5)),
            (String::new(), "1 person is in line".to_owned(), "5 people are in line".to_owned())
        );
    }
}
