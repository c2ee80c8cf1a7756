//! Deleting the account: what goes, what stays and why, the safe answer first; and the page after it.

use super::Back;
use crate::{
    api::account::deletion::{DeleteAccount, DeletePage as Data, get_delete},
    components::{
        error_summary::ErrorSummary,
        field::{FieldMessage, described_by, invalid},
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
pub fn DeletePage() -> impl IntoView {
    let page = Resource::new(|| (), |()| get_delete());
    view! {
        <Title text="Delete your account?" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let action = ServerAction::<DeleteAccount>::new();
    let form = form_state(page.form, move || action.value().get());
    view! {
        <div class="wrap narrow top end">
            <Back />
            <h1>"Delete your account?"</h1>
            <p class="lead">"It happens at once and cannot be taken back, neither by you nor by us. If you only want a break, release your seat and keep the account."</p>
            <ErrorSummary form />
            {(!page.seats.is_empty())
                .then(|| {
                    view! {
                        <h2 class="sub2">"The seats you give up"</h2>
                        <dl class="facts">
                            {page
                                .seats
                                .into_iter()
                                .map(|(title, words)| view! { <div><dt>{title}</dt><dd>{words}</dd></div> })
                                .collect_view()}
                        </dl>
                    }
                })}
            <h2 class="sub2">"What happens at once"</h2>
            <ul class="plainlist means">{page.goes.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
            <h2 class="sub2">"What stays, and why"</h2>
            <dl class="stays">
                {page
                    .stays
                    .into_iter()
                    .map(|(what, why)| view! { <div><dt>{what}</dt><dd>{why}</dd></div> })
                    .collect_view()}
            </dl>
            <p class="small muted">"Ask the practice about what it keeps: " {page.practice} ". You may want to " <a href=paths::ACCOUNT_DATA>"take your data along"</a> " first."</p>
            <ActionForm action attr:class="flow-form" attr:novalidate="">
                <div class="field" class:bad=move || form.with(|form| form.error("sure").is_some())>
                    <FieldMessage form name="sure" />
                    <label class="choice solo" for="sure">
                        <input
                            type="checkbox"
                            id="sure"
                            name="sure"
                            value="true"
                            aria-invalid=invalid(form, "sure")
                            aria-describedby=described_by(form, "sure", false)
                        />
                        <span>"I have read what goes and what stays, and want my account deleted"</span>
                    </label>
                </div>
                <div class="stack">
                    <a class="button" href=paths::ACCOUNT>"Keep my account"<Icon name=IconName::Arrow /></a>
                    <button class="button quiet" type="submit" aria-busy=move || action.pending().get().then_some("true")>
                        "Delete my account"
                    </button>
                </div>
            </ActionForm>
        </div>
    }
}

/// It is done.
#[component]
pub fn DeletedPage() -> impl IntoView {
    view! {
        <Title text="Your account is deleted" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>
            <div class="wrap narrow top end flow flow-l">
                <h1>"Your account is deleted."</h1>
                <p class="lead">"One last mail tells you so. A calendar that fetched your meetings finds nothing any more: take the subscription out there."</p>
                <p>"Help is there without an account as well, day and night."</p>
                <a class="button quiet" href=paths::HELP_NOW>"Help now"<Icon name=IconName::Arrow /></a>
            </div>
        </Frame>
    }
}
