//! The page before the hold, the hold itself, holding longer, letting go.

use super::{brief, ground, leader_states, next_step, next_step_over, parse_key};
use crate::{
    api::{
        groups::SeatAction,
        reserve::{HoldPage, Renewed},
    },
    domain::{
        about::FieldError,
        eligibility::{Age, Eligibility, Reason, Step},
        ids::OfferId,
        listing::first_name,
        place::Place,
    },
    error::AppError,
    paths::{self, ReserveStep, reserve_step},
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
        Actor, Conn, Failure, Lent, Tx, groups,
        holds::{self, AtOnce, Ground, GroupSeen, Seen, Taken, Taking, Wish},
        locks,
        members::Profile,
        offers::OfferStatus,
        reservations,
        seats::{self, Hold},
        sessions::{self, Member, Signed},
    },
};
use chrono::{DateTime, Utc};
use chrono_tz::UTC;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

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

/// Looks that a hold may take, while what it sees moves on under it.
const LOOKS: u32 = 10;
/// Between two of them; the second follows at once, each further one after a longer pause, for whatever moves to be done.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// Holds a seat; gives the path of the first step that is not finished. Same key, same answer, one seat.
pub async fn hold(app: &App, slug: &str, key: &str, state: &str, adult: bool) -> Result<String, AppError> {
    let token = auth::token(app).ok_or(AppError::SignInNeeded)?;
    let wish = Wish { token, key: parse_key(key)?, slug: slug.to_owned() };
    let told = (Place::parse(state), adult, state.is_empty());
    let app_in = app.clone();
    let work = move |mut conn: Lent| {
        let (app, wish) = (app_in.clone(), wish.clone());
        async move {
            let held = hold_over(&mut conn, &app, &wish, told).await?;
            Ok((conn, held))
        }
    };
    app.store.at_once(work).await?
}

/// Looks, judges, takes.
async fn hold_over(
    conn: &mut Conn,
    app: &App,
    wish: &Wish,
    (typed, adult, is_untouched): (Option<Place>, bool, bool),
) -> Result<Result<String, AppError>, Failure> {
    let seconds = app.settings.durations.hold;
    for look in 0..LOOKS {
        // Each look at its own moment: a meeting may have ended while the one before waited for its locks.
        let now = app.now();
        let kept = app.groups.find(&wish.slug, now);
        let is_kept = kept.is_some();
        if let Some(group) = kept.as_ref().filter(|_| look == 0 && (is_untouched || typed.is_some())) {
            // Whoever has told no more than where she is and that she is of age goes on to the questions.
            let path = reserve_step(&wish.slug, ReserveStep::About);
            match holds::at_once(&mut *conn, wish, group, typed, seconds, &path, now).await? {
                AtOnce::Held => return Ok(Ok(path)),
                AtOnce::Full => return Ok(Err(AppError::GroupFull)),
                AtOnce::Look => {}
            }
        }
        let group = match kept {
            Some(group) => group,
            None => match group_read(&mut *conn, app, wish, now).await? {
                Ok(group) => group,
                Err(refusal) => return Ok(Err(refusal)),
            },
        };
        let mut seen = match holds::look(&mut *conn, wish, group, now).await? {
            Ok(Seen::Ground(ground)) => ground,
            Ok(Seen::Answered(path)) => return Ok(Ok(path)),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let place = if is_untouched { seen.profile.place } else { typed };
        let news = (typed.is_some() && typed != seen.profile.place) || (adult && !seen.profile.says_adult);
        seen.profile.place = typed.or(seen.profile.place);
        seen.profile.says_adult |= adult;
        let among = match judge(&seen, place) {
            Ok(among) => among,
            // What was kept may be old, and nobody is turned away for what was. (Whether a seat is free is never kept.)
            Err(No::Eligibility(_) | No::Other(_)) if is_kept => {
                app.groups.forget(&wish.slug);
                continue;
            }
            Err(no) => match explain(&mut *conn, &seen, no).await? {
                Some(refusal) => return Ok(Err(refusal)),
                None => None,
            },
        };
        let path = next_step_over(&mut *conn, &seen.member, &seen.profile, &wish.slug).await?;
        let told = news.then_some((typed, adult));
        match holds::take(&mut *conn, wish, &seen, &Taking { seconds, among: among.as_deref(), told, answer: &path })
            .await?
        {
            Ok(Taken::Held) => return Ok(Ok(path)),
            Ok(Taken::Answered(path)) => return Ok(Ok(path)),
            Ok(Taken::Moved) => {
                app.groups.forget(&wish.slug);
                sleep(BETWEEN_LOOKS * look).await;
            }
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    Err(Failure::Away(format!("a group moved on under {LOOKS} looks")))
}

/// Reads the group, and keeps it for whoever comes next; only for somebody who is signed in.
async fn group_read(
    conn: &mut Conn,
    app: &App,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Result<Arc<GroupSeen>, AppError>, Failure> {
    match sessions::find(&mut *conn, &wish.token).await?.map(Signed::into_member) {
        None => return Ok(Err(AppError::SignInNeeded)),
        Some(None) => return Ok(Err(AppError::Forbidden)),
        Some(Some(_)) => {}
    }
    let Some(group) = holds::group(conn, &wish.slug, now).await? else { return Ok(Err(AppError::NotFound)) };
    let group = Arc::new(group);
    app.groups.keep(&wish.slug, &group, now);
    Ok(Ok(group))
}

/// What the program says no for.
enum No {
    /// She may not come in.
    Eligibility(Reason),
    /// Something else, whoever she is.
    Other(AppError),
    /// No seat is left for her, unless she has one here.
    Full(AppError),
}

/// What the program judges of a hold; gives the seats that she may have, if anybody waits.
fn judge(seen: &Ground, place: Option<Place>) -> Result<Option<Vec<i16>>, No> {
    let door = seen.group.door();
    match door.eligibility(Step::Hold, place, seen.profile.age()) {
        Eligibility::Eligible => {}
        Eligibility::NotEligible(reason) => return Err(No::Eligibility(reason)),
        Eligibility::Unknown(_) => return Err(No::Other(ask(place, seen.profile.age()))),
    }
    if !door.takes_reservations() {
        return Err(No::Other(AppError::GroupNotOpen));
    }
    let among = door.open_to(Some(seen.member.id()));
    if !seen.is_any_free {
        return Err(No::Full(AppError::GroupFull));
    }
    if among.as_ref().is_some_and(Vec::is_empty) {
        return Err(No::Full(AppError::SomebodyWaits));
    }
    Ok(among)
}

/// What she is told. Whoever has a seat here is told of that one by [`holds::take`], which asks for no other then.
async fn explain(conn: &mut Conn, seen: &Ground, no: No) -> Result<Option<AppError>, Failure> {
    Ok(match no {
        No::Other(refusal) => Some(refusal),
        No::Full(refusal) => (!holds::is_seated(conn, seen).await?).then_some(refusal),
        No::Eligibility(reason) => {
            let leader = holds::leader_name(conn, seen).await?;
            Some(AppError::NotEligible(reason.sentence(first_name(&leader))))
        }
    })
}

/// What has to be asked before it is known whether somebody may hold a seat, or wait for one.
pub fn ask(place: Option<Place>, age: Age) -> AppError {
    let state = FieldError::new("state", "Please choose where you will be during the meetings.");
    let adult = FieldError::new("adult", "Please tell us that you are 18 or older.");
    let asked = [(place.is_none(), state), (age == Age::Unknown, adult)];
    AppError::Fields(asked.into_iter().filter_map(|(missing, error)| missing.then_some(error)).collect())
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
