//! What happens to seats and lines, as short mails of one form: a heading, a few sentences, facts, one link. Each kind has
//! its folder with a subject and the reason why one gets it; the form is `notice.html` and `notice.txt`.

use super::{Letter, PracticeLine, layout};
use crate::domain::email::Email;
use askama::Template;

/// What is told.
#[derive(Clone, Debug)]
pub struct Notice<'a> {
    /// Which mail.
    pub kind: NoticeKind,
    /// Who gets it.
    pub to: Email,
    /// Names the event within its kind: one mail each.
    pub event: String,
    /// Sentences, a paragraph each. They name no topic, no title and nobody.
    pub words: Vec<String>,
    /// Facts: what, and its value.
    pub facts: Vec<(&'static str, String)>,
    /// Words of the link.
    pub link: &'a str,
    /// The whole address it leads to.
    pub url: &'a str,
    /// Who writes.
    pub practice: &'a PracticeLine,
}

struct Mail<'a> {
    heading: String,
    words: &'a [String],
    facts: &'a [(&'static str, String)],
    link: &'a str,
    url: &'a str,
    practice: &'a PracticeLine,
}

impl Mail<'_> {
    fn preview(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }
}

macro_rules! notices {
    ($($(#[$doc:meta])* $kind:ident: $folder:literal, $subject:literal, $text:literal, $html:literal;)+) => {
        /// The mails of this form.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum NoticeKind {
            $($(#[$doc])* $kind,)+
        }

        impl NoticeKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// Folder of the mail.
            pub fn folder(self) -> &'static str {
                match self { $(Self::$kind => $folder,)+ }
            }
        }

        /// Subject, text and HTML.
        fn rendered(kind: NoticeKind, mail: &mut Mail<'_>) -> (String, String, String) {
            match kind {
                $(NoticeKind::$kind => {
                    #[derive(Template)]
                    #[template(path = $subject, config = "src/mail/askama.toml")]
                    struct Subject;
                    #[derive(Template)]
                    #[template(path = $text, config = "src/mail/askama.toml")]
                    struct Text<'a> {
                        mail: &'a Mail<'a>,
                    }
                    #[derive(Template)]
                    #[template(path = $html, config = "src/mail/askama.toml")]
                    struct Html<'a> {
                        mail: &'a Mail<'a>,
                    }
                    let subject = layout::line(&Subject);
                    mail.heading.clone_from(&subject);
                    (subject, layout::text(&Text { mail }), layout::html(&Html { mail }))
                })+
            }
        }
    };
}

