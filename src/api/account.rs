//! Her account: what we know of her and where she is signed in, and what she may change, take along or end.

use crate::{
    api::{form::FormState, groups::GroupRow},
    domain::place::UsState,
    error::AppError,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

pub mod address;
pub mod data;
pub mod deletion;
pub mod feed;
pub mod fresh;
pub mod mails;
pub mod sessions;

/// A seat whose meetings she cannot join as things stand, with the ways on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HurtSeat {
    /// Title of the group.
    pub title: String,
    /// "Ruth may only treat people who are in …".
    pub reason: String,
    /// From which meeting on: "on Tuesday, December 1 at 7:00 PM Eastern".
    pub from: String,
    /// Groups that fit where she is.
    pub fitting: Vec<GroupRow>,
    /// The finder for where she is.
    pub finder: String,
    /// Page that releases the seat.
    pub release: String,
}

/// The page `/account`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AccountPage {
    /// Whether she is a member. Therapists and the office sign in here and have nothing else.
    pub is_member: bool,
    /// Address that she signs in with.
    pub email: String,
    /// What she told us, a name and a value each.
    pub about: Vec<(String, String)>,
    /// "Signed in on 2 devices".
    pub devices: String,
    /// The address that was asked for, while it is not confirmed at both.
    pub new_email: Option<String>,
    /// "Comes on Mondays", or that it does not.
    pub weekly: String,
    /// Whether a calendar feed is on.
    pub has_feed: bool,
    /// Seats that her state or a licence hurts.
    pub hurt: Vec<HurtSeat>,
    /// What was done just now.
    pub said: String,
}

/// The page `/account`.
#[server(endpoint = "account/get")]
pub async fn get_account() -> Result<AccountPage, AppError> {
    use crate::{
        paths,
        server::{account, answer, state::App},
    };
    let app = expect_context::<App>();
    answer::answered(answer::or_sign_in(account::page(&app).await, paths::ACCOUNT))
}

/// The form with which she changes what we know of her.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProfilePage {
    /// The form as it is, or as it was left.
    pub form: FormState,
    /// Zones to choose from, name and words.
    pub zones: Vec<(String, String)>,
    /// States that stand first.
    pub first_states: Vec<UsState>,
    /// "March 9, 1991", once she told it.
    pub born: Option<String>,
    /// Whether she has a seat: then nothing may be left empty.
    pub has_seat: bool,
}

/// The form with which she changes what we know of her.
#[server(endpoint = "account/profile-page")]
pub async fn get_profile() -> Result<ProfilePage, AppError> {
    use crate::{
        paths,
        server::{account::profile, answer, state::App},
    };
    let app = expect_context::<App>();
    answer::answered(answer::or_sign_in(profile::page(&app).await, paths::ACCOUNT_PROFILE))
}

/// Changes what we know of her.
#[server(endpoint = "account/profile")]
pub async fn keep_profile(
    #[server(default)] display_name: String,
    #[server(default)] legal_name: String,
    #[server(default)] phone: String,
    #[server(default)] state: String,
    #[server(default)] zone: String,
    #[server(default)] contact_name: String,
    #[server(default)] contact_phone: String,
) -> Result<(), AppError> {
    use crate::{
        domain::profile::ProfileTyped,
        paths,
        server::{account::profile, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let typed = ProfileTyped { display_name, legal_name, phone, state, zone, contact_name, contact_phone };
    let here = paths::ACCOUNT_PROFILE;
    let kept = answer::or_sign_in(profile::keep(&app, &typed).await, here).map(|said| {
        answer::say(&app, paths::ACCOUNT, said);
        reply::go(paths::ACCOUNT);
    });
    answer::formed(&app, here, here, typed.pairs(), kept)
}
