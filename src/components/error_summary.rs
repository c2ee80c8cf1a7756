//! What is wrong with a form, on top of it: each line leads to its field, and focus moves here.

use crate::api::form::FormState;
use leptos::{html, prelude::*};

/// The summary; nothing while nothing is wrong.
#[component]
pub fn ErrorSummary(
    /// The form's state.
    #[prop(into)]
    form: Signal<FormState>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let wrong_at_first = form.with_untracked(FormState::is_wrong);
    Effect::new(move |before: Option<usize>| {
        let wrong = form.with(FormState::is_wrong);
        let times = before.unwrap_or(usize::from(!wrong_at_first));
        // Only an answer moves the focus: on a page that came with its errors the browser does it (`autofocus`).
        if wrong
            && times > 0
            && let Some(summary) = node.get()
        {
            // An element that refuses the focus is read by the live region all the same.
            let _ = summary.focus();
        }
        times + 1
    });
    view! {
        <Show when=move || form.with(FormState::is_wrong)>
            <div class="summary" role="alert" tabindex="-1" autofocus=wrong_at_first node_ref=node>
                <h2>"Something needs another look"</h2>
                {move || form.with(|form| form.message.clone()).map(|message| view! { <p>{message}</p> })}
                <ul>
                    {move || {
                        form.with(|form| form.errors.clone())
                            .into_iter()
                            .map(|error| view! { <li><a href=format!("#{}", error.field)>{error.message}</a></li> })
                            .collect_view()
                    }}
                </ul>
            </div>
        </Show>
    }
}
