//! From a row of the outbox to a MIME message: text and HTML twins, perhaps a calendar file.
//!
//! The same row always gives the same bytes (date, Message-ID and boundaries come from the row), so that a mail that
//! had to be sent twice is recognised as one.

use super::{OutboxMail, SendError};
use lettre::{
    Address, Message,
    message::{
        Attachment, Body, Mailbox, MessageBuilder, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use std::time::SystemTime;

/// Bytes of a line that goes out as it is (RFC 5322, 2.1.1: 998).
pub(super) const LONGEST_LINE: usize = 990;
/// Name of the attached calendar file; as neutral as everything else.
const CALENDAR_FILE: &str = "meetings.ics";

/// Reads the sender, "Common Ground <hello@example.org>".
pub fn sender(text: &str) -> Result<Mailbox, SendError> {
    one_line("sender", text)?;
    text.parse().map_err(|_| SendError::never(format!("the sender {text:?} is no address")))
}

/// Builds the message.
pub fn build(from: &Mailbox, mail: &OutboxMail) -> Result<Message, SendError> {
    // lettre panics on line breaks in some headers and folds them in others. The domain's types let none in; this
    // is for rows that somebody wrote by hand.
    one_line("address", &mail.to)?;
    one_line("subject", &mail.subject)?;
    one_line("Message-ID", &mail.message_id)?;
    let to: Address = mail.to.parse().map_err(|error| SendError::never(format!("no address: {error}")))?;
    // Mails that say the same are the same but for what is one's own.
    let mark = mail.shared.as_ref().map_or(mail.id, |shared| shared.words.id);
    let mail = mail.spelled_out();
    if mail.text.is_empty() && mail.html.is_empty() {
        return Err(SendError::never("it has no words"));
    }
    let twins = MultiPart::alternative()
        .boundary(format!("twins-{mark}"))
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    let whole = match &mail.calendar {
        None => twins,
        Some(calendar) => {
            let kind = ContentType::parse(calendar_kind(calendar)).map_err(SendError::never)?;
            MultiPart::mixed()
                .boundary(format!("mail-{}", mail.id))
                .multipart(twins)
                .singlepart(Attachment::new(CALENDAR_FILE.to_owned()).body(calendar.clone(), kind))
        }
    };
    let builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(mail.subject.as_str())
        .date(SystemTime::from(mail.created_at))
        .message_id(Some(mail.message_id.clone()))
        // RFC 3834: keeps "I am on holiday" answers away.
        .raw_header(header("Auto-Submitted", "auto-generated"));
    let builder = match &mail.unsubscribe_url {
        None => builder,
        Some(url) => list_headers(url, &mail.message_id)?.into_iter().fold(builder, MessageBuilder::raw_header),
    };
    builder.multipart(whole).map_err(SendError::never)
}

/// A twin. What is ASCII goes out as it is, also where a line is longer than the 76 bytes from which on the library would
/// encode all of it: that is a third more to send, and the most that a mail cost.
fn part(kind: ContentType, text: &str) -> SinglePart {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t'))
        && text.split('\n').all(|line| line.len() <= LONGEST_LINE);
    let body = if is_plain {
        Body::dangerous_pre_encoded(text.replace('\n', "\r\n").into_bytes(), ContentTransferEncoding::SevenBit)
    } else {
        Body::new(text.to_owned())
    };
    SinglePart::builder().header(kind).body(body)
}

/// Whether a byte can stand in an address in a header, in HTML and in quoted-printable as it is, but for "=".
pub(super) fn fits_in_address(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"<>\"".contains(&byte)
}

/// What tells a mail program that this goes to a list, and how one leaves it with one tap (RFC 2369, RFC 8058, RFC 2919).
/// The relay's signature has to cover the first two.
fn list_headers(url: &str, message_id: &str) -> Result<[HeaderValue; 4], SendError> {
    let is_address = url.starts_with("http://") || url.starts_with("https://");
    if !is_address || url.len() > 900 || !url.bytes().all(fits_in_address) {
        return Err(SendError::never("the address that ends the mails to the list is none"));
    }
    let host = message_id.trim_end_matches('>').rsplit('@').next().unwrap_or_default();
    Ok([
        header("List-Unsubscribe", &format!("<{url}>")),
        header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        header("List-Id", &format!("<weekly.{host}>")),
        // No standard has it, and every program that answers by itself knows it.
        header("Precedence", "bulk"),
    ])
}

/// A header of plain ASCII as it stands: folding would break an address.
fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.to_owned(), value.to_owned())
}

/// The kind of a calendar file repeats its method (RFC 6047, 2.4).
fn calendar_kind(calendar: &str) -> &'static str {
    if calendar.lines().any(|line| line == "METHOD:CANCEL") {
        "text/calendar; charset=utf-8; method=CANCEL"
    } else {
        "text/calendar; charset=utf-8; method=PUBLISH"
    }
}

