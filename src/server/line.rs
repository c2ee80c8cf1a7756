//! Passing seats on: what happens to a group's free seats and its line whenever one of them changed. Everything that ends,
//! frees or adds a seat calls [`pass_on`] in its own transaction; the worker calls it for what ends by itself.

use super::{reader::practice_zone, settings::QuietHours, state::App, times::parse_zone};
use crate::{
    domain::{
        ids::GroupId,
        listing::Listing,
        waiting::{Quiet, offer_end},
    },
    mail,
    store::{
        Conn, Failure, group_news,
        groups::{self, Scope},
        hints,
        locks::ExclusiveLock,
        members, offers, practice, waiting,
    },
};
use chrono::{DateTime, Utc};
use chrono_tz::{Tz, UTC};

pub mod letters;

/// Hands on what is free ([`offer_seats`]), and notes what has come on sale because nobody in line took it.
pub async fn pass_on(conn: &mut Conn, lock: &ExclusiveLock, app: &App, group: GroupId) -> Result<usize, Failure> {
    let told = offer_seats(&mut *conn, lock, app, group).await?;
    group_news::note_offers_over(conn, lock, group, app.now()).await?;
    Ok(told)
}

/// Ends the offers whose time is over and offers every free seat to the first in line who can be offered it, with the
/// mails that tell of it. Whoever is not eligible when her turn comes is passed over, told once, and keeps her place.
/// Returns how many people were told something.
async fn offer_seats(conn: &mut Conn, lock: &ExclusiveLock, app: &App, group: GroupId) -> Result<usize, Failure> {
    let passed = offers::expire(&mut *conn, lock, group).await?;
    let Some(listing) = listing(&mut *conn, app, group).await? else { return Ok(0) };
    let mut told = passed.len();
    for over in &passed {
        letters::offer_over(&mut *conn, app, &listing, over, letters::Over::Expired).await?;
    }
    if listing.line.waiters.is_empty() || !listing.door().takes_reservations() {
        return Ok(told);
    }
    let turns = listing.line.turns(|waiter| listing.may_be_offered(waiter));
    for index in turns.skipped {
        let waiter = &listing.line.waiters[index];
        if !waiter.told_skipped && waiting::note_skipped(&mut *conn, lock, waiter, group).await? {
            letters::skipped(&mut *conn, app, &listing, waiter).await?;
            told += 1;
        }
    }
    for (vacancy, index) in turns.offers {
        let waiter = &listing.line.waiters[index];
        let zone = zone_of(&mut *conn, waiter.member).await?;
        let now = offers::clock(&mut *conn).await?;
        let ends_at = ends_at(app, now, zone);
        if let Some(id) = offers::make(&mut *conn, lock, group, vacancy, waiter, ends_at).await? {
            letters::offer_made(&mut *conn, app, &listing, waiter.member, id, ends_at).await?;
            told += 1;
        }
    }
    Ok(told)
}

/// When an offer that is made now ends, for somebody in this zone.
pub fn ends_at(app: &App, now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    ends_after(app, now, app.settings.durations.offer, zone)
}

/// When an offer ends that lasts so many seconds from now on: not in the night, however long she has had it.
pub fn ends_after(app: &App, now: DateTime<Utc>, seconds: u32, zone: Tz) -> DateTime<Utc> {
    let quiet = app.settings.quiet_hours.map(|QuietHours { from, to }| Quiet { from, to });
    offer_end(now, seconds, quiet, &zone)
}

/// The group as it stands within this transaction.
pub async fn listing(conn: &mut Conn, app: &App, group: GroupId) -> Result<Option<Listing>, Failure> {
    Ok(groups::listings(conn, Scope::Id(group), None, app.now(), UTC).await?.pop())
}

/// The zone in which somebody reads times when she does not ask for a page: her profile's, else the practice's.
pub async fn zone_of(conn: &mut Conn, account: crate::domain::ids::AccountId) -> Result<Tz, Failure> {
    if let Some(zone) = members::profile(&mut *conn, account).await?.zone.as_deref().and_then(parse_zone) {
        return Ok(zone);
    }
    Ok(practice_zone(practice::find(conn).await?.as_ref()))
}

/// Wakes the workers of this process and, by one NOTIFY outside of any transaction, those of the others. A hint that is
/// lost costs a few seconds: the workers look by themselves as well.
pub async fn hint(app: &App) {
    mail::hint();
    if let Err(error) = hints::notify(app.store.reads()).await {
        tracing::debug!(%error, "no hint could be sent");
    }
}
