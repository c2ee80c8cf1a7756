//! Changes of meetings, and the calendar files in mails: they read back with the right instants, and a calendar knows again
//! what it has.

use super::{CHANGED, at, look, subjects};
use crate::{
    post::calendars,
    seats::{House, assert_confirmed, confirm},
};
use chrono::{DateTime, Duration, TimeZone as _, Utc};
use chrono_tz::America::New_York;
use common_ground::{commands, mail::eml::Eml};
use icalendar::{Calendar, CalendarDateTime, Component as _, DatePerhapsTime, Event, EventStatus};

/// The calendar file of the newest mail with this subject.
fn file(house: &House, name: &str, subject: &str) -> (Eml, Calendar) {
    let mails = house.test.mails(&format!("{name}@example.org"));
    let mail = mails
        .into_iter()
        .rev()
        .find(|mail| mail.header("subject") == Some(subject))
        .unwrap_or_else(|| panic!("no mail “{subject}”"));
    let text = mail.calendar.clone().expect("a calendar file");
    assert!(text.lines().all(|line| line.len() <= 75), "lines are folded: {text}");
    for secret in ["anxiety", "Circle g", "Ruth", "obin"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let calendar = text.replace("\r\n", "\n").replace('\n', "\r\n").parse().expect("a calendar");
    (mail, calendar)
}

fn instant(event: &Event) -> DateTime<Utc> {
    let Some(DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, tzid })) = event.get_start() else {
        panic!("{event:?}")
    };
    let zone: chrono_tz::Tz = tzid.parse().expect("a zone");
    zone.from_local_datetime(&date_time).earliest().expect("an instant").to_utc()
}

fn sequence(event: &Event) -> u32 {
    event.property_value("SEQUENCE").expect("a SEQUENCE").parse().unwrap()
}

