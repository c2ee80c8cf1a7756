//! Reminders of meetings and of offers, and changes of meetings: due in their time, from the state of that moment, once.

use crate::{
    seats::{House, practice},
    support::{Browser, TestApp},
};
use axum::http::StatusCode;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::America::New_York;
use common_ground::{
    commands,
    jobs::{self, Worker},
    server::{line::letters::moment, state::App},
};
use std::sync::Arc;
use uuid::Uuid;

mod dates;
mod late;
mod one_meeting;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The same application at another time; within the second after it, because offsets are whole seconds.
fn when(app: &App, now: DateTime<Utc>) -> App {
    let mut app = app.clone();
    let mut settings = (*app.settings).clone();
    settings.clock_offset_seconds = 0;
    let offset = (now - common_ground::server::state::machine_time()).num_seconds() + 1;
    settings.clock_offset_seconds = offset;
    app.settings = Arc::new(settings);
    app
}

/// Looks for reminders and changes at a time, and sends them.
pub async fn look(house: &House, now: DateTime<Utc>) {
    let worker = Worker::new(when(&house.test.app, now)).unwrap();
    jobs::changes::run(worker.clone()).await.unwrap();
    jobs::reminders::run(worker.clone()).await.unwrap();
    jobs::outbox::run(worker).await.unwrap();
}

/// Somebody with a seat in a circle.
async fn seated(house: &House, name: &str, slug: &str) -> Browser {
    let browser = house.member(name).await;
    house.lives(name, "NY").await;
    house.seat(name, slug).await;
    browser
}

/// Puts the next meeting of a circle to a time; gives its id.
pub async fn meet(house: &House, slug: &str, starts_at: DateTime<Utc>) -> Uuid {
    sqlx::query_scalar(
        "update meetings set starts_at = $2, ends_at = $2 + interval '75 minutes', told_sequence = sequence + 1
         where id = (select m.id from meetings m join groups g on g.id = m.group_id where slug = $1 and m.starts_at > now()
                     order by m.starts_at limit 1) returning id",
    )
    .bind(slug)
    .bind(starts_at)
    .fetch_one(&house.owner)
    .await
    .unwrap()
}

fn subjects(house: &House, name: &str) -> Vec<String> {
    let mails = house.test.mails(&format!("{name}@example.org"));
    mails.iter().map(|mail| mail.header("subject").unwrap_or_default().to_owned()).collect()
}

const DAY: &str = "Your circle meets soon";
const HOUR: &str = "Your circle begins shortly";
const CHANGED: &str = "A date of your circle has changed";
const ENDING: &str = "A seat waits for your answer";

