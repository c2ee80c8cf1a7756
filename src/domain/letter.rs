//! A mail: what is written with the event it tells of, and what is sent from the outbox.

use super::{
    email::Email,
    ids::{MeetingId, OfferId, ReservationId, SubscriberId},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

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
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// A calendar file that goes with it.
    pub calendar: Option<String>,
    /// The address that ends mails of its kind with one post (RFC 8058); only mails to the list have one.
    pub unsubscribe_url: Option<String>,
    /// `<id@host>`, the same each time the mail is sent, so that a second copy can be recognised.
    pub message_id: String,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// How often it was claimed, this time included; it tells an old lease from a newer one.
    pub attempts: i16,
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
