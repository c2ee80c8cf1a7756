//! Mails that say the same words differ in a handful of places: who gets it, its Message-ID, her own two addresses. Building
//! one as a message costs more than handing it over; so it is built once, with marks in those places, and cut there, and every
//! other mail is put together from the pieces.
//!
//! What comes out is what [`message::build`] makes, byte for byte but for where a long line of quoted-printable is broken; a
//! test compares them. Where a mail is odd in any way there is no stencil, and it is built like all others.

use super::{OutboxMail, message, wire};
use crate::domain::letter::{PREFERENCES_MARK, Shared, UNSUBSCRIBE_MARK};
use lettre::message::Mailbox;
use std::sync::Arc;

/// Stands where the recipient is.
const TO_MARK: &str = "to@stencil.invalid";
/// Stands where the left side of the Message-ID is.
const ID_MARK: &str = "id.stencil.invalid";
/// Addresses longer than this are not filled in, so that no line comes near the 998 bytes of RFC 5322, 2.1.1.
const LONGEST: usize = 300;
/// Bytes of a line of quoted-printable before a soft break, with room for a character that takes three (RFC 2045, 6.7: 76).
const SOFT: usize = 73;

/// A place that differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    To,
    Id,
    Unsubscribe,
    Preferences,
}

const MARKS: [(&str, Place); 4] = [
    (TO_MARK, Place::To),
    (ID_MARK, Place::Id),
    (UNSUBSCRIBE_MARK, Place::Unsubscribe),
    (PREFERENCES_MARK, Place::Preferences),
];

/// The pieces of a mail as it goes over the wire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stencil {
    /// What is alike, and what comes behind it; whether that place is a line of quoted-printable.
    pieces: Vec<(String, Place, bool)>,
    end: String,
    /// The right side of the Message-ID, with the bracket.
    host: String,
    /// Stands in the pieces, though it is no part of the words.
    subject: String,
}

impl Stencil {
    /// Cuts one from a mail with shared words. None where it cannot be filled in safely.
    pub fn cut(from: &Mailbox, mail: &OutboxMail) -> Option<Self> {
        let shared = mail.shared.as_ref()?;
        let (_, host) = mail.message_id.rsplit_once('@').filter(|_| mail.calendar.is_none())?;
        let marked = OutboxMail {
            to: TO_MARK.to_owned(),
            message_id: format!("<{ID_MARK}@{host}"),
            unsubscribe_url: Some(UNSUBSCRIBE_MARK.to_owned()),
            shared: Some(Shared { preferences_url: PREFERENCES_MARK.to_owned(), words: Arc::clone(&shared.words) }),
            ..mail.clone()
        };
        let whole = wire::of(message::build(from, &marked).ok()?.formatted()).ok()?;
        let (mut pieces, mut alike, mut is_quoted) = (Vec::new(), String::new(), false);
        for line in whole.split_inclusive("\r\n") {
            if let Some(encoding) = line.strip_prefix("Content-Transfer-Encoding: ") {
                is_quoted = match encoding.trim_end() {
                    "7bit" => false,
                    "quoted-printable" => true,
                    _ => return None,
                };
            }
            let (mut rest, mut filled) = (line, 0);
            while let Some((at, mark, place)) = first_mark(rest) {
                let is_alone = rest.len() == line.len() && rest.trim_end() == mark;
                if is_quoted && !is_alone {
                    return None;
                }
                alike.push_str(&rest[..at]);
                pieces.push((std::mem::take(&mut alike), place, is_quoted));
                rest = &rest[at + mark.len()..];
                filled += 1;
            }
            if line.len() + filled * LONGEST > message::LONGEST_LINE {
                return None;
            }
            alike.push_str(rest);
        }
        let count = |place| pieces.iter().filter(|piece| piece.1 == place).count();
        // The address that ends it stands in the head and in both twins, that of her preferences in both.
        let is_whole = count(Place::To) == 1
            && count(Place::Id) == 1
            && count(Place::Unsubscribe) == 3
            && count(Place::Preferences) == 2;
        is_whole.then(|| Self { pieces, end: alike, host: host.to_owned(), subject: mail.subject.clone() })
    }

