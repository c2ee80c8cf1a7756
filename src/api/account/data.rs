//! What is stored about her, to read and to take along.

use crate::error::AppError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// One table of hers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DataSection {
    /// "Seats you have reserved".
    pub title: String,
    /// What it is for and who sees it.
    pub why: String,
    /// Rows, each a list of names and values; the last ones where there are many.
    pub rows: Vec<Vec<(String, String)>>,
    /// Rows that are in the file and not on the page.
    pub more: u32,
}

/// The page with what is stored about her.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DataPage {
    /// "Times are in Eastern."
    pub zone_label: String,
    /// What there is.
    pub sections: Vec<DataSection>,
    /// What there is nothing of.
    pub empty: Vec<String>,
}

/// The page with what is stored about her.
#[server(endpoint = "account/data-page")]
pub async fn get_data() -> Result<DataPage, AppError> {
    use crate::{
        paths,
        server::{account::data, account::fresh, answer, state::App},
    };
    let app = expect_context::<App>();
    let page = fresh::or_code(data::page(&app).await, paths::ACCOUNT_DATA);
    answer::answered(answer::or_sign_in(page, paths::ACCOUNT_DATA))
}
