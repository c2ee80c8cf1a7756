//! A list instead of a way out, for tests: they read what was sent and say what shall fail.

use super::{OutboxMail, SendError, message};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What was sent, and the failures still to come.
#[derive(Default, Debug)]
pub struct Memory {
    sent: Mutex<Vec<OutboxMail>>,
    failures: Mutex<VecDeque<SendError>>,
}

impl Memory {
    /// All that was sent so far, oldest first.
    pub fn sent(&self) -> Vec<OutboxMail> {
        locked(&self.sent).clone()
    }

    /// Lets one of the next mails fail; failures are used up in the order in which they were given.
    pub fn fail_next(&self, error: SendError) {
        locked(&self.failures).push_back(error);
    }

    pub(super) fn send(&self, mail: &OutboxMail) -> Result<(), SendError> {
        if let Some(error) = locked(&self.failures).pop_front() {
            return Err(error);
        }
        // Built as one that is no part of a list is for a relay, so that a mail which could not be built fails here too.
        message::build(&message::sender("Common Ground <hello@example.org>")?, mail)?;
        locked(&self.sent).push(mail.spelled_out().into_owned());
        Ok(())
    }
}

/// A test that panicked while it held the lock has failed already; the list itself is whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
