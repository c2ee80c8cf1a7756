//! The calendar feed: parsed as a calendar would, with the instants of the meetings, also where the clocks change.

use crate::{
    post::calendars,
    seats::{House, assert_confirmed, confirm},
    support::{Answer, Browser, PUBLIC_URL},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use chrono::{DateTime, TimeZone as _, Utc};
use common_ground::{
    domain::ids::MeetingId, server::calendar::feed::write, server::state::new_key, store::calendar_feeds::FeedEvent,
};
use icalendar::{Calendar, CalendarDateTime, Component, DatePerhapsTime, Event, EventStatus};

/// Makes the feed and gives the path that the page shows, once.
async fn make(browser: &mut Browser) -> String {
    let page = browser.submit("/api/account/calendar-make", &[]).await;
    let url = page.body.split("id=\"feed\"").nth(1).expect("the address").split("value=\"").nth(1).unwrap();
    let url = url.split('"').next().unwrap().to_owned();
    assert!(!browser.get("/account/calendar").await.body.contains(&url), "it is shown once");
    url.strip_prefix(PUBLIC_URL).expect("on this site").to_owned()
}

fn parse(text: &str) -> Calendar {
    assert!(text.lines().all(|line| line.len() <= 75), "lines are folded");
    assert_eq!(text.matches("\r\n").count(), text.matches('\n').count());
    text.parse().expect("a calendar")
}

/// When an event begins, resolved with the zones of the program.
fn instant(event: &Event) -> DateTime<Utc> {
    let Some(DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, tzid })) = event.get_start() else {
        panic!("{event:?}")
    };
    // A wall time that comes twice is the first (RFC 5545, 3.3.5).
    let zone: chrono_tz::Tz = tzid.parse().expect("a zone");
    zone.from_local_datetime(&date_time).earliest().expect("an instant").to_utc()
}

fn sequence(event: &Event) -> u32 {
    event.property_value("SEQUENCE").expect("a SEQUENCE").parse().unwrap()
}

async fn events(browser: &mut Browser, path: &str) -> Vec<Event> {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/calendar; charset=utf-8");
    assert!(answer.body.contains("BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\n"), "{}", answer.body);
    for secret in ["anxiety", "Circle g0", "Ruth", "robin", "Robin"] {
        assert!(!answer.body.contains(secret), "{secret}: {}", answer.body);
    }
    parse(&answer.body).events().cloned().collect()
}

