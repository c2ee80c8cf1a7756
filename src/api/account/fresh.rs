//! A fresh code on a device that stays signed in, before her data leaves, her address changes or her account goes.

use crate::{api::form::FormState, error::AppError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The page that asks for a fresh code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FreshPage {
    /// Address that it is mailed to.
    pub email: String,
    /// Whether a code is on its way.
    pub is_asked: bool,
    /// The form as it was left.
    pub form: FormState,
    /// Whether mails can be read at `/dev/mail`.
    pub dev_mail: bool,
}

/// The page that asks for a fresh code.
#[server(endpoint = "account/code-page")]
pub async fn get_fresh() -> Result<FreshPage, AppError> {
    use crate::{
        paths,
        server::{account::fresh, answer, state::App},
    };
    let app = expect_context::<App>();
    answer::answered(answer::or_sign_in(fresh::page(&app).await, paths::ACCOUNT_CODE))
}

/// Mails a fresh code to the address of the account.
#[server(endpoint = "account/ask-code")]
pub async fn ask_fresh(#[server(default)] next: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{account::fresh, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let here = paths::account_code(&next);
    let asked = answer::or_sign_in(fresh::ask(&app).await, &here).map(|()| reply::go_plain(&here));
    answer::formed(&app, paths::ACCOUNT_CODE, &here, [], asked)
}

/// Takes a fresh code, and leads on to what it was asked for.
#[server(endpoint = "account/enter-code")]
pub async fn enter_fresh(#[server(default)] code: String, #[server(default)] next: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{account::fresh, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let here = paths::account_code(&next);
    let onward = paths::own_path(&next).unwrap_or(paths::ACCOUNT).to_owned();
    let entered = answer::or_sign_in(fresh::enter(&app, &code).await, &here).map(|()| reply::go(&onward));
    answer::formed(&app, paths::ACCOUNT_CODE, &here, [("code", code)], entered)
}
