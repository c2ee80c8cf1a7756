//! A question to the practice.

use crate::{api::form::FormState, error::AppError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The page with the form, and the other ways to reach the practice.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ContactPage {
    /// The form as it was left.
    pub form: FormState,
    /// Drawn for this page: sent twice, the question is asked once.
    pub key: String,
    /// Name of the practice.
    pub name: String,
    /// Its phone.
    pub phone: String,
    /// Its postal address.
    pub address: String,
}

/// The page with the form.
#[server(endpoint = "contact/page")]
pub async fn get_contact() -> Result<ContactPage, AppError> {
    use crate::server::{answer, contact, state::App};
    let app = expect_context::<App>();
    answer::answered(contact::page(&app).await)
}

/// Asks the practice something.
#[server(endpoint = "contact/ask")]
pub async fn ask_practice(
    #[server(default)] key: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] question: String,
) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{answer, contact, reply, state::App},
    };
    let app = expect_context::<App>();
    let result = contact::ask(&app, &key, &name, &email, &question).await;
    let result = result.map(|()| reply::go(paths::CONTACT_SENT));
    answer::formed(
        &app,
        paths::CONTACT,
        paths::CONTACT,
        [("name", name), ("email", email), ("question", question)],
        result,
    )
}
