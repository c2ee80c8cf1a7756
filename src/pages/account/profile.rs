//! Changing what we know of her.

use super::Back;
use crate::{
    api::account::{KeepProfile, ProfilePage as Data, get_profile},
    components::{
        about_fields::{EmergencyContact, NameFields},
        error_summary::ErrorSummary,
        field::{FieldMessage, described_by, invalid},
        form_state::form_state,
        frame::{Around, Frame},
        icon::IconName,
        loaded::loaded,
        state_select::StateField,
        submit::Submit,
    },
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};

/// The page.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let page = Resource::new(|| (), |()| get_profile());
    view! {
        <Title text="About you" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Member>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let action = ServerAction::<KeepProfile>::new();
    let form = form_state(page.form, move || action.value().get());
    let chosen = form.with_untracked(|form| form.value("zone"));
    let zones = page
        .zones
        .into_iter()
        .map(|(name, words)| {
            let selected = name == chosen;
            view! { <option value=name selected=selected>{words}</option> }
        })
        .collect_view();
    view! {
        <div class="wrap narrow top end">
            <Back />
            <h1>"About you"</h1>
            <p class="lead">
                {if page.has_seat {
                    "While you have a seat, please leave nothing empty."
                } else {
                    "You may leave empty what you do not want to tell now. We ask for it when you reserve a seat."
                }}
            </p>
            <ErrorSummary form />
            <ActionForm action attr:class="flow-form" attr:novalidate="">
                <NameFields form legal_hint="As in official papers. What you have signed keeps the name you signed with." />
                <StateField
                    form
                    label="Where will you be during the meetings?"
                    hint="A seat stays yours when you move. Whether you can join depends on where you are."
                    first=page.first_states
                />
                <div class="field" class:bad=move || form.with(|form| form.error("zone").is_some())>
                    <label for="zone">"Your time zone"</label>
                    <span class="hint" id="zone-hint">"All times on our pages and in our mails follow it. An offer keeps its end."</span>
                    <FieldMessage form name="zone" />
                    <select
                        class="select mid"
                        id="zone"
                        name="zone"
                        aria-invalid=invalid(form, "zone")
                        aria-describedby=described_by(form, "zone", true)
                    >
                        {zones}
                    </select>
                </div>
                <EmergencyContact form caller="your therapist" />
                <Submit label="Keep these changes" icon=IconName::Check pending=action.pending() />
            </ActionForm>
            {page
                .born
                .map(|born| {
                    view! {
                        <p class="small muted">"You told us that you were born on " {born} ". If that is wrong, please call the practice: it is part of your record."</p>
                    }
                })}
        </div>
    }
}
