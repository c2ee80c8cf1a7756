//! The home page.

use crate::{
    api::groups::GroupRow,
    domain::{place::UsState, seat_counts::SeatCounts},
    error::AppError,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What home shows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HomePage {
    /// Structured data; see [`crate::api::text::HeadText::data`].
    #[serde(skip)]
    pub data: String,
    /// The real circle of the next group with a free seat: its seats.
    pub circle: Option<Circle>,
    /// Next meetings with free seats.
    pub next: Vec<GroupRow>,
    /// How many groups there are.
    pub groups: u32,
    /// States in which a therapist of the practice may practise.
    pub practice_states: Vec<UsState>,
    /// "Eastern".
    pub zone_label: String,
}

/// The circle that is drawn on the home page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Circle {
    /// Slug.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Seats.
    pub counts: SeatCounts,
    /// "meets tonight at 7:00 PM Eastern and has three free seats."
    pub sentence: String,
    /// What the drawing shows, in words.
    pub alt: String,
}

/// The home page.
#[server(endpoint = "home/get")]
pub async fn get_home() -> Result<HomePage, AppError> {
    use crate::server::{answer, finder, state::App};
    let app = expect_context::<App>();
    answer::answered(finder::home(&app).await)
}
