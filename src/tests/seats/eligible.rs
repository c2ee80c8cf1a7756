//! Who may take a seat at all: where she is, what the leader may do, how far the group has come.

use super::{House, about, assert_confirmed, assert_held, confirm, hold, hold_from, line::join, refusal, tell};
use crate::support::{Answer, Browser};
use axum::http::StatusCode;
use common_ground::{error::AppError, server::state::new_key};

impl House {
    async fn nothing_is_held(&self) {
        assert_eq!(self.count("select count(*) from seats where state <> 'free'").await, 0);
        assert_eq!(self.count("select count(*) from holds").await, 0);
    }

    /// Lets Ruth's licence end so many days after the next meeting of a group.
    async fn end_authority(&self, slug: &str, days: i32) {
        let ended = sqlx::query(
            "update authorities set valid_to = $2 + (
               select (starts_at at time zone zone)::date from meetings join groups g on g.id = group_id
               where slug = $1 and ends_at > now() order by starts_at limit 1)
             where therapist_id = (select id from therapists where slug = 'ruth')",
        )
        .bind(slug)
        .bind(days)
        .execute(&self.owner)
        .await
        .unwrap();
        assert_eq!(ended.rows_affected(), 1);
    }
}

fn sentence(error: AppError) -> String {
    match error {
        AppError::NotEligible(sentence) => sentence,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_in_another_state_is_told_why_and_where_to() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    let refused = hold_from(&mut robin, "g0", "NJ").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(
        sentence(refusal(&refused)),
        "Ruth may only treat people who are in New York. In New Jersey there may be a skills group for you."
    );
    house.nothing_is_held().await;
    assert_eq!(
        house.count("select count(*) from members where state is not null").await,
        0,
        "a refusal leaves nothing"
    );

    // Without script: the same sentence on the page, the state as chosen.
    let key = new_key().to_string();
    let page =
        robin.submit("/api/seats/hold", &[("slug", "g0"), ("key", &key), ("state", "NJ"), ("adult", "true")]).await;
    assert!(page.body.contains("In New Jersey there may be a skills group for you."), "{}", page.body);
    assert_eq!(page.chosen("state").as_deref(), Some("NJ"));
    assert!(page.ticked("adult"));
    house.nothing_is_held().await;
    // And the way out is open.
    assert_held(&hold_from(&mut robin, "skills", "NJ").await, "skills");
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_the_united_states_there_is_no_seat_of_any_kind() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    for slug in ["g0", "skills"] {
        let refused = hold_from(&mut robin, slug, "outside").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(sentence(refusal(&refused)).contains("from inside the United States"));
    }
    house.nothing_is_held().await;
    // Later on, too.
    assert_held(&hold_from(&mut robin, "skills", "NJ").await, "skills");
    let told = robin.call("/api/reserve/about", &about("skills", &[("state", "outside")])).await;
    let AppError::Fields(errors) = refusal(&told) else { panic!("{}", told.body) };
    assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["state"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_is_asked_and_holds_nothing() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    for (state, adult, fields) in [
        ("", "true", vec!["state"]),
        ("", "false", vec!["state", "adult"]),
        ("XX", "true", vec!["state"]),
        ("NY", "false", vec!["adult"]),
    ] {
        let key = new_key().to_string();
        let answer =
            robin.call("/api/seats/hold", &[("slug", "g0"), ("key", &key), ("state", state), ("adult", adult)]).await;
        let AppError::Fields(errors) = refusal(&answer) else { panic!("{state:?} {adult:?} {}", answer.body) };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), fields, "{state:?} {adult:?}");
    }
    house.nothing_is_held().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_whose_leader_may_not_practise_any_more_takes_nobody() {
    let house = House::new().await;
    let (mut robin, mut wren) = (house.member("robin").await, house.ready("wren", "g0").await);
    // The last valid day is the day of the meeting: fine.
    house.end_authority("g0", 0).await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    tell(&mut robin, "g0").await;
    // It is the day before: neither hold nor confirm, and what was held stays as it was.
    house.end_authority("g0", -1).await;
    let mut late = house.member("late").await;
    let refused = sentence(refusal(&hold(&mut late, "g0").await));
    assert!(refused.contains("skills group"), "{refused}");
    assert_eq!(house.seat_of("late", "g0").await, None);
    for browser in [&mut robin, &mut wren] {
        sentence(refusal(&confirm(browser, "g0").await));
    }
    assert_eq!(house.count("select count(*) from reservations").await, 0);
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("held"));
    house.end_authority("g0", 0).await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_state_in_about_you_is_an_error_at_the_state() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    let told = robin.call("/api/reserve/about", &about("g0", &[("state", "NJ")])).await;
    let AppError::Fields(errors) = refusal(&told) else { panic!("{}", told.body) };
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].field, "state");
    assert_eq!(
        errors[0].message,
        "Ruth may only treat people who are in New York. In New Jersey there may be a skills group for you."
    );

    let page = robin.submit("/api/reserve/about", &about("g0", &[("state", "NJ")])).await;
    assert!(page.body.contains("id=\"state-error\""), "{}", page.body);
    assert_eq!(page.chosen("state").as_deref(), Some("NJ"));
    assert_eq!(page.input("legal_name").as_deref(), Some("Robin Ashby"), "what was typed is still there");
    assert_eq!(house.count("select count(*) from members where state = 'NY' and legal_name is null").await, 1);
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("held"));
    tell(&mut robin, "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_changed_on_the_way_is_seen_when_she_confirms() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    // She holds a second seat, in a group open to every state, and says there that she will be elsewhere.
    assert_held(&hold_from(&mut robin, "skills", "NJ").await, "skills");
    let refused = confirm(&mut robin, "g0").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(sentence(refusal(&refused)).contains("In New Jersey there may be a skills group for you."));
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("held"));
    assert_eq!(house.count("select count(*) from reservations").await, 0);
    assert_confirmed(&confirm(&mut robin, "skills").await, "skills");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_circle_takes_nobody_after_its_second_unit() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    // The weeks of the next meetings belong to them; these lie far enough back.
    let held = "insert into meetings (id, group_id, week, starts_at, ends_at)
       select gen_random_uuid(), g.id, date_trunc('week', now())::date - 7 * n, now() - n * interval '7 days', now() - n * interval '7 days' + interval '1 hour'
       from groups g cross join generate_series(2, 3) n where g.slug in ('g0', 'skills')";
    assert_eq!(house.change(held).await, 4);
    // Held before the cycle began: they do not count.
    house.change("update groups set cycle_began_on = current_date - 7").await;
    let mut wren = house.member("wren").await;
    assert_held(&hold(&mut wren, "g0").await, "g0");
    // Held since it began.
    house.change("update groups set cycle_began_on = current_date - 60").await;
    let mut late = house.member("late").await;
    assert_eq!(refusal(&hold(&mut late, "g0").await), AppError::GroupNotOpen);
    assert_eq!(refusal(&confirm(&mut robin, "g0").await), AppError::GroupNotOpen);
    assert_eq!(house.seat_of("late", "g0").await, None);
    assert_eq!(house.count("select count(*) from reservations").await, 0);
    // A rolling curriculum takes everybody at any time.
    assert_held(&hold(&mut late, "skills").await, "skills");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_or_screened_group_takes_nobody_by_itself() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    for change in [
        "update groups set confirm = 'after the leader''s look' where slug = 'g0'",
        "update groups set confirm = 'at once', status = 'closed', closes_on = current_date + 30 where slug = 'g0'",
    ] {
        house.change(change).await;
        let name = format!("late {}", change.len());
        let mut late = house.member(&name).await;
        assert_eq!(refusal(&hold(&mut late, "g0").await), AppError::GroupNotOpen, "{change}");
        assert_eq!(refusal(&confirm(&mut robin, "g0").await), AppError::GroupNotOpen, "{change}");
    }
    assert_eq!(refusal(&hold(&mut robin, "nowhere").await), AppError::NotFound);
    assert_eq!(house.count("select count(*) from holds").await, 1);
}

