//! Where somebody is: one of the states and territories of the United States, or outside of them.

use serde::{Deserialize, Serialize};

/// Two-letter postal codes and names: 50 states, DC and the five territories (USPS Publication 28, appendix B).
const STATES: [(&str, &str); 56] = [
    ("AL", "Alabama"),
    ("AK", "Alaska"),
    ("AS", "American Samoa"),
    ("AZ", "Arizona"),
    ("AR", "Arkansas"),
    ("CA", "California"),
    ("CO", "Colorado"),
    ("CT", "Connecticut"),
    ("DE", "Delaware"),
    ("DC", "District of Columbia"),
    ("FL", "Florida"),
    ("GA", "Georgia"),
    ("GU", "Guam"),
    ("HI", "Hawaii"),
    ("ID", "Idaho"),
    ("IL", "Illinois"),
    ("IN", "Indiana"),
    ("IA", "Iowa"),
    ("KS", "Kansas"),
    ("KY", "Kentucky"),
    ("LA", "Louisiana"),
    ("ME", "Maine"),
    ("MD", "Maryland"),
    ("MA", "Massachusetts"),
    ("MI", "Michigan"),
    ("MN", "Minnesota"),
    ("MS", "Mississippi"),
    ("MO", "Missouri"),
    ("MT", "Montana"),
    ("NE", "Nebraska"),
    ("NV", "Nevada"),
    ("NH", "New Hampshire"),
    ("NJ", "New Jersey"),
    ("NM", "New Mexico"),
    ("NY", "New York"),
    ("NC", "North Carolina"),
    ("ND", "North Dakota"),
    ("MP", "Northern Mariana Islands"),
    ("OH", "Ohio"),
    ("OK", "Oklahoma"),
    ("OR", "Oregon"),
    ("PA", "Pennsylvania"),
    ("PR", "Puerto Rico"),
    ("RI", "Rhode Island"),
    ("SC", "South Carolina"),
    ("SD", "South Dakota"),
    ("TN", "Tennessee"),
    ("TX", "Texas"),
    ("VI", "U.S. Virgin Islands"),
    ("UT", "Utah"),
    ("VT", "Vermont"),
    ("VA", "Virginia"),
    ("WA", "Washington"),
    ("WV", "West Virginia"),
    ("WI", "Wisconsin"),
    ("WY", "Wyoming"),
];

/// A state, the District of Columbia or a territory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UsState(u8);

impl UsState {
    /// Finds a state by its two letters, whatever their case.
    pub fn parse(code: &str) -> Option<Self> {
        let index = STATES.iter().position(|(known, _)| known.eq_ignore_ascii_case(code.trim()))?;
        u8::try_from(index).ok().map(Self)
    }

    /// The two letters.
    pub fn code(self) -> &'static str {
        STATES[usize::from(self.0)].0
    }

    /// The name in full.
    pub fn name(self) -> &'static str {
        STATES[usize::from(self.0)].1
    }

    /// All of them, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..56).map(Self)
    }
}

impl From<UsState> for String {
    fn from(state: UsState) -> Self {
        state.code().to_owned()
    }
}

impl TryFrom<String> for UsState {
    type Error = &'static str;
    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::parse(&code).ok_or("unknown state")
    }
}

/// Where somebody says she is or will be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Place {
    /// In a state or territory.
    In(UsState),
    /// Outside of the United States.
    OutsideUs,
}

impl Place {
    /// The value that stands for "outside the United States" in forms and query strings.
    pub const OUTSIDE: &'static str = "outside";

    /// Reads a form's or a query string's value; `None` when it says nothing that we know.
    pub fn parse(value: &str) -> Option<Self> {
        if value == Self::OUTSIDE { Some(Self::OutsideUs) } else { UsState::parse(value).map(Self::In) }
    }

    /// The value for forms and query strings.
    pub fn value(self) -> &'static str {
        match self {
            Self::In(state) => state.code(),
            Self::OutsideUs => Self::OUTSIDE,
        }
    }

    /// The name for readers.
    pub fn name(self) -> &'static str {
        match self {
            Self::In(state) => state.name(),
            Self::OutsideUs => "outside the United States",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_56_places_each_once_and_sorted_by_name() {
        let codes: std::collections::BTreeSet<_> = UsState::all().map(UsState::code).collect();
        assert_eq!(codes.len(), 56);
        assert!(UsState::all().map(UsState::name).is_sorted());
    }

    #[test]
    fn reads_what_it_writes() {
        for place in UsState::all().map(Place::In).chain([Place::OutsideUs]) {
            assert_eq!(Place::parse(place.value()), Some(place));
        }
        assert_eq!(UsState::parse("ny").map(UsState::name), Some("New York"));
        assert_eq!(Place::parse("XX"), None);
        assert_eq!(Place::parse(""), None);
    }
}
