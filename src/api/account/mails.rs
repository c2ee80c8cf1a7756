//! Which mails she wants.

use crate::{api::form::FormState, domain::reminder::MailChoices, error::AppError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The page of the mails we send her.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MailsPage {
    /// What she chose.
    pub choices: MailChoices,
    /// What went wrong, without script.
    pub form: FormState,
    /// What was done just now.
    pub said: String,
}

/// The page of the mails we send her.
#[server(endpoint = "account/mails-page")]
pub async fn get_mails() -> Result<MailsPage, AppError> {
    use crate::{
        paths,
        server::{account::mails, answer, state::App},
    };
    let app = expect_context::<App>();
    answer::answered(answer::or_sign_in(mails::page(&app).await, paths::ACCOUNT_MAILS))
}

/// Keeps which mails she wants. A box that is not ticked does not come along.
#[server(endpoint = "account/mails")]
pub async fn keep_mails(
    #[server(default)] day_before: String,
    #[server(default)] hour_before: String,
    #[server(default)] meeting_changes: String,
    #[server(default)] offer_ending: String,
) -> Result<(), AppError> {
    use crate::{
        api::form::is_ticked,
        paths,
        server::{account::mails, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let here = paths::ACCOUNT_MAILS;
    let choices = MailChoices {
        day_before: is_ticked(&day_before),
        hour_before: is_ticked(&hour_before),
        meeting_changes: is_ticked(&meeting_changes),
        offer_ending: is_ticked(&offer_ending),
    };
    let kept = answer::or_sign_in(mails::keep(&app, choices).await, here).map(|said| {
        answer::say(&app, here, said);
        reply::go_plain(here);
    });
    answer::formed(&app, here, here, [], kept)
}
