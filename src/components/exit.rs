//! The way out of a page at once, for somebody who is looked at over the shoulder.

use super::icon::{Icon, IconName};
use leptos::prelude::*;

/// Where it leads: the public weather service. It is dull, loads quickly, and anybody may have it open.
const WEATHER: &str = "https://www.weather.gov/";

/// "Exit this page". Without script it is a link; with it, the document's own script (`server/exit.js`, known by `data-exit`)
/// leaves no entry in the history, from the first moment on.
#[component]
pub fn Exit() -> impl IntoView {
    view! {
        <div class="exitbar">
            <div class="wrap">
                <a
                    class="exit"
                    href=WEATHER
                    data-exit=""
                    rel="external noopener noreferrer"
                    title="Opens the weather in place of this page. Escape, pressed twice, does the same."
                >
                    <Icon name=IconName::Cross />
                    "Exit this page"
                </a>
            </div>
        </div>
    }
}
