//! Deleting the account: what goes, what stays and why, and the button.

use crate::{api::form::FormState, error::AppError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What deleting means for her.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeletePage {
    /// Seats that she gives up, a title and a sentence each.
    pub seats: Vec<(String, String)>,
    /// What happens at once.
    pub goes: Vec<String>,
    /// What stays, and why.
    pub stays: Vec<(String, String)>,
    /// Whom to ask about what stays: "Alder Street Group Practice, +1 555 …".
    pub practice: String,
    /// The form as it was left.
    pub form: FormState,
}

/// What deleting means for her.
#[server(endpoint = "account/delete-page")]
pub async fn get_delete() -> Result<DeletePage, AppError> {
    use crate::{
        paths,
        server::{account::deletion, account::fresh, answer, state::App},
    };
    let app = expect_context::<App>();
    let page = fresh::or_code(deletion::page(&app).await, paths::ACCOUNT_DELETE);
    answer::answered(answer::or_sign_in(page, paths::ACCOUNT_DELETE))
}

/// Deletes her account, at once.
#[server(endpoint = "account/delete")]
pub async fn delete_account(#[server(default)] sure: String) -> Result<(), AppError> {
    use crate::{
        api::form::is_ticked,
        paths,
        server::{account::deletion, account::fresh, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let here = paths::ACCOUNT_DELETE;
    let deleted = fresh::or_code(deletion::delete(&app, is_ticked(&sure)).await, here);
    let deleted = answer::or_sign_in(deleted, here).map(|()| reply::go(paths::ACCOUNT_DELETED));
    answer::formed(&app, here, here, [("sure", sure)], deleted)
}
