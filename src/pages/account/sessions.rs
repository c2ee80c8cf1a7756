//! Where she is signed in, each with a button that ends it.

use super::{Back, Said};
use crate::{
    api::account::sessions::{DeviceShown, EndSession, SessionsPage as Data, get_sessions},
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
pub fn SessionsPage() -> impl IntoView {
    // The action outlives what the page shows: it is asked for again after each end.
    let end = ServerAction::<EndSession>::new();
    provide_context(end);
    let page = Resource::new(move || end.version().get(), |_| get_sessions());
    view! {
        <Title text="Where you are signed in" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Member>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let end = expect_context::<ServerAction<EndSession>>();
    let form = form_state(page.form, move || end.value().get());
    view! {
        <div class="wrap narrow top end account">
            <Back />
            <h1>"Where you are signed in"</h1>
            <Said words=page.said />
            <ErrorSummary form />
            <ul class="devices">
                {page.devices.into_iter().map(|device| view! { <Device device end /> }).collect_view()}
            </ul>
            <p><a class="act" href=paths::ACCOUNT_SIGN_OUT>"Sign out everywhere"<Icon name=IconName::Arrow /></a></p>
            <p class="small muted">"If you do not know one of them, sign out everywhere. Nobody can come back without a code from your mail."</p>
        </div>
    }
}

#[component]
fn Device(device: DeviceShown, end: ServerAction<EndSession>) -> impl IntoView {
    let of = format!(" of {}", device.words);
    view! {
        <li>
            <div>
                <h2>{device.words}</h2>
                <p class="small muted">{device.since} ". " {device.used}</p>
            </div>
            <ActionForm action=end>
                <input type="hidden" name="session" value=device.id />
                <button class="button quiet small" type="submit">
                    {if device.is_this { "Sign out" } else { "End it" }} <span class="hidden">{of}</span>
                </button>
            </ActionForm>
        </li>
    }
}