notices! {
    /// Somebody asks the practice something.
    ContactQuestion: "contact_question", "contact_question/subject.txt", "contact_question/text.txt", "contact_question/html.html";
    /// A seat is held for her until a time.
    OfferMade: "offer_made", "offer_made/subject.txt", "offer_made/text.txt", "offer_made/html.html";
    /// An offer is over: declined, not answered, or ended.
    OfferOver: "offer_over", "offer_over/subject.txt", "offer_over/text.txt", "offer_over/html.html";
    /// She is in line.
    LineJoined: "line_joined", "line_joined/subject.txt", "line_joined/text.txt", "line_joined/html.html";
    /// Her turn came and she could not be offered the seat.
    LineSkipped: "line_skipped", "line_skipped/subject.txt", "line_skipped/text.txt", "line_skipped/html.html";
    /// Her seat was released.
    SeatReleased: "seat_released", "seat_released/subject.txt", "seat_released/text.txt", "seat_released/html.html";
    /// A forming group begins as planned.
    GroupOpened: "group_opened", "group_opened/subject.txt", "group_opened/text.txt", "group_opened/html.html";
    /// A forming group begins two weeks later.
    GroupMoved: "group_moved", "group_moved/subject.txt", "group_moved/text.txt", "group_moved/html.html";
    /// A group ends.
    GroupClosed: "group_closed", "group_closed/subject.txt", "group_closed/text.txt", "group_closed/html.html";
    /// The account has another address now.
    AddressChanged: "address_changed", "address_changed/subject.txt", "address_changed/text.txt", "address_changed/html.html";
    /// A new address is to be confirmed: to the new one.
    AddressNew: "address_new", "address_new/subject.txt", "address_new/text.txt", "address_new/html.html";
    /// A new address is to be confirmed: to the one the account has.
    AddressOld: "address_old", "address_old/subject.txt", "address_old/text.txt", "address_old/html.html";
    /// An account is deleted.
    AccountDeleted: "account_deleted", "account_deleted/subject.txt", "account_deleted/text.txt", "account_deleted/html.html";
    /// A code for something that cannot be undone.
    FreshCode: "fresh_code", "fresh_code/subject.txt", "fresh_code/text.txt", "fresh_code/html.html";
    /// Somebody asked for the weekly mail at this address: is it wanted?
    SubscriptionConfirm: "subscription_confirm", "subscription_confirm/subject.txt", "subscription_confirm/text.txt", "subscription_confirm/html.html";
    /// Somebody asked for the weekly mail at an address that gets it already.
    SubscriptionKnown: "subscription_known", "subscription_known/subject.txt", "subscription_known/text.txt", "subscription_known/html.html";
    /// A fresh link to the preferences.
    SubscriptionLink: "subscription_link", "subscription_link/subject.txt", "subscription_link/text.txt", "subscription_link/html.html";
    /// The weekly mail is to come to another address: to that one.
    SubscriptionAddress: "subscription_address", "subscription_address/subject.txt", "subscription_address/text.txt", "subscription_address/html.html";
    /// The weekly mail goes to another address: to the old one.
    SubscriptionMoved: "subscription_moved", "subscription_moved/subject.txt", "subscription_moved/text.txt", "subscription_moved/html.html";
    /// A circle of hers meets within a day.
    MeetingDay: "meeting_day", "meeting_day/subject.txt", "meeting_day/text.txt", "meeting_day/html.html";
    /// A circle of hers meets within an hour.
    MeetingHour: "meeting_hour", "meeting_hour/subject.txt", "meeting_hour/text.txt", "meeting_hour/html.html";
    /// A meeting has another time, or does not take place.
    MeetingChanged: "meeting_changed", "meeting_changed/subject.txt", "meeting_changed/text.txt", "meeting_changed/html.html";
    /// The time for a seat that is held for her is nearly over.
    OfferEnding: "offer_ending", "offer_ending/subject.txt", "offer_ending/text.txt", "offer_ending/html.html";
    /// Where she is now hurts a seat.
    PlaceChanged: "place_changed", "place_changed/subject.txt", "place_changed/text.txt", "place_changed/html.html";
}

/// Writes the mail.
pub fn letter(notice: Notice<'_>) -> Letter {
    let mut mail = Mail {
        heading: String::new(),
        words: &notice.words,
        facts: &notice.facts,
        link: notice.link,
        url: notice.url,
        practice: notice.practice,
    };
    let (subject, text, html) = rendered(notice.kind, &mut mail);
    Letter {
        kind: notice.kind.folder(),
        to: notice.to,
        event_key: format!("{}:{}", notice.kind.folder(), notice.event),
        subject,
        text,
        html,
        calendar: None,
        expires_in_seconds: None,
        tied_to: None,
        list: None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::mail::layout::tests::{practice, visible};

    /// One of each kind.
    pub(in crate::mail) fn examples() -> Vec<Letter> {
        let practice = practice();
        let one = |kind: &NoticeKind| {
            letter(Notice {
                kind: *kind,
                to: Email::parse("wren@example.org").unwrap(),
                event: "9".to_owned(),
                words: vec![
                    "A seat is held for you in a circle on Tuesdays.".to_owned(),
                    "It is yours & <nobody's>.".to_owned(),
                ],
                facts: vec![("Until", "Wednesday, November 25, 9:00 AM Eastern".to_owned())],
                link: "See the seat",
                url: "https://circles.example.org/offers/9",
                practice: &practice,
            })
        };
        NoticeKind::ALL.iter().map(one).collect()
    }

    #[test]
    fn both_twins_carry_every_fact_and_the_subject_is_the_heading() {
        for letter in examples() {
            for fact in [
                letter.subject.as_str(),
                "A seat is held for you in a circle on Tuesdays.",
                "It is yours & <nobody's>.",
                "Wednesday, November 25, 9:00 AM Eastern",
                "See the seat",
            ] {
                assert!(letter.text.contains(fact), "{fact} in {}", letter.text);
                assert!(visible(&letter.html).contains(fact), "{fact} in {}", visible(&letter.html));
            }
            assert!(letter.text.contains("https://circles.example.org/offers/9"));
        }
    }

    #[test]
    fn no_two_kinds_say_the_same() {
        let subjects: std::collections::BTreeSet<_> = examples().into_iter().map(|letter| letter.subject).collect();
        assert_eq!(subjects.len(), NoticeKind::ALL.len());
    }
}
