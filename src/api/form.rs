//! The state of a form: what was typed, and what is wrong with it. Without script it comes back with the page.

use crate::{domain::about::FieldError, error::AppError};
use serde::{Deserialize, Serialize};

/// What a form shows when it is opened, or opened again.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct FormState {
    /// Values by field name.
    pub values: Vec<(String, String)>,
    /// Errors at fields.
    pub errors: Vec<FieldError>,
    /// An error of the whole form.
    pub message: Option<String>,
}

impl FormState {
    /// The value of a field, or nothing.
    pub fn value(&self, field: &str) -> String {
        self.values.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// Whether a value is among those chosen of a field with several; they are parted by commas.
    pub fn has(&self, field: &str, value: &str) -> bool {
        self.values.iter().any(|(name, values)| name == field && values.split(',').any(|one| one == value))
    }

    /// Adds values for the fields that have none: what was typed stays.
    pub fn fill(&mut self, values: impl IntoIterator<Item = (&'static str, String)>) {
        for (name, value) in values {
            if self.values.iter().all(|(other, _)| other != name) {
                self.values.push((name.to_owned(), value));
            }
        }
    }

    /// The error at a field.
    pub fn error(&self, field: &str) -> Option<String> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
    }

    /// Whether anything is wrong.
    pub fn is_wrong(&self) -> bool {
        !self.errors.is_empty() || self.message.is_some()
    }

    /// The same values with what an answer says of them.
    #[must_use]
    pub fn after(&self, error: &AppError) -> Self {
        let (errors, message) = match error {
            AppError::Fields(errors) => (errors.clone(), None),
            other => (Vec::new(), Some(other.to_string())),
        };
        Self { values: self.values.clone(), errors, message }
    }
}

/// Whether a checkbox was ticked. Fields arrive as text, so that a value nobody expects is an unticked box and no error
/// of the transport.
pub fn is_ticked(value: &str) -> bool {
    value == "true"
}
