//! Why the program does not start; each message names the variable to change.

use thiserror::Error;

/// The settings cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum SettingsError {
    /// A value that does not fit.
    #[error("{variable}: {reason}, and not “{value}”.")]
    Bad {
        /// The variable of the environment; the file's key has the same name in lower case with hyphens.
        variable: &'static str,
        /// What would fit.
        reason: &'static str,
        /// What was found.
        value: String,
    },
    /// Something that production cannot do without.
    #[error(
        "This is production, and what it needs is missing: {}. (Production is when APP_ENV says so, or when DATABASE_URL is \
         set and APP_ENV is not; APP_ENV=development turns it off.)",
        .0.join(", ")
    )]
    Missing(Vec<&'static str>),
    /// Something that is only good for tests.
    #[error("{variable}: {reason}.")]
    Refused {
        /// The variable of the environment.
        variable: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// The file cannot be read, or says something that nobody knows.
    #[error("Leptos.toml: {0}")]
    File(String),
}
