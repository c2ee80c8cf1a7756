//! One line of text that somebody typed: trimmed, without control characters, of a bounded length.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a typed line was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum LineError {
    /// Nothing but white space.
    #[error("Please fill this in.")]
    Empty,
    /// Longer than allowed; carries the limit in characters.
    #[error("This is longer than {0} characters. Please shorten it.")]
    TooLong(usize),
    /// A control character: NUL would stop Postgres, a line break would stop the mail library.
    #[error("This has a character that we cannot keep. Please type it again.")]
    Control,
}

/// One line of text of at most `MAX` characters.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Line<const MAX: usize>(String);

impl<const MAX: usize> Line<MAX> {
    /// Parses what was typed. White space at the ends goes, runs of it inside become one space.
    pub fn parse(typed: &str) -> Result<Self, LineError> {
        // A pasted tab is white space like any other; every other control character is refused.
        if typed.chars().any(|c| c.is_control() && c != '\t') || typed.chars().any(is_format_mark) {
            return Err(LineError::Control);
        }
        let text = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return Err(LineError::Empty);
        }
        if text.chars().count() > MAX {
            return Err(LineError::TooLong(MAX));
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Marks that turn the direction of text around: with them a name could pretend to be another one.
pub fn is_format_mark(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folds_white_space_and_refuses_control_characters() {
        assert_eq!(Line::<20>::parse("  Wren \t of  the hill ").unwrap().as_str(), "Wren of the hill");
        assert_eq!(Line::<20>::parse(" \t "), Err(LineError::Empty));
        assert_eq!(Line::<20>::parse("a\0b"), Err(LineError::Control));
        assert_eq!(Line::<20>::parse("a\r\nBcc: x"), Err(LineError::Control));
        assert_eq!(Line::<20>::parse("a\u{202E}b"), Err(LineError::Control));
        assert_eq!(Line::<3>::parse("äöüß"), Err(LineError::TooLong(3)));
    }

    proptest! {
        #[test]
        fn whatever_parses_is_clean_and_parses_again(typed in ".*") {
            if let Ok(line) = Line::<80>::parse(&typed) {
                prop_assert!(!line.as_str().is_empty());
                prop_assert!(line.as_str().chars().count() <= 80);
                prop_assert!(!line.as_str().chars().any(char::is_control));
                prop_assert_eq!(Line::<80>::parse(line.as_str()).unwrap(), line);
            }
        }
    }
}
