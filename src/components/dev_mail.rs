//! Where the mails of a trial can be read; only in development.

use super::icon::{Icon, IconName};
use crate::paths;
use leptos::prelude::*;

/// A note with the way there.
#[component]
pub fn DevMail() -> impl IntoView {
    view! {
        <p class="note plain">
            <Icon name=IconName::Mail />
            <span>
                "This is a trial: mails are written to a folder. "
                <a href=paths::DEV_MAIL rel="external" target="_blank">"Read them here"</a> "."
            </span>
        </p>
    }
}
