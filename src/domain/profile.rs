//! The profile as a member changes it later: the same answers as "about you", without the date of birth, which is settled,
//! and with the zone.

use crate::domain::{
    about::{DisplayName, FieldError, LegalName, Phone, line, phone},
    place::Place,
};
use serde::{Deserialize, Serialize};

/// The answers as typed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ProfileTyped {
    /// Chosen name.
    pub display_name: String,
    /// Legal name.
    pub legal_name: String,
    /// Phone.
    pub phone: String,
    /// Two letters, or "outside".
    pub state: String,
    /// IANA name of the zone.
    pub zone: String,
    /// Emergency contact's name.
    pub contact_name: String,
    /// Emergency contact's phone.
    pub contact_phone: String,
}

/// The answers, clean; what was left empty is nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProfileAnswers {
    /// Chosen name.
    pub display_name: Option<DisplayName>,
    /// Legal name.
    pub legal_name: Option<LegalName>,
    /// Phone.
    pub phone: Option<Phone>,
    /// Where she will be during the meetings.
    pub place: Option<Place>,
    /// Emergency contact's name.
    pub contact_name: Option<LegalName>,
    /// Emergency contact's phone.
    pub contact_phone: Option<Phone>,
}

impl ProfileTyped {
    /// The answers by the names of their fields, in the order of the form.
    pub fn pairs(&self) -> [(&'static str, String); 7] {
        [
            ("display_name", self.display_name.clone()),
            ("legal_name", self.legal_name.clone()),
            ("phone", self.phone.clone()),
            ("state", self.state.clone()),
            ("zone", self.zone.clone()),
            ("contact_name", self.contact_name.clone()),
            ("contact_phone", self.contact_phone.clone()),
        ]
    }

    /// Parses every field but the zone, which needs a list of zones. Whoever has a seat may leave nothing empty; all
    /// errors are given at once, in the order of the form.
    pub fn parse(&self, has_seat: bool) -> Result<ProfileAnswers, Vec<FieldError>> {
        let mut errors = Vec::new();
        let asked = |typed: &str| has_seat || !typed.trim().is_empty();
        let answers = ProfileAnswers {
            display_name: asked(&self.display_name)
                .then(|| {
                    line(&mut errors, "display_name", &self.display_name, "The others need a name to call you by.")
                })
                .flatten(),
            legal_name: asked(&self.legal_name)
                .then(|| {
                    let empty = "While you have a seat we need your name as it stands in official papers.";
                    line(&mut errors, "legal_name", &self.legal_name, empty)
                })
                .flatten(),
            phone: asked(&self.phone).then(|| phone(&mut errors, "phone", &self.phone)).flatten(),
            place: Place::parse(&self.state),
            contact_name: None,
            contact_phone: None,
        };
        if answers.place.is_none() && asked(&self.state) {
            errors.push(FieldError::new("state", "Please choose where you will be during the meetings."));
        }
        // Half of a contact helps nobody.
        let has_contact = asked(&self.contact_name) || asked(&self.contact_phone);
        let contact_name = has_contact
            .then(|| {
                line(
                    &mut errors,
                    "contact_name",
                    &self.contact_name,
                    "Please name somebody we may call in an emergency.",
                )
            })
            .flatten();
        let contact_phone = has_contact.then(|| phone(&mut errors, "contact_phone", &self.contact_phone)).flatten();
        if errors.is_empty() { Ok(ProfileAnswers { contact_name, contact_phone, ..answers }) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(typed: &ProfileTyped, has_seat: bool) -> Vec<String> {
        typed.parse(has_seat).err().unwrap_or_default().into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn whoever_has_a_seat_leaves_nothing_empty() {
        let empty = ProfileTyped::default();
        assert_eq!(
            fields(&empty, true),
            ["display_name", "legal_name", "phone", "state", "contact_name", "contact_phone"]
        );
        assert_eq!(empty.parse(false), Ok(ProfileAnswers::default()));
    }

    #[test]
    fn what_is_typed_has_to_fit_in_any_case() {
        let typed = ProfileTyped {
            phone: "555".into(),
            state: "Mars".into(),
            contact_name: "Sam Whitlock".into(),
            display_name: "a\nb".into(),
            ..ProfileTyped::default()
        };
        assert_eq!(fields(&typed, false), ["display_name", "phone", "state", "contact_phone"]);
    }
}
