//! A question to the practice, from anybody.

use super::{about::FieldError, email::Email, line::Line, text::Text};

/// What somebody asks, and where the answer goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// How she wants to be called.
    pub name: Line<80>,
    /// Where the answer goes.
    pub email: Email,
    /// The question.
    pub text: Text<1000>,
}

impl Question {
    /// Parses what was typed; each mistake stands at its field.
    pub fn parse(name: &str, email: &str, question: &str) -> Result<Self, Vec<FieldError>> {
        let name = Line::parse(name).map_err(|error| FieldError::new("name", error.to_string()));
        let email = Email::parse(email).map_err(|error| FieldError::new("email", error.to_string()));
        let text = Text::parse(question).map_err(|error| FieldError::new("question", error.to_string()));
        match (name, email, text) {
            (Ok(name), Ok(email), Ok(text)) => Ok(Self { name, email, text }),
            (name, email, text) => Err([name.err(), email.err(), text.err()].into_iter().flatten().collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_named_at_its_field() {
        let fields = |errors: Vec<FieldError>| errors.into_iter().map(|error| error.field).collect::<Vec<_>>();
        assert_eq!(fields(Question::parse("", "x", "\0").unwrap_err()), ["name", "email", "question"]);
        assert_eq!(fields(Question::parse("Wren", "wren@example.org", "").unwrap_err()), ["question"]);
        assert!(Question::parse("Wren", "wren@example.org", "May I bring my dog?").is_ok());
    }
}
