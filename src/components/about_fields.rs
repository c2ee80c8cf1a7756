//! The fields in which somebody tells about herself, where a seat is confirmed and in her account.

use super::field::TextField;
use crate::api::form::FormState;
use leptos::prelude::*;

/// How she is called, what stands in her papers, where she is reached.
#[component]
pub fn NameFields(
    /// The form's state.
    form: Signal<FormState>,
    /// What to know about the legal name here.
    legal_hint: &'static str,
) -> impl IntoView {
    view! {
        <TextField
            form
            name="display_name"
            label="What should we call you in the group?"
            hint="A first name, a nickname, an initial. This is all that other members see."
            autocomplete="nickname"
            class="input mid"
            maxlength=60
        />
        <TextField form name="legal_name" label="Your legal name" hint=legal_hint autocomplete="name" class="input mid" />
        <TextField
            form
            name="phone"
            label="Your phone"
            hint="If the picture fails, your therapist calls you here."
            kind="tel"
            autocomplete="tel"
            inputmode="tel"
            class="input mid"
            maxlength=40
        />
    }
}

/// Somebody who may be called.
#[component]
pub fn EmergencyContact(
    /// The form's state.
    form: Signal<FormState>,
    /// Who may call: a name, or "your therapist".
    #[prop(into)]
    caller: String,
) -> impl IntoView {
    view! {
        <fieldset class="field">
            <legend>"Somebody we may call in an emergency"</legend>
            <span class="hint">"Only if " {caller} " fears for your life and cannot reach you."</span>
            <div class="fields two gap1">
                <TextField form name="contact_name" label="Name" label_class="small" />
                <TextField form name="contact_phone" label="Phone" label_class="small" kind="tel" inputmode="tel" maxlength=40 />
            </div>
        </fieldset>
    }
}
