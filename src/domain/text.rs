//! Text of several lines that somebody typed: trimmed, without control characters but line breaks, of a bounded length.

use super::line::{LineError, is_format_mark};
use serde::{Deserialize, Serialize};

/// Text of at most `MAX` characters.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// Parses what was typed. Line breaks are kept, all of one kind; white space goes at the ends of lines and of the text.
    pub fn parse(typed: &str) -> Result<Self, LineError> {
        let typed = typed.replace("\r\n", "\n");
        if typed.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n')) || typed.chars().any(is_format_mark) {
            return Err(LineError::Control);
        }
        let text = typed.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        let text = text.trim();
        if text.is_empty() {
            return Err(LineError::Empty);
        }
        if text.chars().count() > MAX {
            return Err(LineError::TooLong(MAX));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its paragraphs: what stands between empty lines.
    pub fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.0.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_line_breaks_and_refuses_other_control_characters() {
        let text = Text::<40>::parse(" One  \r\ntwo\r\n\r\n\r\nthree\t").unwrap();
        assert_eq!(text.as_str(), "One\ntwo\n\n\nthree");
        assert_eq!(text.paragraphs().collect::<Vec<_>>(), ["One\ntwo", "three"]);
        assert_eq!(Text::<40>::parse(" \r\n "), Err(LineError::Empty));
        assert_eq!(Text::<40>::parse("a\0b"), Err(LineError::Control));
        assert_eq!(Text::<40>::parse("a\rb"), Err(LineError::Control));
        assert_eq!(Text::<40>::parse("a\u{202E}b"), Err(LineError::Control));
        assert_eq!(Text::<3>::parse("äöüß"), Err(LineError::TooLong(3)));
    }

    proptest! {
        #[test]
        fn whatever_parses_parses_again_to_the_same(typed in "(?s).*") {
            if let Ok(text) = Text::<80>::parse(&typed) {
                prop_assert!(text.as_str().chars().count() <= 80);
                prop_assert_eq!(Text::<80>::parse(text.as_str()).unwrap(), text);
            }
        }
    }
}
