//! A page's data: skeleton lines while it is on its way, the page when it is there, what happened when it is not.

use super::problem::Problem;
use crate::error::AppError;
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// Lines of the layout, shown only when loading takes longer than a blink.
#[component]
pub fn Skeleton() -> impl IntoView {
    view! {
        <div class="wrap top end" aria-busy="true">
            <ul class="skeleton rows late">
                <li><i></i><i></i><i></i><i></i></li>
                <li><i></i><i></i><i></i><i></i></li>
                <li><i></i><i></i><i></i><i></i></li>
            </ul>
        </div>
    }
}

/// Shows what a resource gives.
pub fn loaded<T>(resource: Resource<Result<T, AppError>>, page: fn(T) -> AnyView) -> impl IntoView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    view! {
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || Suspend::new(async move {
                match resource.await {
                    Ok(data) => page(data),
                    Err(error) => view! { <Problem error /> }.into_any(),
                }
            })}
        </Transition>
    }
}
