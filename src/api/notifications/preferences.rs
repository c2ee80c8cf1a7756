//! What a subscriber hears of and when. Every function takes the token of a mailed link; without one it is about the
//! subscription of the member who is signed in.

use crate::{
    api::form::FormState,
    domain::{place::UsState, subscription::SubscriptionStatus},
    error::AppError,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The preferences.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PreferencesPage {
    /// Where the mail goes.
    pub email: String,
    /// Where the subscription stands.
    pub status: SubscriptionStatus,
    /// "December 21, 2026": no mail before that day.
    pub paused: Option<String>,
    /// A new address that has not said yes.
    pub new_email: Option<String>,
    /// Zones to choose from, name and words.
    pub zones: Vec<(String, String)>,
    /// "Eastern".
    pub zone_label: String,
    /// Hours to choose from: value and "9:00 AM".
    pub hours: Vec<(String, String)>,
    /// Days on which a pause can end: value and "Monday, December 21".
    pub pauses: Vec<(String, String)>,
    /// States that stand first.
    pub first_states: Vec<UsState>,
    /// The token that opened it; empty for a member who is signed in.
    pub token: String,
    /// The forms as they are, or as they were left.
    pub form: FormState,
    /// What was done just now.
    pub said: String,
    /// Whether mails can be read at `/dev/mail`.
    pub dev_mail: bool,
}

/// What a link, or an account, opens.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Opened {
    /// The preferences.
    Page(Box<PreferencesPage>),
    /// The link is too old to show anything; it can ask for a fresh one.
    Old {
        /// What was done just now.
        said: String,
        /// The form of its button.
        form: FormState,
    },
    /// Nothing is stored.
    None,
    /// The link is not whole.
    Broken,
}

/// What a link, or an account, opens. Looking changes nothing.
#[server(endpoint = "notifications/preferences-page")]
pub async fn get_preferences(#[server(default)] token: String) -> Result<Opened, AppError> {
    use crate::{
        paths,
        server::{answer, state::App, subscriptions::preferences},
    };
    let app = expect_context::<App>();
    let page = preferences::page(&app, &token).await;
    answer::answered(answer::or_sign_in(page, &paths::own_notifications(&token)))
}

/// Keeps what she chose.
#[server(endpoint = "notifications/preferences")]
pub async fn keep_preferences(
    #[server(default)] token: String,
    #[server(default)] topic: Vec<String>,
    #[server(default)] kind: Vec<String>,
    #[server(default)] state: String,
    #[server(default)] day: Vec<String>,
    #[server(default)] time: Vec<String>,
    #[server(default)] zone: String,
    #[server(default)] weekday: String,
    #[server(default)] hour: String,
    #[server(default)] details: String,
) -> Result<(), AppError> {
    use crate::{
        api::form::is_ticked,
        domain::subscription::WishesTyped,
        server::{
            state::App,
            subscriptions::preferences::{self, Typed},
        },
    };
    let app = expect_context::<App>();
    let wishes = WishesTyped { topics: topic, kinds: kind, state, days: day, times: time, zone };
    let [topics, kinds, place, days, times, shown_in] = wishes.pairs();
    let values = [
        topics,
        kinds,
        place,
        days,
        times,
        shown_in,
        ("weekday", weekday.clone()),
        ("hour", hour.clone()),
        ("details", details.clone()),
    ];
    let typed = Typed { wishes, weekday, hour, details: is_ticked(&details) };
    let kept = preferences::keep(&app, &token, &typed).await;
    preferences::done(&app, &token, values, kept.map(ToOwned::to_owned))
}

/// Lets the mail rest until a day.
#[server(endpoint = "notifications/pause")]
pub async fn pause(#[server(default)] token: String, #[server(default)] until: String) -> Result<(), AppError> {
    use crate::server::{state::App, subscriptions::preferences};
    let app = expect_context::<App>();
    let paused = preferences::pause(&app, &token, Some(&until)).await;
    preferences::done(&app, &token, [("until", until)], paused)
}

/// Lets the mail come again before the pause is over.
#[server(endpoint = "notifications/pause-end")]
pub async fn end_pause(#[server(default)] token: String) -> Result<(), AppError> {
    use crate::server::{state::App, subscriptions::preferences};
    let app = expect_context::<App>();
    let ended = preferences::pause(&app, &token, None).await;
    preferences::done(&app, &token, [], ended)
}

/// Ends the weekly mail.
#[server(endpoint = "notifications/stop")]
pub async fn stop(#[server(default)] token: String) -> Result<(), AppError> {
    use crate::server::{state::App, subscriptions::preferences};
    let app = expect_context::<App>();
    let stopped = preferences::stop(&app, &token).await;
    preferences::done(&app, &token, [], stopped.map(|()| String::new()))
}

/// Puts her on the list again.
#[server(endpoint = "notifications/start")]
pub async fn start_again(#[server(default)] token: String) -> Result<(), AppError> {
    use crate::server::{state::App, subscriptions::preferences};
    let app = expect_context::<App>();
    let started = preferences::start_again(&app, &token).await;
    preferences::done(&app, &token, [], started.map(|()| "You are on the list again.".to_owned()))
}

/// Mails a link to a new address. The same answer and the same work whatever that address is to us.
#[server(endpoint = "notifications/address")]
pub async fn change_address(
    #[server(default)] token: String,
    #[server(default)] email: String,
) -> Result<(), AppError> {
    use crate::server::{
        state::App,
        subscriptions::{address, preferences},
    };
    let app = expect_context::<App>();
    let asked = address::ask(&app, &token, &email).await;
    let said = "We have written to the new address. Until it says yes, nothing changes.";
    preferences::done(&app, &token, [("email", email)], asked.map(|()| said.to_owned()))
}

/// Mails a fresh link to whoever holds an older one.
#[server(endpoint = "notifications/fresh-link")]
pub async fn mail_fresh_link(#[server(default)] token: String) -> Result<(), AppError> {
    use crate::server::{state::App, subscriptions::preferences};
    let app = expect_context::<App>();
    let mailed = preferences::mail_link(&app, &token).await;
    let said = "A mail with a fresh link is on its way, or has come within the last hour.";
    preferences::done(&app, &token, [], mailed.map(|()| said.to_owned()))
}
