//! The page that a mailed link opens. Opening it changes nothing, since mail scanners follow links; its button signs in,
//! in the browser that asked for the code.

use crate::{
    api::sign_in::{EnterLink, get_link_page},
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
pub fn LinkPage() -> impl IntoView {
    let params = use_params_map();
    let token = move || params.with(|params| params.get("token")).unwrap_or_default();
    let page = Resource::new(token, get_link_page);
    view! {
        <Title text="Sign in" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |fits| view! { <Content fits /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(fits: bool) -> impl IntoView {
    let action = ServerAction::<EnterLink>::new();
    let form = form_state(crate::api::form::FormState::default(), move || action.value().get());
    let params = use_params_map();
    let token = move || params.with(|params| params.get("token")).unwrap_or_default();
    if !fits {
        return view! {
            <div class="wrap narrow top end flow flow-l">
                <h1>"Type the code where you started"</h1>
                <p>
                    "This link signs in only the browser that asked for it, and only while its code works. Go back to that browser and type the six digits from the mail."
                </p>
                <a class="button quiet" href=paths::SIGN_IN>"Start here instead"<Icon name=IconName::Arrow /></a>
            </div>
        }
        .into_any();
    }
    view! {
        <div class="wrap narrow top end flow flow-l">
            <h1>"You are nearly in"</h1>
            <p>"This is the browser that asked for the code. One tap signs you in."</p>
            <ErrorSummary form />
            <ActionForm action attr:class="flow flow-l">
                <input type="hidden" name="token" value=token />
                <Submit label="Sign in" pending=action.pending() />
            </ActionForm>
        </div>
    }
    .into_any()
}
