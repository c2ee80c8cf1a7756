//! The three agreements that are signed before a seat is confirmed.

use serde::{Deserialize, Serialize};

/// Which agreement.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AgreementKind {
    /// Among the members of a group.
    Group,
    /// Consent to treatment by video.
    Telehealth,
    /// Notice of privacy practices.
    Privacy,
}

impl AgreementKind {
    /// All of them, in the order in which they are read.
    pub const ALL: [Self; 3] = [Self::Group, Self::Telehealth, Self::Privacy];

    /// The word in the database and the name of its form field.
    pub fn code(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Telehealth => "telehealth",
            Self::Privacy => "privacy",
        }
    }
}

/// Whether a typed signature is the legal name: letters and order, whatever case, points and spaces.
pub fn signature_fits(typed: &str, legal_name: &str) -> bool {
    let plain = |text: &str| -> String { text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect() };
    !plain(typed).is_empty() && plain(typed) == plain(legal_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_legal_name_in_any_case() {
        assert!(signature_fits(" wren  ellery ", "Wren Ellery"));
        assert!(signature_fits("Wren J Ellery", "Wren J. Ellery"));
        assert!(!signature_fits("Wren", "Wren Ellery"));
        assert!(!signature_fits("...", "..."));
    }
}