fn one_line(what: &str, text: &str) -> Result<(), SendError> {
    if text.chars().any(char::is_control) {
        return Err(SendError::never(format!("the {what} has a control character")));
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::mail::eml::Eml;
    use chrono::DateTime;
    use proptest::prelude::*;
    use uuid::Uuid;

    /// A mail as it comes out of the outbox.
    pub(in crate::mail) fn mail() -> OutboxMail {
        OutboxMail {
            id: Uuid::from_u128(0x1234),
            kind: "sign_in_code".to_owned(),
            to: "wren@example.org".to_owned(),
            subject: "Your sign-in code".to_owned(),
            text: "Your code – below.\n\n    482913\n".to_owned(),
            html: "<p>Your code – below: <b>482913</b></p>".to_owned(),
            shared: None,
            calendar: None,
            unsubscribe_url: None,
            message_id: format!("<{}@circles.example.org>", Uuid::from_u128(0x1234)),
            created_at: DateTime::from_timestamp(1_795_507_200, 0).unwrap(),
            attempts: 1,
        }
    }

    fn from() -> Mailbox {
        sender("Common Ground <hello@example.org>").unwrap()
    }

    fn parsed(mail: &OutboxMail) -> Eml {
        Eml::parse(&build(&from(), mail).unwrap().formatted())
    }

    #[test]
    fn what_is_built_reads_back() {
        let mail = OutboxMail { calendar: Some("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".to_owned()), ..mail() };
        let read = parsed(&mail);
        assert_eq!(read.header("to"), Some("wren@example.org"));
        assert_eq!(read.header("from"), Some("\"Common Ground\" <hello@example.org>"));
        assert_eq!(read.header("subject"), Some("Your sign-in code"));
        assert_eq!(read.header("message-id"), Some(mail.message_id.as_str()));
        assert_eq!(read.header("date"), Some("Tue, 24 Nov 2026 08:00:00 +0000"));
        assert_eq!(read.header("auto-submitted"), Some("auto-generated"));
        assert_eq!(read.text.replace("\r\n", "\n"), mail.text);
        assert_eq!(read.html.trim_end(), mail.html);
        assert_eq!(read.calendar.as_deref().map(str::trim_end), Some("BEGIN:VCALENDAR\nEND:VCALENDAR"));
    }

    #[test]
    fn a_mail_to_the_list_says_how_one_leaves_it() {
        let url = format!("https://circles.example.org/unsubscribe/{}", "AbC-_9".repeat(20));
        let bytes = build(&from(), &OutboxMail { unsubscribe_url: Some(url.clone()), ..mail() }).unwrap().formatted();
        let read = Eml::parse(&bytes);
        assert_eq!(read.header("list-unsubscribe"), Some(format!("<{url}>").as_str()));
        assert_eq!(read.header("list-unsubscribe-post"), Some("List-Unsubscribe=One-Click"));
        assert_eq!(read.header("list-id"), Some("<weekly.circles.example.org>"));
        assert_eq!(read.header("precedence"), Some("bulk"));
        assert!(String::from_utf8(bytes).unwrap().contains(&format!("List-Unsubscribe: <{url}>\r\n")), "not folded");
        // A mail to an account is no mail to a list.
        assert!(
            ["list-unsubscribe", "list-unsubscribe-post", "list-id", "precedence"]
                .iter()
                .all(|name| parsed(&mail()).header(name).is_none())
        );
        for bad in [
            "https://a.example/x>\r\nBcc: b@example.org",
            "https://a.example/\r\n",
            "https://a.example/é",
            "https://a.example/a b",
            "mailto:x@example.org",
            "",
        ] {
            assert!(
                !build(&from(), &OutboxMail { unsubscribe_url: Some(bad.to_owned()), ..mail() }).unwrap_err().retry,
                "{bad}"
            );
        }
    }

    #[test]
    fn a_calendar_file_is_announced_with_its_method() {
        for (method, lines) in [("PUBLISH", ""), ("CANCEL", "METHOD:CANCEL\r\n")] {
            let calendar = format!("BEGIN:VCALENDAR\r\n{lines}END:VCALENDAR\r\n");
            let bytes = build(&from(), &OutboxMail { calendar: Some(calendar), ..mail() }).unwrap().formatted();
            assert!(String::from_utf8(bytes).unwrap().contains(&format!("method={method}")), "{method}");
        }
    }

    #[test]
    fn the_same_row_gives_the_same_bytes() {
        assert_eq!(build(&from(), &mail()).unwrap().formatted(), build(&from(), &mail()).unwrap().formatted());
    }

    #[test]
    fn a_long_host_leaves_the_message_id_as_it_is() {
        let message_id = format!("<{}@{}.example.org>", Uuid::from_u128(7), "a".repeat(63));
        assert_eq!(
            parsed(&OutboxMail { message_id: message_id.clone(), ..mail() }).header("message-id"),
            Some(message_id.as_str())
        );
    }

    #[test]
    fn line_breaks_are_refused_and_never_become_a_header() {
        for bad in ["a@example.org\r\nBcc: b@example.org", "a@example.org\nBcc: b@example.org", "\0", "a@example.org\r"]
        {
            let refused = [
                build(&from(), &OutboxMail { to: bad.to_owned(), ..mail() }),
                build(&from(), &OutboxMail { subject: bad.to_owned(), ..mail() }),
                build(&from(), &OutboxMail { message_id: bad.to_owned(), ..mail() }),
            ];
            for result in refused {
                assert!(!result.unwrap_err().retry);
            }
            assert!(sender(bad).is_err());
        }
        assert!(sender("no address").is_err());
    }

    proptest! {
        #[test]
        fn no_subject_and_no_body_makes_a_header_or_a_panic(
            subject in any::<String>(), text in any::<String>(), to in any::<String>(),
        ) {
            let mail = OutboxMail { subject, text, to: format!("{to}@example.org"), ..mail() };
            if let Ok(message) = build(&from(), &mail) {
                let bytes = message.formatted();
                let head = bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
                let head = std::str::from_utf8(&bytes[..head]).unwrap();
                let names: Vec<_> = head
                    .split("\r\n")
                    .filter(|line| !line.starts_with([' ', '\t']))
                    .map(|line| line.split_once(':').unwrap().0)
                    .collect();
                prop_assert_eq!(
                    names,
                    ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
                );
            }
        }
    }
}
