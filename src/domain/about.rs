//! "About you": what a member is asked before she confirms, typed texts in, clean values or field errors out.

use crate::domain::{
    eligibility::age_on,
    line::{Line, LineError},
    place::Place,
};
use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

/// Name that other members see.
pub type DisplayName = Line<40>;
/// Name as in official papers.
pub type LegalName = Line<120>;

/// A phone number that can be called: digits with the usual marks between them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Parses a number of 10 to 15 digits; spaces, dots, hyphens, brackets and one leading plus may stand in it.
    pub fn parse(typed: &str) -> Option<Self> {
        let text = Line::<32>::parse(typed).ok()?.into_string();
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let clean =
            text.chars().enumerate().all(|(i, c)| c.is_ascii_digit() || " .-()".contains(c) || (c == '+' && i == 0));
        ((10..=15).contains(&digits) && clean).then_some(Self(text))
    }

    /// The number as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is wrong with one field of a form.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the field.
    pub field: String,
    /// What is wrong and what to do, in one sentence.
    pub message: String,
}

impl FieldError {
    /// An error at a field.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

/// The answers as typed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AboutTyped {
    /// Chosen name.
    #[serde(default)]
    pub display_name: String,
    /// Legal name.
    #[serde(default)]
    pub legal_name: String,
    /// Phone.
    #[serde(default)]
    pub phone: String,
    /// Two letters, or "outside".
    #[serde(default)]
    pub state: String,
    /// Month, 1–12.
    #[serde(default)]
    pub birth_month: String,
    /// Day of the month.
    #[serde(default)]
    pub birth_day: String,
    /// Year, four digits.
    #[serde(default)]
    pub birth_year: String,
    /// Emergency contact's name.
    #[serde(default)]
    pub contact_name: String,
    /// Emergency contact's phone.
    #[serde(default)]
    pub contact_phone: String,
}

/// The answers, clean.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct About {
    /// Chosen name.
    pub display_name: DisplayName,
    /// Legal name.
    pub legal_name: LegalName,
    /// Phone.
    pub phone: Phone,
    /// Where she will be during the meetings.
    pub place: Place,
    /// Date of birth.
    pub born_on: NaiveDate,
    /// Emergency contact's name.
    pub contact_name: LegalName,
    /// Emergency contact's phone.
    pub contact_phone: Phone,
}

