//! What can go wrong below a query, and what a user is told of it.

use crate::error::AppError;
use thiserror::Error;

/// The trigger that refuses to write for a deleted account.
const LIVING: &str = "account_is_living";
/// What a node says that only reads.
const READ_ONLY: &str = "25006";

/// A query failed.
#[derive(Debug, Error)]
pub enum Failure {
    /// The database is away, overloaded, or a lock could not be had in time: trying again can help.
    #[error("the database is away: {0}")]
    Away(String),
    /// The node takes no writes, as after a fail-over: it will take none in a moment either.
    #[error("the database takes no writes: {0}")]
    ReadOnly(String),
    /// Anything else: a mistake of ours.
    #[error("a query failed: {0}")]
    Broken(String),
    /// A named constraint said no; callers map the names they know.
    #[error("the constraint {0} said no")]
    Constraint(String),
}

impl Failure {
    /// The account was deleted meanwhile; the same as its trigger says.
    pub(super) fn deleted() -> Self {
        Self::Constraint(LIVING.to_owned())
    }

    /// Whether it says nothing about what was asked, and everything else would fare the same.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Away(_) | Self::ReadOnly(_))
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                // Classes: 08 connection, 53 resources, 57 intervention (also statement timeout), 40 rollback,
                // 55P03 lock timeout, 25P03 idle in transaction, 3D and 42P01 no such database or table: not migrated
                // yet.
                let code = database.code().unwrap_or_default();
                if code == READ_ONLY {
                    Self::ReadOnly(error.to_string())
                } else if ["08", "53", "57", "40", "3D"].iter().any(|class| code.starts_with(class))
                    || ["55P03", "25P03", "42P01"].contains(&code.as_ref())
                {
                    Self::Away(error.to_string())
                } else if let Some(name) = database.constraint() {
                    Self::Constraint(name.to_owned())
                } else {
                    Self::Broken(error.to_string())
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed => Self::Away(error.to_string()),
            _ => Self::Broken(error.to_string()),
        }
    }
}

impl From<Failure> for AppError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Away(why) | Failure::ReadOnly(why) => {
                tracing::warn!(%why, "database away");
                Self::Unavailable
            }
            // It began before the account was deleted and came to write after it: nobody is signed in any more.
            Failure::Constraint(name) if name == LIVING => Self::SignInNeeded,
            Failure::Broken(why) | Failure::Constraint(why) => {
                tracing::error!(%why, "query failed");
                Self::Internal
            }
        }
    }
}

impl From<sqlx::Error> for AppError {
    fn from(error: sqlx::Error) -> Self {
        Failure::from(error).into()
    }
}

/// The name of the constraint that an error is about, if it is about one.
pub fn named_constraint(error: &sqlx::Error) -> Option<&str> {
    match error {
        sqlx::Error::Database(database) => database.constraint(),
        _ => None,
    }
}
