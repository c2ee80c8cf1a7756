//! What stands at an address without a page. The server answers 404.

use crate::{
    components::{
        frame::{Around, Frame},
        problem::Problem,
    },
    error::AppError,
};
use leptos::prelude::*;

/// The page.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <Frame around=Around::Still>
            <Problem error=AppError::NotFound />
        </Frame>
    }
}
