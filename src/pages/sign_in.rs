//! Signing in: the address, the code, the page that a mailed link opens.

mod code;
mod link;

pub use code::CodePage;
pub use link::LinkPage;

use crate::{
    api::sign_in::{RequestCode, SignInPage as Data, get_sign_in},
    components::{
        drawing::{Drawing, DrawingName},
        error_summary::ErrorSummary,
        field::TextField,
        form_state::form_state,
        frame::{Around, Frame},
        icon::IconName,
        loaded::loaded,
        submit::Submit,
    },
    paths,
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_query_map;

/// The page that asks for the address.
#[component]
pub fn SignInPage() -> impl IntoView {
    let page = Resource::new(|| (), |()| get_sign_in());
    view! {
        <Title text="Sign in, or start" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let action = ServerAction::<RequestCode>::new();
    let form = form_state(page.form, move || action.value().get());
    let query = use_query_map();
    let next =
        move || query.with(|query| query.get("next")).and_then(|next| paths::own_path(&next).map(ToOwned::to_owned));
    view! {
        <div class="wrap narrow top end flow-l flow">
            <div class="artsmall"><Drawing name=DrawingName::Doors /></div>
            <h1>"Sign in, or start"</h1>
            <p>"There is no password. We mail you a code, and you type it here."</p>
            <ErrorSummary form />
            <ActionForm action attr:class="flow flow-l" attr:novalidate="">
                <input type="hidden" name="next" value=next />
                <TextField
                    form
                    name="email"
                    label="Your e-mail address"
                    hint="If you are new, this is also how you begin. Nobody else in a group ever sees it."
                    kind="email"
                    autocomplete="email"
                    inputmode="email"
                />
                <Submit label="Send me a code" icon=IconName::Mail pending=action.pending() />
            </ActionForm>
            <p class="muted small">
                "On a shared phone? The code works only in this browser and only for some minutes. We sign you out when you have been away for a while."
            </p>
        </div>
    }
}
