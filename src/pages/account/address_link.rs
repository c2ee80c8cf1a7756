//! The page that a mailed link about a new address opens. Opening it changes nothing, since mail scanners follow links; its
//! button says yes for the mailbox that the link was sent to, whoever is signed in here.

use crate::{
    api::account::address::{ConfirmAddress, LinkShown, get_address_link},
    components::{
        error_summary::ErrorSummary,
        form_state::form_state,
        frame::{Around, Frame},
        icon::{Icon, IconName},
        loaded::loaded,
        submit::Submit,
    },
    paths,
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

/// The page.
#[component]
pub fn AddressLinkPage() -> impl IntoView {
    let params = use_params_map();
    let confirm = ServerAction::<ConfirmAddress>::new();
    provide_context(confirm);
    let token = move || (params.with(|params| params.get("token")).unwrap_or_default(), confirm.version().get());
    let page = Resource::new(token, |(token, _)| get_address_link(token));
    view! {
        <Title text="Another address" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |link| view! { <Content link /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(link: LinkShown) -> impl IntoView {
    let half = "That is noted. Now the other address has to say yes: its mail has a link of its own.";
    match link {
        LinkShown::Over => view! {
            <Past
                heading="This link does not work any more."
                words="It was used, stopped, replaced by a newer one, or is older than two days. Nothing was changed."
                path=paths::ACCOUNT_ADDRESS
                label="Ask for a new one"
            />
        }
        .into_any(),
        LinkShown::Done => view! {
            <Past
                heading="Your address is changed."
                words="Every device is signed out. From now on you sign in with the new address."
                path=paths::SIGN_IN
                label="Sign in"
            />
        }
        .into_any(),
        LinkShown::Taken => view! {
            <Past
                heading="This address has an account already."
                words="So nothing was changed. You can sign in to that account with the new address, or keep the old one."
                path=paths::SIGN_IN
                label="Sign in"
            />
        }
        .into_any(),
        LinkShown::Old { confirmed: true, .. } | LinkShown::New { confirmed: true } => view! {
            <Past heading="This address has said yes." words=half path=paths::HOME label="Go to the start" />
        }
        .into_any(),
        LinkShown::Old { new_email, .. } => view! {
            <Ask
                heading="Sign in with another address?"
                words=format!(
                    "Somebody who is signed in to your account asked for {new_email}. If that was not you, close this page and sign out everywhere.",
                )
                label="Yes, change it"
            />
        }
        .into_any(),
        LinkShown::New { .. } => view! {
            <Ask
                heading="Sign in with this address?"
                words="The account gets this address when the old one has said yes as well. If you did not ask for it, close this page.".to_owned()
                label="Yes, this is my address"
            />
        }
        .into_any(),
    }
}

#[component]
fn Ask(heading: &'static str, words: String, label: &'static str) -> impl IntoView {
    let confirm = expect_context::<ServerAction<ConfirmAddress>>();
    let form = form_state(crate::api::form::FormState::default(), move || confirm.value().get());
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    view! {
        <div class="wrap narrow top end flow flow-l">
            <h1>{heading}</h1>
            <p class="lead">{words}</p>
            <ErrorSummary form />
            <ActionForm action=confirm attr:class="inline">
                <input type="hidden" name="token" value=token />
                <Submit label icon=IconName::Check pending=confirm.pending() />
            </ActionForm>
        </div>
    }
}

#[component]
fn Past(heading: &'static str, words: &'static str, path: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <div class="wrap narrow top end flow flow-l">
            <h1>{heading}</h1>
            <p class="lead">{words}</p>
            <a class="button quiet" href=path>{label}<Icon name=IconName::Arrow /></a>
        </div>
    }
}
