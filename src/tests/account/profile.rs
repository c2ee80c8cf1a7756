//! Changing what we know of her, and what a new state or zone means for her seats.

use super::mailed;
use crate::seats::{House, address};
use axum::http::StatusCode;

const KEEP: &str = "/api/account/profile";

fn answers<'a>(state: &'a str, zone: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("display_name", "Wren"),
        ("legal_name", "Wren Ellery"),
        ("phone", "555 010 0142"),
        ("state", state),
        ("zone", zone),
        ("contact_name", "Sam Whitlock"),
        ("contact_phone", "555 010 0143"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_hurts_a_seat_leaves_it_and_shows_three_ways() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    house.seat("robin", "g0").await;
    house.lives("robin", "NY").await;
    let quiet = robin.submit(KEEP, &answers("NY", "America/New_York")).await;
    assert!(quiet.body.contains("Your changes are kept.") && !quiet.body.contains("three ways"), "{}", quiet.body);
    assert_eq!(mailed(&house, &address("robin"), "place_changed").await.len(), 0);

    let page = robin.submit(KEEP, &answers("OH", "America/New_York")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for words in [
        "Please look below",
        "Ruth may only treat people who are in New York.",
        "Your seat stays yours.",
        "There are three ways on.",
        "You come back",
        "A group that fits where you are",
        "href=\"/groups/skills\"",
        "href=\"/groups?state=OH\"",
        "href=\"/seats/g0/release\"",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    // What was said is said once; what stands in the way stays until it is settled.
    let again = robin.get("/account").await;
    assert!(!again.body.contains("Please look below") && again.body.contains("three ways"));
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("reserved"));
    let told = mailed(&house, &address("robin"), "place_changed").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("/account") && told[0].contains("Your seat stays yours"), "{}", told[0]);
    for secret in ["Ohio", "Circle g0", "Ruth", "anxiety", "therap"] {
        assert!(!told[0].contains(secret), "{secret}: {}", told[0]);
    }
    let fields: serde_json::Value = sqlx::query_scalar(
        "select detail from audit_events where action = 'profile changed' order by at desc, id desc limit 1",
    )
    .fetch_one(&house.owner)
    .await
    .unwrap();
    assert_eq!(fields, serde_json::json!({ "fields": ["state"] }));

    // Back: nothing stands in the way any more, and nothing is mailed.
    let back = robin.submit(KEEP, &answers("NY", "America/New_York")).await;
    assert!(!back.body.contains("three ways"));
    assert_eq!(mailed(&house, &address("robin"), "place_changed").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_that_ends_is_shown_as_well() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    house.seat("robin", "g0").await;
    house.lives("robin", "NY").await;
    house.change("update authorities set valid_to = current_date - 1, valid_from = '2019-01-01'").await;
    let page = robin.get("/account").await;
    assert!(page.body.contains("three ways") && page.body.contains("Your seat stays yours."), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_zone_changes_every_time_and_no_end() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    house.seat("robin", "g0").await;
    house.offer("robin", "g1").await;
    let ends = "select extract(epoch from ends_at)::bigint from offers";
    let before = house.count(ends).await;
    robin.submit(KEEP, &answers("NY", "America/Los_Angeles")).await;
    let seats = robin.get("/seats").await;
    assert!(seats.body.contains("Pacific") && !seats.body.contains("All times are Eastern"), "{}", seats.body);
    assert_eq!(
        robin.cookies.get("tz").map(String::as_str),
        Some("America%2FLos_Angeles").or(Some("America/Los_Angeles"))
    );
    assert_eq!(house.count(ends).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_seat_everything_may_be_left_empty() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    robin.submit(KEEP, &answers("NY", "America/New_York")).await;
    let page = robin.submit(KEEP, &[("zone", "America/New_York")]).await;
    assert!(page.body.contains("Your changes are kept.") && page.body.contains("Not told yet"), "{}", page.body);
    let kept = "select count(*) from members where coalesce(display_name, legal_name, phone, state, contact_name, contact_phone) is not null";
    assert_eq!(house.count(kept).await, 0);
    let same = robin.submit(KEEP, &[("zone", "America/New_York")]).await;
    assert!(same.body.contains("Nothing was changed."), "{}", same.body);
}
