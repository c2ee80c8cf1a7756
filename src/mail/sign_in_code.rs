//! The code with which somebody signs in: six digits, and a link that opens a page with a button.
//!
//! The same mail goes to every address, known or not, so it says nothing about who has an account.

use super::{Letter, PracticeLine, layout};
use crate::domain::email::Email;
use askama::Template;
use sha2::{Digest as _, Sha256};

struct Facts<'a> {
    code: &'a str,
    first: &'a str,
    last: &'a str,
    link: &'a str,
    minutes: String,
    practice: &'a PracticeLine,
}

#[derive(Template)]
#[template(path = "sign_in_code/subject.txt", config = "src/mail/askama.toml")]
struct Subject;

#[derive(Template)]
#[template(path = "sign_in_code/text.txt", config = "src/mail/askama.toml")]
struct Text<'a> {
    mail: &'a Facts<'a>,
}

#[derive(Template)]
#[template(path = "sign_in_code/html.html", config = "src/mail/askama.toml")]
struct Html<'a> {
    mail: &'a Facts<'a>,
}

/// Writes the mail. `link` is the whole address of [`crate::paths::sign_in_link`], `minutes` how long the code works.
///
/// The event is the code itself: its link is drawn anew for each, and only a hash of it names the event. A code that
/// works for less than whole minutes sets `expires_in_seconds` of the letter afterwards.
pub fn letter(to: Email, code: &str, link: &str, minutes: u32, practice: &PracticeLine) -> Letter {
    let (first, last) = code.split_at_checked(3).unwrap_or((code, ""));
    let words = if minutes == 1 { "1 minute".to_owned() } else { format!("{minutes} minutes") };
    let mail = Facts { code, first, last, link, minutes: words, practice };
    let digest: [u8; 32] = Sha256::digest(link.as_bytes()).into();
    let event = digest.first_chunk().map_or(0, |first| u128::from_be_bytes(*first));
    Letter {
        kind: "sign_in_code",
        to,
        event_key: format!("sign_in_code:{event:032x}"),
        subject: layout::line(&Subject),
        text: layout::text(&Text { mail: &mail }),
        html: layout::html(&Html { mail: &mail }),
        calendar: None,
        expires_in_seconds: Some(i32::try_from(minutes.saturating_mul(60)).unwrap_or(i32::MAX)),
        tied_to: None,
        list: None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::mail::layout::tests::{practice, visible};

    pub(in crate::mail) const LINK: &str = "https://circles.example.org/sign-in/link/f3a9c1d2e4b5?x=1&y=2";

    pub(in crate::mail) fn example() -> Letter {
        letter(Email::parse("wren@example.org").unwrap(), "048291", LINK, 10, &practice())
    }

    #[test]
    fn says_the_code_so_that_it_can_be_read_and_copied() {
        let letter = example();
        assert!(letter.text.contains("\n    048291\n"), "{}", letter.text);
        assert!(letter.text.contains(LINK));
        // Shown in two halves, copied as one: no character stands between them.
        assert!(visible(&letter.html).contains("048291"), "{}", letter.html);
        assert!(letter.html.contains(">048</span><span"));
        assert!(letter.html.contains(&LINK.replace('&', "&#38;")));
        assert!(!letter.subject.contains("048"), "a locked screen shows the subject");
    }

    #[test]
    fn says_how_long_and_where() {
        let letter = example();
        for twin in [letter.text.clone(), visible(&letter.html)] {
            assert!(twin.contains("Type the code where you started. It works for 10 minutes, once."), "{twin}");
        }
        assert_eq!(letter.expires_in_seconds, Some(600));
        let one = super::letter(letter.to.clone(), "048291", LINK, 1, &practice());
        assert!(one.text.contains("for 1 minute,"));
    }

    #[test]
    fn the_event_is_the_code_and_its_name_gives_nothing_away() {
        let another = letter(example().to, "048291", "https://circles.example.org/sign-in/link/other", 10, &practice());
        assert_eq!(example().event_key, example().event_key);
        assert_ne!(example().event_key, another.event_key);
        assert!(!example().event_key.contains("f3a9c1d2e4b5"));
    }

    #[test]
    fn does_not_say_to_whom_it_goes() {
        let letter = example();
        assert!(!format!("{}{}{}", letter.subject, letter.text, letter.html).contains("wren"));
    }
}
