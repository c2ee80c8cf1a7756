//! Reserving a seat, use case by use case: what each page shows, and what each form does in one transaction.

use super::{
    auth, reader,
    show::{face, rhythm_of, seat_line},
    state::{App, sha256},
    times::{clock_at, day_of, long_day, near_moment},
};
use crate::{
    api::reserve::{Brief, HoldStrip},
    domain::{
        agreement::AgreementKind,
        group::price_a_meeting,
        ids::{IdempotencyKey, OfferId},
        listing::Listing,
        place::UsState,
        seat_counts::SeatCounts,
    },
    error::AppError,
    paths::{self, ReserveStep, reserve_step},
    server::{content, reply},
    store::{
        Actor, Failure, Tx,
        agreements::{self, Text},
        drafts::{self, DraftStep},
        groups,
        members::{self, Profile},
        reservations, seats,
        sessions::Member,
    },
};
use chrono_tz::Tz;

mod about;
mod agree;
mod confirm;
mod hold;

pub use about::{about_page, keep_about};
pub use agree::{AgreementsTyped, agreements_page, sign_agreements, version_words};
pub use confirm::{check_page, confirm, confirmed_page};
pub use hold::{ask, hold, hold_page, let_go, renew, where_to};

/// What every step reads first: who, which group, in which zone.
struct Ground {
    member: Member,
    listing: Listing,
    profile: Profile,
    zone: Tz,
}

async fn ground(app: &App, slug: &str) -> Result<Ground, AppError> {
    let member = auth::member(app).await?;
    let zone = reader::zone(app, None, Some(member.id())).await?.zone;
    let reads = app.store.reads();
    let listing = groups::find(reads, slug, Some(member.id()), app.now(), zone).await?.ok_or(AppError::NotFound)?;
    let profile = members::profile(reads, member.id()).await?;
    Ok(Ground { member, listing, profile, zone })
}

/// The group as every step shows it.
fn brief(ground: &Ground) -> Brief {
    let listing = &ground.listing;
    Brief {
        slug: listing.slug.clone(),
        title: listing.title.clone(),
        leader: face(listing),
        rhythm: rhythm_of(listing, ground.zone),
        first_day: listing.next.map(|next| long_day(day_of(next.starts_at, ground.zone))).unwrap_or_default(),
        price: price_a_meeting(listing.price_cents),
        seats: seat_line(listing),
    }
}

/// The strip of a living or lapsed hold. Without one the reader is sent to where a seat can be held.
async fn strip(app: &App, ground: &Ground) -> Result<HoldStrip, AppError> {
    let (reads, member, group) = (app.store.reads(), ground.member.id(), ground.listing.id);
    if reservations::find(reads, member, group).await?.is_some() {
        reply::go(&reserve_step(&ground.listing.slug, ReserveStep::Confirmed));
        return Err(AppError::StepMissing);
    }
    let of_seconds = app.settings.durations.hold;
    if let Some(hold) = seats::hold_of(reads, member, group).await? {
        return Ok(HoldStrip {
            counts: with_own_hold(ground.listing.seats),
            until: if hold.is_offer {
                near_moment(hold.until, app.now(), ground.zone)
            } else {
                clock_at(hold.until, ground.zone)
            },
            seconds_left: u32::try_from(hold.seconds_left).unwrap_or_default(),
            of_seconds: if hold.is_offer { app.settings.durations.offer } else { of_seconds },
            can_renew: hold.renewals_left > 0,
            lapsed: false,
            offer: hold.is_offer.then(|| paths::offer(OfferId(hold.id.0))),
        });
    }
    if seats::has_open_hold(reads, member, group).await? {
        return Ok(HoldStrip {
            counts: ground.listing.seats,
            until: String::new(),
            seconds_left: 0,
            of_seconds,
            can_renew: false,
            lapsed: true,
            offer: None,
        });
    }
    reply::go(&paths::reserve(&ground.listing.slug));
    Err(AppError::StepMissing)
}

/// The same counts, with the seat that is held for the reader, or offered to her, marked as hers.
fn with_own_hold(counts: SeatCounts) -> SeatCounts {
    if counts.offered > 0 {
        return SeatCounts { offered: counts.offered - 1, yours: counts.yours + 1, ..counts };
    }
    SeatCounts { held: counts.held.saturating_sub(1), yours: counts.yours + 1, ..counts }
}

/// States in which the leader may practise at the next meeting.
fn leader_states(listing: &Listing) -> Vec<UsState> {
    listing
        .next
        .map(|next| crate::domain::eligibility::states_on(&listing.authorities, next.group_day))
        .unwrap_or_default()
}

/// The current agreements, as far as signing needs them.
fn current_texts() -> Vec<Text<'static>> {
    content::agreements()
        .iter()
        .map(|text| Text { kind: text.kind, version: &text.version, hash: &text.hash })
        .collect()
}

/// The current agreement of a kind.
fn current_text(kind: AgreementKind) -> Option<Text<'static>> {
    current_texts().into_iter().find(|text| text.kind == kind)
}

/// The first step that is not finished.
pub(super) async fn next_step(
    executor: impl sqlx::PgExecutor<'_>,
    member: &Member,
    profile: &Profile,
    slug: &str,
) -> Result<String, AppError> {
    Ok(next_step_over(executor, member, profile, slug).await?)
}

async fn next_step_over(
    executor: impl sqlx::PgExecutor<'_>,
    member: &Member,
    profile: &Profile,
    slug: &str,
) -> Result<String, Failure> {
    let step = if !profile.is_complete() {
        ReserveStep::About
    } else if agreements::signed_at(executor, member.id(), &current_texts()).await?.is_none() {
        ReserveStep::Agreements
    } else {
        ReserveStep::Check
    };
    Ok(reserve_step(slug, step))
}

/// Reads an idempotency key. A page that is older than this program may have another form of key; it gets one that is
/// derived from what came, so that the form still works and still counts once.
pub(super) fn parse_key(text: &str) -> Result<IdempotencyKey, AppError> {
    if let Ok(key) = text.parse() {
        return Ok(key);
    }
    if text.is_empty() || text.len() > 100 {
        return Err(AppError::BadRequest);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&sha256(text.as_bytes())[..16]);
    Ok(IdempotencyKey(uuid::Uuid::from_bytes(bytes)))
}

/// Keeps what was typed so far, before anything of it is judged.
async fn keep_draft<T: serde::Serialize + Send + Sync + 'static>(
    app: &App,
    step: DraftStep,
    typed: T,
) -> Result<(), AppError> {
    let token = auth::token(app);
    let work = move |mut tx: Tx| async move {
        let member = auth::prove_member(&mut tx, token).await?;
        drafts::keep(&mut tx, &member, step, &typed, &[]).await?;
        Ok::<_, AppError>((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await
}
