//! What is stored about a subscriber, to read and to wipe.

use crate::{
    api::{account::data::DataSection, form::FormState},
    error::AppError,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The page with what is stored about her.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OwnDataPage {
    /// "Eastern".
    pub zone_label: String,
    /// What there is.
    pub sections: Vec<DataSection>,
    /// The token that opened it; empty for a member who is signed in.
    pub token: String,
    /// The form that wipes.
    pub form: FormState,
}

/// The page with what is stored about her.
#[server(endpoint = "notifications/data-page")]
pub async fn get_own_data(#[server(default)] token: String) -> Result<OwnDataPage, AppError> {
    use crate::{
        paths,
        server::{account::fresh, answer, state::App, subscriptions::own_data},
    };
    let app = expect_context::<App>();
    let here = paths::own_notifications_data(&token);
    let page = fresh::or_code(own_data::page(&app, &token).await, &here);
    answer::answered(answer::or_sign_in(page, &here))
}

/// Forgets her.
#[server(endpoint = "notifications/wipe")]
pub async fn wipe(#[server(default)] token: String, #[server(default)] sure: String) -> Result<(), AppError> {
    use crate::{
        api::form::is_ticked,
        paths,
        server::{
            account::fresh,
            answer, reply,
            state::App,
            subscriptions::own_data::{self, FORM},
        },
    };
    let app = expect_context::<App>();
    let here = paths::own_notifications_data(&token);
    let wiped = fresh::or_code(own_data::wipe(&app, &token, is_ticked(&sure)).await, &here);
    let wiped = answer::or_sign_in(wiped, &here).map(|()| reply::go(&paths::own_notifications(&token)));
    answer::formed(&app, FORM, &here, [("sure", sure)], wiped)
}