impl AboutTyped {
    /// The answers by the names of their fields, in the order of the form.
    pub fn pairs(&self) -> [(&'static str, String); 9] {
        [
            ("display_name", self.display_name.clone()),
            ("legal_name", self.legal_name.clone()),
            ("phone", self.phone.clone()),
            ("state", self.state.clone()),
            ("birth_month", self.birth_month.clone()),
            ("birth_day", self.birth_day.clone()),
            ("birth_year", self.birth_year.clone()),
            ("contact_name", self.contact_name.clone()),
            ("contact_phone", self.contact_phone.clone()),
        ]
    }

    /// Parses every field; all errors are given at once, in the order of the form. `today` bounds the date of birth.
    pub fn parse(&self, today: NaiveDate) -> Result<About, Vec<FieldError>> {
        let mut errors = Vec::new();
        let display_name =
            line(&mut errors, "display_name", &self.display_name, "Please give us a name to call you by.");
        let legal_name =
            line(&mut errors, "legal_name", &self.legal_name, "Please type your name as it stands in official papers.");
        let phone = phone(&mut errors, "phone", &self.phone);
        let place = Place::parse(&self.state);
        if place.is_none() {
            errors.push(FieldError::new("state", "Please choose where you will be during the meetings."));
        }
        let born_on = match self.birth_date(today) {
            Ok(date) => Some(date),
            Err(error) => {
                errors.push(error);
                None
            }
        };
        let contact_name =
            line(&mut errors, "contact_name", &self.contact_name, "Please name somebody we may call in an emergency.");
        let contact_phone = phone_of_contact(&mut errors, &self.contact_phone);
        match (display_name, legal_name, phone, place, born_on, contact_name, contact_phone) {
            (
                Some(display_name),
                Some(legal_name),
                Some(phone),
                Some(place),
                Some(born_on),
                Some(contact_name),
                Some(contact_phone),
            ) if errors.is_empty() => {
                Ok(About { display_name, legal_name, phone, place, born_on, contact_name, contact_phone })
            }
            _ => Err(errors),
        }
    }

    /// The date of birth alone: it is looked at before anything else is kept.
    pub fn birth_date(&self, today: NaiveDate) -> Result<NaiveDate, FieldError> {
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let wrong = |field: &str, message: &str| Err(FieldError::new(field, message));
        let Some(month) = number(&self.birth_month).filter(|m| (1..=12).contains(m)) else {
            return wrong("birth_month", "The month is a number from 1 to 12.");
        };
        let Some(day) = number(&self.birth_day).filter(|d| (1..=31).contains(d)) else {
            return wrong("birth_day", "The day is a number from 1 to 31.");
        };
        let Some(year) =
            number(&self.birth_year).and_then(|y| i32::try_from(y).ok()).filter(|y| (1900..=2200).contains(y))
        else {
            return wrong("birth_year", "The year has four digits, as in 1991.");
        };
        match NaiveDate::from_ymd_opt(year, month, day) {
            Some(date) if date > today => wrong("birth_year", "This date has not come yet."),
            Some(date) => Ok(date),
            None => wrong("birth_day", "That month has no such day."),
        }
    }
}

impl AboutTyped {
    /// Whether she is under 18 on this `day`, as far as what she typed tells: a year alone can be enough.
    pub fn is_minor(&self, today: NaiveDate, day: NaiveDate) -> bool {
        let first_of = |year| NaiveDate::from_ymd_opt(year, 1, 1);
        if let Ok(born) = self.birth_date(today) {
            return age_on(born, day) < 18;
        }
        let year = self.birth_year.trim().parse().ok().filter(|year| (1900..=today.year()).contains(year));
        year.and_then(first_of).is_some_and(|earliest| age_on(earliest, day) < 18)
    }
}

/// A line of text; what is wrong with it is added to the errors.
pub fn line<const MAX: usize>(
    errors: &mut Vec<FieldError>,
    field: &str,
    typed: &str,
    when_empty: &str,
) -> Option<Line<MAX>> {
    match Line::parse(typed) {
        Ok(line) => Some(line),
        Err(LineError::Empty) => {
            errors.push(FieldError::new(field, when_empty));
            None
        }
        Err(error) => {
            errors.push(FieldError::new(field, error.to_string()));
            None
        }
    }
}

/// A phone number; what is wrong with it is added to the errors.
pub fn phone(errors: &mut Vec<FieldError>, field: &str, typed: &str) -> Option<Phone> {
    let phone = Phone::parse(typed);
    if phone.is_none() {
        errors.push(FieldError::new(field, "Please type a phone number with its area code, as in 555 010 0142."));
    }
    phone
}

fn phone_of_contact(errors: &mut Vec<FieldError>, typed: &str) -> Option<Phone> {
    phone(errors, "contact_phone", typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        "2026-11-24".parse().unwrap()
    }

    fn good() -> AboutTyped {
        AboutTyped {
            display_name: "Wren".into(),
            legal_name: "Wren Ellery".into(),
            phone: "555 010 0142".into(),
            state: "NY".into(),
            birth_month: "3".into(),
            birth_day: "9".into(),
            birth_year: "1991".into(),
            contact_name: "Sam Whitlock".into(),
            contact_phone: "(555) 010-0143".into(),
        }
    }

    #[test]
    fn good_answers_parse() {
        let about = good().parse(today()).unwrap();
        assert_eq!(about.born_on, "1991-03-09".parse::<NaiveDate>().unwrap());
        assert_eq!(about.place, Place::parse("NY").unwrap());
    }

    #[test]
    fn every_empty_field_has_its_error_in_the_order_of_the_form() {
        let fields: Vec<_> =
            AboutTyped::default().parse(today()).unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(
            fields,
            ["display_name", "legal_name", "phone", "state", "birth_month", "contact_name", "contact_phone"]
        );
    }

    #[test]
    fn a_year_alone_can_tell_that_somebody_is_under_18() {
        let minor = |month: &str, year: &str| {
            let typed = AboutTyped { birth_month: month.into(), birth_year: year.into(), ..good() };
            typed.is_minor(today(), today())
        };
        assert!(minor("3", "2015") && minor("13", "2015") && minor("", "2009"));
        assert!(minor("12", "2008"), "eighteen in two weeks");
        assert!(!minor("11", "2008"), "eighteen since two weeks");
        assert!(!minor("13", "2008"), "perhaps eighteen: asked again");
        assert!(!minor("3", "1991") && !minor("13", "1991"));
        assert!(!minor("13", "2027") && !minor("3", "20 15") && !minor("", ""));
    }

    #[test]
    fn dates_that_do_not_exist_are_refused_at_the_right_field() {
        let field = |month: &str, day: &str, year: &str| {
            let typed =
                AboutTyped { birth_month: month.into(), birth_day: day.into(), birth_year: year.into(), ..good() };
            typed.parse(today()).err().map(|errors| errors[0].field.clone())
        };
        assert_eq!(field("2", "30", "1991").as_deref(), Some("birth_day"));
        assert_eq!(field("13", "3", "1991").as_deref(), Some("birth_month"));
        assert_eq!(field("3", "3", "91").as_deref(), Some("birth_year"));
        assert_eq!(field("3", "3", "2027").as_deref(), Some("birth_year"));
        assert_eq!(field("2", "29", "1992"), None);
    }

    #[test]
    fn phones_have_ten_to_fifteen_digits() {
        assert!(Phone::parse("+1 (555) 010-0142").is_some());
        assert!(Phone::parse("555 0142").is_none());
        assert!(Phone::parse("555 010 0142 ext").is_none());
    }
}