#[test]
fn meetings_stay_at_their_wall_time_across_the_change_of_clocks() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    // Sundays at 19:00 in New York around 2027-03-14 and 2027-11-07, and one in the repeated hour.
    let starts = [
        "2027-03-08T00:00:00Z",
        "2027-03-14T23:00:00Z",
        "2027-03-21T23:00:00Z",
        "2027-11-07T05:30:00Z",
        "2027-11-08T00:00:00Z",
    ];
    let events: Vec<_> = starts
        .iter()
        .map(|start| FeedEvent {
            id: MeetingId(new_key()),
            starts_at: at(start),
            ends_at: at(start) + chrono::Duration::minutes(75),
            zone: "America/New_York".to_owned(),
            weekday: chrono::Weekday::Sun,
            sequence: 0,
            changed_at: at("2027-01-01T00:00:00Z"),
            cancelled: false,
        })
        .collect();
    let text = write(&events, PUBLIC_URL);
    let calendar = parse(&text);
    let found: Vec<_> = calendar.events().map(instant).collect();
    assert_eq!(found, starts.map(at));
    for wall in [
        "TZID=America/New_York:20270307T190000",
        "TZID=America/New_York:20270314T190000",
        "TZID=America/New_York:20271107T190000",
    ] {
        assert!(text.contains(&format!("DTSTART;{wall}")), "{wall}: {text}");
    }
    // Whoever has no zone data reads them from the file.
    assert!(text.contains("DTSTART:20270314T020000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400"), "{text}");
    assert!(text.contains("DTSTART:20271107T020000\r\nTZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500"), "{text}");
    assert!(text.find("BEGIN:VTIMEZONE").unwrap() < text.find("BEGIN:VEVENT").unwrap());
    assert_eq!(write(&events, PUBLIC_URL), text, "the same every time");
    if let Some(read) = calendars::read(&text) {
        assert_eq!(read.events.iter().map(|event| event.starts_at).collect::<Vec<_>>(), starts.map(at));
        assert_eq!(read.zones, ["Own/New_York"]);
        // A wall time that comes twice is the first, so the end of the one in that hour says nothing.
        for (event, of) in read.events.iter().zip(&events).filter(|(event, _)| event.starts_at != at(starts[3])) {
            assert_eq!(event.ends_at, of.ends_at);
            assert_eq!(event.uid, format!("{}@127.0.0.1", of.id));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn moved_cancelled_released_and_taken_again() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    let path = make(&mut robin).await;
    let mut calendar = house.test.browser();
    let first = events(&mut calendar, &path).await;
    assert!(first.len() >= 10, "{}", first.len());
    let meetings: Vec<(uuid::Uuid, DateTime<Utc>)> = sqlx::query_as(
        "select m.id, m.starts_at from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at",
    )
    .fetch_all(&house.owner)
    .await
    .unwrap();
    assert_eq!(first.iter().map(instant).collect::<Vec<_>>(), meetings.iter().map(|(_, at)| *at).collect::<Vec<_>>());
    assert!(first.iter().all(|event| sequence(event) == 0 && event.get_status() == Some(EventStatus::Confirmed)));
    assert!(first.iter().all(|event| event.get_summary().is_some_and(|summary| summary.starts_with("A circle on "))));

    house.change("update meetings set starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour' where id = (select m.id from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at offset 1 limit 1)").await;
    house.change("update meetings set status = 'cancelled' where id = (select m.id from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at offset 2 limit 1)").await;
    let second = events(&mut calendar, &path).await;
    assert_eq!(
        second.iter().map(|event| event.get_uid()).collect::<Vec<_>>(),
        first.iter().map(|event| event.get_uid()).collect::<Vec<_>>()
    );
    assert_eq!(second.iter().take(4).map(sequence).collect::<Vec<_>>(), [0, 1, 1, 0]);
    assert_eq!(instant(&second[1]), meetings[1].1 + chrono::Duration::hours(1));
    assert_eq!(second[2].get_status(), Some(EventStatus::Cancelled));

    let key = new_key().to_string();
    robin.call("/api/seats/release", &[("slug", "g0"), ("key", &key)]).await;
    let third = events(&mut calendar, &path).await;
    assert_eq!(third.len(), second.len());
    for (before, after) in second.iter().zip(&third) {
        assert_eq!(after.get_status(), Some(EventStatus::Cancelled));
        assert!(sequence(after) > sequence(before) && before.get_uid() == after.get_uid());
    }
    // Coming back: the same events live again, with numbers that rose once more.
    crate::seats::hold(&mut robin, "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    let fourth = events(&mut calendar, &path).await;
    assert_eq!(fourth[0].get_status(), Some(EventStatus::Confirmed));
    assert_eq!(fourth[2].get_status(), Some(EventStatus::Cancelled), "the meeting itself is");
    assert!(third.iter().zip(&fourth).all(|(before, after)| sequence(after) > sequence(before)));
}

async fn ask(house: &House, path: &str, tag: &str) -> Answer {
    let request = Request::builder().uri(path).header(header::IF_NONE_MATCH, tag);
    house.test.browser().send(request, Body::empty()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_secret_can_be_changed_and_is_not_fetched_twice() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    house.seat("robin", "g0").await;
    let path = make(&mut robin).await;
    let answer = house.test.browser().get(&path).await;
    assert_eq!(answer.headers["x-robots-tag"], "noindex");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    let tag = answer.headers[header::ETAG].to_str().unwrap().to_owned();
    let same = ask(&house, &path, &format!("\"x\", W/{tag}")).await;
    assert_eq!((same.status, same.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(same.headers[header::ETAG].to_str().unwrap(), tag);
    house.change("update meetings set status = 'cancelled' where starts_at > now()").await;
    assert_eq!(ask(&house, &path, &tag).await.status, StatusCode::OK);

    // Only the hash is stored.
    let token = path.trim_start_matches("/calendar/").trim_end_matches(".ics").to_owned();
    assert_eq!(token.len(), 48);
    let stored: Vec<String> =
        sqlx::query_scalar("select calendar_feeds::text || audit_events::text from calendar_feeds, audit_events")
            .fetch_all(&house.owner)
            .await
            .unwrap();
    assert!(stored.iter().all(|row| !row.contains(&token)));
    for wrong in
        ["/calendar/.ics", "/calendar/none.ics", "/calendar/none", &path[..path.len() - 4], &path.to_uppercase()]
    {
        assert_eq!(house.test.browser().get(wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    let next = make(&mut robin).await;
    assert_ne!(next, path);
    assert_eq!(house.test.browser().get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.test.browser().get(&next).await.status, StatusCode::OK);
    let off = robin.submit("/api/account/calendar-stop", &[]).await;
    assert!(off.body.contains("The feed is off."), "{}", off.body);
    assert_eq!(house.test.browser().get(&next).await.status, StatusCode::NOT_FOUND);
}
