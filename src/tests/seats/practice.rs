//! The practice of these tests, as the file that `practice load` reads.

use super::SEATS;
use std::fmt::Write as _;

/// The text of the file.
pub fn file() -> String {
    let mut text = r#"
        practice = { name = "Corner Room", address = "12 Example Street", phone = "+1 555 010 0199", email = "office@example.org", zone = "America/New_York", billing = "Later." }
    "#
    .to_owned();
    for (slug, name, number) in [("ruth", "Ruth Okafor", "1"), ("sam", "Sam Feldman", "2")] {
        write!(
            text,
            r#"
            [[therapist]]
            slug = "{slug}"
            name = "{name}"
            credentials = "PsyD"
            profession = "Licensed psychologist"
            email = "{slug}@corner.example"
              [[therapist.authority]]
              kind = "license"
              state = "NY"
              title = "Psychologist"
              number = "{number}"
              valid_from = 2019-03-01
              valid_to = 2099-12-31
              checked_by = "M. Alvarez"
              checked_on = 2026-11-02
            "#
        )
        .unwrap();
    }
    let mut group = |slug: &str, leader: &str, kind: &str, weekday: &str, time: &str| {
        let (topic, curriculum) = match kind {
            "skills" => ("dialectical-behavior-therapy", "dbt-skills"),
            _ => ("anxiety", "living-with"),
        };
        write!(
            text,
            r#"
            [[group]]
            slug = "{slug}"
            title = "Circle {slug}"
            kind = "{kind}"
            topic = "{topic}"
            leader = "{leader}"
            summary = "A group."
            happens = "We meet."
            weekday = "{weekday}"
            time = "{time}"
            zone = "America/New_York"
            minutes = 60
            seats = {SEATS}
            price_cents = 4500
            curriculum = "{curriculum}"
            confirm = "at once"
            starts_on = 2026-01-05
            "#
        )
        .unwrap();
    };
    for (n, weekday) in ["mon", "tue", "wed", "thu", "fri", "sat"].into_iter().enumerate() {
        group(&format!("g{n}"), "ruth", "therapy", weekday, "10:00");
        group(&format!("g{}", n + 6), "ruth", "therapy", weekday, "17:00");
    }
    group("twin", "sam", "therapy", "mon", "10:30");
    group("skills", "sam", "skills", "sun", "10:00");
    text
}
