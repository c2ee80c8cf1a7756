//! The way out of a page at once, for somebody who is looked at over the shoulder.

use super::icon::{Icon, IconName};
use leptos::{ev, prelude::*};

/// Where it leads: the public weather service. It is dull, loads quickly, and anybody may have it open.
const WEATHER: &str = "https://www.weather.gov/";

/// Two presses of Escape within this time leave as well.
const TWICE_MS: f64 = 600.0;

/// "Exit this page". Without script it is a link; with it, the page is blanked at once and its entry in the history is replaced,
/// so that "back" does not return to it.
#[component]
pub fn Exit() -> impl IntoView {
    let last = StoredValue::new(f64::NEG_INFINITY);
    let escape = window_event_listener(ev::keydown, move |event| {
        if event.key() != "Escape" || event.repeat() {
            return;
        }
        if event.time_stamp() - last.get_value() <= TWICE_MS {
            leave();
        }
        last.set_value(event.time_stamp());
    });
    on_cleanup(move || escape.remove());
    let click = move |event: ev::MouseEvent| {
        event.prevent_default();
        leave();
    };
    view! {
        <div class="exitbar">
            <div class="wrap">
                <a
                    class="exit"
                    href=WEATHER
                    rel="external noopener noreferrer"
                    title="Opens the weather in place of this page. Escape, pressed twice, does the same."
                    on:click=click
                >
                    <Icon name=IconName::Cross />
                    "Exit this page"
                </a>
            </div>
        </div>
    }
}

fn leave() {
    document().set_title("Weather");
    if let Some(body) = document().body() {
        body.set_hidden(true);
    }
    // If the browser refuses, the page stays blank, which is what was asked for.
    let _ = window().location().replace(WEATHER);
}
