//! Signing in without a password; signing in is signing up.

use crate::{api::form::FormState, error::AppError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The page that asks for the address.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SignInPage {
    /// The form as it was left.
    pub form: FormState,
    /// Where the dev mails are, in development only.
    pub dev_mail: bool,
}

/// The page that asks for the address.
#[server(endpoint = "sign-in/page")]
pub async fn get_sign_in() -> Result<SignInPage, AppError> {
    use crate::{
        paths,
        server::{answer, state::App},
    };
    let app = expect_context::<App>();
    Ok(SignInPage { form: answer::form(&app, paths::SIGN_IN), dev_mail: app.settings.is_development() })
}

/// Mails a code. Same words and the same work whether the address is known or not.
#[server(endpoint = "sign-in/request")]
pub async fn request_code(#[server(default)] email: String, #[server(default)] next: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{answer, reply, sign_in, state::App},
    };
    let app = expect_context::<App>();
    let form = if paths::own_path(&next).is_some() { paths::sign_in_then(&next) } else { paths::SIGN_IN.to_owned() };
    let result = sign_in::request(&app, &email, &next).await;
    if result.is_ok() {
        reply::go(paths::SIGN_IN_CODE);
    }
    answer::formed(&app, paths::SIGN_IN, &form, [("email", email)], result)
}

/// The page that asks for the code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CodePage {
    /// The form as it was left.
    pub form: FormState,
    /// Address and time until which the code works; nothing where this browser asked for none.
    pub waiting: Option<(String, String)>,
    /// Whether mails can be read at `/dev/mail`.
    pub dev_mail: bool,
}

/// The page that asks for the code.
#[server(endpoint = "sign-in/code-page")]
pub async fn get_code_page() -> Result<CodePage, AppError> {
    use crate::server::{answer, sign_in, state::App};
    let app = expect_context::<App>();
    answer::answered(sign_in::code_page(&app).await)
}

/// Signs in with six digits, in the browser that asked for them.
#[server(endpoint = "sign-in/code")]
pub async fn enter_code(
    #[server(default)] code: String,
    #[server(default)] own_device: String,
) -> Result<(), AppError> {
    use crate::{
        api::form::is_ticked,
        paths,
        server::{answer, reply, sign_in, state::App},
    };
    let app = expect_context::<App>();
    let result = sign_in::with_code(&app, &code, is_ticked(&own_device)).await;
    let result = result.map(|next| reply::go(&next));
    answer::formed(&app, paths::SIGN_IN_CODE, paths::SIGN_IN_CODE, [("code", code)], result)
}

/// Whether a mailed link was opened in the browser that asked for it. Looking changes nothing.
#[server(endpoint = "sign-in/link-page")]
pub async fn get_link_page(token: String) -> Result<bool, AppError> {
    use crate::server::{answer, sign_in, state::App};
    let app = expect_context::<App>();
    answer::answered(sign_in::link_fits(&app, &token).await)
}

/// Signs in with the mailed link's button, in the browser that asked for it.
#[server(endpoint = "sign-in/link")]
pub async fn enter_link(token: String, #[server(default)] own_device: String) -> Result<(), AppError> {
    use crate::{
        api::form::is_ticked,
        paths,
        server::{answer, reply, sign_in, state::App},
    };
    let app = expect_context::<App>();
    let result = sign_in::with_link(&app, &token, is_ticked(&own_device)).await;
    let result = result.map(|next| reply::go(&next));
    answer::formed(&app, paths::SIGN_IN_CODE, paths::SIGN_IN_CODE, [], result)
}

/// Ends the session, at once and everywhere it is used.
#[server(endpoint = "sign-in/out")]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::{
        paths,
        server::{answer, reply, sign_in, state::App},
    };
    let app = expect_context::<App>();
    let result = sign_in::out(&app).await.map(|()| reply::go(paths::HOME));
    answer::formed(&app, paths::SIGN_IN, paths::SIGN_IN, [], result)
}
