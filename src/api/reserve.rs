//! Reserving a seat: hold → about you → agreements → check → confirmed. One thing a page, everything as plain forms.

use crate::{
    api::{
        form::FormState,
        groups::{Face, SeatLine},
        waiting::LineShown,
    },
    domain::{about::AboutTyped, agreement::AgreementKind, place::UsState, seat_counts::SeatCounts},
    error::AppError,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The group as the steps show it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Brief {
    /// Slug.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Leader.
    pub leader: Face,
    /// "Tuesdays, 7:00 to 8:15 PM Eastern".
    pub rhythm: String,
    /// "Tuesday, December 1".
    pub first_day: String,
    /// "$45 a meeting".
    pub price: String,
    /// Seats.
    pub seats: SeatLine,
}

impl Brief {
    /// Whether a meeting is planned: without one it has no rhythm, no first day, and no seat to show.
    pub const fn meets(&self) -> bool {
        !self.rhythm.is_empty()
    }
}

/// The strip above the steps: how long the seat is held.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HoldStrip {
    /// Counts for the small ring, with her seat marked.
    pub counts: SeatCounts,
    /// "7:14 PM"; of an offer, which may end tomorrow, "tomorrow at 9:00 AM".
    pub until: String,
    /// Seconds left when the page was made, by the database's clock.
    pub seconds_left: u32,
    /// Seconds a fresh hold has.
    pub of_seconds: u32,
    /// Whether it can be held longer.
    pub can_renew: bool,
    /// The hold has lapsed; the answers are kept, and confirming still works while a seat is left.
    pub lapsed: bool,
    /// Path of the offer that the hold is, where it is one.
    pub offer: Option<String>,
}

/// The page before the hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HoldPage {
    /// Group.
    pub group: Brief,
    /// Whether the state must be asked.
    pub ask_place: bool,
    /// Whether "I am 18 or older" must be asked.
    pub ask_adult: bool,
    /// States in which the leader may practise, first in the list.
    pub leader_states: Vec<UsState>,
    /// The form as it was left.
    pub form: FormState,
    /// Why it is not possible, and where she could go instead.
    pub refusal: Option<(String, Option<(String, String)>)>,
    /// The line of the group, where one can wait.
    pub line: LineShown,
    /// Drawn for this page.
    pub key: String,
    /// How long a hold lasts: "ten minutes".
    pub hold_words: String,
}

/// The page before the hold.
#[server(endpoint = "reserve/page")]
pub async fn get_hold_page(slug: String) -> Result<HoldPage, AppError> {
    use crate::server::{answer, reserve, state::App};
    let app = expect_context::<App>();
    answer::answered(answer::or_sign_in(reserve::hold_page(&app, &slug).await, &crate::paths::reserve(&slug)))
}

/// Holds a seat.
#[server(endpoint = "seats/hold")]
pub async fn hold_seat(
    slug: String,
    #[server(default)] key: String,
    #[server(default)] state: String,
    #[server(default)] adult: String,
) -> Result<(), AppError> {
    use crate::{
        api::form::is_ticked,
        paths,
        server::{answer, reply, reserve, state::App},
    };
    let app = expect_context::<App>();
    let form = paths::reserve(&slug);
    let result = reserve::hold(&app, &slug, &key, &state, is_ticked(&adult)).await;
    let result = answer::or_sign_in(result.map(|next| reply::go(&next)), &form);
    answer::formed(&app, &form, &form, [("state", state), ("adult", adult)], result)
}

/// A hold that was made longer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Renewed {
    /// "7:24 PM".
    pub until: String,
    /// Seconds left, by the database's clock.
    pub seconds_left: u32,
    /// Whether it can be held longer again.
    pub can_renew: bool,
}

/// Holds a seat longer; `back` is the step on which it was asked for.
#[server(endpoint = "seats/renew")]
pub async fn renew_hold(slug: String, #[server(default)] back: String) -> Result<Renewed, AppError> {
    use crate::{
        paths,
        server::{answer, reply, reserve, state::App},
    };
    let app = expect_context::<App>();
    let back = paths::own_path(&back).map_or_else(|| paths::reserve(&slug), ToOwned::to_owned);
    let result = answer::or_sign_in(reserve::renew(&app, &slug).await, &back);
    if reply::is_plain_form() {
        let plain = result.clone().map(|_| reply::go(&back));
        answer::formed(&app, &back, &back, [], plain)?;
    }
    answer::answered(result)
}

