//! "Your seat is reserved": weekday, time, first date, reference. No topic, no title, no leader.

use super::{Letter, PracticeLine, layout};
use crate::domain::{email::Email, ids::ReservationId, series::weekday_name};
use askama::Template;
use chrono::Weekday;

/// What the mail says, as texts that the caller has formatted in the member's zone.
#[derive(Clone, Debug)]
pub struct SeatConfirmed<'a> {
    /// Who gets it.
    pub to: Email,
    /// The reservation: one mail each.
    pub reservation: ReservationId,
    /// What she reads to us on the phone: "CG 7Q4 M2X".
    pub reference: &'a str,
    /// Day of the week in her zone; the circle is named by it.
    pub weekday: Weekday,
    /// "Tuesdays, 7:00–8:15 PM Eastern".
    pub weekly: &'a str,
    /// "6:00 PM Central for the group": the same on the group's own wall, where that differs.
    pub weekly_there: Option<&'a str>,
    /// "Tuesday, December 1, 7:00 PM Eastern"; nothing while no date is set.
    pub first_meeting: Option<&'a str>,
    /// A sentence of its own, as for a group that is still forming.
    pub note: Option<&'a str>,
    /// The whole address of the program, which shows her seats as well.
    pub program_url: &'a str,
    /// The calendar file, as neutral as the mail.
    pub calendar: Option<String>,
    /// Who writes.
    pub practice: &'a PracticeLine,
}

struct Facts<'a> {
    days: String,
    weekly: &'a str,
    weekly_there: Option<&'a str>,
    first_meeting: &'a str,
    reference: &'a str,
    note: Option<&'a str>,
    program_url: &'a str,
    has_calendar: bool,
    practice: &'a PracticeLine,
}

impl<'a> Facts<'a> {
    fn rows(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        [
            Some(("When", self.weekly)),
            self.weekly_there.map(|there| ("That is", there)),
            Some(("First meeting", self.first_meeting)),
            Some(("Reference", self.reference)),
        ]
        .into_iter()
        .flatten()
    }
}

#[derive(Template)]
#[template(path = "seat_confirmed/subject.txt", config = "src/mail/askama.toml")]
struct Subject;

#[derive(Template)]
#[template(path = "seat_confirmed/text.txt", config = "src/mail/askama.toml")]
struct Text<'a> {
    mail: &'a Facts<'a>,
}

#[derive(Template)]
#[template(path = "seat_confirmed/html.html", config = "src/mail/askama.toml")]
struct Html<'a> {
    mail: &'a Facts<'a>,
}

/// Writes the mail.
pub fn letter(seat: SeatConfirmed<'_>) -> Letter {
    let mail = Facts {
        days: format!("{}s", weekday_name(seat.weekday)),
        weekly: seat.weekly,
        weekly_there: seat.weekly_there,
        first_meeting: seat.first_meeting.unwrap_or("not set yet; your program shows it as soon as it is"),
        reference: seat.reference,
        note: seat.note,
        program_url: seat.program_url,
        has_calendar: seat.calendar.is_some(),
        practice: seat.practice,
    };
    Letter {
        kind: "seat_confirmed",
        to: seat.to,
        event_key: format!("seat_confirmed:{}", seat.reservation),
        subject: layout::line(&Subject),
        text: layout::text(&Text { mail: &mail }),
        html: layout::html(&Html { mail: &mail }),
        calendar: seat.calendar,
        expires_in_seconds: None,
        tied_to: None,
        list: None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::mail::layout::tests::{practice, visible};
    use uuid::Uuid;

    fn seat(practice: &PracticeLine) -> SeatConfirmed<'_> {
        SeatConfirmed {
            to: Email::parse("wren@example.org").unwrap(),
            reservation: ReservationId(Uuid::from_u128(9)),
            reference: "CG 7Q4 M2X",
            weekday: Weekday::Tue,
            weekly: "Tuesdays, 7:00–8:15 PM Eastern",
            weekly_there: Some("6:00 PM Central for the group"),
            first_meeting: Some("Tuesday, December 1, 7:00 PM Eastern"),
            note: None,
            program_url: "https://circles.example.org/program",
            calendar: Some("BEGIN:VCALENDAR".to_owned()),
            practice,
        }
    }

    pub(in crate::mail) fn example() -> Letter {
        letter(seat(&practice()))
    }

    #[test]
    fn both_twins_carry_every_fact() {
        let letter = example();
        for fact in [
            "a circle on Tuesdays",
            "Tuesdays, 7:00–8:15 PM Eastern",
            "6:00 PM Central for the group",
            "Tuesday, December 1, 7:00 PM Eastern",
            "CG 7Q4 M2X",
            "calendar file",
        ] {
            assert!(letter.text.contains(fact), "{fact} in {}", letter.text);
            assert!(visible(&letter.html).contains(fact), "{fact} in {}", letter.html);
        }
        let url = "https://circles.example.org/program";
        assert!(letter.text.contains(url) && letter.html.contains(&format!("href=\"{url}\"")));
        assert_eq!(letter.calendar.as_deref(), Some("BEGIN:VCALENDAR"));
        assert_eq!(letter.event_key, format!("seat_confirmed:{}", Uuid::from_u128(9)));
    }

    #[test]
    fn what_is_missing_leaves_no_hole() {
        let practice = practice();
        let bare = letter(SeatConfirmed { weekly_there: None, first_meeting: None, calendar: None, ..seat(&practice) });
        for twin in [bare.text.clone(), visible(&bare.html)] {
            assert!(twin.contains("First meeting") && twin.contains("not set yet; your program shows it"), "{twin}");
            assert!(!twin.contains("That is") && !twin.contains("calendar file"), "{twin}");
        }
        let forming = "The circle begins when four people have a seat.";
        let noted = letter(SeatConfirmed { note: Some(forming), ..seat(&practice) });
        assert!(noted.text.contains(forming) && visible(&noted.html).contains(forming));
    }
}