/// Lets somebody ask for a seat while another transaction has the group's lock, does something while she waits for it, and
/// gives her answer.
async fn hold_after(house: &House, mut browser: Browser, slug: &'static str, meanwhile: impl Future) -> Answer {
    let mut other = house.owner.begin().await.unwrap();
    sqlx::query("select pg_advisory_xact_lock(group_lock_key($1))")
        .bind(house.group(slug).await)
        .execute(&mut *other)
        .await
        .unwrap();
    let asks = tokio::spawn(async move { hold(&mut browser, slug).await });
    house.waiters(1).await;
    meanwhile.await;
    other.rollback().await.unwrap();
    asks.await.unwrap()
}

/// What is judged is judged at the moment of the claim, however long the hold had to wait for it.
#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_ends_while_a_hold_waits_counts() {
    let house = House::new().await;
    let (robin, ida) = (house.member("robin").await, house.member("ida").await);
    let refused = hold_after(&house, robin, "g0", house.end_authority("g0", -1)).await;
    assert!(sentence(refusal(&refused)).contains("skills group"), "an authority that is gone");
    house.nothing_is_held().await;

    // Valid on the day of a meeting that ends while she waits: the one after it she could not join.
    house
        .change(
            "update meetings set starts_at = now() - interval '1 hour', ends_at = now() + interval '1500 milliseconds'
             where id = (select m.id from meetings m join groups g on g.id = group_id where slug = 'g0' and ends_at > now()
               order by starts_at limit 1)",
        )
        .await;
    house.end_authority("g0", 0).await;
    let over = tokio::time::sleep(std::time::Duration::from_millis(1700));
    let refused = hold_after(&house, ida, "g0", over).await;
    assert!(sentence(refusal(&refused)).contains("skills group"), "a meeting that is over");
    house.nothing_is_held().await;
}

/// Where the leader talks with everybody first, the page says what can be done: no seat, no line, a call.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_with_a_talk_before_the_seat_says_what_the_site_does() {
    let house = House::new().await;
    house.change("update groups set confirm = 'after the leader''s look' where slug = 'g0'").await;
    let mut robin = house.member("robin").await;
    house.lives("robin", "NY").await;
    for path in ["/groups/g0", "/reserve/g0"] {
        let page = robin.get(path).await;
        let words = "Ruth first talks with everybody who wants to join, so a seat here cannot be reserved on this site. Call +1 555 010 0199";
        assert!(page.body.contains(words), "{path}: {}", page.body);
        let can = ["Join the line", "action=\"/api/seats/hold\""].into_iter().find(|way| page.body.contains(way));
        assert_eq!(can, None, "{path}");
    }
    assert_eq!(refusal(&hold(&mut robin, "g0").await), AppError::GroupNotOpen);
    assert_eq!(refusal(&join(&mut robin, "g0").await), AppError::GroupNotOpen);
    house.nothing_is_held().await;
    // Nor is a seat that comes free offered to somebody who waited from before.
    house.wait("robin", "g0").await;
    house.test.work().await;
    assert_eq!(house.offer_of("robin", "g0").await, None);
}