fn all(calendar: &Calendar) -> Vec<(String, u32, Option<EventStatus>, DateTime<Utc>)> {
    calendar
        .events()
        .map(|event| (event.get_uid().unwrap().to_owned(), sequence(event), event.get_status(), instant(event)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmed_moved_cancelled_and_released_are_one_story_to_a_calendar() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    // Her neighbour wants to hear of no changes.
    super::seated(&house, "wren", "g0").await;
    house.change("insert into mail_choices (account_id, meeting_changes) select id, false from accounts where email = 'wren@example.org'").await;
    house.test.work().await;
    let (_, first) = file(&house, "robin", "Your seat is reserved");
    assert_eq!(first.property_value("METHOD"), Some("PUBLISH"));
    let begun = all(&first);
    assert!(
        begun.len() >= 10
            && begun.iter().all(|(_, number, status, _)| (*number, *status) == (0, Some(EventStatus::Confirmed)))
    );
    let meetings: Vec<DateTime<Utc>> = sqlx::query_scalar(
        "select starts_at from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at",
    )
    .fetch_all(&house.owner)
    .await
    .unwrap();
    assert_eq!(begun.iter().map(|one| one.3).collect::<Vec<_>>(), meetings);

    // One is moved by a day and one does not take place, by whatever program.
    house.change("update meetings set starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day' where id = (select m.id from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at offset 1 limit 1)").await;
    house.change("update meetings set status = 'cancelled' where id = (select m.id from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at offset 2 limit 1)").await;
    look(&house, house.test.app.now()).await;
    look(&house, house.test.app.now()).await;
    assert_eq!(
        subjects(&house, "robin").iter().filter(|subject| *subject == CHANGED).count(),
        1,
        "both in one mail, once"
    );
    assert_eq!(subjects(&house, "wren"), [""; 0], "who wants none gets none");
    let (mail, changed) = file(&house, "robin", CHANGED);
    assert!(mail.text.contains("Meets at: ") && mail.text.contains("Does not meet: "), "{}", mail.text);
    assert_eq!(changed.property_value("METHOD"), Some("PUBLISH"));
    assert_eq!(
        all(&changed),
        [
            (begun[1].0.clone(), 1, Some(EventStatus::Confirmed), meetings[1] + Duration::days(1)),
            (begun[2].0.clone(), 1, Some(EventStatus::Cancelled), meetings[2]),
        ]
    );

    // She gives the seat back: all that she has is taken out, with a higher number each.
    let key = common_ground::server::state::new_key().to_string();
    robin.post("/api/seats/release", &[("slug", "g0"), ("key", &key)]).await;
    house.test.work().await;
    let (file_of, released) = file(&house, "robin", "Your seat is released");
    assert_eq!(released.property_value("METHOD"), Some("CANCEL"));
    if let Some(read) = calendars::read(&file_of.calendar.unwrap()) {
        assert_eq!(read.method.as_deref(), Some("CANCEL"));
        assert!(read.events.iter().all(|event| event.status == "CANCELLED" && event.sequence > 0), "{read:?}");
    }
    let ended = all(&released);
    assert_eq!(ended.iter().map(|one| &one.0).collect::<Vec<_>>(), begun.iter().map(|one| &one.0).collect::<Vec<_>>());
    assert!(ended.iter().all(|one| one.2 == Some(EventStatus::Cancelled)));
    assert_eq!(ended.iter().take(4).map(|one| one.1).collect::<Vec<_>>(), [1, 2, 2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_closes_takes_its_later_dates_out_and_tells_once() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g1").await;
    assert_confirmed(&confirm(&mut robin, "g1").await, "g1");
    let meetings: Vec<DateTime<Utc>> = sqlx::query_scalar(
        "select starts_at from meetings m join groups g on g.id = m.group_id where slug = 'g1' and starts_at > now() order by starts_at",
    )
    .fetch_all(&house.owner)
    .await
    .unwrap();
    let last = meetings[1].with_timezone(&New_York).date_naive();
    commands::group::close(&house.test.app, "g1", last).await.unwrap();
    house.test.work().await;
    let (_, closed) = file(&house, "robin", "A circle of yours ends");
    let status: Vec<_> = all(&closed).into_iter().map(|one| (one.1, one.2)).collect();
    assert_eq!(status[..2], [(0, Some(EventStatus::Confirmed)); 2]);
    assert!(status[2..].iter().all(|one| *one == (1, Some(EventStatus::Cancelled))) && status.len() >= 10);
    assert!(!subjects(&house, "robin").contains(&CHANGED.to_owned()), "one mail tells it");
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_keep_their_wall_time_across_the_changes_of_clocks() {
    let house = House::new().await;
    let robin = house.ready("robin", "g0").await;
    let starts =
        ["2027-03-08T00:00:00Z", "2027-03-14T23:00:00Z", "2027-11-07T23:00:00Z", "2027-11-08T00:00:00Z"].map(at);
    house.change("delete from meetings where group_id = (select id from groups where slug = 'g0') and starts_at > now() + interval '9 days'").await;
    for (start, week) in starts.iter().zip(["2027-03-01", "2027-03-08", "2027-11-01", "2027-11-08"]) {
        sqlx::query("insert into meetings (id, group_id, week, starts_at, ends_at) select gen_random_uuid(), id, $2::date, $1, $1 + interval '75 minutes' from groups where slug = 'g0'")
            .bind(start)
            .bind(week.parse::<chrono::NaiveDate>().unwrap())
            .execute(&house.owner)
            .await
            .unwrap();
    }
    let mut robin = robin;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    house.test.work().await;
    let (mail, calendar) = file(&house, "robin", "Your seat is reserved");
    let found: Vec<_> = all(&calendar).into_iter().map(|one| one.3).collect();
    assert_eq!(found[found.len() - 4..], starts);
    let text = mail.calendar.unwrap();
    assert!(
        text.contains("TZID:America/New_York")
            && text.contains("DTSTART:20270314T020000")
            && text.contains("DTSTART:20271107T020000"),
        "{text}"
    );
    assert!(text.contains("TZID=America/New_York:20270314T190000"), "{text}");
    if let Some(read) = calendars::read(&text) {
        let found: Vec<_> = read.events.iter().map(|event| (event.starts_at, event.ends_at)).collect();
        assert_eq!(found[found.len() - 4..], starts.map(|start| (start, start + Duration::minutes(75))));
        assert_eq!(read.method.as_deref(), Some("PUBLISH"));
        assert!(read.events.iter().all(|event| event.sequence == 0 && event.status == "CONFIRMED"), "{read:?}");
    }
}
