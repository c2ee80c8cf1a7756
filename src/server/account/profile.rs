//! Changing what we know of her, with what a new state or a new zone means for her seats.

use super::{hurt_among, letters};
use crate::{
    api::account::ProfilePage,
    domain::{about::FieldError, profile::ProfileTyped},
    error::AppError,
    mail, paths,
    server::{
        answer, auth, preferences, reader,
        state::App,
        times::{full_date, parse_zone},
    },
    store::{
        Actor, Tx,
        groups::{self, Scope},
        members, reservations, seats,
    },
};
use chrono_tz::UTC;

/// The form, as it is or as it was left.
pub async fn page(app: &App) -> Result<ProfilePage, AppError> {
    let member = auth::member(app).await?;
    let reads = app.store.reads();
    let profile = members::profile(reads, member.id()).await?;
    let reader = reader::zone(app, None, Some(member.id())).await?;
    let mut form = answer::form(app, paths::ACCOUNT_PROFILE);
    if !form.is_wrong() {
        let typed = profile.as_profile(reader.zone.name());
        form.values = typed.pairs().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    }
    let all = groups::listings(reads, Scope::SeatsOf(member.id()), Some(member.id()), app.now(), reader.zone).await?;
    let mut first_states: Vec<_> =
        all.iter().flat_map(|listing| listing.authorities.iter().map(|authority| authority.state)).collect();
    first_states.sort_by_key(|state| state.name());
    first_states.dedup();
    Ok(ProfilePage {
        form,
        zones: reader.shown(app).choices,
        first_states,
        born: profile.born_on.map(full_date),
        has_seat: reservations::count_of(reads, member.id()).await? > 0,
    })
}

/// Keeps what she typed; gives the sentence that says what was done. A state in which she cannot join her meetings leaves
/// the seat, and she is told at once which ways there are.
pub async fn keep(app: &App, typed: &ProfileTyped) -> Result<&'static str, AppError> {
    let (token, app_in, typed_in) = (auth::token(app), app.clone(), typed.clone());
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let member = auth::prove_member(&mut tx, token).await?;
        // One at a time: what is compared below must not change in between.
        seats::one_at_a_time(&mut tx, &member).await?;
        let old = members::profile(&mut *tx, member.id()).await?;
        let has_seat = reservations::count_of(&mut *tx, member.id()).await? > 0;
        let zone = parse_zone(&typed_in.zone);
        let answers = match (typed_in.parse(has_seat), zone) {
            (Ok(answers), Some(_)) => answers,
            (parsed, zone) => {
                let mut errors = parsed.err().unwrap_or_default();
                if zone.is_none() {
                    let at = errors.iter().position(|error| error.field.starts_with("contact")).unwrap_or(errors.len());
                    errors.insert(at, FieldError::new("zone", "Please choose a time zone from the list."));
                }
                return Err(AppError::Fields(errors));
            }
        };
        let zone = zone.map_or("", |zone| zone.name());
        let before = old.as_profile(zone).pairs();
        let changed: Vec<_> = typed_in
            .pairs()
            .into_iter()
            .zip(before)
            .filter(|((_, new), (_, old))| new.trim() != old.as_str())
            .map(|((name, _), _)| name)
            .collect();
        if changed.is_empty() && old.zone.is_some() {
            return Ok((tx, "Nothing was changed."));
        }
        members::keep_profile(&mut tx, &member, &answers, zone, &changed).await?;
        let mut said = "Your changes are kept.";
        if old.place != answers.place {
            let now = members::profile(&mut *tx, member.id()).await?;
            let listings =
                groups::listings(&mut *tx, Scope::SeatsOf(member.id()), Some(member.id()), app.now(), UTC).await?;
            let hurt: Vec<_> = hurt_among(&listings, &now).map(|(listing, _)| listing).collect();
            if !hurt.is_empty() {
                letters::place_changed(&mut tx, &app, &member, &hurt).await?;
                said = "Your changes are kept. Please look below: you cannot join all of your meetings from there.";
            }
        }
        Ok((tx, said))
    };
    let said = app.store.write::<_, AppError, _, _>(Actor::Visitor, work).await?;
    if let Some(zone) = parse_zone(&typed.zone) {
        // Pages that are shown before she signs in follow as well.
        preferences::remember_zone(app, zone);
    }
    mail::hint();
    Ok(said)
}
