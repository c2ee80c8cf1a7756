//! Privacy, terms, the notice of privacy practices, accessibility.

use crate::{
    api::text::{HeadText, TextSection},
    error::AppError,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// One of these pages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LegalPage {
    /// Head.
    pub head: HeadText,
    /// Heading.
    pub name: String,
    /// The sentence below it.
    pub lead: String,
    /// "Version of November 24, 2026".
    pub version: String,
    /// The text.
    pub sections: Vec<TextSection>,
}

/// One of these pages, by the last part of its address.
#[server(endpoint = "legal/get")]
pub async fn get_legal(slug: String) -> Result<LegalPage, AppError> {
    use crate::server::{answer, legal, state::App};
    let app = expect_context::<App>();
    answer::answered(legal::page(&app, &slug).await)
}
