//! A new address to sign in with: confirmed at both.

use crate::{api::form::FormState, error::AppError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The page that asks for a new address.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AddressPage {
    /// The address she has.
    pub email: String,
    /// The change that is under way.
    pub open: Option<OpenShown>,
    /// The form as it was left.
    pub form: FormState,
    /// What was done just now.
    pub said: String,
    /// Whether mails can be read at `/dev/mail`.
    pub dev_mail: bool,
}

/// A change that is under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenShown {
    /// The new address.
    pub new_email: String,
    /// Whether the address she has was confirmed.
    pub old_confirmed: bool,
    /// Whether the new one was.
    pub new_confirmed: bool,
    /// "on Thursday, November 26 at 7:00 PM Eastern".
    pub until: String,
}

/// The page that asks for a new address.
#[server(endpoint = "account/address-page")]
pub async fn get_address() -> Result<AddressPage, AppError> {
    use crate::{
        paths,
        server::{account::address, account::fresh, answer, state::App},
    };
    let app = expect_context::<App>();
    let page = fresh::or_code(address::page(&app).await, paths::ACCOUNT_ADDRESS);
    answer::answered(answer::or_sign_in(page, paths::ACCOUNT_ADDRESS))
}

/// Mails a link to both addresses. The same answer and the same work whether the new one has an account or not.
#[server(endpoint = "account/address")]
pub async fn ask_address(#[server(default)] email: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{account::address, account::fresh, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let here = paths::ACCOUNT_ADDRESS;
    let asked = fresh::or_code(address::ask(&app, &email).await, here);
    let asked = answer::or_sign_in(asked, here).map(|()| reply::go_plain(here));
    answer::formed(&app, here, here, [("email", email)], asked)
}

/// Stops the change that is under way.
#[server(endpoint = "account/address-stop")]
pub async fn stop_address() -> Result<(), AppError> {
    use crate::{
        paths,
        server::{account::address, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let here = paths::ACCOUNT_ADDRESS;
    let stopped = answer::or_sign_in(address::stop(&app).await, here).map(|()| {
        answer::say(&app, here, "Nothing is changed. The links in our mails do nothing any more.");
        reply::go_plain(here);
    });
    answer::formed(&app, here, here, [], stopped)
}

/// What a mailed link is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LinkShown {
    /// It works no more.
    Over,
    /// It was mailed to the address the account has; the new one is named.
    Old {
        /// The new address.
        new_email: String,
        /// Whether its button was pressed.
        confirmed: bool,
    },
    /// It was mailed to the new address.
    New {
        /// Whether its button was pressed.
        confirmed: bool,
    },
    /// Both have confirmed.
    Done,
    /// The new address belongs to another account.
    Taken,
}

/// What a mailed link is about. Looking changes nothing, since mail scanners follow links.
#[server(endpoint = "account/address-link-page")]
pub async fn get_address_link(token: String) -> Result<LinkShown, AppError> {
    use crate::server::{account::address, answer, state::App};
    let app = expect_context::<App>();
    answer::answered(address::link(&app, &token).await)
}

/// Confirms at the address to which the link was mailed.
#[server(endpoint = "account/address-confirm")]
pub async fn confirm_address(#[server(default)] token: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{account::address, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let here = paths::account_address_link(&token);
    let confirmed = address::confirm(&app, &token).await.map(|()| reply::go_plain(&here));
    answer::formed(&app, paths::ACCOUNT_ADDRESS, &here, [], confirmed)
}
