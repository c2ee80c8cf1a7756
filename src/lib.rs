//! Common Ground: the software a practice runs to offer online group therapy.
//!
//! One crate, built twice: with `ssr` for the server, with `hydrate` for the browser. Layers are the modules of this list,
//! and the same feature word appears in each; data flows one way, `domain → store → api → pages`. The only feature gates
//! are here, the bodies of `#[server]` functions apart.
// The types of nested views are long; with the default the compiler gives up on them.
#![recursion_limit = "512"]

pub mod api;
pub mod app;
pub mod components;
pub mod domain;
pub mod error;
pub mod pages;
pub mod paths;

#[cfg(feature = "ssr")]
pub mod commands;
#[cfg(feature = "ssr")]
pub mod jobs;
#[cfg(feature = "ssr")]
pub mod mail;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod store;

/// Takes over the page that the server has rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    components::frame::leave_early_clicks();
    // The page that is open may be a part of the program that is still on its way; its frame says when buttons work.
    leptos::mount::hydrate_lazy(app::App);
}
