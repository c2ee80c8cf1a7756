//! The weekly list: asking for it, saying yes by a mailed link, ending it. What a subscriber changes stands in
//! [`preferences`], what is stored about her in [`own_data`].

use crate::{api::form::FormState, domain::place::UsState, error::AppError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

pub mod own_data;
pub mod preferences;

/// The page that asks for an address.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SubscribePage {
    /// The form as it was left, or with a wish of the finder taken over.
    pub form: FormState,
    /// Zones to choose from, name and words.
    pub zones: Vec<(String, String)>,
    /// States that stand first.
    pub first_states: Vec<UsState>,
}

/// The page that asks for an address. `query` is its own query string, in the finder's words.
#[server(endpoint = "notifications/page")]
pub async fn get_subscribe(#[server(default)] query: String) -> Result<SubscribePage, AppError> {
    use crate::{
        api::groups::read_query,
        server::{answer, state::App, subscriptions},
    };
    let app = expect_context::<App>();
    answer::answered(subscriptions::page(&app, &read_query(&query)).await)
}

/// Asks an address whether it wants the weekly mail. The same answer and the same work whatever that address is to us.
#[server(endpoint = "notifications/subscribe")]
pub async fn subscribe(
    #[server(default)] email: String,
    #[server(default)] topic: Vec<String>,
    #[server(default)] kind: Vec<String>,
    #[server(default)] state: String,
    #[server(default)] day: Vec<String>,
    #[server(default)] time: Vec<String>,
    #[server(default)] zone: String,
) -> Result<(), AppError> {
    use crate::{
        domain::subscription::WishesTyped,
        paths,
        server::{answer, reply, state::App, subscriptions},
    };
    let app = expect_context::<App>();
    let typed = WishesTyped { topics: topic, kinds: kind, state, days: day, times: time, zone };
    let asked = subscriptions::subscribe(&app, &email, &typed).await;
    let asked = asked.map(|()| reply::go(paths::NOTIFICATIONS_SENT));
    let [topics, kinds, place, days, times, shown_in] = typed.pairs();
    let values = [("email", email), topics, kinds, place, days, times, shown_in];
    answer::formed(&app, paths::NOTIFICATIONS, paths::NOTIFICATIONS, values, asked)
}

/// Whether the mails of a trial can be read at `/dev/mail`. The page that follows a form asks nothing else.
#[server(endpoint = "notifications/sent-page")]
pub async fn get_sent() -> Result<bool, AppError> {
    use crate::server::state::App;
    Ok(expect_context::<App>().settings.is_development())
}

/// What a mailed link that asks for a yes is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum LinkShown {
    /// It works no more.
    Over,
    /// It asks whether she wants the weekly mail.
    Ask {
        /// What she would hear of, a name and a value each.
        facts: Vec<(String, String)>,
    },
    /// She has said yes.
    Confirmed {
        /// Where she chooses what she hears of.
        preferences: String,
    },
    /// It asks whether the mail shall come to this address.
    Address {
        /// The address.
        email: String,
    },
}

/// What a mailed link is about, and what was wrong with pressing its button.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConfirmPage {
    /// What it is about.
    pub link: LinkShown,
    /// The form of its button.
    pub form: FormState,
}

/// What a mailed link is about. Looking changes nothing, since mail scanners follow links.
#[server(endpoint = "notifications/confirm-page")]
pub async fn get_confirm(#[server(default)] token: String) -> Result<ConfirmPage, AppError> {
    use crate::server::{
        answer,
        state::App,
        subscriptions::confirm::{self, FORM},
    };
    let app = expect_context::<App>();
    let link = confirm::page(&app, &token).await;
    answer::answered(link.map(|link| ConfirmPage { link, form: answer::form(&app, FORM) }))
}

/// Says yes: she wants the weekly mail, or wants it at this address.
#[server(endpoint = "notifications/confirm")]
pub async fn press_confirm(#[server(default)] token: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{
            answer, reply,
            state::App,
            subscriptions::confirm::{self, FORM},
        },
    };
    let app = expect_context::<App>();
    let here = paths::notifications_confirm(&token);
    let pressed = confirm::press(&app, &token).await.map(|path| reply::go(&path));
    answer::formed(&app, FORM, &here, [], pressed)
}

/// What a link that ends the weekly mail opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum UnsubscribeShown {
    /// She gets it: one button ends it.
    Ask,
    /// She gets none.
    Ended,
    /// The link is not whole.
    Broken,
}

/// What a link that ends the weekly mail opens. Looking changes nothing.
#[server(endpoint = "notifications/unsubscribe-page")]
pub async fn get_unsubscribe(#[server(default)] token: String) -> Result<UnsubscribeShown, AppError> {
    use crate::server::{answer, state::App, subscriptions::unsubscribe};
    let app = expect_context::<App>();
    answer::answered(unsubscribe::page(&app, &token).await)
}
