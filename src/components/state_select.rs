//! The question where somebody is: the states that matter here first, then all of them, then "outside".

use super::field::{FieldMessage, described_by, invalid};
use crate::{
    api::form::FormState,
    domain::{
        facets::Facets,
        place::{Place, UsState},
    },
};
use leptos::prelude::*;

/// The options of a select about where somebody is, without the first one.
#[component]
pub fn StateOptions(
    /// States that stand first.
    first: Vec<UsState>,
    /// The chosen value.
    chosen: String,
    /// How many groups each choice would leave, where the list says so.
    #[prop(optional, into)]
    facets: Option<Signal<Facets>>,
) -> impl IntoView {
    let rest: Vec<_> = UsState::all().filter(|state| !first.contains(state)).collect();
    let words = move |place: Place, name: &'static str| {
        move || match facets {
            Some(facets) => counted(name, facets.with(|facets| facets.place(place))),
            None => name.to_owned(),
        }
    };
    let option = move |state: UsState, chosen: &str| {
        let selected = state.code() == chosen;
        view! { <option value=state.code() selected=selected>{words(Place::In(state), state.name())}</option> }
    };
    let outside = chosen == Place::OUTSIDE;
    view! {
        {(!first.is_empty())
            .then(|| {
                let options = first.iter().map(|state| option(*state, &chosen)).collect_view();
                view! { <optgroup label="Where our therapists are licensed">{options}</optgroup> }
            })}
        <optgroup label="Other states and territories">
            {rest.iter().map(|state| option(*state, &chosen)).collect_view()}
        </optgroup>
        <option value=Place::OUTSIDE selected=outside>{words(Place::OutsideUs, "Outside the United States")}</option>
    }
}

/// "New York (18)": a choice with the number of groups that it would leave.
pub fn counted(name: &str, count: u32) -> String {
    format!("{name} ({count})")
}

/// A labelled select about where somebody is.
#[component]
pub fn StateField(
    /// The form's state.
    form: Signal<FormState>,
    /// Label.
    label: &'static str,
    /// What helps to fill it in.
    hint: &'static str,
    /// States that stand first.
    first: Vec<UsState>,
    /// What stands there while nothing is chosen.
    #[prop(default = "Choose your state")]
    none: &'static str,
) -> impl IntoView {
    let chosen = form.with_untracked(|form| form.value("state"));
    view! {
        <div class="field" class:bad=move || form.with(|form| form.error("state").is_some())>
            <label for="state">{label}</label>
            <span class="hint" id="state-hint">{hint}</span>
            <FieldMessage form name="state" />
            <select
                class="select mid"
                id="state"
                name="state"
                aria-invalid=invalid(form, "state")
                aria-describedby=described_by(form, "state", true)
            >
                <option value="" selected=chosen.is_empty()>{none}</option>
                <StateOptions first chosen />
            </select>
        </div>
    }
}
