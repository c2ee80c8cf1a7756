//! Signing out everywhere: asked once more, the safe answer first.

use crate::{
    api::account::sessions::{SignOutEverywhere, get_sign_out},
    components::{
        error_summary::ErrorSummary,
        form_state::form_state,
        frame::{Around, Frame},
        icon::{Icon, IconName},
        loaded::loaded,
    },
    paths,
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};

/// The page.
#[component]
pub fn SignOutPage() -> impl IntoView {
    let page = Resource::new(|| (), |()| get_sign_out());
    view! {
        <Title text="Sign out everywhere?" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |words| view! { <Content words /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(words: String) -> impl IntoView {
    let end = ServerAction::<SignOutEverywhere>::new();
    let form = form_state(crate::api::form::FormState::default(), move || end.value().get());
    view! {
        <div class="wrap narrow top end flow flow-l">
            <a class="back" href=paths::ACCOUNT_SESSIONS><Icon name=IconName::Back />"Where you are signed in"</a>
            <h1>"Sign out everywhere?"</h1>
            <p class="lead">{words} " To come back you need a code from your mail. Your seats stay yours. A calendar feed ends as well."</p>
            <ErrorSummary form />
            <div class="stack">
                <a class="button" href=paths::ACCOUNT_SESSIONS>"Stay signed in"<Icon name=IconName::Arrow /></a>
                <ActionForm action=end attr:class="inline">
                    <button class="button quiet" type="submit" aria-busy=move || end.pending().get().then_some("true")>
                        "Sign out everywhere"
                    </button>
                </ActionForm>
            </div>
        </div>
    }
}
