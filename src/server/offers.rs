//! An offer, from its page to the answer.

use super::{
    answer, auth, line,
    line::letters::{self, Over},
    reader, reserve,
    show::{face, rhythm_of, seat_line},
    state::App,
    times::{beside, near_moment, zone_label},
};
use crate::{
    api::offers::{OfferPage, OfferState},
    domain::{
        eligibility::{Ask, Eligibility, Step},
        group::price_a_meeting,
        ids::OfferId,
        listing::Listing,
        waiting::DECLINES,
    },
    error::AppError,
    paths::{self, ReserveStep, reserve_step},
    store::{
        Actor, Conn, Tx,
        groups::{self, Scope},
        locks, meetings, members,
        offers::{self, Offer, OfferStatus},
        sessions::{Member, TokenHash},
    },
};
use chrono_tz::{Tz, UTC};

/// The path of an offer, if this can be one's id.
pub fn path(id: &str) -> Option<String> {
    id.parse().ok().map(paths::offer)
}

fn parse(id: &str) -> Result<OfferId, AppError> {
    id.parse().map_err(|_| AppError::NotFound)
}

/// The page of an offer. Whoever it was not made to finds nothing.
pub async fn page(app: &App, id: &str) -> Result<OfferPage, AppError> {
    let member = auth::member(app).await?;
    let reader = reader::zone(app, None, Some(member.id())).await?;
    let (reads, zone, now) = (app.store.reads(), reader.zone, app.now());
    let offer = offers::find(reads, member.id(), parse(id)?).await?.ok_or(AppError::NotFound)?;
    let listing = groups::listings(reads, Scope::Id(offer.group), Some(member.id()), now, zone)
        .await?
        .pop()
        .ok_or(AppError::NotFound)?;
    let group_zone: Tz = listing.zone.parse().unwrap_or(zone);
    let first = meetings::first_of_offer(reads, offer.id, now).await?;
    let keeps = offer.declines + 1 < DECLINES;
    let state = match offer.status {
        OfferStatus::Confirmed => OfferState::Taken,
        OfferStatus::Declined => OfferState::Declined,
        _ if offer.is_open() => OfferState::Open,
        _ => OfferState::Over,
    };
    let accepted = offer.status == OfferStatus::Accepted && state == OfferState::Open;
    let go_on = match state {
        OfferState::Taken => Some(reserve_step(&listing.slug, ReserveStep::Confirmed)),
        OfferState::Open if accepted => {
            let profile = members::profile(reads, member.id()).await?;
            Some(reserve::next_step(reads, &member, &profile, &listing.slug).await?)
        }
        _ => None,
    };
    Ok(OfferPage {
        id: offer.id.to_string(),
        slug: listing.slug.clone(),
        title: listing.title.clone(),
        leader: face(&listing),
        rhythm: rhythm_of(&listing, zone),
        beside: listing.next.and_then(|next| beside(next.usual_at, zone, group_zone)),
        first_meeting: first.map(|first| near_moment(first, now, zone)).unwrap_or_default(),
        price: price_a_meeting(listing.price_cents),
        seats: seat_line(&listing),
        until: near_moment(offer.ends_at, now, zone),
        zone_label: zone_label(zone),
        quiet: app.settings.quiet_hours.is_some(),
        until_at: offer.ends_at,
        seconds_left: if state == OfferState::Open { u32::try_from(offer.seconds_left).unwrap_or_default() } else { 0 },
        state,
        accepted,
        go_on,
        decline_keeps_place: keeps,
        decline_means: if keeps {
            "If you say no, or do not answer in time, you keep your place in line and this seat goes to the next. The second time your place in this line ends."
        } else {
            "You said no once, or did not answer. If you do so again, your place in this line ends. You can join it again at its end."
        }
        .to_owned(),
        zone: reader.shown(app),
        form: answer::form(app, &paths::offer(offer.id)),
    })
}

/// The offer, its group's lock, and its group as it stands under it.
struct Ground {
    member: Member,
    offer: Offer,
    lock: locks::ExclusiveLock,
    listing: Listing,
}

async fn ground(conn: &mut Conn, app: &App, token: Option<TokenHash>, id: &str) -> Result<Ground, AppError> {
    let member = auth::prove_member(&mut *conn, token).await?;
    let id = parse(id)?;
    let group = offers::find(&mut *conn, member.id(), id).await?.ok_or(AppError::NotFound)?.group;
    let lock = locks::exclusive(&mut *conn, group).await?;
    // Read again under the lock: it may have been answered in another tab meanwhile.
    let offer = offers::find(&mut *conn, member.id(), id).await?.ok_or(AppError::NotFound)?;
    let listing = groups::listings(&mut *conn, Scope::Id(group), Some(member.id()), app.now(), UTC).await?.pop();
    Ok(Ground { member, offer, lock, listing: listing.ok_or(AppError::NotFound)? })
}

/// Accepts an offer; gives the path of the first step that is missing.
pub async fn accept(app: &App, id: &str) -> Result<String, AppError> {
    let (token, id, app_in) = (auth::token(app), id.to_owned(), app.clone());
    // The time of two holds: what anybody else has, with one renewal.
    let at_least = app.settings.durations.hold.saturating_mul(2);
    let work = move |mut tx: Tx| async move {
        let Ground { member, offer, lock, listing } = ground(&mut tx, &app_in, token, &id).await?;
        if offer.status == OfferStatus::Confirmed {
            return Ok((tx, reserve_step(&listing.slug, ReserveStep::Confirmed)));
        }
        let profile = members::profile(&mut *tx, member.id()).await?;
        match listing.eligibility(Step::Hold, profile.place, profile.age()) {
            Eligibility::Eligible => {}
            Eligibility::NotEligible(reason) => {
                return Err(AppError::NotEligible(reason.sentence(listing.leader.first_name())));
            }
            Eligibility::Unknown(Ask::Place | Ask::Adult | Ask::BirthDate) => return Err(AppError::AskFirst),
        }
        if !listing.takes_members() {
            return Err(AppError::GroupNotOpen);
        }
        // Whoever accepts late in the evening has until the morning: no offer ends in the night.
        let zone = line::zone_of(&mut tx, member.id()).await?;
        let until = line::ends_after(&app_in, offers::clock(&mut tx).await?, at_least, zone);
        if !offers::accept(&mut tx, &lock, &offer, until).await? {
            return Err(AppError::OfferOver);
        }
        let path = reserve::next_step(&mut *tx, &member, &profile, &listing.slug).await?;
        Ok((tx, path))
    };
    app.store.write(Actor::Visitor, work).await
}

/// Declines an offer: the seat goes to the next in line. To have declined already is fine too.
pub async fn decline(app: &App, id: &str) -> Result<(), AppError> {
    let (token, id, app_in) = (auth::token(app), id.to_owned(), app.clone());
    let work = move |mut tx: Tx| async move {
        let Ground { offer, lock, listing, .. } = ground(&mut tx, &app_in, token, &id).await?;
        if offer.status == OfferStatus::Declined {
            return Ok((tx, ()));
        }
        let passed = offers::decline(&mut tx, &lock, &offer).await?.ok_or(AppError::OfferOver)?;
        letters::offer_over(&mut tx, &app_in, &listing, &passed, Over::Declined).await?;
        line::pass_on(&mut tx, &lock, &app_in, offer.group).await?;
        Ok::<_, AppError>((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await?;
    line::hint(app).await;
    Ok(())
}
