//! A group in a list: time left, title, leader, seats. The whole row is the target through the title's link.

use super::{
    face::{Avatar, FaceSize},
    live::Live,
    seats::Seats,
};
use crate::{api::groups::GroupRow, paths};
use leptos::prelude::*;

/// One row.
#[component]
pub fn GroupRowView(
    /// What it says.
    row: GroupRow,
    /// What is added to the address of the group's page: the wish that the list answers.
    #[prop(optional, into)]
    query: String,
    /// The seats' newest counts, where the list is live.
    #[prop(optional)]
    live: Option<Live>,
) -> impl IntoView {
    let url = format!("{}{query}", paths::group(&row.slug));
    let seats: Signal<_> = match live {
        Some(live) => live.line(row.slug.clone(), row.seats).into(),
        None => row.seats.into(),
    };
    view! {
        <li class="slot">
            <p class="when">
                {row.hour}
                <i>{row.half}</i>
                {row.under_time.map(|words| view! { <small>{words}</small> })}
            </p>
            <div class="body">
                <h3 class="title"><a href=url>{row.title}</a></h3>
                <p class="meta">{row.about}<br />{row.terms}</p>
                <p class="led">
                    <Avatar initials=row.leader.initials id=row.leader.number size=FaceSize::Small />
                    <span>{row.leader.name}</span>
                </p>
            </div>
            <Seats line=seats />
        </li>
    }
}
