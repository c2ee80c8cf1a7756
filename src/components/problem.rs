//! What a page shows instead of itself: what is safe, and where to go next. No codes, no blame.

use super::{
    icon::{Icon, IconName},
    scene::{Scene, ScenePlace},
};
use crate::{error::AppError, paths};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

/// An error as a page.
#[component]
pub fn Problem(
    /// What happened.
    error: AppError,
) -> impl IntoView {
    match error {
        AppError::NotFound => view! {
            <Title text="Nothing here" />
            <div class="wrap narrow top end flow flow-l">
                <figure class="figure"><Scene place=ScenePlace::Empty label="A circle of empty chairs." /></figure>
                <h1>"There is nothing at this address."</h1>
                <p>"The page may have moved, or the address has a small mistake in it. Nothing of yours is lost."</p>
                <a class="button" href=paths::GROUPS>"Find a group"<Icon name=IconName::Arrow /></a>
            </div>
        }
        .into_any(),
        // The server knows where to go on from here and says so with a redirect; a page that was opened without loading
        // the document asks again as a document.
        AppError::SignInNeeded | AppError::StepMissing => {
            let location = use_location();
            Effect::new(move |_| {
                let url = format!("{}{}", location.pathname.get_untracked(), location.search.get_untracked());
                // Without it the link below leads on.
                let _ = window().location().set_href(&url);
            });
            view! {
            <Title text="One moment" />
            <div class="wrap narrow top end flow flow-l">
                <h1>"One moment."</h1>
                <p>{error.to_string()}</p>
                <a class="button" href=paths::SIGN_IN>"Sign in"<Icon name=IconName::Arrow /></a>
            </div>
        }
        .into_any()
        }
        AppError::Forbidden => {
            let is_office = use_location().pathname.get_untracked().starts_with(paths::OFFICE);
            let why = if is_office {
                "It is for the office of the practice."
            } else {
                "Seats are for members. A therapist or the office signs in with another address to take one."
            };
            view! {
            <Title text="Not for this account" />
            <div class="wrap narrow top end flow flow-l">
                <h1>"This page is not for your account."</h1>
                <p>{why}</p>
                <a class="button quiet" href=paths::HOME>"Go to the first page"<Icon name=IconName::Arrow /></a>
            </div>
        }
        .into_any()
        }
        _ => view! {
            <Title text="We will be back in a moment" />
            <div class="wrap narrow top end flow flow-l">
                <figure class="figure"><Scene place=ScenePlace::Unavailable label="A circle of empty chairs under a low light." /></figure>
                <h1>"We will be back in a moment."</h1>
                <p>
                    "Something on our side does not answer. Your seat, your reservation and all you have written are safe. Please try again in a few seconds."
                </p>
                // Without a target it loads the same page again.
                <a class="button quiet" href="" rel="external">"Try again now"<Icon name=IconName::Undo /></a>
                <p class="note plain">
                    <Icon name=IconName::Help />
                    <span>
                        "If you need somebody now: call or text "<a href="tel:988">"988"</a>", day and night. In danger call "
                        <a href="tel:911">"911"</a>"."
                    </span>
                </p>
            </div>
        }
        .into_any(),
    }
}