#[tokio::test(flavor = "multi_thread")]
async fn a_day_and_an_hour_before_each_once_over_both_changes_of_clocks() {
    let house = House::new().await;
    seated(&house, "robin", "g0").await;
    // Sundays at 19:00 in New York, the days on which the clocks change.
    for start in ["2027-03-14T23:00:00Z", "2027-11-08T00:00:00Z"] {
        let before = house.test.mails("robin@example.org").len();
        let start = at(start);
        meet(&house, "g0", start).await;
        for (minutes, expected) in [
            (24 * 60 + 1, vec![]),
            (24 * 60, vec![DAY]),
            (24 * 60 - 5, vec![DAY]),
            (180, vec![DAY]),
            (61, vec![DAY]),
            (60, vec![DAY, HOUR]),
            (30, vec![DAY, HOUR]),
            (0, vec![DAY, HOUR]),
        ] {
            look(&house, start - Duration::minutes(minutes)).await;
            look(&house, start - Duration::minutes(minutes)).await;
            assert_eq!(subjects(&house, "robin")[before..], expected, "{minutes} minutes before {start}");
        }
        let mails = house.test.mails("robin@example.org");
        for mail in &mails[before..] {
            assert!(mail.text.contains("7:00 PM Eastern"), "{}", mail.text);
            for secret in ["anxiety", "Circle g0", "Ruth", "Robin"] {
                assert!(!mail.text.contains(secret) && !mail.html.contains(secret), "{secret}: {}", mail.text);
            }
        }
        // A mail may wait for the relay: it names the day, and no "tomorrow".
        let day = moment(start, New_York);
        let day = day.strip_suffix(", 7:00 PM Eastern").expect("seven in the evening");
        assert!(day.starts_with("Sunday, "), "{day}");
        for (mail, words) in mails[before..].iter().zip(["meets on", "begins on"]) {
            assert!(mail.text.contains(&format!("{words} {day}, 7:00 PM Eastern.")), "{}", mail.text);
            for word in ["tomorrow", "tonight", "today"] {
                assert!(!mail.text.to_lowercase().contains(word), "{word}: {}", mail.text);
            }
        }
        house.change("delete from outbox").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_down_reminds_of_what_still_helps() {
    let house = House::new().await;
    let start = house.test.app.now() + Duration::days(2);
    for (slug, name) in [("g0", "ada"), ("g1", "bo"), ("g2", "cy")] {
        seated(&house, name, slug).await;
    }
    meet(&house, "g0", start).await;
    meet(&house, "g1", start + Duration::minutes(100)).await;
    meet(&house, "g2", start + Duration::minutes(125)).await;
    // It comes back when the first has begun a second ago; the others begin in less and in more than two hours.
    look(&house, start + Duration::seconds(1)).await;
    assert_eq!(subjects(&house, "ada"), [""; 0]);
    assert_eq!(subjects(&house, "bo"), [""; 0], "the hour's reminder is near");
    assert_eq!(subjects(&house, "cy"), [DAY]);
    look(&house, start + Duration::minutes(95)).await;
    assert_eq!(subjects(&house, "bo"), [HOUR], "five minutes before is better than not at all");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_reminded_of_what_is_not_so() {
    let house = House::new().await;
    let start = house.test.app.now() + Duration::days(3);
    let names = ["ada", "bo", "cy", "di", "eve", "fay"];
    for (name, slug) in names.iter().zip(["g0", "g1", "g2", "g3", "g4", "g5"]) {
        seated(&house, name, slug).await;
        meet(&house, slug, start).await;
    }
    let of = |slug: &str| format!("group_id = (select id from groups where slug = '{slug}')");
    let mut owner = house.owner.acquire().await.unwrap();
    for sql in [
        format!("update reservations set ended_at = now(), end_reason = 'released' where {}", of("g0")),
        format!("update meetings set status = 'cancelled', told_sequence = sequence + 1 where {}", of("g1")),
        format!("update meetings set status = 'paused', told_sequence = sequence + 1 where {}", of("g2")),
        format!("insert into absences (meeting_id, member_id) select m.id, r.member_id from meetings m join reservations r using (group_id) where r.{}", of("g3")),
        "insert into mail_choices (account_id, day_before, hour_before) select id, false, false from accounts where email = 'eve@example.org'".to_owned(),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *owner).await.unwrap();
    }
    // Whoever takes a seat when the reminder would have been due has just read the time.
    seated(&house, "gus", "g6").await;
    meet(&house, "g6", start).await;
    sqlx::query("update reservations set confirmed_at = $1 where group_id = (select id from groups where slug = 'g6')")
        .bind(start - Duration::hours(20))
        .execute(&house.owner)
        .await
        .unwrap();
    for minutes in [1439, 59] {
        look(&house, start - Duration::minutes(minutes)).await;
    }
    assert_eq!(subjects(&house, "gus"), [HOUR]);
    for name in &names[..5] {
        assert_eq!(subjects(&house, name), [""; 0], "{name}");
    }
    assert_eq!(subjects(&house, "fay"), [DAY, HOUR]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_that_waited_asks_again_before_it_leaves() {
    let house = House::new().await;
    let start = house.test.app.now() + Duration::days(3);
    for (name, slug) in [("ada", "g0"), ("bo", "g1"), ("cy", "g2"), ("di", "g3")] {
        seated(&house, name, slug).await;
        meet(&house, slug, start).await;
    }
    let now = start - Duration::hours(20);
    let worker = Worker::new(when(&house.test.app, now)).unwrap();
    jobs::reminders::run(worker.clone()).await.unwrap();
    assert_eq!(house.count("select count(*) from outbox where sent_at is null").await, 4);
    // While they lie there, a seat is released, a meeting moved, an absence told.
    let g = |slug: &str| format!("(select id from groups where slug = '{slug}')");
    let mut owner = house.owner.acquire().await.unwrap();
    for sql in [
        format!("update reservations set ended_at = now(), end_reason = 'released' where group_id = {}", g("g0")),
        format!(
            "update meetings set starts_at = starts_at + interval '2 hours', ends_at = ends_at + interval '2 hours' where group_id = {}",
            g("g1")
        ),
        format!(
            "insert into absences (meeting_id, member_id) select m.id, r.member_id from meetings m join reservations r using (group_id) where r.group_id = {}",
            g("g2")
        ),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *owner).await.unwrap();
    }
    jobs::outbox::run(worker.clone()).await.unwrap();
    assert_eq!((subjects(&house, "ada"), subjects(&house, "bo"), subjects(&house, "cy")), (vec![], vec![], vec![]));
    assert_eq!(subjects(&house, "di"), [DAY]);
    assert_eq!(house.count("select count(*) from outbox where last_error = 'ended'").await, 3);
    // She takes her absence back, and the moved meeting has a day before it again: what never left may still be written.
    house.change("delete from absences").await;
    look(&house, now + Duration::minutes(5)).await;
    assert_eq!(subjects(&house, "cy"), [DAY]);
    assert_eq!(subjects(&house, "bo"), [CHANGED, DAY]);
    assert_eq!(subjects(&house, "di"), [DAY], "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_that_moves_after_its_reminder_is_reminded_of_again() {
    let house = House::new().await;
    let start = house.test.app.now() + Duration::days(2);
    seated(&house, "robin", "g0").await;
    meet(&house, "g0", start).await;
    look(&house, start - Duration::hours(20)).await;
    assert_eq!(subjects(&house, "robin"), [DAY]);
    // It moves by three days; a day before the new time is another day.
    let moved = start + Duration::days(3);
    sqlx::query("update meetings set starts_at = $1, ends_at = $1 + interval '75 minutes' where starts_at = $2")
        .bind(moved)
        .bind(start)
        .execute(&house.owner)
        .await
        .unwrap();
    for hours in [20, 19] {
        look(&house, moved - Duration::hours(hours)).await;
    }
    assert_eq!(subjects(&house, "robin"), [DAY, CHANGED, DAY]);
    let mails = house.test.mails("robin@example.org");
    assert!(mails[2].text.contains(&moment(moved, New_York)), "{}", mails[2].text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_told_of_only_while_it_can_be_answered() {
    const MADE: &str = "select count(*) from outbox where kind = 'offer_made' and sent_at is not null";
    let house = House::new().await;
    house.fill("g0", 7).await;
    let worker = Worker::new(house.test.app.clone()).unwrap();
    for name in ["ada", "bo"] {
        house.member(name).await;
        house.lives(name, "NY").await;
        house.wait(name, "g0").await;
    }
    jobs::line::run(worker.clone()).await.unwrap();
    let tied = "select count(*) from outbox o join offers f on f.id = o.about_offer
                where kind = 'offer_made' and abs(extract(epoch from o.expires_at - f.ends_at)) <= 1";
    assert_eq!(house.count(tied).await, 1, "it goes with the offer");
    // The relay is away until the offer is over, which then nobody is told of as if it stood.
    house.change("update offers set offered_at = now() - interval '13 hours', ends_at = now() - interval '1 hour' where closed_at is null").await;
    house.change("update seats s set held_until = o.ends_at from offers o where o.id = s.offer_id").await;
    jobs::line::run(worker.clone()).await.unwrap();
    jobs::outbox::run(worker.clone()).await.unwrap();
    assert_eq!(house.count("select count(*) from outbox where kind = 'offer_made' and last_error = 'ended'").await, 1);
    assert_eq!(house.count(MADE).await, 1, "the next in line is told of hers");
    let told: String =
        sqlx::query_scalar("select to_address from outbox where kind = 'offer_made' and sent_at is not null")
            .fetch_one(&house.owner)
            .await
            .unwrap();
    assert_eq!(told, "bo@example.org");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_nearly_ends_is_said_once_and_not_at_night() {
    let house = House::new().await;
    for name in ["ada", "bo", "cy", "di"] {
        house.member(name).await;
    }
    // Made twelve hours ago: `left` is how long it still lasts.
    let offers =
        [("ada", "g0", "3 hours"), ("bo", "g1", "90 minutes"), ("cy", "g2", "90 minutes"), ("di", "g3", "90 minutes")];
    for (name, slug, left) in offers {
        house.offer(name, slug).await;
        let sql = format!(
            "update offers set offered_at = now() + interval '{left}' - interval '12 hours', ends_at = now() + interval '{left}'
             where member_id = (select id from accounts where email = '{name}@example.org')"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&house.owner).await.unwrap();
    }
    house.change("update seats s set held_until = o.ends_at from offers o where o.id = s.offer_id").await;
    house.change("insert into mail_choices (account_id, offer_ending) select id, false from accounts where email = 'cy@example.org'").await;
    // For one of them it is night now.
    let hour: i32 = sqlx::query_scalar("select extract(hour from now() at time zone 'UTC')::int")
        .fetch_one(&house.owner)
        .await
        .unwrap();
    let zones = [
        "Pacific/Pago_Pago",
        "Pacific/Honolulu",
        "America/Los_Angeles",
        "America/New_York",
        "UTC",
        "Africa/Lagos",
        "Asia/Kolkata",
        "Asia/Tokyo",
        "Pacific/Auckland",
    ];
    let now = common_ground::server::state::machine_time();
    let local = |zone: &str| {
        use chrono::Timelike as _;
        now.with_timezone(&zone.parse::<chrono_tz::Tz>().unwrap()).hour()
    };
    let night = zones
        .iter()
        .find(|zone| [0, 1, 2, 3, 4, 5, 23].contains(&local(zone)))
        .unwrap_or_else(|| panic!("no night at {hour}"));
    let noon = zones.iter().find(|zone| (9..=20).contains(&local(zone))).unwrap();
    for (name, zone) in [("ada", noon), ("bo", noon), ("cy", noon), ("di", night)] {
        sqlx::query("insert into members (account_id, zone) select id, $2 from accounts where email = $1 on conflict (account_id) do update set zone = excluded.zone")
            .bind(format!("{name}@example.org"))
            .bind(*zone)
            .execute(&house.owner)
            .await
            .unwrap();
    }
    let mut app = house.test.app.clone();
    let mut settings = (*app.settings).clone();
    settings.quiet_hours = Some(common_ground::server::settings::QuietHours { from: 22, to: 8 });
    app.settings = Arc::new(settings);
    let worker = Worker::new(app).unwrap();
    for _ in 0..2 {
        jobs::reminders::run(worker.clone()).await.unwrap();
        jobs::outbox::run(worker.clone()).await.unwrap();
    }
    let ending = |name| subjects(&house, name).iter().filter(|subject| *subject == ENDING).count();
    assert_eq!(["ada", "bo", "cy", "di"].map(ending), [0, 1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn she_chooses_which_mails_she_wants() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    let page = robin.get("/account/mails").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.body.matches("checked").count(), 4, "all, until she chooses: {}", page.body);
    let kept = robin.submit("/api/account/mails", &[("day_before", "true"), ("meeting_changes", "true")]).await;
    assert!(kept.body.contains("Your choice is kept."), "{}", kept.body);
    assert_eq!(kept.body.matches("checked").count(), 2, "{}", kept.body);
    let again = robin.submit("/api/account/mails", &[("day_before", "true"), ("meeting_changes", "true")]).await;
    assert!(again.body.contains("Nothing was changed."));
    let stored: (bool, bool, bool, bool) =
        sqlx::query_as("select day_before, hour_before, meeting_changes, offer_ending from mail_choices")
            .fetch_one(&house.owner)
            .await
            .unwrap();
    assert_eq!(stored, (true, false, true, false));
    assert_eq!(house.count("select count(*) from audit_events where action = 'mail choices changed'").await, 1);
}

/// A demo practice at which nothing is due: reminders of everybody come in their time and no sooner.
#[tokio::test(flavor = "multi_thread")]
async fn every_seat_is_reminded_of_its_next_meeting_once() {
    let test = TestApp::new().await;
    let today = test.app.now().with_timezone(&New_York).date_naive();
    commands::practice::load(&test.app, &practice::file(), today).await.unwrap();
    let owner = sqlx::PgPool::connect(&test.owner_url).await.unwrap();
    let house = House { test, owner };
    house.fill("g0", 8).await;
    house.fill("g1", 8).await;
    let start = house.test.app.now() + Duration::days(2);
    meet(&house, "g0", start).await;
    meet(&house, "g1", start).await;
    let workers = [0, 1].map(|_| Worker::new(when(&house.test.app, start - Duration::hours(23))).unwrap());
    let [one, two] = workers;
    let (first, second) = tokio::join!(jobs::reminders::run(one), jobs::reminders::run(two));
    first.unwrap();
    second.unwrap();
    assert_eq!(house.count("select count(*) from outbox where kind = 'meeting_day'").await, 16);
    assert_eq!(house.count("select count(distinct event_key) from outbox").await, 16);
    assert_eq!(house.count("select count(*) from outbox where about_meeting is null").await, 0);
}