/// Lets a hold go.
#[server(endpoint = "seats/let-go")]
pub async fn let_go_hold(slug: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{answer, reply, reserve, state::App},
    };
    let app = expect_context::<App>();
    let group = paths::group(&slug);
    let result = answer::or_sign_in(reserve::let_go(&app, &slug).await.map(|()| reply::go(&group)), &group);
    answer::formed(&app, &paths::reserve(&slug), &paths::reserve(&slug), [], result)
}

/// Step 1: about you.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AboutPage {
    /// Group.
    pub group: Brief,
    /// Hold.
    pub hold: HoldStrip,
    /// The answers as typed.
    pub typed: AboutTyped,
    /// What is wrong with them.
    pub form: FormState,
    /// States in which the leader may practise, first in the list.
    pub leader_states: Vec<UsState>,
}

/// Step 1: about you.
#[server(endpoint = "reserve/about-page")]
pub async fn get_about_page(slug: String) -> Result<AboutPage, AppError> {
    use crate::{
        paths::{ReserveStep, reserve_step},
        server::{answer, reserve, state::App},
    };
    let app = expect_context::<App>();
    let here = reserve_step(&slug, ReserveStep::About);
    answer::answered(answer::or_sign_in(reserve::about_page(&app, &slug).await, &here))
}

/// Keeps step 1. What was typed is kept as a draft, valid or not. `renew` is the button "Hold longer" of a page without
/// script: it keeps what was typed, holds the seat longer and comes back.
#[server(endpoint = "reserve/about")]
pub async fn keep_about(
    slug: String,
    #[server(default)] display_name: String,
    #[server(default)] legal_name: String,
    #[server(default)] phone: String,
    #[server(default)] state: String,
    #[server(default)] birth_month: String,
    #[server(default)] birth_day: String,
    #[server(default)] birth_year: String,
    #[server(default)] contact_name: String,
    #[server(default)] contact_phone: String,
    #[server(default)] renew: String,
) -> Result<(), AppError> {
    use crate::{
        api::form::is_ticked,
        paths::{ReserveStep, reserve_step},
        server::{answer, reply, reserve, state::App},
    };
    let app = expect_context::<App>();
    let typed = AboutTyped {
        display_name,
        legal_name,
        phone,
        state,
        birth_month,
        birth_day,
        birth_year,
        contact_name,
        contact_phone,
    };
    let here = reserve_step(&slug, ReserveStep::About);
    let kept = typed.pairs();
    let result = reserve::keep_about(&app, &slug, typed, is_ticked(&renew)).await.map(|next| reply::go(&next));
    answer::formed(&app, &here, &here, kept, answer::or_sign_in(result, &here))
}

/// An agreement as step 2 shows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pact {
    /// Which one.
    pub kind: AgreementKind,
    /// "Among us in the group".
    pub title: String,
    /// Lines.
    pub short: Vec<String>,
    /// "The whole group agreement".
    pub whole: String,
    /// Path of the whole text.
    pub url: String,
    /// "I agree with the group agreement".
    pub label: String,
    /// "Version of September 1, 2026".
    pub version: String,
    /// Whether it was ticked or signed already.
    pub agreed: bool,
}

/// Step 2: agreements.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AgreementsPage {
    /// Group.
    pub group: Brief,
    /// Hold.
    pub hold: HoldStrip,
    /// Agreements.
    pub pacts: Vec<Pact>,
    /// The signature as typed.
    pub signature: String,
    /// Her legal name, which is the signature.
    pub legal_name: String,
    /// What is wrong.
    pub form: FormState,
}

/// Step 2: agreements.
#[server(endpoint = "reserve/agreements-page")]
pub async fn get_agreements_page(slug: String) -> Result<AgreementsPage, AppError> {
    use crate::{
        paths::{ReserveStep, reserve_step},
        server::{answer, reserve, state::App},
    };
    let app = expect_context::<App>();
    let here = reserve_step(&slug, ReserveStep::Agreements);
    answer::answered(answer::or_sign_in(reserve::agreements_page(&app, &slug).await, &here))
}

