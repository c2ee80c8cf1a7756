//! The weekly mail: each window once, and in it what is new, to whom it fits.
//!
//! The practice is that of the tests of seats. Its groups have begun no cycle, so that they take members on every day of
//! these tests, which go on for a year.

use crate::{
    seats::House,
    support::{Browser, TestApp},
};
use chrono::{DateTime, TimeDelta, Utc, Weekday};
use chrono_tz::America::New_York;
use common_ground::{
    domain::digest::WeekHour,
    jobs,
    server::{
        digests::{self, Mode, Ran},
        state::{App, machine_time},
    },
    store::Actor,
};
use sqlx::Row as _;
use std::sync::Arc;

mod mails;
mod news;
mod office;
mod windows;

/// A practice with people who want to hear of it.
struct Post {
    house: House,
}

impl Post {
    async fn new() -> Self {
        let house = House::new().await;
        house.change("update groups set cycle_began_on = '2099-01-01'").await;
        Self { house }
    }

    /// The application with its clock at a moment.
    fn at(&self, moment: DateTime<Utc>) -> App {
        let app = &self.house.test.app;
        let mut settings = (*app.settings).clone();
        settings.clock_offset_seconds = (moment - machine_time()).num_seconds();
        App { settings: Arc::new(settings), ..app.clone() }
    }

    /// The same with everything that a browser needs.
    fn open_at(&self, moment: DateTime<Utc>) -> TestApp {
        let test = &self.house.test;
        let offset = (moment - machine_time()).num_seconds();
        let url = test.app.settings.database_url.clone().unwrap();
        TestApp::over(url, test.owner_url.clone(), |settings| settings.clock_offset_seconds = offset)
    }

    /// Somebody's browser in an application with another clock.
    fn browser_of(test: &TestApp, browser: &Browser) -> Browser {
        let mut there = test.browser();
        there.cookies.clone_from(&browser.cookies);
        there
    }

    /// A run of the worker at a moment, with the meetings of that time.
    async fn run(&self, moment: DateTime<Utc>) -> Ran {
        let app = self.at(moment);
        jobs::meetings::materialise(&app.store, moment).await.unwrap();
        digests::run(&app, &Mode::Write(Actor::Worker), &|_| ()).await.unwrap()
    }

    /// Somebody who hears of everything, on Mondays at nine in New York, and has confirmed on Saturday.
    async fn subscribe(&self, email: &str) {
        sqlx::query(
            "insert into subscribers (id, email, status, zone, consent_version, consent_text, confirmed_at)
             values (gen_random_uuid(), $1, 'confirmed', 'America/New_York', '1', 'Yes', $2)",
        )
        .bind(email)
        .bind(monday(0) - TimeDelta::days(2))
        .execute(&self.house.owner)
        .await
        .unwrap();
    }

    /// The windows of somebody: end, status, groups.
    async fn windows(&self, email: &str) -> Vec<(DateTime<Utc>, String, i16)> {
        let rows = sqlx::query(
            "select d.ends_at, d.status, d.groups from digests d join subscribers s on s.id = d.subscriber_id where email = $1 order by 1",
        )
        .bind(email)
        .fetch_all(&self.house.owner)
        .await
        .unwrap();
        rows.into_iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
    }

    /// The mails to somebody, text and HTML.
    async fn mails(&self, email: &str) -> Vec<(String, String)> {
        let rows = sqlx::query(
            "select words.text_body, words.html_body from outbox join outbox_words words using (id)
             where to_address = $1 and kind = 'digest' order by created_at, event_key",
        )
        .bind(email)
        .fetch_all(&self.house.owner)
        .await
        .unwrap();
        rows.into_iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// The groups that the last mail to somebody links to.
    async fn told(&self, email: &str) -> Vec<String> {
        let mails = self.mails(email).await;
        let Some((text, _)) = mails.last() else { return Vec::new() };
        let mut slugs = Vec::new();
        for line in text.lines() {
            let Some(id) = line.strip_prefix(&format!("{}/groups/", crate::support::PUBLIC_URL)) else { continue };
            let slug = sqlx::query_scalar("select slug from groups where id::text = $1 or slug = $1");
            slugs.push(slug.bind(id).fetch_one(&self.house.owner).await.unwrap());
        }
        slugs.sort();
        slugs
    }
}

/// Nine on the Monday so many weeks after the next one, in New York.
fn nine(weeks: i64) -> DateTime<Utc> {
    let hour = WeekHour { weekday: Weekday::Mon, hour: 9 };
    let next = hour.next(&New_York, machine_time() + TimeDelta::days(2));
    hour.next(&New_York, next + TimeDelta::days(7 * weeks) - TimeDelta::hours(2))
}

/// A moment later, when the window that ended then is looked at.
fn monday(weeks: i64) -> DateTime<Utc> {
    nine(weeks) + TimeDelta::seconds(90)
}
