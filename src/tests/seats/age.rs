//! Groups are for people of 18 and older, and the date of birth of anybody younger is kept nowhere.

use super::{House, about, assert_held, confirm, hold, refusal};
use axum::http::StatusCode;
use chrono::{Datelike as _, NaiveDate};
use common_ground::error::AppError;

impl House {
    /// The date of birth of somebody who turns 18 so many days after the next meeting of a group.
    async fn birth(&self, slug: &str, days: i32) -> NaiveDate {
        sqlx::query_scalar(
            "select ((starts_at at time zone zone)::date - interval '18 years')::date + $2 from meetings join groups g on g.id = group_id
             where slug = $1 and ends_at > now() order by starts_at limit 1",
        )
        .bind(slug)
        .bind(days)
        .fetch_one(&self.owner)
        .await
        .unwrap()
    }
}

/// Where a date can hide: every row of every table, as text.
async fn assert_kept_nowhere(house: &House, date: NaiveDate) {
    let tables: Vec<String> = sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public'")
        .fetch_all(&house.owner)
        .await
        .unwrap();
    assert!(tables.iter().any(|table| table == "members"));
    for table in tables {
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table} t where t::text like '%' || $1 || '%'"));
        let rows: i64 = sqlx::query_scalar(sql).bind(date.to_string()).fetch_one(&house.owner).await.unwrap();
        // A licence or a meeting does not lie eighteen years back.
        assert_eq!(rows, 0, "{date} in {table}");
    }
    // A draft holds the three parts of a date as they were typed.
    let year = date.year().to_string();
    let drafts: Vec<serde_json::Value> =
        sqlx::query_scalar("select fields from drafts").fetch_all(&house.owner).await.unwrap();
    assert!(drafts.iter().all(|fields| fields["birth_year"] != year.as_str()), "{drafts:?}");
}

fn parts(date: NaiveDate) -> [String; 3] {
    [date.month().to_string(), date.day().to_string(), date.year().to_string()]
}

#[tokio::test(flavor = "multi_thread")]
async fn under_18_the_hold_is_let_go_and_the_date_is_kept_nowhere() {
    let house = House::new().await;
    let born = house.birth("g0", 1).await;
    let [month, day, year] = parts(born);
    let date = [("birth_month", month.as_str()), ("birth_day", day.as_str()), ("birth_year", year.as_str())];
    // Once as she should, once with another answer missing: the date is looked at first.
    for (name, other) in [("robin", ("phone", "555 010 0142")), ("wren", ("phone", ""))] {
        let mut browser = house.member(name).await;
        assert_held(&hold(&mut browser, "g0").await, "g0");
        let mut changed = date.to_vec();
        changed.push(other);
        let answer = browser.post("/api/reserve/about", &about("g0", &changed)).await;
        assert_eq!(answer.location(), Some("/reserve/g0/under-18"), "{}", answer.body);
        let page = browser.get("/reserve/g0/under-18").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("These groups are for adults.") && page.body.contains("988"));
        assert_eq!(house.seat_of(name, "g0").await, None);
        assert_kept_nowhere(&house, born).await;
        assert_eq!(refusal(&confirm_unless_sent(&mut browser, "g0").await), AppError::HoldExpired);
    }
    assert_eq!(house.count("select count(*) from holds where outcome = 'let go'").await, 2);
    assert_eq!(house.count("select count(*) from audit_events where action = 'hold let go'").await, 2);
}

/// Confirms with everything else in place, as somebody would who goes on by hand.
async fn confirm_unless_sent(browser: &mut crate::support::Browser, slug: &str) -> crate::support::Answer {
    let grown_up = browser.call("/api/reserve/about", &about(slug, &[])).await;
    assert_eq!(grown_up.status, StatusCode::OK, "{}", grown_up.body);
    let signed =
        [("slug", slug), ("group", "true"), ("telehealth", "true"), ("privacy", "true"), ("signature", "Robin Ashby")];
    browser.call("/api/reserve/agreements", &signed).await;
    confirm(browser, slug).await
}

#[tokio::test(flavor = "multi_thread")]
async fn eighteen_on_the_day_of_the_meeting_is_old_enough() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    let born = house.birth("g0", 0).await;
    let [month, day, year] = parts(born);
    let changed = [("birth_month", month.as_str()), ("birth_day", day.as_str()), ("birth_year", year.as_str())];
    let told = robin.call("/api/reserve/about", &about("g0", &changed)).await;
    assert_eq!(told.location(), Some("/reserve/g0/agreements"), "{}", told.body);
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("held"));
}

/// "Hold longer" without script keeps what was typed so far. A date of birth under 18 is not kept that way either.
#[tokio::test(flavor = "multi_thread")]
async fn holding_longer_keeps_what_was_typed_but_no_date_of_birth_under_18() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    let grown_up = about("g0", &[("phone", "12"), ("renew", "true")]);
    let page = robin.submit("/api/reserve/about", &grown_up).await;
    assert_eq!(page.input("phone").as_deref(), Some("12"), "{}", page.body);
    assert_eq!(page.input("birth_year").as_deref(), Some("1991"));
    assert_eq!(house.count("select count(*) from seats where state = 'held' and renewals = 1").await, 1);

    let born = house.birth("g0", 1).await;
    let [month, day, year] = parts(born);
    let date = [("birth_month", month.as_str()), ("birth_day", day.as_str()), ("birth_year", year.as_str())];
    let young = about("g0", &[&date[..], &[("renew", "true")]].concat());
    let answer = robin.post("/api/reserve/about", &young).await;
    assert_kept_nowhere(&house, born).await;
    assert_eq!(answer.location(), Some("/reserve/g0/under-18"), "{}", answer.body);
    assert_eq!(house.seat_of("robin", "g0").await, None);
}
