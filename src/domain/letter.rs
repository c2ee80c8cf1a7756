//! A mail: what is written with the event it tells of, and what is sent from the outbox.

use super::{
    email::Email,
    ids::{MeetingId, OfferId, ReservationId, SubscriberId},
};
use chrono::{DateTime, Utc};
use std::{borrow::Cow, sync::Arc};
use uuid::Uuid;

/// Stands in shared words where each one's own address is that ends the mails.
pub const UNSUBSCRIBE_MARK: &str = "https://unsubscribe.invalid/";
/// Stands in shared words where each one's own address of her preferences is.
pub const PREFERENCES_MARK: &str = "https://preferences.invalid/";

/// A mail that was written and goes into the outbox, in the transaction of its event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    /// Folder of the mail under `src/mail/`.
    pub kind: &'static str,
    /// Who gets it.
    pub to: Email,
    /// Names the event: one logical mail per event, however often it is written.
    pub event_key: String,
    /// One line that names no topic, no score and nobody.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same facts as HTML.
    pub html: String,
    /// A calendar file that goes with it.
    pub calendar: Option<String>,
    /// Seconds after which nobody wants it any more, as with a sign-in code.
    pub expires_in_seconds: Option<i32>,
    /// What it tells of, if that can come to an end before the mail leaves.
    pub tied_to: Option<Tie>,
    /// Set where it goes to the weekly list.
    pub list: Option<ToList>,
}

/// What a mail tells of: it leaves only while that is as it was when the mail was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tie {
    /// A meeting of somebody with a seat. It stands as it does, she has the seat and told no absence.
    Meeting {
        /// Which.
        meeting: MeetingId,
        /// Its number of changes.
        sequence: i32,
        /// Her seat.
        reservation: ReservationId,
    },
    /// A seat that she still has.
    Seat(ReservationId),
    /// An offer that is not over.
    Offer(OfferId),
}

/// What a mail to the weekly list has besides: it leaves in a stream of its own, behind the mails to accounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ToList {
    /// Who subscribed. Nothing is sent once she has ended it.
    pub subscriber: SubscriberId,
    /// The address that ends it with one post (RFC 8058).
    pub unsubscribe_url: String,
}

/// Words for mails to the list that are not stored yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewWords {
    /// Id.
    pub id: Uuid,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
}

/// What a mail to the list says, alike to all who are told the same: each one's own addresses are marks in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SharedWords {
    /// Id.
    pub id: Uuid,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// When they were stored; the date of every mail that says them.
    pub written_at: DateTime<Utc>,
}

/// A mail to the list whose words are shared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListLetter {
    /// Id of its row in the outbox.
    pub id: Uuid,
    /// Folder of the mail under `src/mail/`.
    pub kind: &'static str,
    /// Who gets it.
    pub to: Email,
    /// Names the event: one logical mail per event.
    pub event_key: String,
    /// The subject.
    pub subject: String,
    /// [`SharedWords::id`].
    pub words: Uuid,
    /// Her own address of her preferences.
    pub preferences_url: String,
    /// Whose it is, and the address that ends it.
    pub list: ToList,
    /// The end of the window that it tells of.
    pub window_ends_at: DateTime<Utc>,
    /// Seconds after which nobody wants it any more.
    pub expires_in_seconds: Option<i32>,
}

/// The words of a mail that many get, with what in them is one's own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shared {
    /// The words.
    pub words: Arc<SharedWords>,
    /// In place of [`PREFERENCES_MARK`]. In place of [`UNSUBSCRIBE_MARK`] stands [`OutboxMail::unsubscribe_url`].
    pub preferences_url: String,
}

/// A mail that a worker has claimed and may send until its lease ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutboxMail {
    /// Id of its row.
    pub id: Uuid,
    /// Folder of the mail under `src/mail/`.
    pub kind: String,
    /// Who gets it.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The plain text; empty where its words are shared.
    pub text: String,
    /// The HTML; empty where its words are shared.
    pub html: String,
    /// Its words, where others get the same.
    pub shared: Option<Shared>,
    /// A calendar file that goes with it.
    pub calendar: Option<String>,
    /// The address that ends mails of its kind with one post (RFC 8058); only mails to the list have one.
    pub unsubscribe_url: Option<String>,
    /// `<id@host>`, the same each time the mail is sent, so that a second copy can be recognised.
    pub message_id: String,
    /// When it was written, or the words that it shares.
    pub created_at: DateTime<Utc>,
    /// How often it was claimed, this time included; it tells an old lease from a newer one.
    pub attempts: i16,
}

impl OutboxMail {
    /// The mail with all of its words as its own.
    #[must_use]
    pub fn spelled_out(&self) -> Cow<'_, Self> {
        let Some(shared) = &self.shared else { return Cow::Borrowed(self) };
        let own = |words: &str| {
            words
                .replace(PREFERENCES_MARK, &shared.preferences_url)
                .replace(UNSUBSCRIBE_MARK, self.unsubscribe_url.as_deref().unwrap_or_default())
        };
        let (text, html) = (own(&shared.words.text), own(&shared.words.html));
        Cow::Owned(Self { text, html, shared: None, ..self.clone() })
    }
}

/// The host of an `http(s)` address, without port: the right side of every Message-ID.
pub fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_in_every_public_url() {
        assert_eq!(host_of("https://circles.example.org"), "circles.example.org");
        assert_eq!(host_of("http://127.0.0.1:3000/"), "127.0.0.1");
        assert_eq!(host_of("http://[::1]:3000"), "[::1]");
        assert_eq!(host_of("http://[::1]"), "[::1]");
        assert_eq!(host_of("https://a:b@example.org:8443/x?y"), "example.org");
    }
}
