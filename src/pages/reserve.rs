//! Reserving a seat, one thing a page: hold, about you, agreements, check, confirmed.

mod about;
mod agree;
mod check;
mod confirmed;
mod hold;
mod young;

pub use about::AboutPage;
pub use agree::AgreePage;
pub use check::CheckPage;
pub use confirmed::ConfirmedPage;
pub use hold::HoldPage;
pub use young::YoungPage;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The group in the address.
fn slug() -> impl Fn() -> String + Copy + Send + Sync {
    let params = use_params_map();
    move || params.with(|params| params.get("slug")).unwrap_or_default()
}

/// "Step 2 of 3", in words and as three dots.
#[component]
fn StepNumber(
    /// The step, from 1.
    number: u8,
) -> impl IntoView {
    let dot = move |n: u8| match n.cmp(&number) {
        std::cmp::Ordering::Less => "past",
        std::cmp::Ordering::Equal => "now",
        std::cmp::Ordering::Greater => "",
    };
    view! {
        <p class="stepno">
            <span>{format!("Step {number} of 3")}</span>
            " "
            <span class="dots3" aria-hidden="true"><i class=dot(1)></i><i class=dot(2)></i><i class=dot(3)></i></span>
        </p>
    }
}
