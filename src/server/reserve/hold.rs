//! The page before the hold, the hold itself, holding longer, letting go.

use super::{brief, ground, leader_states, next_step, parse_key};
use crate::{
    api::{
        groups::SeatAction,
        reserve::{HoldPage, Renewed},
    },
    domain::{
        about::FieldError,
        eligibility::{Age, Ask, Eligibility, Step},
        group::ConfirmMode,
        ids::OfferId,
        place::Place,
    },
    error::AppError,
    paths,
    server::{
        answer, auth,
        group_page::why_not,
        line, offers, reader, reply,
        show::lasting,
        state::{App, new_key},
        times::clock_at,
        waiting,
    },
    store::{
        Actor, Tx,
        deeds::{self, Begun},
        groups, idempotency, locks,
        members::{self, Profile},
        offers::OfferStatus,
        reservations,
        seats::{self, Hold},
        sessions::Member,
    },
};
use chrono_tz::UTC;

/// The page before the hold.
pub async fn hold_page(app: &App, slug: &str) -> Result<HoldPage, AppError> {
    let ground = ground(app, slug).await?;
    let (reads, member) = (app.store.reads(), &ground.member);
    if reservations::find(reads, member.id(), ground.listing.id).await?.is_some() {
        reply::go(&paths::reserve_step(slug, paths::ReserveStep::Confirmed));
        return Err(AppError::StepMissing);
    }
    if let Some(hold) = seats::hold_of(reads, member.id(), ground.listing.id).await? {
        reply::go(&where_to(app, member, &ground.profile, slug, &hold).await?);
        return Err(AppError::StepMissing);
    }
    let mut form = answer::form(app, &paths::reserve(slug));
    if form.value("state").is_empty() {
        let known = ground.profile.place.map(|place| place.value().to_owned()).unwrap_or_default();
        form.values.retain(|(name, _)| name != "state");
        form.values.push(("state".to_owned(), known));
    }
    let (listing, place) = (&ground.listing, ground.profile.place);
    let refusal = match why_not(app, listing, Some(member), place, &ground.profile).await? {
        Some(SeatAction::No { reason, instead }) => Some((reason, instead)),
        _ => None,
    };
    Ok(HoldPage {
        group: brief(&ground),
        // A state that was given can be changed here: she may be travelling.
        ask_place: true,
        ask_adult: ground.profile.born_on.is_none() && !ground.profile.says_adult,
        leader_states: leader_states(&ground.listing),
        form,
        refusal,
        line: waiting::shown(app, listing, Some(member), &ground.profile, place).await?,
        key: new_key().to_string(),
        hold_words: lasting(app.settings.durations.hold),
    })
}

/// Holds a seat; gives the path of the first step that is not finished.
pub async fn hold(app: &App, slug: &str, key: &str, state: &str, adult: bool) -> Result<String, AppError> {
    let key = parse_key(key)?;
    let (token, now, seconds) = (auth::token(app), app.now(), app.settings.durations.hold);
    let (slug, state) = (slug.to_owned(), state.to_owned());
    let work = move |mut tx: Tx| async move {
        let (member, group, lock) = match deeds::begin::<String>(&mut tx, token, "hold", key, &slug).await? {
            Begun::Answered(path) => return Ok((tx, path)),
            Begun::Open(member, group, lock) => (member, group, lock),
        };
        let listing = groups::find(&mut *tx, &slug, Some(member.id()), now, UTC).await?.ok_or(AppError::NotFound)?;
        let typed = Place::parse(&state);
        let mut profile = members::profile(&mut *tx, member.id()).await?;
        let place = if state.is_empty() { profile.place } else { typed };
        if (typed.is_some() && typed != profile.place) || (adult && !profile.says_adult) {
            members::keep_hold_answers(&mut tx, &member, typed, adult).await?;
            profile = members::profile(&mut *tx, member.id()).await?;
        }
        match listing.eligibility(Step::Hold, place, profile.age()) {
            Eligibility::Eligible => {}
            Eligibility::NotEligible(reason) => {
                return Err(AppError::NotEligible(reason.sentence(listing.leader.first_name())));
            }
            Eligibility::Unknown(Ask::Place | Ask::Adult | Ask::BirthDate) => {
                let state = FieldError::new("state", "Please choose where you will be during the meetings.");
                let adult = FieldError::new("adult", "Please tell us that you are 18 or older.");
                let asked = [(place.is_none(), state), (profile.age() == Age::Unknown, adult)];
                let errors = asked.into_iter().filter_map(|(missing, error)| missing.then_some(error)).collect();
                return Err(AppError::Fields(errors));
            }
        }
        if !listing.takes_members() || listing.confirm == ConfirmMode::AfterLook {
            return Err(AppError::GroupNotOpen);
        }
        let among = listing.open_to(Some(member.id()));
        seats::hold_among(&mut tx, &lock, &member, group, seconds, among.as_deref()).await?;
        let path = next_step(&mut *tx, &member, &profile, &slug).await?;
        idempotency::keep(&mut tx, &member, "hold", key, &path).await?;
        Ok((tx, path))
    };
    app.store.write(Actor::Visitor, work).await
}