/// Keeps step 2: signs the three agreements.
#[server(endpoint = "reserve/agreements")]
pub async fn sign_agreements(
    slug: String,
    #[server(default)] group: String,
    #[server(default)] telehealth: String,
    #[server(default)] privacy: String,
    #[server(default)] signature: String,
    #[server(default)] renew: String,
) -> Result<(), AppError> {
    use crate::{
        api::form::is_ticked,
        paths::{ReserveStep, reserve_step},
        server::{answer, reply, reserve, state::App},
    };
    let app = expect_context::<App>();
    let here = reserve_step(&slug, ReserveStep::Agreements);
    let typed = reserve::AgreementsTyped {
        group: is_ticked(&group),
        telehealth: is_ticked(&telehealth),
        privacy: is_ticked(&privacy),
        signature,
    };
    let kept = typed.pairs();
    let result = reserve::sign_agreements(&app, &slug, typed, is_ticked(&renew)).await.map(|next| reply::go(&next));
    answer::formed(&app, &here, &here, kept, answer::or_sign_in(result, &here))
}

/// Step 3: check your answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CheckPage {
    /// Group.
    pub group: Brief,
    /// Hold.
    pub hold: HoldStrip,
    /// The practice's sentence about billing.
    pub billing: String,
    /// Answers: question and answer.
    pub answers: Vec<(String, String)>,
    /// "… agreed today at 7:08 PM."
    pub agreements: String,
    /// What stands in the way.
    pub form: FormState,
    /// The line of the group, for whoever's hold has lapsed while others wait.
    pub line: LineShown,
    /// Drawn for this page.
    pub key: String,
}

/// Step 3: check your answers.
#[server(endpoint = "reserve/check-page")]
pub async fn get_check_page(slug: String) -> Result<CheckPage, AppError> {
    use crate::{
        paths::{ReserveStep, reserve_step},
        server::{answer, reserve, state::App},
    };
    let app = expect_context::<App>();
    let here = reserve_step(&slug, ReserveStep::Check);
    answer::answered(answer::or_sign_in(reserve::check_page(&app, &slug).await, &here))
}

/// Makes the seat hers. The same key twice gives the same seat.
#[server(endpoint = "seats/confirm")]
pub async fn confirm_seat(slug: String, #[server(default)] key: String) -> Result<(), AppError> {
    use crate::{
        paths::{ReserveStep, reserve_step},
        server::{answer, reply, reserve, state::App},
    };
    let app = expect_context::<App>();
    let here = reserve_step(&slug, ReserveStep::Check);
    let result = reserve::confirm(&app, &slug, &key).await.map(|next| reply::go(&next));
    answer::formed(&app, &here, &here, [], answer::or_sign_in(result, &here))
}

/// The confirmation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConfirmedPage {
    /// Group.
    pub group: Brief,
    /// "CG 7Q4 M2X".
    pub reference: String,
    /// "wren@example.org".
    pub mailed_to: String,
    /// "Tuesday, 7:00 PM"; "When you meet" where no meeting is planned.
    pub meets: String,
    /// "Before Tuesday"; "Before you meet" where no meeting is planned.
    pub before: String,
    /// Title of the unit of the first meeting.
    pub unit: String,
    /// The practice's phone, for whoever does not hear how to join; empty where there is none.
    pub phone: String,
    /// Titles of her other lines of the same topic or kind: she is asked whether to leave them, which is ticked at first.
    pub other_lines: Vec<String>,
}

/// The confirmation.
#[server(endpoint = "reserve/confirmed-page")]
pub async fn get_confirmed_page(slug: String) -> Result<ConfirmedPage, AppError> {
    use crate::{
        paths::{ReserveStep, reserve_step},
        server::{answer, reserve, state::App},
    };
    let app = expect_context::<App>();
    let here = reserve_step(&slug, ReserveStep::Confirmed);
    answer::answered(answer::or_sign_in(reserve::confirmed_page(&app, &slug).await, &here))
}
