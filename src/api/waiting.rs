//! The line of a full group: join, leave, and what pages show of it.

use crate::error::AppError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// How the reader stands to the line of a group; on the group's page, the page before the hold, and the check step.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct LineShown {
    /// People in line.
    pub waiting: u32,
    /// Her place, from 1; `None` when she does not wait here.
    pub position: Option<u32>,
    /// "2nd of 5 in line", or "5 people are in line". Empty when nobody waits.
    pub words: String,
    /// How the line goes, and how long an offer lasts.
    pub means: String,
    /// Path of an offer that is open for her.
    pub offer: Option<String>,
    /// Whether she can join: the form takes `slug`, `key`, and `state` and `adult` where `ask` says so.
    pub can_join: bool,
    /// Whether the form must ask where she is and whether she is 18 or older.
    pub ask: bool,
    /// Drawn for this page.
    pub key: String,
}

/// Joins the line of a group; leads to `/seats`. `state` and `adult` are asked where they are unknown, as for a hold;
/// what is wrong comes back on the page before the hold.
#[server(endpoint = "waiting/join")]
pub async fn join_line(
    slug: String,
    #[server(default)] key: String,
    #[server(default)] state: String,
    #[server(default)] adult: String,
) -> Result<(), AppError> {
    use crate::{
        api::form::is_ticked,
        paths,
        server::{answer, reply, state::App, waiting},
    };
    let app = expect_context::<App>();
    let form = paths::reserve(&slug);
    let result = waiting::join(&app, &slug, &key, &state, is_ticked(&adult)).await;
    let result = answer::or_sign_in(result.map(|next| reply::go(&next)), &form);
    answer::formed(&app, &form, &form, [("state", state), ("adult", adult)], result)
}

/// Leaves the line of a group; without script leads to `/seats`. An offer that is open there goes to the next in line.
#[server(endpoint = "waiting/leave")]
pub async fn leave_line(slug: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{answer, reply, state::App, waiting},
    };
    let app = expect_context::<App>();
    let result = waiting::leave(&app, &slug).await.map(|()| reply::go_plain(paths::SEATS));
    answer::formed(&app, paths::SEATS, paths::SEATS, [], answer::or_sign_in(result, paths::SEATS))
}

/// After accepting: leaves her other lines of the same topic (of the same kind, where the group has no topic) when `leave`
/// is ticked; leads to `/seats` either way. `slug` is the group in which she has the seat.
#[server(endpoint = "waiting/leave-others")]
pub async fn leave_other_lines(slug: String, #[server(default)] leave: String) -> Result<(), AppError> {
    use crate::{
        api::form::is_ticked,
        paths,
        server::{answer, reply, state::App, waiting},
    };
    let app = expect_context::<App>();
    let result = waiting::leave_others(&app, &slug, is_ticked(&leave)).await.map(|()| reply::go(paths::SEATS));
    answer::formed(&app, paths::SEATS, paths::SEATS, [], answer::or_sign_in(result, paths::SEATS))
}
