//! The lengths of time that whoever runs the practice sets, put into our own texts: a text that said them itself would be wrong as
//! soon as one is set.

use super::{settings::Durations, show::lasting};

/// What a text may name in braces, with how long it is here.
pub fn lengths(durations: &Durations) -> [(&'static str, String); 5] {
    [
        ("{hold}", lasting(durations.hold)),
        ("{offer}", lasting(durations.offer)),
        ("{code}", lasting(durations.code)),
        ("{idle}", lasting(durations.session_idle)),
        ("{session}", lasting(durations.session)),
    ]
}

/// A text, Markdown or HTML, with the lengths in it.
pub fn with_lengths(text: &str, durations: &Durations) -> String {
    lengths(durations).iter().fold(text.to_owned(), |text, (name, words)| text.replace(name, words))
}