/// Holds a seat longer.
pub async fn renew(app: &App, slug: &str) -> Result<Renewed, AppError> {
    let (token, now, seconds, slug) = (auth::token(app), app.now(), app.settings.durations.hold, slug.to_owned());
    let work = move |mut tx: Tx| async move {
        let member = auth::prove_member(&mut tx, token).await?;
        let group = groups::find(&mut *tx, &slug, None, now, UTC).await?.ok_or(AppError::NotFound)?.id;
        let lock = locks::shared(&mut tx, group).await?;
        let hold = seats::renew(&mut tx, &lock, &member, group, seconds).await?;
        Ok::<_, AppError>((tx, (member.id(), hold)))
    };
    let (member, hold) = app.store.write(Actor::Visitor, work).await?;
    let zone = reader::zone(app, None, Some(member)).await?.zone;
    Ok(Renewed {
        until: clock_at(hold.until, zone),
        seconds_left: u32::try_from(hold.seconds_left).unwrap_or_default(),
        can_renew: hold.renewals_left > 0,
    })
}

/// Lets a hold go; an offer is declined that way.
pub async fn let_go(app: &App, slug: &str) -> Result<(), AppError> {
    let (token, now, slug) = (auth::token(app), app.now(), slug.to_owned());
    let work = move |mut tx: Tx| async move {
        let member = auth::prove_member(&mut tx, token).await?;
        let group = groups::find(&mut *tx, &slug, None, now, UTC).await?.ok_or(AppError::NotFound)?.id;
        if let Some(hold) = seats::hold_of(&mut *tx, member.id(), group).await?.filter(|hold| hold.is_offer) {
            return Ok((tx, LetGo::Offer(hold.id.0.to_string())));
        }
        let lock = locks::shared(&mut tx, group).await?;
        seats::let_go(&mut tx, &lock, member.id(), group).await?;
        let line = crate::store::waiting::is_waited_for(&mut *tx, group).await?;
        Ok::<_, AppError>((tx, if line { LetGo::BesideLine } else { LetGo::Hold }))
    };
    match app.store.write(Actor::Visitor, work).await? {
        LetGo::Hold => {}
        LetGo::BesideLine => line::hint(app).await,
        LetGo::Offer(id) => offers::decline(app, &id).await?,
    }
    Ok(())
}

/// What was let go.
enum LetGo {
    /// A hold, or nothing.
    Hold,
    /// The same where somebody waits for it.
    BesideLine,
    /// Nothing yet: it is an offer, with this id.
    Offer(String),
}

/// Where somebody goes on who holds a seat, or is offered one that she has not accepted.
pub async fn where_to(
    app: &App,
    member: &Member,
    profile: &Profile,
    slug: &str,
    hold: &Hold,
) -> Result<String, AppError> {
    let id = OfferId(hold.id.0);
    if hold.is_offer {
        let offer = crate::store::offers::find(app.store.reads(), member.id(), id).await?;
        if offer.is_some_and(|offer| offer.status == OfferStatus::Open) {
            return Ok(paths::offer(id));
        }
    }
    next_step(app.store.reads(), member, profile, slug).await
}
