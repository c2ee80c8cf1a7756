//! Back to where somebody was in a list: a page that is shown again by the back button has the same link in focus at the
//! same height. Browsers do that for pages that they load; here pages are drawn when their data has come.
//!
//! The mark is the state of the page's entry in the history, so it comes back with this entry only, and is gone with it.

use super::frame::is_later_page;
use leptos::{ev::MouseEvent, prelude::*};
use wasm_bindgen::{JsCast as _, JsValue};

/// Says in the page's entry of the history which link is followed, and how far the page was scrolled.
pub fn leave_a_mark(event: &MouseEvent) {
    let link = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .and_then(|element| element.closest("a[href]").ok().flatten())
        .and_then(|link| link.get_attribute("href"));
    if let (Some(href), Ok(history), Ok(height)) = (link, window().history(), window().scroll_y()) {
        let mark = js_sys::Array::of2(&JsValue::from_str(&href), &JsValue::from_f64(height));
        // Without a mark the page begins at its top, as any other.
        let _ = history.replace_state(&mark, "");
    }
}

/// Goes to the mark of this entry of the history, if there is one, as soon as the list is drawn. On the first page of a document
/// the browser has done so itself, and whoever reads there is not to be moved when the program comes.
pub fn go_back_to_mark() {
    let is_later_page = is_later_page();
    Effect::new(move |_| {
        if is_later_page {
            return_to_mark();
        }
    });
}

/// The same for a list that has just been given other rows: goes there with the next frame, when they are drawn. Says whether
/// there is a mark.
pub fn return_to_mark() -> bool {
    let mark = window().history().and_then(|history| history.state()).unwrap_or_default();
    let Some(mark) = mark.dyn_ref::<js_sys::Array>() else { return false };
    let (Some(href), Some(height)) = (mark.get(0).as_string(), mark.get(1).as_f64()) else { return false };
    request_animation_frame(move || {
        window().scroll_to_with_x_and_y(0.0, height);
        focus_link(&href);
    });
    true
}

/// Goes to the first link in what a selector finds first, with the next frame: where a new page of a list begins.
pub fn go_to_first(selector: &'static str) {
    // Whoever is in a form goes on there.
    if document().active_element().is_some_and(|here| here.closest("form").is_ok_and(|form| form.is_some())) {
        return;
    }
    request_animation_frame(move || {
        // A selector that nothing fits leaves the focus where it is.
        let first = document().query_selector(selector).ok().flatten();
        let link = first.as_ref().and_then(|row| row.query_selector("a[href]").ok().flatten());
        if let Some(link) = link.and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok()) {
            // With the heading above it, under the header that stays.
            let from = first.and_then(|row| row.closest("section, ul").ok().flatten());
            if let Some(from) = from {
                from.scroll_into_view();
            }
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = link.focus_with_options(&options);
        }
    });
}

fn focus_link(href: &str) {
    let links = document().links();
    for index in 0..links.length() {
        let link = links.item(index).and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(link) = link.filter(|link| link.get_attribute("href").as_deref() == Some(href)) {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = link.focus_with_options(&options);
            return;
        }
    }
}
