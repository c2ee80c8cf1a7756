//! A labelled text field: label above, hint below it, error between hint and field.

use crate::{
    api::form::FormState,
    components::icon::{Icon, IconName},
};
use leptos::prelude::*;

/// Text of an error at a field, with its mark.
#[component]
pub fn FieldMessage(
    /// The form's state.
    form: Signal<FormState>,
    /// Name of the field.
    name: &'static str,
) -> impl IntoView {
    move || {
        form.with(|form| form.error(name)).map(|message| {
            view! {
                <p class="error" id=format!("{name}-error")>
                    <Icon name=IconName::Alert />
                    <span>{message}</span>
                </p>
            }
        })
    }
}

/// The ids that describe a field: its hint, and its error while there is one.
pub fn described_by(form: Signal<FormState>, name: &'static str, has_hint: bool) -> impl Fn() -> Option<String> {
    move || {
        let error = form.with(|form| form.error(name)).map(|_| format!("{name}-error"));
        let hint = has_hint.then(|| format!("{name}-hint"));
        match (hint, error) {
            (Some(hint), Some(error)) => Some(format!("{hint} {error}")),
            (hint, error) => hint.or(error),
        }
    }
}

/// Says that a field is wrong.
pub fn invalid(form: Signal<FormState>, name: &'static str) -> impl Fn() -> Option<&'static str> {
    move || form.with(|form| form.error(name)).map(|_| "true")
}

/// A text field.
#[component]
pub fn TextField(
    /// The form's state; the value comes from it.
    form: Signal<FormState>,
    /// Name and id of the field.
    name: &'static str,
    /// Label.
    label: &'static str,
    /// What helps to fill it in.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// Type of the input.
    #[prop(default = "text")]
    kind: &'static str,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Which keyboard a phone shows.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// Class of the input.
    #[prop(default = "input")]
    class: &'static str,
    /// Class of the label.
    #[prop(default = "")]
    label_class: &'static str,
    /// Most characters.
    #[prop(default = 200)]
    maxlength: u16,
) -> impl IntoView {
    let value = form.with_untracked(|form| form.value(name));
    view! {
        <div class="field" class:bad=move || form.with(|form| form.error(name).is_some())>
            <label for=name class=label_class>{label}</label>
            {hint.map(|hint| view! { <span class="hint" id=format!("{name}-hint")>{hint}</span> })}
            <FieldMessage form name />
            <input
                id=name
                name=name
                type=kind
                class=class
                value=value
                autocomplete=autocomplete
                inputmode=inputmode
                maxlength=maxlength.to_string()
                aria-invalid=invalid(form, name)
                aria-describedby=described_by(form, name, hint.is_some())
            />
        </div>
    }
}
