//! A new address: asked for here, confirmed by links in both mailboxes.

use super::{Back, Said};
use crate::{
    api::account::address::{AddressPage as Data, AskAddress, OpenShown, StopAddress, get_address},
    components::{
        dev_mail::DevMail,
        error_summary::ErrorSummary,
        field::TextField,
        form_state::form_state,
        frame::{Around, Frame},
        icon::{Icon, IconName},
        loaded::loaded,
        submit::Submit,
    },
    error::AppError,
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};

/// What can be changed on the page; it is asked for again after each change.
#[derive(Clone, Copy)]
struct Changes {
    ask: ServerAction<AskAddress>,
    stop: ServerAction<StopAddress>,
}

/// The page.
#[component]
pub fn AddressPage() -> impl IntoView {
    let changes = Changes { ask: ServerAction::new(), stop: ServerAction::new() };
    provide_context(changes);
    // Only what succeeded changes the page: what was typed stays where it is.
    let changed = RwSignal::new(0_u32);
    let note = move |answer: Option<Result<(), AppError>>| {
        if answer.is_some_and(|answer| answer.is_ok()) {
            changed.update(|times| *times += 1);
        }
    };
    Effect::new(move |_| note(changes.ask.value().get()));
    Effect::new(move |_| note(changes.stop.value().get()));
    let page = Resource::new(move || changed.get(), |_| get_address());
    view! {
        <Title text="Another address" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Member>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let Changes { ask, stop } = expect_context();
    let form = form_state(page.form, move || match ask.value().get() {
        Some(Ok(())) | None => stop.value().get(),
        wrong => wrong,
    });
    view! {
        <div class="wrap narrow top end flow flow-l account">
            <Back />
            <h1>"Another address"</h1>
            <p class="lead">"You sign in with " <b>{page.email}</b> " now. A new address works once both have said yes."</p>
            <Said words=page.said />
            <ErrorSummary form />
            {page.open.map(|open| view! { <Open open stop /> })}
            <ActionForm action=ask attr:class="flow flow-l" attr:novalidate="">
                <TextField
                    form
                    name="email"
                    label="The new address"
                    hint="We write to both. When both have said yes, every device is signed out and you sign in with the new one."
                    kind="email"
                    autocomplete="email"
                    inputmode="email"
                    class="input"
                    maxlength=254
                />
                <Submit label="Write to both" icon=IconName::Mail pending=ask.pending() />
            </ActionForm>
            {page.dev_mail.then(|| view! { <DevMail /> })}
            <p class="small muted">"Your weekly mail, if you get it, goes to the new address as well. If you cannot read the mail at your old address any more, please call the practice."</p>
        </div>
    }
}

/// The change that is under way.
#[component]
fn Open(open: OpenShown, stop: ServerAction<StopAddress>) -> impl IntoView {
    let said = |yes: bool| if yes { "has said yes" } else { "has not said yes yet" };
    view! {
        <div class="note underway">
            <Icon name=IconName::Mail />
            <div class="flow flow-s">
                <p>
                    "We have written to both addresses about " <b>{open.new_email}</b> ". Your address now " {said(open.old_confirmed)}
                    ", the new one " {said(open.new_confirmed)} ". The links work until " {open.until} "."
                </p>
                <ActionForm action=stop>
                    <button class="link" type="submit">"Keep the address as it is"</button>
                </ActionForm>
            </div>
        </div>
    }
}
