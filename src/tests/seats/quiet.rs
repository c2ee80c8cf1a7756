//! Offers and quiet hours, as the database and the mails have them. The hours are those on the wall of whoever is offered a
//! seat, and no clock is turned: each member lives where it is as late as the test needs it.

use super::{House, SEATS, offers::accept};
use crate::support::TestApp;
use axum::http::StatusCode;
use chrono::{DateTime, Days, Duration, NaiveTime, TimeZone as _, Timelike as _, Utc};
use chrono_tz::Tz;
use common_ground::server::settings::QuietHours;

/// A zone without any change of its clocks in which it is this hour at that time.
fn where_it_is(hour: i64, at: DateTime<Utc>) -> Tz {
    let mut east = (hour - i64::from(at.hour())).rem_euclid(24);
    if east > 12 {
        east -= 24;
    }
    // These names count the other way round.
    let name = if east > 0 { format!("Etc/GMT-{east}") } else { format!("Etc/GMT+{}", -east) };
    name.parse().unwrap()
}

/// Nine in the morning after that evening.
fn nine_after(at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let morning =
        (at.with_timezone(&zone).date_naive() + Days::new(1)).and_time(NaiveTime::from_hms_opt(9, 0, 0).unwrap());
    zone.from_local_datetime(&morning).unwrap().to_utc()
}

/// A full group whose offers do not end between 22 and 8, with these people in line, each in a zone of her own.
async fn house_at_night(line: &[(&str, Tz)]) -> House {
    let mut house = House::new().await;
    let (url, owner_url) = (house.test.app.settings.database_url.clone().unwrap(), house.test.owner_url.clone());
    house.test = TestApp::over(url, owner_url, |settings| settings.quiet_hours = Some(QuietHours { from: 22, to: 8 }));
    house.fill("g0", SEATS).await;
    for (name, zone) in line {
        house.member(name).await;
        house.wait(name, "g0").await;
        sqlx::query("update members set zone = $2 where account_id = $1")
            .bind(house.account(name).await)
            .bind(zone.name())
            .execute(&house.owner)
            .await
            .unwrap();
    }
    house
}

impl House {
    /// When the offer of somebody was made and when it ends; her seat is held until then.
    async fn offered(&self, name: &str) -> (DateTime<Utc>, DateTime<Utc>) {
        let (made, ends, held): (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>) = sqlx::query_as(
            "select o.offered_at, o.ends_at, s.held_until from offers o join seats s on s.offer_id = o.id
             where o.member_id = $1 and o.closed_at is null",
        )
        .bind(self.account(name).await)
        .fetch_one(&self.owner)
        .await
        .unwrap();
        assert_eq!(ends, held);
        (made, ends)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_would_end_in_the_night_ends_at_nine_and_says_so() {
    let end = TestApp::new().await.app.now() + Duration::hours(12);
    let (night, noon) = (where_it_is(23, end), where_it_is(12, end));
    let house = house_at_night(&[("wren", night), ("ida", noon)]).await;
    for _ in 0..2 {
        house.free_one("g0").await;
    }
    house.test.work().await;
    let (made, ends) = house.offered("wren").await;
    assert_eq!(ends, nine_after(made + Duration::hours(12), night), "{night}");
    let told = house.mailed("wren", "offer_made").await;
    assert!(told.len() == 1 && told[0].contains("9:00 AM"), "{told:?}");
    let (made, ends) = house.offered("ida").await;
    assert_eq!(ends - made, Duration::hours(12), "{noon}");
    let told = house.mailed("ida", "offer_made").await;
    let clock = ends.with_timezone(&noon).format("%-I:%M %p").to_string();
    assert!(told.len() == 1 && told[0].contains(&clock), "{clock}: {told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_accepts_late_in_the_evening_has_until_the_morning() {
    // Two holds later it is past ten at one's place and past noon at the other's.
    let later = TestApp::new().await.app.now() + Duration::minutes(20);
    let (night, noon) = (where_it_is(23, later), where_it_is(12, later));
    let house = house_at_night(&[("wren", night), ("ida", noon)]).await;
    for _ in 0..2 {
        house.free_one("g0").await;
    }
    house.test.work().await;
    house.change("update seats set held_until = now() + interval '1 minute' where state = 'offered'").await;
    house.change("update offers set ends_at = now() + interval '1 minute' where closed_at is null").await;
    for name in ["wren", "ida"] {
        let mut browser = house.test.browser();
        browser.cookies.insert("session".to_owned(), format!("token of {name}"));
        let offer = house.offer_of(name, "g0").await.unwrap();
        assert_eq!(accept(&mut browser, offer).await.status, StatusCode::OK);
    }
    assert_eq!(house.offered("wren").await.1, nine_after(later, night), "{night}");
    let left = house.offered("ida").await.1 - house.test.app.now();
    assert!(left > Duration::minutes(19) && left <= Duration::minutes(20), "{noon}: {left}");
}
