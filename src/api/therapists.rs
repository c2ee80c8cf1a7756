//! Therapists as everybody may read about them.

use crate::{
    api::{
        groups::{AuthorityRow, Face},
        text::HeadText,
        topics::FittingGroups,
    },
    error::AppError,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A therapist in the list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TherapistRow {
    /// Where her page is.
    pub url: String,
    /// Face, name, and where she may practise today.
    pub face: Face,
    /// "3 groups, 2 with free seats".
    pub groups: String,
}

/// The list of therapists.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TherapistsPage {
    /// Head.
    pub head: HeadText,
    /// Therapists, by name.
    pub rows: Vec<TherapistRow>,
}

/// A therapist's page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TherapistPage {
    /// Head.
    pub head: HeadText,
    /// Face and name.
    pub face: Face,
    /// Her own words; may be empty.
    pub words: String,
    /// How she works; may be empty.
    pub approach: String,
    /// Authorities that hold today.
    pub authorities: Vec<AuthorityRow>,
    /// Her groups, open and forming.
    pub groups: FittingGroups,
    /// Whether search engines may show the page: only of somebody who may practise.
    pub is_listed: bool,
}

/// The list of therapists.
#[server(endpoint = "therapists/list")]
pub async fn get_therapists() -> Result<TherapistsPage, AppError> {
    use crate::server::{answer, state::App, therapists};
    let app = expect_context::<App>();
    answer::answered(therapists::list(&app).await)
}

/// A therapist's page.
#[server(endpoint = "therapists/get")]
pub async fn get_therapist(slug: String) -> Result<TherapistPage, AppError> {
    use crate::server::{answer, state::App, therapists};
    let app = expect_context::<App>();
    answer::answered(therapists::page(&app, &slug).await)
}
