//! The weekly mail of new meeting times. Without her word neither a topic nor a title stands in it, not even in a link; with
//! it they stand in the body, never in the subject.

use super::{PracticeLine, layout};
use askama::Template;

/// Seconds after which the mail is not sent any more: six days. The next one is written a day later and tells of the same, so
/// that never two arrive together.
pub const EXPIRES: i32 = 6 * 86_400;

/// Folder of the mail.
pub const KIND: &str = "digest";

/// What the mail says, as texts that the caller has formatted in her zone.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the mail")]
#[derive(Clone, Debug)]
pub struct Digest<'a> {
    /// Whether it is her first: then it tells of all that fits.
    pub is_first: bool,
    /// Whether topics and titles may stand in it.
    pub details: bool,
    /// Whether she has said where she is.
    pub place_known: bool,
    /// The groups, soonest first.
    pub lines: Vec<&'a Line>,
    /// Whether there are more than these.
    pub has_more: bool,
    /// The whole address of the finder.
    pub all_url: &'a str,
    /// The whole address of her preferences.
    pub preferences_url: &'a str,
    /// The whole address that ends it.
    pub unsubscribe_url: &'a str,
    /// Who writes.
    pub practice: &'a PracticeLine,
}

/// One group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// "Tuesdays, 7:00 to 8:15 PM Eastern".
    pub when: String,
    /// "6:00 PM Central for the group", where that differs.
    pub there: Option<String>,
    /// "Free seats again. It meets next on Tuesday, December 1."
    pub seats: String,
    /// "It is for people in New Jersey or New York.", for whoever has not said where she is.
    pub who: Option<String>,
    /// The whole address of its page, by its id: it says nothing to whoever reads along.
    pub url: String,
    /// Title, for whoever wants details.
    pub title: String,
    /// "Anxiety · therapy group", for whoever wants details.
    pub about: String,
    /// The whole address of its page, by its name, for whoever wants details.
    pub named_url: String,
}

struct Facts<'a> {
    intro: String,
    details: bool,
    place_known: bool,
    has_more: bool,
    lines: &'a [&'a Line],
    all_url: &'a str,
    preferences_url: &'a str,
    unsubscribe_url: &'a str,
    practice: &'a PracticeLine,
}

impl Facts<'_> {
    fn url_of<'l>(&self, line: &'l Line) -> &'l str {
        if self.details { &line.named_url } else { &line.url }
    }

    fn who_of<'l>(&self, line: &'l Line) -> Option<&'l str> {
        line.who.as_deref().filter(|_| !self.place_known)
    }

    fn notes(&self) -> impl Iterator<Item = &'static str> {
        let more = self.has_more.then_some(if self.place_known {
            "There are more. These are the soonest."
        } else {
            "There are more on our pages."
        });
        let ask = (!self.place_known)
            .then_some("Some circles are open to a few states only. Each page asks where you are before you reserve.");
        let seats = "Seats are free as we write this. When you look, one may be taken.";
        [Some(seats), more, ask].into_iter().flatten()
    }

    fn privacy(&self) -> &'static str {
        if self.details {
            "You chose to read in it what each circle is about."
        } else {
            "We name no subject and nobody here, so that your inbox tells nobody anything."
        }
    }
}

#[derive(Template)]
#[template(path = "digest/subject.txt", config = "src/mail/askama.toml")]
struct Subject;

#[derive(Template)]
#[template(path = "digest/text.txt", config = "src/mail/askama.toml")]
struct Text<'a> {
    mail: &'a Facts<'a>,
}

#[derive(Template)]
#[template(path = "digest/html.html", config = "src/mail/askama.toml")]
struct Html<'a> {
    mail: &'a Facts<'a>,
}

/// "2 circles with free seats fit what you asked for."
fn intro(count: usize, is_first: bool) -> String {
    match (count, is_first) {
        (1, true) => "One circle with free seats fits what you asked for.".to_owned(),
        (count, true) => format!("{count} circles with free seats fit what you asked for."),
        (1, false) => {
            "One circle that fits what you asked for is new, meets at a new time, or has a free seat again.".to_owned()
        }
        (count, false) => {
            format!(
                "{count} circles that fit what you asked for are new, meet at a new time, or have a free seat again."
            )
        }
    }
}

/// The mail in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    /// The subject, which is the same in every mail.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
}

/// The subject of every mail.
pub fn subject() -> String {
    layout::line(&Subject)
}

