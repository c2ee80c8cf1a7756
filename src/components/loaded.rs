//! A page's data: skeleton lines while it is on its way, the page when it is there, what happened when it is not.

use super::problem::Problem;
use crate::error::AppError;
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// What a page that is on its way looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// A heading, a sentence and text under it, as nearly every page begins.
    Text,
    /// The finder: a heading, its form, a timetable.
    Finder,
}

/// Lines of the layout, shown only when loading takes longer than a blink. They take a whole screen from the first moment, so
/// that the footer does not stand in view and then move.
#[component]
pub fn Skeleton(
    /// Of which layout.
    shape: Shape,
) -> impl IntoView {
    let lines = match shape {
        Shape::Text => view! {
            <div class="skeleton text late"><i></i><i></i><i></i><i></i><i></i><i></i><i></i><i></i></div>
        }
        .into_any(),
        Shape::Finder => view! {
            <div class="skeleton form late"><i></i><i></i></div>
            <ul class="skeleton rows late">
                <li><i></i><i></i><i></i><i></i></li>
                <li><i></i><i></i><i></i><i></i></li>
                <li><i></i><i></i><i></i><i></i></li>
            </ul>
        }
        .into_any(),
    };
    view! { <div class="wrap top end waiting" aria-busy="true">{lines}</div> }
}

/// Shows what a resource gives.
pub fn loaded<T>(resource: Resource<Result<T, AppError>>, page: fn(T) -> AnyView) -> impl IntoView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    view! {
        <Transition fallback=|| view! { <Skeleton shape=Shape::Text /> }>
            {move || Suspend::new(async move {
                match resource.await {
                    Ok(data) => page(data),
                    Err(error) => view! { <Problem error /> }.into_any(),
                }
            })}
        </Transition>
    }
}
