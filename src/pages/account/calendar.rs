//! The secret calendar feed: made, given a new address, switched off. Its address is shown once.

use super::{Back, Said};
use crate::{
    api::account::feed::{FeedPage as Data, MakeFeed, StopFeed, get_feed},
    components::{
        error_summary::ErrorSummary,
        form_state::form_state,
        frame::{Around, Frame},
        icon::{Icon, IconName},
        loaded::loaded,
        submit::Submit,
    },
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};

/// What can be changed on the page; it is asked for again after each change.
#[derive(Clone, Copy)]
struct Changes {
    make: ServerAction<MakeFeed>,
    stop: ServerAction<StopFeed>,
}

/// The page.
#[component]
pub fn CalendarPage() -> impl IntoView {
    let changes = Changes { make: ServerAction::new(), stop: ServerAction::new() };
    provide_context(changes);
    let page = Resource::new(move || (changes.make.version().get(), changes.stop.version().get()), |_| get_feed());
    view! {
        <Title text="Your meetings in your calendar" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Member>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let Changes { make, stop } = expect_context();
    let form = form_state(page.form, move || make.value().get().or_else(|| stop.value().get()));
    let is_on = page.since.is_some();
    view! {
        <div class="wrap narrow top end flow flow-l account">
            <Back />
            <h1>"Your meetings in your calendar"</h1>
            <p class="lead">
                "A secret address that your calendar fetches every few hours. It says “A circle on Tuesdays” and the time, and neither topic nor names."
            </p>
            <Said words=page.said />
            <ErrorSummary form />
            {page
                .url
                .map(|url| {
                    view! {
                        <div class="field secret">
                            <label for="feed">"Copy this address now"</label>
                            <span class="hint" id="feed-hint">
                                "We show it once and keep only its fingerprint. In your calendar choose “add by address” or “subscribe”."
                            </span>
                            <input class="input" id="feed" type="text" readonly value=url aria-describedby="feed-hint" />
                        </div>
                    }
                })}
            {page.since.map(|since| view! { <p>"It has been on since " {since} "."</p> })}
            <div class="stack">
                <ActionForm action=make attr:class="inline">
                    <Submit
                        label=if is_on { "Make a new address" } else { "Make a secret address" }
                        class=if is_on { "button quiet" } else { "button" }
                        icon=IconName::Calendar
                        pending=make.pending()
                    />
                </ActionForm>
                {is_on
                    .then(|| {
                        view! {
                            <ActionForm action=stop attr:class="inline">
                                <Submit label="Switch it off" class="button quiet" icon=IconName::Cross pending=stop.pending() />
                            </ActionForm>
                        }
                    })}
            </div>
            <p class="note plain">
                <Icon name=IconName::Lock />
                <span>
                    "Whoever has the address sees when you meet. If you gave it away by mistake, make a new one: the old one finds nothing at once. It also ends when you sign out everywhere or change your address. A calendar of a company keeps a copy on that company’s computers."
                </span>
            </p>
        </div>
    }
}
