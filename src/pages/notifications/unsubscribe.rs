//! Ending the weekly mail, from any mail however old: one button, no question after it.

use crate::{
    api::notifications::{UnsubscribeShown, get_unsubscribe},
    components::{
        frame::{Around, Frame},
        icon::{Icon, IconName},
        loaded::loaded,
        submit::Submit,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

/// The page.
#[component]
pub fn UnsubscribePage() -> impl IntoView {
    let params = use_params_map();
    let token = move || params.with(|params| params.get("token")).unwrap_or_default();
    let page = Resource::new(token, get_unsubscribe);
    view! {
        <Title text="Stop the weekly mail" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |shown| view! { <Content shown /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(shown: UnsubscribeShown) -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    match shown {
        UnsubscribeShown::Ask => view! {
            <div class="wrap narrow top end flow flow-l">
                <h1>"Stop the weekly mail"</h1>
                <p class="lead">"One tap, and no more mails of new meeting times come."</p>
                // The same address to which mail programs post; it is not one of the server's functions.
                <form class="inline" method="post" action=paths::unsubscribe(&token)>
                    <Submit label="Stop the weekly mail" icon=IconName::Cross />
                </form>
                <p class="muted">
                    "Rather less of it than none? The link to your choices, in the same mail, lets it rest for a while or changes what you hear of. "
                    <a href=paths::NOTIFICATIONS>"Have it mailed to you anew"</a>
                </p>
            </div>
        }
        .into_any(),
        UnsubscribeShown::Ended => view! {
            <div class="wrap narrow top end flow flow-l">
                <h1>"The weekly mail has stopped."</h1>
                <p class="lead">"You get none from us any more. You can close this page."</p>
                <p><a class="act" href=paths::NOTIFICATIONS>"Begin again"<Icon name=IconName::Arrow /></a></p>
            </div>
        }
        .into_any(),
        UnsubscribeShown::Broken => view! {
            <div class="wrap narrow top end flow flow-l">
                <h1>"This link is not whole."</h1>
                <p class="lead">
                    "Some mail programs cut long links. Please open it from the mail again, or type your address, and we mail you a link that works."
                </p>
                <a class="button quiet" href=paths::NOTIFICATIONS>"Type my address"<Icon name=IconName::Arrow /></a>
            </div>
        }
        .into_any(),
    }
}
