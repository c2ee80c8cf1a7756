//! Giving a seat away: what it means, the safe answer first.

use crate::{
    api::seats::{ReleasePage as Data, ReleaseSeat, get_release},
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
use leptos_router::hooks::use_params_map;

/// The page.
#[component]
pub fn ReleasePage() -> impl IntoView {
    let params = use_params_map();
    let page = Resource::new(move || params.with(|params| params.get("slug")).unwrap_or_default(), get_release);
    view! {
        <Title text="Give your seat away?" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let release = ServerAction::<ReleaseSeat>::new();
    let form = form_state(page.form, move || release.value().get());
    let next = page.next_meeting;
    view! {
        <div class="wrap narrow top end">
            <a class="back" href=paths::SEATS><Icon name=IconName::Back />"My seats"</a>
            <h1>"Give your seat away?"</h1>
            <p class="lead">{page.title} ", " {page.rhythm} ", with " {page.leader.name} "."</p>
            <ErrorSummary form />
            <ul class="plainlist means">
                {page.means.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}
                {(!next.is_empty()).then(|| view! { <li>"The first meeting that you would miss is " {next} "."</li> })}
            </ul>
            <div class="stack">
                <a class="button" href=paths::SEATS>"Keep my seat"<Icon name=IconName::Arrow /></a>
                <ActionForm action=release attr:class="inline">
                    <input type="hidden" name="slug" value=page.slug />
                    <input type="hidden" name="key" value=page.key />
                    <button class="button quiet" type="submit" aria-busy=move || release.pending().get().then_some("true")>
                        "Give my seat away"
                    </button>
                </ActionForm>
            </div>
            <p class="small muted center">"If you only miss a week, keep the seat: tell us on " <a href=paths::SEATS>"My seats"</a> " that you can’t come."</p>
        </div>
    }
}
