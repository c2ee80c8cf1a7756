//! The secret calendar feed.

use crate::{api::form::FormState, error::AppError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The page of the feed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FeedPage {
    /// "November 24, 2026", while it is on.
    pub since: Option<String>,
    /// Its address, once: right after it was made.
    pub url: Option<String>,
    /// What went wrong, without script.
    pub form: FormState,
    /// What was done just now.
    pub said: String,
}

/// The page of the feed.
#[server(endpoint = "account/calendar-page")]
pub async fn get_feed() -> Result<FeedPage, AppError> {
    use crate::{
        paths,
        server::{account::feed, answer, state::App},
    };
    let app = expect_context::<App>();
    answer::answered(answer::or_sign_in(feed::page(&app).await, paths::ACCOUNT_CALENDAR))
}

/// Makes the feed, or gives it a new address.
#[server(endpoint = "account/calendar-make")]
pub async fn make_feed() -> Result<(), AppError> {
    use crate::{
        paths,
        server::{account::feed, account::fresh, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let here = paths::ACCOUNT_CALENDAR;
    let made = fresh::or_code(feed::make(&app).await, here);
    let made = answer::or_sign_in(made, here).map(|()| reply::go_plain(here));
    answer::formed(&app, here, here, [], made)
}

/// Switches the feed off.
#[server(endpoint = "account/calendar-stop")]
pub async fn stop_feed() -> Result<(), AppError> {
    use crate::{
        paths,
        server::{account::feed, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let here = paths::ACCOUNT_CALENDAR;
    let stopped = answer::or_sign_in(feed::stop(&app).await, here).map(|()| {
        answer::say(&app, here, "The feed is off. Its address finds nothing any more.");
        reply::go_plain(here);
    });
    answer::formed(&app, here, here, [], stopped)
}
