//! The document around every page.

use super::preferences::scheme;
use crate::app::App;
use leptos::{
    config::LeptosOptions,
    hydration::{AutoReload, HydrationScripts},
    prelude::*,
};
use leptos_meta::{HashedStylesheet, MetaTags};

/// The document. Light or dark stands on the root, where the reader chose; else the device decides.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en-US" data-scheme=scheme()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f6f7f0" />
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0b1814" />
                <link
                    rel="preload"
                    href="/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <link
                    rel="preload"
                    href="/fonts/brygada-1918-latin-wght-normal.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                <link rel="alternate icon" href="/favicon.ico" sizes="32x32" />
                <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <HashedStylesheet options=options.clone() id="leptos" />
                <AutoReload options=options.clone() />
                // The page can be read and used as plain HTML: what takes it over is fetched behind style and fonts, and runs
                // as soon as the browser has nothing better to do.
                <HydrationScripts options defer=true />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
