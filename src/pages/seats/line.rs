//! A line in which she waits: her place, why seats pass her by where they do, the way out.

use super::Changes;
use crate::{
    api::seats::MyLine,
    components::{
        icon::{Icon, IconName},
        line::LeaveForm,
    },
    paths,
};
use leptos::prelude::*;

/// The line.
#[component]
pub fn Line(line: MyLine) -> impl IntoView {
    let changes = expect_context::<Changes>();
    view! {
        <li class="mine">
            <div>
                <h3><a href=paths::group(&line.slug)>{line.title.clone()}</a></h3>
                <p class="muted">{line.rhythm}</p>
                <p><b>{line.words}</b></p>
                {line.note.map(|note| view! { <p class="note plain"><Icon name=IconName::Circle /><span>{note}</span></p> })}
                <LeaveForm slug=line.slug title=line.title leave=changes.leave />
            </div>
        </li>
    }
}
