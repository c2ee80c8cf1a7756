//! A seat offered out of turn: to somebody in line whom the therapist chooses, with a reason. The others keep their place.

use super::{
    line::{self, ends_at, letters, zone_of},
    state::App,
};
use crate::{
    domain::{
        email::Email,
        ids::{AccountId, GroupId},
        line::Line,
        listing::Listing,
        waiting::Waiter,
    },
    store::{Actor, Failure, Tx, accounts, audit, capacity, group_news, locks, offers},
};
use serde_json::json;
use thiserror::Error;

/// The most seats that a group may have.
const MOST_SEATS: u8 = 12;

/// Why nothing was offered; then nothing has changed.
#[derive(Debug, Error)]
pub enum NotOffered {
    /// There is no such group.
    #[error("there is no such group")]
    NoGroup,
    /// The group takes nobody.
    #[error("this group takes no new members")]
    NotOpen,
    /// She does not wait here.
    #[error("nobody with this address waits in this group's line")]
    NotInLine,
    /// She sits here, or is held or offered a seat.
    #[error("she has a seat here already, or one is held for her")]
    Seated,
    /// The rule of eligibility says no, or something is not known.
    #[error("she is not eligible for this group, or has not said where she is")]
    NotEligible,
    /// All seats are taken, or she has been offered those that are free, and none was to be added.
    #[error("no seat is free that she was not offered before; with one seat more there would be")]
    NoSeat,
    /// The group has as many seats as a group may have.
    #[error("this group has {MOST_SEATS} seats, which is as many as a group may have")]
    Largest,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Failure),
}

/// Offers a free seat to the one in line with this address; with `add_seat` one that is added for her, where none is free or
/// she said no to those that are. Gives the number of seats that the group has now if it has got one more.
pub async fn offer(
    app: &App,
    actor: Actor,
    group: GroupId,
    email: Email,
    reason: Line<200>,
    add_seat: bool,
) -> Result<Option<u8>, NotOffered> {
    let app_in = app.clone();
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let lock = locks::exclusive(&mut tx, group).await?;
        // Offers that are over free their seats first.
        for over in offers::expire(&mut tx, &lock, group).await? {
            if let Some(listing) = line::listing(&mut tx, &app, group).await? {
                letters::offer_over(&mut tx, &app, &listing, &over, letters::Over::Expired).await?;
            }
        }
        let member = accounts::find(&mut *tx, &email).await?.ok_or(NotOffered::NotInLine)?;
        let mut listing = line::listing(&mut tx, &app, group).await?.ok_or(NotOffered::NoGroup)?;
        if !listing.takes_members() {
            return Err(NotOffered::NotOpen);
        }
        let mut seats = None;
        // A group without a free seat is read without its line.
        let is_full = listing.seats.free() == 0;
        if is_full || listing.line.vacancy_for(waiter_of(&listing, member)?).is_none() {
            if !add_seat {
                return Err(NotOffered::NoSeat);
            }
            if listing.seats.capacity >= MOST_SEATS {
                return Err(NotOffered::Largest);
            }
            // One more than there are cannot be fewer than are taken.
            let _ = capacity::set(&mut tx, &lock, group, i16::from(listing.seats.capacity) + 1, app.now()).await?;
            seats = Some(listing.seats.capacity + 1);
            listing = line::listing(&mut tx, &app, group).await?.ok_or(NotOffered::NoGroup)?;
        }
        let waiter = waiter_of(&listing, member)?;
        if waiter.seated {
            return Err(NotOffered::Seated);
        }
        if !listing.may_be_offered(waiter) {
            return Err(NotOffered::NotEligible);
        }
        let vacancy = listing.line.vacancy_for(waiter).ok_or(NotOffered::NoSeat)?;
        let ends_at = ends_at(&app, offers::clock(&mut tx).await?, zone_of(&mut tx, member).await?);
        let made = offers::make(&mut tx, &lock, group, vacancy, waiter, ends_at).await?;
        let id = made.ok_or(NotOffered::NoSeat)?;
        letters::offer_made(&mut tx, &app, &listing, member, id, ends_at).await?;
        group_news::note_offers_over(&mut tx, &lock, group, app.now()).await?;
        audit::record(&mut tx, "offered out of turn", group, json!({ "offer": id.0, "reason": reason.as_str() }))
            .await?;
        Ok::<_, NotOffered>((tx, seats))
    };
    let seats = app.store.write(actor, work).await?;
    line::hint(app).await;
    Ok(seats)
}

fn waiter_of(listing: &Listing, member: AccountId) -> Result<&Waiter, NotOffered> {
    listing.line.waiters.iter().find(|waiter| waiter.member == member).ok_or(NotOffered::NotInLine)
}
