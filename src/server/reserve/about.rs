//! Step 1: about you.

use super::{brief, ground, leader_states, next_step, strip};
use crate::{
    api::reserve::AboutPage,
    domain::{
        about::AboutTyped,
        eligibility::{Age, Eligibility, Step},
    },
    error::AppError,
    paths::{ReserveStep, reserve_step},
    server::{answer, auth, line, state::App},
    store::{
        Actor, Tx,
        drafts::{self, DraftStep},
        groups, locks, members, offers, seats,
    },
};
use chrono_tz::UTC;

/// What step 1 shows: what was typed last, else what is known.
pub async fn about_page(app: &App, slug: &str) -> Result<AboutPage, AppError> {
    let ground = ground(app, slug).await?;
    let hold = strip(app, &ground).await?;
    let draft = drafts::find::<AboutTyped>(app.store.reads(), ground.member.id(), DraftStep::About).await?;
    let mut form = answer::form(app, &reserve_step(slug, ReserveStep::About));
    // The cookie has room for 3 kB. Where the draft is of the same try, it has everything.
    let draft = draft.filter(|(_, errors)| !form.is_wrong() || *errors == form.errors);
    let typed = if form.is_wrong() && draft.is_none() {
        from_values(&form)
    } else if let Some((typed, errors)) = draft {
        form.errors = errors;
        typed
    } else {
        ground.profile.as_typed()
    };
    Ok(AboutPage { group: brief(&ground), hold, typed, form, leader_states: leader_states(&ground.listing) })
}

fn from_values(form: &crate::api::form::FormState) -> AboutTyped {
    AboutTyped {
        display_name: form.value("display_name"),
        legal_name: form.value("legal_name"),
        phone: form.value("phone"),
        state: form.value("state"),
        birth_month: form.value("birth_month"),
        birth_day: form.value("birth_day"),
        birth_year: form.value("birth_year"),
        contact_name: form.value("contact_name"),
        contact_phone: form.value("contact_phone"),
    }
}

/// What keeping step 1 came to.
enum Kept {
    /// Go to this path.
    Next(String),
    /// Something typed does not fit; it was kept as a draft.
    Wrong(AppError),
    /// What was typed was kept as a draft; now the seat is to be held longer.
    Draft,
}

/// Keeps step 1; gives the path to go to. Under 18 nothing is kept and the hold is let go.
pub async fn keep_about(app: &App, slug: &str, typed: AboutTyped, renew: bool) -> Result<String, AppError> {
    let here = reserve_step(slug, ReserveStep::About);
    let (token, now, asked, app_in) = (auth::token(app), app.now(), slug, app.clone());
    let slug = slug.to_owned();
    let work = move |mut tx: Tx| async move {
        let member = auth::prove_member(&mut tx, token).await?;
        let listing = groups::find(&mut *tx, &slug, Some(member.id()), now, UTC).await?.ok_or(AppError::NotFound)?;
        let today = now.date_naive();
        let day = listing.next.map_or(today, |next| next.group_day);
        let parsed = typed.parse(today);
        if typed.is_minor(today, day) {
            let lock = locks::exclusive(&mut tx, listing.id).await?;
            seats::let_go(&mut tx, &lock, member.id(), listing.id).await?;
            offers::withdraw(&mut tx, &lock, member.id(), listing.id).await?;
            line::pass_on(&mut tx, &lock, &app_in, listing.id).await?;
            drafts::forget(&mut tx, &member, DraftStep::About).await?;
            return Ok((tx, Kept::Next(reserve_step(&slug, ReserveStep::Young))));
        }
        if renew {
            drafts::keep(&mut tx, &member, DraftStep::About, &typed, &[]).await?;
            return Ok((tx, Kept::Draft));
        }
        let checked = parsed.and_then(|about| {
            match listing.eligibility(Step::Confirm, Some(about.place), Age::Born(about.born_on)) {
                Eligibility::NotEligible(reason) => Err(vec![crate::domain::about::FieldError::new(
                    "state",
                    reason.sentence(listing.leader.first_name()),
                )]),
                Eligibility::Eligible | Eligibility::Unknown(_) => Ok(about),
            }
        });
        match checked {
            Err(errors) => {
                drafts::keep(&mut tx, &member, DraftStep::About, &typed, &errors).await?;
                Ok((tx, Kept::Wrong(AppError::Fields(errors))))
            }
            Ok(about) => {
                members::keep_about(&mut tx, &member, &about).await?;
                drafts::forget(&mut tx, &member, DraftStep::About).await?;
                let profile = members::profile(&mut *tx, member.id()).await?;
                let next = next_step(&mut *tx, &member, &profile, &slug).await?;
                Ok((tx, Kept::Next(next)))
            }
        }
    };
    match app.store.write::<_, AppError, _, _>(Actor::Visitor, work).await? {
        Kept::Next(path) => Ok(path),
        Kept::Wrong(error) => Err(error),
        Kept::Draft => super::renew(app, asked).await.map(|_| here),
    }
}
