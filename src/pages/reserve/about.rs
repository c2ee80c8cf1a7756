//! Step 1: about you.

use super::StepNumber;
use crate::{
    api::{
        form::FormState,
        reserve::{AboutPage as Data, KeepAbout, get_about_page},
    },
    components::{
        about_fields::{EmergencyContact, NameFields},
        error_summary::ErrorSummary,
        field::FieldMessage,
        form_state::form_state,
        frame::{Around, Frame},
        hold_strip::HoldStripView,
        loaded::loaded,
        state_select::StateField,
        submit::Submit,
    },
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};

/// The page.
#[component]
pub fn AboutPage() -> impl IntoView {
    let page = Resource::new(super::slug(), get_about_page);
    view! {
        <Title text="About you" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let action = ServerAction::<KeepAbout>::new();
    let values = page.typed.pairs().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let form = form_state(FormState { values, ..page.form }, move || action.value().get());
    let group = page.group;
    let born_wrong = move || {
        form.with(|form| ["birth_month", "birth_day", "birth_year"].iter().any(|field| form.error(field).is_some()))
    };
    view! {
        <HoldStripView hold=page.hold slug=group.slug.clone() form="step" />
        <div class="wrap narrow top end">
            <StepNumber number=1 />
            <h1>"About you"</h1>
            <p class="lead">
                "What " {group.leader.first_name.clone()} " needs to know to keep you safe. The others see only the name you choose."
            </p>
            <ErrorSummary form />
            <ActionForm action attr:class="flow-form" attr:id="step" attr:novalidate="">
                <input type="hidden" name="slug" value=group.slug />
                <NameFields form legal_hint="As in official papers. Only your therapist and the practice see it." />
                <StateField
                    form
                    label="Where will you be during the meetings?"
                    hint="The state you are in when we meet, not the one on your license."
                    first=page.leader_states
                />
                <fieldset class="field" class:bad=born_wrong>
                    <legend>"When were you born?"</legend>
                    <span class="hint">"Groups are for people of 18 and older."</span>
                    <FieldMessage form name="birth_month" />
                    <FieldMessage form name="birth_day" />
                    <FieldMessage form name="birth_year" />
                    <div class="fields date gap1">
                        <DatePart form name="birth_month" label="Month" autocomplete="bday-month" />
                        <DatePart form name="birth_day" label="Day" autocomplete="bday-day" />
                        <DatePart form name="birth_year" label="Year" autocomplete="bday-year" />
                    </div>
                </fieldset>
                <EmergencyContact form caller=group.leader.first_name />
                <Submit label="Next: agreements" pending=action.pending() />
            </ActionForm>
        </div>
    }
}

/// One of the three fields of a date; its error stands above all three.
#[component]
fn DatePart(
    form: Signal<FormState>,
    name: &'static str,
    label: &'static str,
    autocomplete: &'static str,
) -> impl IntoView {
    let value = form.with_untracked(|form| form.value(name));
    let wrong = move || form.with(|form| form.error(name).is_some());
    view! {
        <div class:bad=wrong>
            <label class="small" for=name>{label}</label>
            <input
                class="input"
                id=name
                name=name
                inputmode="numeric"
                autocomplete=autocomplete
                maxlength="4"
                value=value
                aria-invalid=move || wrong().then_some("true")
                aria-describedby=move || wrong().then(|| format!("{name}-error"))
            />
        </div>
    }
}
