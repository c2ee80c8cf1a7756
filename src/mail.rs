//! (server only) Mails: what they say and how they leave.
//!
//! One folder a mail with `subject.txt`, `text.txt` and `html.html`, and beside it one file with the function that
//! writes it. No subject and no body names a topic, a diagnosis, a score, a group's title, its leader or another
//! member: that somebody has a seat is health information (a question to the office carries what was asked, and nothing of
//! a member). To add a mail: a folder and a file like [`sign_in_code`],
//! a line below, and a row in the tests of [`layout`].
//!
//! A mail is written in the transaction of its event ([`crate::store::outbox::enqueue`]), sent by
//! [`crate::jobs::outbox`], and [`hint`] after the commit lets the worker of this process look at once.

pub mod digest;
pub mod directory;
pub mod eml;
pub mod layout;
pub mod memory;
pub mod message;
pub mod notice;
pub mod seat_confirmed;
pub mod sign_in_code;
pub mod smtp;
mod stencil;
mod styles;
mod wire;

pub use crate::domain::letter::{Letter, OutboxMail};
pub use layout::PracticeLine;

use crate::server::settings::{MailTarget, Settings};
use directory::Directory;
use memory::Memory;
use smtp::Smtp;
use thiserror::Error;
use tokio::sync::{Notify, futures::Notified};

/// Wakes workers of this process; a hint that nobody hears is lost, and the worker looks by itself as well.
static HINTS: Notify = Notify::const_new();

/// Tells the worker of this process that a mail was committed.
pub fn hint() {
    HINTS.notify_waiters();
}

/// Ends at the next [`hint`] after it was made and enabled.
pub fn hinted() -> Notified<'static> {
    HINTS.notified()
}

/// Whom it speaks of that a mail could not be handed over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// The way out: it is away, busy, or does not know us. Other mails would fare the same.
    Way,
    /// This mail.
    Mail,
    /// Its address: nobody is there, and no other mail will reach anybody.
    Address,
    /// The reply does not say. Where mails to others are taken at that time it speaks of this address, if `nobody` is perhaps
    /// there, or else of this mail; where none is, of the way out.
    Unclear {
        /// Whether it may mean that nobody is at the address; else it names a rule.
        nobody: bool,
    },
}

/// A mail could not be handed over.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{why}")]
pub struct SendError {
    /// Whom it speaks of.
    pub about: About,
    /// Whether trying again can help.
    pub retry: bool,
    /// The SMTP reply code, if a server gave one.
    pub code: Option<u16>,
    /// What happened. It may quote a server and so an address: it goes into the outbox row, never into a log.
    pub why: String,
}

impl SendError {
    /// Trying again can help.
    pub fn later(why: impl ToString) -> Self {
        Self { about: About::Mail, retry: true, code: None, why: why.to_string() }
    }

    /// Trying again can help, once the way out is clear.
    pub fn no_way(why: impl ToString) -> Self {
        Self { about: About::Way, retry: true, code: None, why: why.to_string() }
    }

    /// It will never work.
    pub fn never(why: impl ToString) -> Self {
        Self { about: About::Mail, retry: false, code: None, why: why.to_string() }
    }
}

/// Hands mails over.
#[derive(Debug)]
pub enum Mailer {
    /// To a relay.
    Smtp(Box<Smtp>),
    /// To a folder, as `.eml` files.
    Directory(Directory),
    /// To a list, for tests.
    Memory(Memory),
}

impl Mailer {
    /// Opens the way that the settings name; nothing is connected yet. Fails when `SMTP_URL` or the sender's address
    /// cannot be read, so that a program which could never send a mail does not start.
    pub fn open(settings: &Settings) -> Result<Self, SendError> {
        let from = message::sender(&settings.mail_from)?;
        Ok(match &settings.mail {
            MailTarget::Smtp(url) => {
                let host = crate::domain::letter::host_of(&settings.public_url);
                Self::Smtp(Box::new(Smtp::open(url, from, host)?))
            }
            MailTarget::Directory(path) => Self::Directory(Directory::new(path.clone(), from)),
        })
    }

    /// A mailer that keeps what it is given.
    pub fn memory() -> Self {
        Self::Memory(Memory::default())
    }

    /// Hands one mail over. Without an error the next machine, or the disk, has it.
    pub async fn send(&self, mail: &OutboxMail) -> Result<(), SendError> {
        match self {
            Self::Smtp(smtp) => smtp.send(mail).await,
            Self::Directory(directory) => directory.send(mail).await,
            Self::Memory(memory) => memory.send(mail),
        }
    }
}