    /// The mail as it goes over the wire. None where it has to be built.
    pub fn fill(&self, mail: &OutboxMail) -> Option<String> {
        let preferences = mail.shared.as_ref()?.preferences_url.as_str();
        let unsubscribe = mail.unsubscribe_url.as_deref()?;
        let id = mail.message_id.strip_prefix('<')?.strip_suffix(&self.host)?.strip_suffix('@')?;
        let plain = |text: &str| text.len() <= LONGEST && text.bytes().all(message::fits_in_address);
        if mail.subject != self.subject || mail.calendar.is_some() {
            return None;
        }
        let stands_in_html = |url: &str| !url.contains(['&', '\'']);
        let is_plain = [preferences, unsubscribe, id, &mail.to].into_iter().all(plain);
        if !(is_plain && stands_in_html(preferences) && stands_in_html(unsubscribe)) {
            return None;
        }
        let alike: usize = self.pieces.iter().map(|piece| piece.0.len()).sum();
        let mut whole = String::with_capacity(alike + self.end.len() + 6 * LONGEST);
        for (before, place, is_quoted) in &self.pieces {
            whole.push_str(before);
            let own = match place {
                Place::To => mail.to.as_str(),
                Place::Id => id,
                Place::Unsubscribe => unsubscribe,
                Place::Preferences => preferences,
            };
            if *is_quoted { quote(own, &mut whole) } else { whole.push_str(own) }
        }
        whole.push_str(&self.end);
        Some(whole)
    }
}

fn first_mark(text: &str) -> Option<(usize, &'static str, Place)> {
    if !text.contains(".invalid") {
        return None;
    }
    MARKS.iter().filter_map(|(mark, place)| Some((text.find(mark)?, *mark, *place))).min_by_key(|found| found.0)
}

