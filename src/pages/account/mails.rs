//! Which mails she wants. Those that change a seat are no question, and the page says so.

use super::{Back, Said};
use crate::{
    api::account::mails::{KeepMails, MailsPage as Data, get_mails},
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

/// The page.
#[component]
pub fn MailsPage() -> impl IntoView {
    let action = ServerAction::<KeepMails>::new();
    provide_context(action);
    // Asked for again once a change is kept.
    let page = Resource::new(move || action.version().get(), |_| get_mails());
    view! {
        <Title text="Mails we send you" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Member>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let action = expect_context::<ServerAction<KeepMails>>();
    let form = form_state(page.form, move || action.value().get());
    let choices = page.choices;
    view! {
        <div class="wrap narrow top end flow flow-l account">
            <Back />
            <h1>"Mails we send you"</h1>
            <p class="lead">"Tick what you want to hear. No mail names a subject, a title or a person."</p>
            <Said words=page.said />
            <ErrorSummary form />
            <ActionForm action attr:class="flow-form" attr:novalidate="">
                <fieldset class="field">
                    <legend>"About your meetings"</legend>
                    <Choice name="day_before" label="A day before each meeting" ticked=choices.day_before />
                    <Choice name="hour_before" label="An hour before each meeting" ticked=choices.hour_before />
                    <Choice
                        name="meeting_changes"
                        label="When a meeting has another time, or does not take place"
                        ticked=choices.meeting_changes
                    />
                </fieldset>
                <fieldset class="field">
                    <legend>"While you wait for a seat"</legend>
                    <Choice
                        name="offer_ending"
                        label="When the time for a seat that is held for you is nearly over"
                        ticked=choices.offer_ending
                    />
                </fieldset>
                <Submit label="Keep this" icon=IconName::Check pending=action.pending() />
            </ActionForm>
            <p class="note plain">
                <Icon name=IconName::Mail />
                <span>
                    "We always write when your seat changes: it is reserved, offered or released, the line moves, the group begins or ends. Codes for signing in always come as well."
                </span>
            </p>
        </div>
    }
}

#[component]
fn Choice(name: &'static str, label: &'static str, ticked: bool) -> impl IntoView {
    view! {
        <label class="choice solo">
            <input type="checkbox" id=name name=name value="true" checked=ticked />
            <span>{label}</span>
        </label>
    }
}
