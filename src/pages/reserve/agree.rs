//! Step 2: agreements. Each in short first; the whole text is one tap away.

use super::StepNumber;
use crate::{
    api::{
        form::FormState,
        reserve::{AgreementsPage as Data, Pact, SignAgreements, get_agreements_page},
    },
    components::{
        error_summary::ErrorSummary,
        field::{FieldMessage, TextField},
        form_state::form_state,
        frame::{Around, Frame},
        hold_strip::HoldStripView,
        icon::{Icon, IconName},
        loaded::loaded,
        submit::Submit,
    },
    paths::{ReserveStep, reserve_step},
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};

/// The page.
#[component]
pub fn AgreePage() -> impl IntoView {
    let page = Resource::new(super::slug(), get_agreements_page);
    view! {
        <Title text="What we agree on" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let action = ServerAction::<SignAgreements>::new();
    let values = vec![("signature".to_owned(), page.signature)];
    let form = form_state(FormState { values, ..page.form }, move || action.value().get());
    let group = page.group;
    view! {
        <HoldStripView hold=page.hold slug=group.slug.clone() form="step" />
        <div class="wrap narrow top end">
            <StepNumber number=2 />
            <a class="back" href=reserve_step(&group.slug, ReserveStep::About)><Icon name=IconName::Back />"About you"</a>
            <h1>"What we agree on"</h1>
            <p class="lead">"Three agreements. Each in short first; the whole text is one tap away."</p>
            <ErrorSummary form />
            <ActionForm action attr:class="flow-form" attr:id="step" attr:novalidate="">
                <input type="hidden" name="slug" value=group.slug />
                {page.pacts.into_iter().map(|pact| view! { <PactView pact form /> }).collect_view()}
                <section class="pact">
                    <TextField
                        form
                        name="signature"
                        label="Your legal name, as your signature"
                        hint="Type it as you gave it in step 1. That is how you sign all three."
                        autocomplete="name"
                        class="input mid"
                    />
                    <p class="muted small">"You gave it as “" {page.legal_name} "”."</p>
                </section>
                <Submit label="Next: check your answers" pending=action.pending() />
            </ActionForm>
        </div>
    }
}

#[component]
fn PactView(pact: Pact, form: Signal<FormState>) -> impl IntoView {
    let name = pact.kind.code();
    view! {
        <section class="pact" class:bad=move || form.with(|form| form.error(name).is_some())>
            <h2>{pact.title}</h2>
            <ul class="plainlist">{pact.short.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
            <p>
                <a class="act" href=pact.url target="_blank" rel="external">
                    {pact.whole} <span class="hidden">", opens in a new tab"</span>
                </a>
                <span class="version muted small">{pact.version}</span>
            </p>
            <FieldMessage form name />
            <label class="choice solo">
                <input
                    type="checkbox"
                    id=name
                    name=name
                    value="true"
                    checked=pact.agreed
                    aria-describedby=move || form.with(|form| form.error(name)).map(|_| format!("{name}-error"))
                />
                <span>{pact.label}</span>
            </label>
        </section>
    }
}
