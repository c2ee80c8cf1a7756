//! The seats that a member holds and has not confirmed.

use super::icon::{Icon, IconName};
use crate::api::program::OpenHold;
use leptos::prelude::*;

/// Each with the way to its next step; nothing where she holds none.
#[component]
pub fn Holds(
    /// Her holds.
    holds: Vec<OpenHold>,
    /// Class of the section.
    class: &'static str,
) -> impl IntoView {
    (!holds.is_empty()).then(|| {
        view! {
            <section class=class>
                <h2>"Held for you"</h2>
                <ul class="lines">
                    {holds
                        .into_iter()
                        .map(|hold| {
                            view! {
                                <li><a href=hold.path>
                                    <span><b>{hold.title}</b><small>"Until "{hold.until}". Go on and confirm it."</small></span>
                                    <Icon name=IconName::Arrow go=true />
                                </a></li>
                            }
                        })
                        .collect_view()}
                </ul>
            </section>
        }
    })
}
