//! The agreements as everybody may read them.

use crate::error::AppError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A whole text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WholeAgreement {
    /// Its anchor on the page.
    pub id: String,
    /// Title.
    pub title: String,
    /// "Version of September 1, 2026".
    pub version: String,
    /// The text, as sanitised HTML of our own content.
    pub html: String,
}

/// The current agreements.
#[server(endpoint = "agreements/get")]
pub async fn get_agreements() -> Result<Vec<WholeAgreement>, AppError> {
    use crate::server::{content, reserve::version_words};
    Ok(content::agreements()
        .iter()
        .map(|text| WholeAgreement {
            id: text.kind.code().to_owned(),
            title: text.title.clone(),
            version: version_words(&text.version),
            html: text.body_html.clone(),
        })
        .collect())
}
