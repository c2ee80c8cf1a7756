//! What a subscriber of the weekly list wishes to hear of, as fields: nothing chosen means all.

use super::{
    field::{FieldMessage, described_by, invalid},
    state_select::StateField,
};
use crate::{
    api::form::FormState,
    domain::{
        finder::TimeOfDay,
        group::Kind,
        place::UsState,
        series::{WEEK, weekday_code, weekday_name},
        topic::Topic,
    },
};
use leptos::prelude::*;

/// One box of a field with several. `field` is the name under which its values came back.
fn chip(
    form: Signal<FormState>,
    field: &'static str,
    name: &'static str,
    value: &'static str,
    words: AnyView,
) -> AnyView {
    let checked = form.with_untracked(|form| form.has(field, value));
    view! { <label class="chip"><input type="checkbox" name=name value=value checked=checked />{words}</label> }
        .into_any()
}

/// Days and times of day.
#[component]
pub fn TimeFields(
    /// The form's state.
    form: Signal<FormState>,
) -> impl IntoView {
    view! {
        <fieldset class="wishes">
            <legend class="big">"Times that suit you"</legend>
            <p class="hint">"None chosen means all of them."</p>
            <div class="chips seven">
                {WEEK
                    .into_iter()
                    .map(|day| {
                        let name = weekday_name(day);
                        // The whole word is for whoever cannot see how narrow it is here.
                        let words = view! {
                            <span aria-hidden="true">{name.get(..3)}</span>
                            <span class="hidden">{name}</span>
                        }
                        .into_any();
                        chip(form, "day", "day[]", weekday_code(day), words)
                    })
                    .collect_view()}
            </div>
            <div class="chips">
                {TimeOfDay::ALL
                    .into_iter()
                    .map(|time| chip(form, "time", "time[]", time.code(), time.name().into_any()))
                    .collect_view()}
            </div>
        </fieldset>
    }
}

/// Topics and kinds of group.
#[component]
pub fn TopicFields(
    /// The form's state.
    form: Signal<FormState>,
) -> impl IntoView {
    view! {
        <fieldset class="wishes">
            <legend class="big">"What about"</legend>
            <p class="hint">"This stays with us. None chosen means all of them."</p>
            <div class="chips">
                {Topic::ALL
                    .into_iter()
                    .map(|topic| chip(form, "topic", "topic[]", topic.slug(), topic.name().into_any()))
                    .collect_view()}
            </div>
        </fieldset>
        <fieldset class="wishes">
            <legend>"Kinds of group"</legend>
            <div class="chips">
                {Kind::ALL
                    .into_iter()
                    .map(|kind| chip(form, "kind", "kind[]", kind.code(), kind.plural().into_any()))
                    .collect_view()}
            </div>
        </fieldset>
    }
}

/// Where she is, which may be left open.
#[component]
pub fn PlaceField(
    /// The form's state.
    form: Signal<FormState>,
    /// States that stand first.
    first: Vec<UsState>,
) -> impl IntoView {
    view! {
        <StateField
            form
            label="Where you are"
            hint="A therapist may only treat people who are in a state where they are licensed. With your state we leave out what you cannot join."
            first
            none="I leave it open"
        />
    }
}

/// A labelled select with these options: value and words.
#[component]
pub fn ChoiceField(
    /// The form's state.
    form: Signal<FormState>,
    /// Name and id of the field.
    name: &'static str,
    /// Label.
    label: &'static str,
    /// What helps to choose.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// Value and words of each.
    options: Vec<(String, String)>,
) -> impl IntoView {
    let chosen = form.with_untracked(|form| form.value(name));
    let options = options
        .into_iter()
        .map(|(value, words)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{words}</option> }
        })
        .collect_view();
    view! {
        <div class="field" class:bad=move || form.with(|form| form.error(name).is_some())>
            <label for=name>{label}</label>
            {hint.map(|hint| view! { <span class="hint" id=format!("{name}-hint")>{hint}</span> })}
            <FieldMessage form name />
            <select
                class="select mid"
                id=name
                name=name
                aria-invalid=invalid(form, name)
                aria-describedby=described_by(form, name, hint.is_some())
            >
                {options}
            </select>
        </div>
    }
}