/// Puts the mail into words.
pub fn words(digest: &Digest<'_>) -> Words {
    let mail = Facts {
        intro: intro(digest.lines.len(), digest.is_first),
        details: digest.details,
        place_known: digest.place_known,
        has_more: digest.has_more,
        lines: &digest.lines,
        all_url: digest.all_url,
        preferences_url: digest.preferences_url,
        unsubscribe_url: digest.unsubscribe_url,
        practice: digest.practice,
    };
    Words { subject: subject(), text: layout::text(&Text { mail: &mail }), html: layout::html(&Html { mail: &mail }) }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        domain::{
            email::Email,
            ids::SubscriberId,
            letter::{Letter, ToList},
        },
        mail::layout::tests::{practice, visible},
    };
    use uuid::Uuid;

    const UNSUBSCRIBE: &str = "https://circles.example.org/unsubscribe/def";

    fn lines() -> Vec<Line> {
        let line = |number: u32, there: Option<&str>| Line {
            when: format!("Tuesdays, {number}:00 to {number}:45 PM Central"),
            there: there.map(ToOwned::to_owned),
            seats: "Free seats again. It meets next on Tuesday, December 1.".to_owned(),
            who: there.map(|_| "It is for people in New York.".to_owned()),
            url: format!("https://circles.example.org/groups/0193-{number}"),
            title: format!("Low tide & <{number}>"),
            about: "Depression · therapy group".to_owned(),
            named_url: format!("https://circles.example.org/groups/low-tide-{number}"),
        };
        vec![line(6, Some("7:00 PM Eastern for the group")), line(8, None)]
    }

    fn words_of(details: bool, is_first: bool, practice: &PracticeLine, preferences: &str, unsubscribe: &str) -> Words {
        let lines = lines();
        words(&Digest {
            is_first,
            details,
            place_known: is_first,
            lines: lines.iter().collect(),
            has_more: !is_first,
            all_url: "https://circles.example.org/groups?open=true",
            preferences_url: preferences,
            unsubscribe_url: unsubscribe,
            practice,
        })
    }

    /// With these links, of a practice with this name.
    pub(in crate::mail) fn written_with(details: bool, name: &str, preferences: &str, unsubscribe: &str) -> Words {
        let practice = PracticeLine { name: name.to_owned(), ..practice() };
        words_of(details, false, &practice, preferences, unsubscribe)
    }

    fn written(details: bool, is_first: bool) -> Letter {
        let preferences = "https://circles.example.org/notifications/preferences/abc";
        let words = words_of(details, is_first, &practice(), preferences, UNSUBSCRIBE);
        Letter {
            kind: KIND,
            to: Email::parse("wren@example.org").unwrap(),
            event_key: "digest:1".to_owned(),
            subject: words.subject,
            text: words.text,
            html: words.html,
            calendar: None,
            expires_in_seconds: Some(EXPIRES),
            tied_to: None,
            list: Some(ToList {
                subscriber: SubscriberId(Uuid::from_u128(9)),
                unsubscribe_url: UNSUBSCRIBE.to_owned(),
            }),
        }
    }

    /// As most people get it.
    pub(in crate::mail) fn examples() -> [Letter; 2] {
        [written(false, true), written(false, false)]
    }

    #[test]
    fn both_twins_carry_every_fact_and_the_list_is_named() {
        for letter in examples().into_iter().chain([written(true, false)]) {
            for fact in [
                "Tuesdays, 6:00 to 6:45 PM Central",
                "That is 7:00 PM Eastern for the group.",
                "Tuesdays, 8:00 to 8:45 PM Central",
                "Free seats again. It meets next on Tuesday, December 1.",
                "Change what you hear of, or pause it",
                "End this weekly mail",
            ] {
                assert!(letter.text.contains(fact), "{fact} in {}", letter.text);
                assert!(visible(&letter.html).contains(fact), "{fact} in {}", letter.html);
            }
            // The first of them knows where she is.
            let says_who = letter.text.contains("\nIt is for people in New York.\n");
            assert_eq!(says_who, !letter.text.contains("fit what you asked for.\n"), "{}", letter.text);
            assert_eq!(visible(&letter.html).contains("It is for people in New York."), says_who);
            assert!(letter.text.contains(UNSUBSCRIBE) && letter.html.contains(UNSUBSCRIBE));
        }
    }

    #[test]
    fn only_whoever_asked_for_details_reads_what_a_circle_is_about() {
        for letter in examples() {
            for part in [&letter.subject, &letter.text, &letter.html] {
                for word in ["Low tide", "low-tide", "Depression", "therapy"] {
                    assert!(!part.contains(word), "{word} in {part}");
                }
            }
            assert!(letter.text.contains("https://circles.example.org/groups/0193-6"));
        }
        let letter = written(true, false);
        assert_eq!(letter.subject, examples()[0].subject);
        assert!(letter.text.contains("Low tide & <6> (Depression · therapy group)"), "{}", letter.text);
        assert!(visible(&letter.html).contains("Low tide & <6> (Depression · therapy group)"), "{}", letter.html);
        assert!(
            !letter.html.contains("<6>")
                && letter.html.contains("href=\"https://circles.example.org/groups/low-tide-6\"")
        );
        let hidden = letter.html.split("</div>").next().unwrap();
        assert!(!hidden.contains("Low tide") && !hidden.contains("Depression"), "the preview is read over shoulders");
    }

    #[test]
    fn the_text_reads_like_a_letter() {
        let text = written(false, false).text;
        assert!(text.starts_with("New meeting times\n\n2 circles that fit what you asked for are new"), "{text}");
        assert!(
            text.contains(
                "\n\nTuesdays, 6:00 to 6:45 PM Central\nThat is 7:00 PM Eastern for the group.\nFree seats again."
            ),
            "{text}"
        );
        assert!(
            text.contains("There are more on our pages.")
                && text.contains("Some circles are open to a few states only."),
            "{text}"
        );
        assert!(!text.contains("\n\n\n"));
        let one = |is_first| intro(1, is_first);
        assert!(
            one(true).starts_with("One circle with free seats fits") && one(false).starts_with("One circle that fits")
        );
    }
}
