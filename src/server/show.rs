//! From listings to what a page shows of them: every word and number as text, in the reader's zone.

use super::times::{beside, clock_parts, day_of, long_day, month_day, near_day, rhythm, weekday_at};
use crate::{
    api::groups::{DaySection, Face, GroupRow, SeatLine},
    domain::{
        eligibility::{list_and, states_on},
        finder::Sort,
        group::{Kind, Status, price},
        listing::Listing,
        practice::Practice,
        series::weekday_name,
        topic::Topic,
    },
    mail::PracticeLine,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// A leader's face, with the states in which she may practise at the next meeting.
pub fn face(listing: &Listing) -> Face {
    let leader = &listing.leader;
    let states = listing.next.map(|next| states_on(&listing.authorities, next.group_day)).unwrap_or_default();
    let profession = if states.is_empty() {
        leader.profession.clone()
    } else {
        format!("{} in {}", leader.profession, list_and(states.iter().map(|state| state.name())))
    };
    Face {
        initials: leader.initials(),
        number: u32::try_from(leader.number).unwrap_or_default(),
        name: leader.full(),
        first_name: leader.first_name().to_owned(),
        profession,
    }
}

/// "3 seats free" and what stands under it.
pub fn seat_line(listing: &Listing) -> SeatLine {
    let counts = listing.seats;
    let forming = matches!(listing.status, Status::Forming { .. });
    let free = counts.free();
    let on_hold = match counts.held {
        0 => None,
        1 => Some("one more is on hold".to_owned()),
        n => Some(format!("{n} more are on hold")),
    };
    let text = match (listing.status, free, listing.waiting) {
        (Status::Closed, ..) if listing.next.is_some() => "Takes nobody new".to_owned(),
        (Status::Closed, ..) => "Has ended".to_owned(),
        _ if listing.next.is_none() => "No meeting planned".to_owned(),
        (_, _, waiting) if waiting > 0 && counts.free() == 0 => format!("Full, {} waiting", people(waiting)),
        (_, 1.., waiting) if waiting > 0 && listing.open_seats(None) == 0 => {
            format!("{} next in line, {} waiting", seats(free), people(waiting))
        }
        (_, 0, _) if counts.held > 0 => "No seat free".to_owned(),
        (_, 0, _) => "Full".to_owned(),
        _ => format!("{} free", seats(listing.open_seats(None))),
    };
    let sub = if listing.status == Status::Closed || listing.next.is_none() {
        String::new()
    } else if !listing.takes_members() && free > 0 {
        "takes new members in its next round".to_owned()
    } else if !listing.door().takes_reservations() && free > 0 {
        format!("after a talk with {}", listing.leader.first_name())
    } else if let Status::Forming { reserved, minimum } = listing.status {
        format!("Forming: {} of the {minimum} it needs", reserved.min(minimum))
    } else if free == 0 && counts.held > 0 {
        if counts.held == 1 { "one is on hold".to_owned() } else { format!("{} are on hold", counts.held) }
    } else if free == 0 {
        format!("all {} seats are taken", counts.capacity)
    } else if let Some(on_hold) = on_hold {
        on_hold
    } else if listing.kind == Kind::Skills {
        format!("of {}, open to every state", counts.capacity)
    } else {
        format!("of {}", counts.capacity)
    };
    SeatLine { counts, forming, text, sub }
}

/// "Three of eight seats are free.", and for a group that is forming what it still needs. A closed group has no seats to speak
/// of, and neither has one that does not meet.
pub fn seats_sentence(listing: &Listing) -> String {
    if listing.status == Status::Closed {
        let words = match listing.next {
            Some(_) => "This group comes to its end and takes nobody new.",
            None => "This group has ended.",
        };
        return words.to_owned();
    }
    if listing.next.is_none() {
        return "No meeting is planned at the moment.".to_owned();
    }
    let capacity = in_words(listing.seats.capacity);
    // A free seat that nobody in line can be offered is on sale, however many wait.
    let seats = match (listing.open_seats(None), listing.waiting) {
        (0, 0) => format!("All {capacity} seats are taken."),
        (0, waiting @ 1..) => format!(
            "All {capacity} seats are spoken for, and {} in line.",
            if waiting == 1 { "one person is".to_owned() } else { format!("{waiting} people are") }
        ),
        (1, _) => format!("One of {capacity} seats is free."),
        (n, _) => format!("{} of {capacity} seats are free.", capital(&in_words(n))),
    };
    match listing.status {
        Status::Forming { reserved, minimum } if reserved < minimum => {
            let missing = minimum - reserved;
            format!(
                "{seats} It starts when {} more {} reserved.",
                in_words(missing),
                if missing == 1 { "has" } else { "have" }
            )
        }
        _ => seats,
    }
}

fn seats(count: u8) -> String {
    if count == 1 { "1 seat".to_owned() } else { format!("{count} seats") }
}

fn people(count: u32) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

/// "three", for numbers up to twelve.
pub fn in_words(count: u8) -> String {
    const WORDS: [&str; 13] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    WORDS.get(usize::from(count)).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

/// "50,000".
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "ten minutes", "twelve hours", "90 seconds": as long as a setting says, in its largest whole unit. One day is
/// "24 hours", which nobody takes for a day of the calendar.
pub fn lasting(seconds: u32) -> String {
    let (count, unit) = match seconds {
        s if s >= 48 * 3600 && s.is_multiple_of(24 * 3600) => (s / (24 * 3600), "day"),
        s if s.is_multiple_of(3600) => (s / 3600, "hour"),
        s if s.is_multiple_of(60) => (s / 60, "minute"),
        s => (s, "second"),
    };
    let number = u8::try_from(count).map_or_else(|_| count.to_string(), in_words);
    if count == 1 { format!("{number} {unit}") } else { format!("{number} {unit}s") }
}

/// The same with a capital letter, for the beginning of a sentence.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// "Anxiety · therapy group".
pub fn about(listing: &Listing) -> String {
    let topic = listing.topic.map(Topic::name);
    topic.map_or_else(|| capital(listing.kind.name()), |topic| format!("{topic} · {}", listing.kind.name()))
}

/// "75 minutes, $45".
pub fn terms(listing: &Listing) -> String {
    format!("{} minutes, {}", listing.minutes, price(listing.price_cents))
}

/// One row of a list. `with_day`: the row says its day itself, because no heading does.
pub fn row(listing: &Listing, now: DateTime<Utc>, reader: Tz, with_day: bool) -> Option<GroupRow> {
    let next = listing.next?;
    let (hour, half) = clock_parts(next.viewer_time);
    let group_zone: Tz = listing.zone.parse().unwrap_or(reader);
    let beside = beside(next.starts_at, reader, group_zone);
    let day = with_day.then(|| near_day(next.starts_at, now, reader));
    let under_time = match (day, beside) {
        (Some(day), Some(beside)) => Some(format!("{day} · {beside}")),
        (day, beside) => day.or(beside),
    };
    Some(GroupRow {
        slug: listing.slug.clone(),
        title: listing.title.clone(),
        hour,
        half: half.to_owned(),
        under_time,
        about: about(listing),
        terms: terms(listing),
        leader: face(listing),
        seats: seat_line(listing),
    })
}

/// Rows under the days of their next meetings; in another order one section without a heading.
pub fn sections(listings: &[&Listing], sort: Sort, now: DateTime<Utc>, reader: Tz) -> Vec<DaySection> {
    if sort == Sort::Seats {
        let rows: Vec<_> = listings.iter().filter_map(|listing| row(listing, now, reader, true)).collect();
        return if rows.is_empty() {
            Vec::new()
        } else {
            vec![DaySection { name: String::new(), date: String::new(), rows }]
        };
    }
    let mut sections: Vec<DaySection> = Vec::new();
    for listing in listings {
        let Some(next) = listing.next else { continue };
        let Some(row) = row(listing, now, reader, false) else { continue };
        let name = day_name(next.starts_at, now, reader);
        let day = day_of(next.starts_at, reader);
        let weekday = weekday_name(weekday_at(next.starts_at, reader));
        let date = if name == weekday { month_day(day) } else { long_day(day) };
        match sections.last_mut() {
            Some(section) if section.date == date => section.rows.push(row),
            _ => sections.push(DaySection { name, date, rows: vec![row] }),
        }
    }
    sections
}

/// A day as a heading names it. Meetings of one day stand together, so that "tonight" is said only where all are.
fn day_name(at: DateTime<Utc>, now: DateTime<Utc>, reader: Tz) -> String {
    match near_day(at, now, reader).as_str() {
        "Tonight" | "Today" => "Today".to_owned(),
        "Tomorrow" => "Tomorrow".to_owned(),
        _ => weekday_name(weekday_at(at, reader)).to_owned(),
    }
}

/// "Tuesdays, 7:00 to 8:15 PM Eastern": how a group meets, in the week of its next meeting.
pub fn rhythm_of(listing: &Listing, reader: Tz) -> String {
    listing.next.map(|next| rhythm(next.usual_at, listing.minutes, reader)).unwrap_or_default()
}

/// Who writes, for the foot of a mail; before a practice was loaded, the product itself.
pub fn practice_line(practice: Option<&Practice>) -> PracticeLine {
    practice.map_or_else(
        || PracticeLine { name: "Common Ground".to_owned(), address: String::new(), phone: String::new() },
        |practice| PracticeLine {
            name: practice.name.clone(),
            address: practice.address.clone(),
            phone: practice.phone.clone(),
        },
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::{
        eligibility::Age,
        ids::{AccountId, EntryId},
        listing::tests::listing,
        place::Place,
        waiting::{Line, Vacancy, Waiter},
    };
    use uuid::Uuid;

    fn group(free: u8) -> Listing {
        listing("x", Kind::Therapy, Some(Topic::Anxiety), 19, free)
    }

    /// Two free seats, and somebody in line who lives in `state` and was offered the first of them before.
    pub fn listing_with_line(state: &str) -> Listing {
        let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let waiter = Waiter {
            entry: EntryId(Uuid::nil()),
            member: AccountId(Uuid::nil()),
            place: Place::parse(state),
            age: Age::SaysAdult,
            seated: false,
            told_skipped: false,
            offered: vec![first],
        };
        let vacancies = vec![Vacancy { seat: 1, id: Some(first) }, Vacancy { seat: 2, id: Some(second) }];
        Listing { waiting: 1, line: Line { waiters: vec![waiter], vacancies }, ..group(2) }
    }

    #[test]
    fn seats_are_spoken_for_only_where_none_can_be_held() {
        assert_eq!(seats_sentence(&group(0)), "All eight seats are taken.");
        assert_eq!(seats_sentence(&group(3)), "Three of eight seats are free.");
        let full = Listing { waiting: 2, ..group(0) };
        assert_eq!(seats_sentence(&full), "All eight seats are spoken for, and 2 people are in line.");
        let elsewhere = listing_with_line("PR");
        assert_eq!(seats_sentence(&elsewhere), "Two of eight seats are free.", "she cannot be offered one");
        let here = listing_with_line("NY");
        assert_eq!(seats_sentence(&here), "One of eight seats is free.", "the other one is for her");
        let line = Line { vacancies: here.line.vacancies[1..].to_vec(), ..here.line.clone() };
        let next = Listing { line, seats: group(1).seats, ..here };
        assert_eq!(seats_sentence(&next), "All eight seats are spoken for, and one person is in line.");
    }

    #[test]
    fn a_closed_group_has_no_seats_to_speak_of() {
        let closing = Listing { status: Status::Closed, ..group(8) };
        assert_eq!(seats_sentence(&closing), "This group comes to its end and takes nobody new.");
        assert_eq!(seat_line(&closing).text, "Takes nobody new");
        let ended = Listing { next: None, ..closing };
        assert_eq!(seats_sentence(&ended), "This group has ended.");
        let line = seat_line(&ended);
        assert_eq!((line.text.as_str(), line.sub.as_str()), ("Has ended", ""));
        let paused = Listing { next: None, ..group(8) };
        assert_eq!(seats_sentence(&paused), "No meeting is planned at the moment.");
        let line = seat_line(&paused);
        assert_eq!((line.text.as_str(), line.sub.as_str()), ("No meeting planned", ""));
    }

    #[test]
    fn a_length_is_said_in_its_largest_whole_unit() {
        for (seconds, words) in [
            (90, "90 seconds"),
            (600, "ten minutes"),
            (3600, "one hour"),
            (86_400, "24 hours"),
            (129_600, "36 hours"),
            (172_800, "two days"),
            (180_000, "50 hours"),
            (1_209_600, "14 days"),
        ] {
            assert_eq!(lasting(seconds), words);
        }
    }
}
