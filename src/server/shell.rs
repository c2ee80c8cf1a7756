//! The document around every page.

use super::{assets::Built, preferences::scheme};
use crate::app::App;
use leptos::{config::LeptosOptions, hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

/// What every page can do before its program is there.
const EXIT: &str = include_str!("exit.js");
/// What fetches the program.
const TAKE_OVER: &str = include_str!("take_over.js");

/// The document. Light or dark stands on the root, where the reader chose; else the device decides.
pub fn shell(options: LeptosOptions, built: &Built) -> impl IntoView + use<> {
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
                <link id="leptos" rel="stylesheet" href=built.style.clone() />
                <AutoReload options />
                // Not leptos' `HydrationScripts`: it lets the program be fetched beside style and fonts and take the page over
                // in its first second, reads two files for every page, and links parts of the program into wrong pages.
                <script type="module" nonce=use_nonce()>
                    {format!("{EXIT}{TAKE_OVER}({:?}, {:?})", built.script, built.program)}
                </script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
