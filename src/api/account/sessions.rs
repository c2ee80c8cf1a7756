//! Where she is signed in, and ending that.

use crate::{api::form::FormState, error::AppError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A device on which she is signed in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeviceShown {
    /// Id, for the form that ends it.
    pub id: String,
    /// "Firefox on Linux".
    pub words: String,
    /// "Signed in on Tuesday, November 24 at 7:00 PM Eastern. Your own device."
    pub since: String,
    /// "Last used today at 7:40 PM", or that it is this one.
    pub used: String,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// The page with her devices.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SessionsPage {
    /// This one first.
    pub devices: Vec<DeviceShown>,
    /// What went wrong, without script.
    pub form: FormState,
    /// What was done just now.
    pub said: String,
}

/// The page with her devices.
#[server(endpoint = "account/sessions-page")]
pub async fn get_sessions() -> Result<SessionsPage, AppError> {
    use crate::{
        paths,
        server::{account::sessions, answer, state::App},
    };
    let app = expect_context::<App>();
    answer::answered(answer::or_sign_in(sessions::page(&app).await, paths::ACCOUNT_SESSIONS))
}

/// Ends one of her sessions.
#[server(endpoint = "account/end-session")]
pub async fn end_session(#[server(default)] session: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{account::sessions, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let here = paths::ACCOUNT_SESSIONS;
    let ended = answer::or_sign_in(sessions::end(&app, &session).await, here).map(|was_this| {
        if was_this {
            reply::go(paths::HOME);
        } else {
            answer::say(&app, here, "That device is signed out.");
            reply::go_plain(here);
        }
    });
    answer::formed(&app, here, here, [], ended)
}

/// How many devices would be signed out.
#[server(endpoint = "account/sign-out-page")]
pub async fn get_sign_out() -> Result<String, AppError> {
    use crate::{
        paths,
        server::{account::sessions, answer, state::App},
    };
    let app = expect_context::<App>();
    answer::answered(answer::or_sign_in(sessions::everywhere_page(&app).await, paths::ACCOUNT_SIGN_OUT))
}

/// Ends every session of hers, at once everywhere.
#[server(endpoint = "account/sign-out-everywhere")]
pub async fn sign_out_everywhere() -> Result<(), AppError> {
    use crate::{
        paths,
        server::{account::sessions, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let here = paths::ACCOUNT_SIGN_OUT;
    let ended = answer::or_sign_in(sessions::end_all(&app).await, here).map(|()| reply::go(paths::HOME));
    answer::formed(&app, here, here, [], ended)
}
