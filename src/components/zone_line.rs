//! In which zone times are shown, why, and how to change it: a plain select without script, and with script an offer
//! to show them in the device's own time. The page never re-sorts by itself.

use super::submit::Submit;
use crate::{
    api::{groups::ZoneShown, preferences::ChooseZone},
    domain::finder::is_zone_name,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_location;
use std::{cell::OnceCell, time::Duration};
use wasm_bindgen::{JsCast as _, JsValue};

/// How long the question for the device's zone waits, so that it is not part of taking a page over: the first one in a document
/// loads tables, 20 to 70 ms on a desktop.
pub const AFTER: Duration = Duration::from_millis(200);

thread_local! {
    static DEVICE: OnceCell<Option<String>> = const { OnceCell::new() };
}

/// The device's IANA zone, in a browser; asked once in a document.
pub fn device_zone() -> Option<String> {
    DEVICE.with(|zone| zone.get_or_init(ask_device).clone())
}

fn ask_device() -> Option<String> {
    let options = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new()).resolved_options();
    js_sys::Reflect::get(&options, &JsValue::from_str("timeZone")).ok()?.as_string()
}

/// Tells the server the device's zone with the next page: a cookie that is needed to show times, and nothing else. A zone
/// that is known already, chosen or told, stays.
pub fn tell_zone() {
    let Ok(page) = document().dyn_into::<web_sys::HtmlDocument>() else { return };
    let is_told = page.cookie().is_ok_and(|cookies| cookies.split("; ").any(|cookie| cookie.starts_with("tz=")));
    if is_told {
        return;
    }
    if let Some(zone) = device_zone().filter(|zone| is_zone_name(zone)) {
        let secure =
            if window().location().protocol().is_ok_and(|protocol| protocol == "https:") { "; secure" } else { "" };
        // A browser that keeps no cookies shows the practice's time, and says so.
        let _ = page.set_cookie(&format!("tz={zone}; path=/; max-age=31536000; samesite=lax{secure}"));
    }
}

/// The line about the zone.
#[component]
pub fn ZoneLine(
    /// The zone shown.
    zone: ZoneShown,
) -> impl IntoView {
    let location = use_location();
    let back = move || {
        let search = location.search.get();
        // The zone in an address would win over the one that is chosen now.
        let kept: Vec<_> = search
            .trim_start_matches('?')
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("zone="))
            .map(ToOwned::to_owned)
            .collect();
        let path = location.pathname.get();
        if kept.is_empty() { path } else { format!("{path}?{}", kept.join("&")) }
    };
    let offer = RwSignal::new(None::<String>);
    let shown = zone.name.clone();
    let is_readers = zone.is_readers;
    Effect::new(move |_| {
        if !is_readers {
            let shown = shown.clone();
            let look = move || offer.set(device_zone().filter(|device| *device != shown));
            if DEVICE.with(|zone| zone.get().is_some()) { look() } else { set_timeout(look, AFTER) }
        }
    });
    let sentence = if zone.is_readers {
        format!("All times are {}, your time zone.", zone.label)
    } else {
        format!("All times are {}, the time of the practice.", zone.label)
    };
    view! {
        <div class="zoneline">
            <details class="zone" open=zone.problem.is_some()>
                <summary>{sentence} " " <u>"Change"</u></summary>
                <form method="post" action=ChooseZone::url()>
                    <input type="hidden" name="back" value=back />
                    <div class="field">
                        <label for="zone">"Show times in"</label>
                        {zone.problem.clone().map(|problem| view! { <p class="error" id="zone-error" role="alert">{problem}</p> })}
                        <select
                            class="select mid"
                            id="zone"
                            name="zone"
                            aria-describedby=zone.problem.as_ref().map(|_| "zone-error")
                        >
                            {zone
                                .choices
                                .into_iter()
                                .map(|(name, words)| {
                                    let selected = name == zone.name;
                                    view! { <option value=name selected=selected>{words}</option> }
                                })
                                .collect_view()}
                        </select>
                    </div>
                    <Submit label="Show" class="button small" />
                </form>
            </details>
            // Its place is kept, so that nothing moves when the offer comes.
            {(!is_readers)
                .then(|| {
                    view! {
                        <div class="zone-offer" data-zone-offer="">
                            {move || {
                                offer
                                    .get()
                                    .map(|device| {
                                        let city = device.rsplit('/').next().unwrap_or(&device).replace('_', " ");
                                        view! {
                                            <form class="inline" method="post" action=ChooseZone::url()>
                                                <input type="hidden" name="back" value=back />
                                                <input type="hidden" name="zone" value=device />
                                                <button class="act" type="submit">{format!("Show in your time ({city})")}</button>
                                            </form>
                                        }
                                    })
                            }}
                        </div>
                    }
                })}
        </div>
    }
}