/// Plain ASCII as quoted-printable.
fn quote(text: &str, into: &mut String) {
    let mut column = 0;
    for c in text.chars() {
        let width = if c == '=' { 3 } else { 1 };
        if column + width > SOFT {
            into.push_str("=\r\n");
            column = 0;
        }
        match c {
            '=' => into.push_str("=3D"),
            // A line that begins with one means something else over the wire.
            '.' if column == 0 => into.push_str("=2E"),
            c => into.push(c),
        }
        column += width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::letter::SharedWords,
        mail::{digest, eml::Eml, message::tests::mail},
    };
    use proptest::prelude::*;
    use uuid::Uuid;

    fn from() -> Mailbox {
        message::sender("Common Ground <hello@example.org>").unwrap()
    }

    fn shared(text: &str, html: &str) -> OutboxMail {
        let words = SharedWords {
            id: Uuid::from_u128(5),
            text: format!("{text}\n\n{PREFERENCES_MARK}\n\nEnd it:\n{UNSUBSCRIBE_MARK}\n"),
            html: format!(
                "<p>{html}\n.<a href=\"{PREFERENCES_MARK}\">a</a> <a href=\"{UNSUBSCRIBE_MARK}\">b</a></p>\n"
            ),
            written_at: mail().created_at,
        };
        OutboxMail {
            text: String::new(),
            html: String::new(),
            shared: Some(Shared {
                words: Arc::new(words),
                preferences_url: format!(
                    "https://circles.example.org/notifications/preferences/{}",
                    "Ab_-9".repeat(20)
                ),
            }),
            unsubscribe_url: Some(format!("https://circles.example.org/unsubscribe/{}", "x=1".repeat(20))),
            ..mail()
        }
    }

    fn built(mail: &OutboxMail) -> String {
        wire::of(message::build(&from(), mail).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_mail_put_together_is_the_mail_as_it_is_built() {
        let first = shared("Soonest first.\n.a dot", &"long ".repeat(40));
        let stencil = Stencil::cut(&from(), &first).unwrap();
        let long = format!("{}@example.org", "a".repeat(64));
        for (number, to) in ["wren@example.org", "o'hara+list@a-b.example.org", &long].into_iter().enumerate() {
            let other = OutboxMail {
                id: Uuid::from_u128(number as u128),
                to: to.to_owned(),
                unsubscribe_url: Some(format!("https://circles.example.org/unsubscribe/{number}")),
                message_id: format!("<{}@circles.example.org>", Uuid::from_u128(number as u128)),
                ..shared("Soonest first.\n.a dot", &"long ".repeat(40))
            };
            assert_eq!(stencil.fill(&other).unwrap(), built(&other), "{to}");
        }
    }

    #[test]
    fn every_weekly_mail_has_one() {
        for (details, name) in [(false, "Alder & Ash"), (true, "Žofia's – Practice")] {
            let words = digest::tests::written_with(details, name, PREFERENCES_MARK, UNSUBSCRIBE_MARK);
            let first = OutboxMail {
                shared: Some(Shared {
                    words: Arc::new(SharedWords {
                        id: Uuid::from_u128(6),
                        text: words.text,
                        html: words.html,
                        written_at: mail().created_at,
                    }),
                    preferences_url: "https://circles.example.org/notifications/preferences/abc".to_owned(),
                }),
                ..shared("", "")
            };
            let filled = Stencil::cut(&from(), &first).and_then(|stencil| stencil.fill(&first)).unwrap();
            let (read, expected) = (Eml::parse(filled.as_bytes()), Eml::parse(built(&first).as_bytes()));
            assert_eq!((read.text, read.html), (expected.text, expected.html));
        }
    }

    #[test]
    fn words_that_are_not_ascii_read_back_the_same() {
        let first = shared("Žofia – 李 🌊", "&#381;ofia");
        let filled = Stencil::cut(&from(), &first).unwrap().fill(&first).unwrap();
        assert!(filled.split("\r\n").all(|line| line.len() <= 998) && filled.is_ascii());
        let quoted = filled.split("quoted-printable").nth(1).unwrap().split("--twins").next().unwrap();
        assert!(quoted.split("\r\n").all(|line| line.len() <= 76), "{quoted}");
        let (read, expected) = (Eml::parse(filled.as_bytes()), Eml::parse(built(&first).as_bytes()));
        assert_eq!((read.text, read.html), (expected.text, expected.html));
    }

    #[test]
    fn no_line_of_a_long_address_begins_with_a_dot() {
        for length in 60..90 {
            let url = format!("https://{}.example.org/unsubscribe/x", "a".repeat(length));
            let mail = OutboxMail { unsubscribe_url: Some(url.clone()), ..shared("Žofia", "Words.") };
            let filled = Stencil::cut(&from(), &mail).unwrap().fill(&mail).unwrap();
            let quoted = filled.split("quoted-printable").nth(1).unwrap().split("--twins").next().unwrap();
            assert!(!quoted.contains("\r\n.") && quoted.contains("\r\n"), "{quoted}");
            assert!(Eml::parse(filled.as_bytes()).text.contains(&url), "{filled}");
        }
    }

    #[test]
    fn what_is_odd_is_built() {
        let plain = shared("Words.", "Words.");
        assert!(Stencil::cut(&from(), &plain.spelled_out()).is_none(), "its words are its own");
        assert!(Stencil::cut(&from(), &shared("Words.", "–")).is_none(), "its links lie in quoted-printable");
        assert!(Stencil::cut(&from(), &shared("Words.", UNSUBSCRIBE_MARK)).is_none(), "once too often");
        assert!(Stencil::cut(&from(), &shared("李", "李李李李李李")).is_none(), "nothing stands as it is");
        let stencil = Stencil::cut(&from(), &plain).unwrap();
        for odd in [
            OutboxMail { to: "žofia@example.org".to_owned(), ..plain.clone() },
            OutboxMail { to: "wren@example.org\r\nBcc: b@example.org".to_owned(), ..plain.clone() },
            OutboxMail { message_id: "<1@elsewhere.example.org>".to_owned(), ..plain.clone() },
            OutboxMail { unsubscribe_url: Some("https://x/\"><b>".to_owned()), ..plain.clone() },
            OutboxMail { unsubscribe_url: None, ..plain.clone() },
            OutboxMail { subject: "Another subject".to_owned(), ..plain.clone() },
            OutboxMail { unsubscribe_url: Some(format!("https://x/{}", "a".repeat(LONGEST))), ..plain.clone() },
        ] {
            assert_eq!(stencil.fill(&odd), None, "{odd:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_words_are_both_ways_read_the_same(text in "[ -~\\n·é.=]{0,400}", html in "[ -~\\n.=]{0,400}") {
            let mail = shared(&text, &html);
            if let Some(stencil) = Stencil::cut(&from(), &mail) {
                let filled = stencil.fill(&mail).unwrap();
                let (read, expected) = (Eml::parse(filled.as_bytes()), Eml::parse(built(&mail).as_bytes()));
                prop_assert_eq!((read.text, read.html), (expected.text, expected.html));
            }
        }
    }
}
