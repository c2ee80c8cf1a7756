//! The forms of the weekly list: what is wrong stands at its field, and everything that was typed comes back.

use super::{BREAK, LETTERS, MARKUP, NUL, assert_wrong_at, back, fields, long};
use crate::support::{Answer, TestApp};
use common_ground::server::list_links::{self, PreferencesLink};

const ACTION: &str = "/api/notifications/subscribe";
const PAGE: &str = "/notifications";
const FIELDS: [&str; 3] = ["email", "state", "zone"];

/// The values of the boxes that are ticked.
fn ticked(page: &Answer) -> Vec<&str> {
    page.body
        .split("<input")
        .filter_map(|rest| rest.split('>').next())
        .filter(|tag| {
            tag.contains("type=\"checkbox\"") && tag.split_whitespace().any(|word| word.starts_with("checked"))
        })
        .filter_map(|tag| tag.split("value=\"").nth(1)?.split('"').next())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_with_something_wrong_keeps_every_choice() {
    let test = TestApp::demo().await;
    let (mut browser, long) = (test.browser(), long());
    let chosen = [
        ("topic[]", "anxiety"),
        ("topic[]", "depression"),
        ("kind[]", "skills"),
        ("day[]", "tue"),
        ("time[]", "morning"),
        ("state", "NJ"),
        ("zone", "America/Denver"),
    ];
    for email in ["", "wren", MARKUP, LETTERS, BREAK, NUL, &long] {
        let mut pairs = vec![("email", email)];
        pairs.extend(chosen);
        let page = back(&mut browser, ACTION, &pairs, PAGE).await;
        assert_wrong_at(&page, &["email"], &FIELDS);
        if email != NUL && email != BREAK {
            assert_eq!(page.input("email").as_deref(), Some(email));
        }
        assert_eq!(ticked(&page), ["tue", "morning", "anxiety", "depression", "skills"]);
        assert_eq!(
            (page.chosen("state").as_deref(), page.chosen("zone").as_deref()),
            (Some("NJ"), Some("America/Denver"))
        );
    }
    let pairs = [("email", "wren@example.org"), ("state", "Atlantis"), ("zone", "Mars/Olympus")];
    let page = back(&mut browser, ACTION, &pairs, PAGE).await;
    assert_wrong_at(&page, &["state", "zone"], &FIELDS);
    assert_eq!(page.input("email").as_deref(), Some("wren@example.org"));
    // The short form has only an address: it comes back on the list's own page, with what went along unseen.
    let page = back(&mut browser, ACTION, &[("topic[]", "anxiety"), ("email", "wren")], PAGE).await;
    assert_wrong_at(&page, &["email"], &FIELDS);
    assert_eq!((ticked(&page), page.chosen("zone").as_deref()), (vec!["anxiety"], Some("America/New_York")));
    assert_eq!(fields(&browser.call(ACTION, &pairs).await), ["state", "zone"]);
    let asked: i64 = sqlx::query_scalar("select count(*) from subscribers").fetch_one(test.pool()).await.unwrap();
    assert_eq!(asked, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn preferences_with_something_wrong_keep_every_choice() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    let id = uuid::Uuid::from_u128(7);
    sqlx::query(
        "insert into subscribers (id, email, status, zone, consent_version, consent_text, confirmed_at)
         values ($1, 'wren@example.org', 'confirmed', 'America/New_York', 'v', 'yes', now())",
    )
    .bind(id)
    .execute(test.pool())
    .await
    .unwrap();
    let link =
        PreferencesLink { subscriber: common_ground::domain::ids::SubscriberId(id), links: 1, made_at: test.app.now() };
    let token = list_links::preferences(&test.app.keys, link);
    let page = format!("/notifications/preferences/{token}");
    let all = ["state", "weekday", "hour", "zone", "email", "until"];
    let send = |pairs: Vec<(&'static str, &'static str)>| {
        let mut sent = vec![("token", token.as_str())];
        sent.extend(pairs);
        sent
    };
    // The token stands in the page's own address, so `back` cannot look for it there.
    let action = "/api/notifications/preferences";
    let pairs = send(vec![
        ("topic[]", "anxiety"),
        ("day[]", "sun"),
        ("details", "true"),
        ("state", "Atlantis"),
        ("weekday", "noday"),
        ("hour", "24"),
        ("zone", "Mars/Olympus"),
    ]);
    let answer = browser.post(action, &pairs).await;
    assert_eq!(answer.location(), Some(page.as_str()), "{}", answer.body);
    let shown = browser.get(&page).await;
    assert_wrong_at(&shown, &["state", "weekday", "hour", "zone"], &all);
    assert_eq!(ticked(&shown), ["sun", "anxiety", "true"]);
    let shown = {
        browser
            .post(action, &send(vec![("hour", "25"), ("weekday", "thu"), ("zone", "America/Chicago"), ("state", "FL")]))
            .await;
        browser.get(&page).await
    };
    assert_wrong_at(&shown, &["hour"], &all);
    assert_eq!(
        [shown.chosen("weekday"), shown.chosen("zone"), shown.chosen("state")].map(Option::unwrap),
        ["thu", "America/Chicago", "FL"]
    );
    // What is no list is an argument that cannot be read, and no mistake of ours.
    let broken = browser.call(action, &[("token", &token), ("topic", "anxiety"), ("day", "sun")]).await;
    assert!(broken.status.is_client_error(), "{}", broken.status);
    let kept: i64 = sqlx::query_scalar("select count(*) from subscribers where topics = '{}' and hour = 9")
        .fetch_one(test.pool())
        .await
        .unwrap();
    assert_eq!(kept, 1);
}
