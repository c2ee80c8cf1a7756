//! The line of a full group: the button that joins it, and the small way out.

use super::{
    icon::{Icon, IconName},
    submit::Submit,
};
use crate::{
    api::waiting::{JoinLine, LeaveLine},
    error::AppError,
};
use leptos::{form::ActionForm, prelude::*};

/// Joins the line at its end, where nothing has to be asked first.
#[component]
pub fn JoinForm(
    /// Slug of the group.
    slug: String,
    /// Drawn for the page.
    key: String,
    /// Whether it stands in the bar of a phone: then what is wrong is said elsewhere on the page.
    #[prop(optional)]
    small: bool,
    /// The wish, so that a page with two of these buttons says once what is wrong.
    join: ServerAction<JoinLine>,
) -> impl IntoView {
    view! {
        <ActionForm action=join attr:class="inline">
            <input type="hidden" name="slug" value=slug />
            <input type="hidden" name="key" value=key />
            <Submit label="Join the line" class=if small { "button small" } else { "button" } pending=join.pending() />
        </ActionForm>
        {(!small).then(|| view! { <Refused answer=Signal::derive(move || join.value().get()) /> })}
    }
}

/// What stood in the way, beside the button.
#[component]
pub fn Refused(
    /// The last answer.
    answer: Signal<Option<Result<(), AppError>>>,
) -> impl IntoView {
    move || {
        answer.get().and_then(Result::err).map(|error| {
            view! { <p class="error" role="alert"><Icon name=IconName::Alert /><span>{error.to_string()}</span></p> }
        })
    }
}

/// Leaves the line, in two steps that need no script: open, then leave.
#[component]
pub fn LeaveForm(
    /// Slug of the group.
    slug: String,
    /// Title of the group, for whoever hears one button after the other.
    title: String,
    /// The wish; the page decides what follows.
    leave: ServerAction<LeaveLine>,
) -> impl IntoView {
    view! {
        <details class="leave">
            <summary>"Leave the line" <span class="hidden">" of " {title}</span></summary>
            <ActionForm action=leave>
                <input type="hidden" name="slug" value=slug />
                <p class="small muted">"Your place goes to whoever is behind you. You can join again, at the end."</p>
                <button class="button quiet small" type="submit" aria-busy=move || leave.pending().get().then_some("true")>
                    "Leave it"
                </button>
            </ActionForm>
        </details>
    }
}
