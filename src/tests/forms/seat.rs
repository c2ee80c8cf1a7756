//! The forms that take and give back: hold, hold longer, let go, confirm.

use super::{Guest, LETTERS, MARKUP, NUL, assert_wrong_at, back, changed, fields, key, long, refusal, summary};
use axum::http::StatusCode;
use common_ground::error::AppError;

const HOLD: &str = "/api/seats/hold";
const FIELDS: [&str; 2] = ["state", "adult"];

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_without_state_or_age_comes_back() {
    let mut guest = Guest::new().await;
    let (slug, key, long) = (guest.slug.clone(), key(), long());
    let here = format!("/reserve/{slug}");
    let good = [("slug", slug.as_str()), ("key", key.as_str()), ("state", "NY"), ("adult", "true")];

    let page = back(&mut guest.browser, HOLD, &changed(&good, &[("adult", None)]), &here).await;
    assert_wrong_at(&page, &["adult"], &FIELDS);
    assert_eq!((page.chosen("state").as_deref(), page.ticked("adult")), (Some("NY"), false));

    for state in [None, Some(""), Some("XX"), Some(MARKUP), Some(LETTERS), Some(NUL), Some(long.as_str())] {
        let page = back(&mut guest.browser, HOLD, &changed(&good, &[("state", state)]), &here).await;
        assert_wrong_at(&page, &["state"], &FIELDS);
        assert!(page.ticked("adult"), "{state:?}");
        assert_eq!(page.chosen("state").unwrap_or_default(), "", "{state:?}: the select asks again");
    }
    for adult in [Some(""), Some("no"), Some(NUL), None] {
        let page = back(&mut guest.browser, HOLD, &changed(&good, &[("state", None), ("adult", adult)]), &here).await;
        assert_wrong_at(&page, &FIELDS, &FIELDS);
    }
    assert_eq!(guest.seat().await, None);
    // A refusal used nothing up: the corrected form has the same key.
    let held = guest.browser.post(HOLD, &good).await;
    assert_eq!(held.location(), Some(guest.at("about").as_str()));
    assert_eq!(guest.seat().await.as_deref(), Some("held"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_says_no_is_said_on_the_page() {
    let mut guest = Guest::new().await;
    let (slug, key) = (guest.slug.clone(), key());
    let here = format!("/reserve/{slug}");
    let pairs = [("slug", slug.as_str()), ("key", key.as_str()), ("state", "outside"), ("adult", "true")];
    let page = back(&mut guest.browser, HOLD, &pairs, &here).await;
    let said = page.body.contains("class=\"summary\"") || page.body.contains("class=\"note\"");
    assert!(said && page.body.contains("United States"), "{}", page.body);
    assert_eq!(guest.seat().await, None);
    assert!(matches!(refusal(&guest.browser.call(HOLD, &pairs).await), AppError::NotEligible(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_none_or_made_up_does_no_harm() {
    let mut guest = Guest::new().await;
    let slug = guest.slug.clone();
    let here = format!("/reserve/{slug}");
    let good = [("slug", slug.as_str()), ("key", ""), ("state", "NY"), ("adult", "true")];
    let long = long();
    for key in [None, Some(""), Some(long.as_str())] {
        let page = back(&mut guest.browser, HOLD, &changed(&good, &[("key", key)]), &here).await;
        assert!(summary(&page).contains("did not reach us whole"), "{}", page.body);
        assert_eq!(page.chosen("state").as_deref(), Some("NY"));
    }
    for key in [MARKUP, NUL, LETTERS] {
        let held = guest.browser.post(HOLD, &changed(&good, &[("key", Some(key))])).await;
        assert_eq!(held.location(), Some(guest.at("about").as_str()), "{key:?}");
    }
    assert_eq!(
        guest.count("select count(*) from holds h join accounts a on a.id = member_id where email like 'robin%'").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn held_twice_it_is_one_seat() {
    let mut guest = Guest::new().await;
    let (slug, key) = (guest.slug.clone(), key());
    let pairs = [("slug", slug.as_str()), ("key", key.as_str()), ("state", "NY"), ("adult", "true")];
    let (mut one, mut two) = (guest.browser.clone(), guest.browser.clone());
    let (one, two) = tokio::join!(one.post(HOLD, &pairs), two.post(HOLD, &pairs));
    for answer in [one, two, guest.browser.post(HOLD, &pairs).await] {
        assert_eq!(answer.location(), Some(guest.at("about").as_str()), "{}", answer.body);
    }
    assert_eq!(
        guest.count("select count(*) from seats s join accounts a on a.id = member_id where email like 'robin%'").await,
        1
    );
    assert_eq!(
        guest.count("select count(*) from holds h join accounts a on a.id = member_id where email like 'robin%'").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn holding_longer_leads_back_to_the_step_and_nowhere_else() {
    let mut guest = Guest::signed().await;
    let (slug, check) = (guest.slug.clone(), guest.at("check"));
    let page = back(&mut guest.browser, "/api/seats/renew", &[("slug", &slug), ("back", &check)], &check).await;
    assert!(!page.body.contains("class=\"summary\""));
    for back_to in
        ["https://evil.example/", "//evil.example", "/\\evil.example", "/a\r\nset-cookie: x=1", MARKUP, NUL, ""]
    {
        let answer = guest.browser.post("/api/seats/renew", &[("slug", &slug), ("back", back_to)]).await;
        assert_eq!(answer.location(), Some(format!("/reserve/{slug}").as_str()), "{back_to:?}");
    }
    for _ in 0..3 {
        guest.browser.post("/api/seats/renew", &[("slug", &slug), ("back", &check)]).await;
    }
    // Ten times, and no more: the page says so.
    let page = back(&mut guest.browser, "/api/seats/renew", &[("slug", &slug), ("back", &check)], &check).await;
    assert!(summary(&page).contains("held as long as it can be"), "{}", summary(&page));
    assert_eq!(refusal(&guest.browser.call("/api/seats/renew", &[("slug", &slug)]).await), AppError::RenewedTooOften);
}

#[tokio::test(flavor = "multi_thread")]
async fn letting_go_twice_lets_go_once() {
    let mut guest = Guest::holding().await;
    let slug = guest.slug.clone();
    for _ in 0..2 {
        let answer = guest.browser.post("/api/seats/let-go", &[("slug", &slug)]).await;
        assert_eq!(answer.location(), Some(format!("/groups/{slug}").as_str()));
        assert_eq!(guest.seat().await, None);
    }
    assert_eq!(guest.count("select count(*) from audit_events where action = 'hold let go'").await, 1);
    let answer =
        guest.browser.post("/api/seats/renew", &[("slug", &slug), ("back", &format!("/reserve/{slug}"))]).await;
    assert_eq!(answer.location(), Some(format!("/reserve/{slug}").as_str()));
    let page = guest.browser.get(&format!("/reserve/{slug}")).await;
    assert!(page.status == StatusCode::OK && summary(&page).contains("your hold is over"), "{}", page.body);
    assert_eq!(refusal(&guest.browser.call("/api/seats/let-go", &[("slug", NUL)]).await), AppError::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmed_twice_it_is_one_seat_and_one_mail() {
    let mut guest = Guest::signed().await;
    let (slug, key) = (guest.slug.clone(), key());
    let check = guest.at("check");
    for wrong in [None, Some("")] {
        let pairs = changed(&[("slug", slug.as_str())], &[("key", wrong)]);
        let page = back(&mut guest.browser, "/api/seats/confirm", &pairs, &check).await;
        assert!(summary(&page).contains("did not reach us whole"));
    }
    assert_eq!(guest.seat().await.as_deref(), Some("held"));
    let pairs = [("slug", slug.as_str()), ("key", key.as_str())];
    let (mut one, mut two) = (guest.browser.clone(), guest.browser.clone());
    let (one, two) = tokio::join!(one.post("/api/seats/confirm", &pairs), two.post("/api/seats/confirm", &pairs));
    for answer in [one, two, guest.browser.post("/api/seats/confirm", &pairs).await] {
        assert_eq!(answer.location(), Some(guest.at("confirmed").as_str()), "{}", answer.body);
    }
    let another = super::key();
    let again = guest.browser.post("/api/seats/confirm", &[("slug", &slug), ("key", &another)]).await;
    assert_eq!(again.location(), Some(guest.at("confirmed").as_str()));
    assert_eq!(
        guest
            .count("select count(*) from reservations r join accounts a on a.id = member_id where email like 'robin%'")
            .await,
        1
    );
    assert_eq!(guest.count("select count(*) from outbox where kind = 'seat_confirmed'").await, 1);
}

/// The hold lapsed and somebody else has the seat: the page says so, and the answers are still there.
#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_is_gone_is_said_on_the_page() {
    use sqlx::Connection as _;
    let mut guest = Guest::signed().await;
    let (slug, check) = (guest.slug.clone(), guest.at("check"));
    let mut owner = sqlx::PgConnection::connect(&guest.test.owner_url).await.unwrap();
    sqlx::query(
        "with other as (insert into accounts (id, email) values (gen_random_uuid(), 'other@example.com') returning id)
         update seats s set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, renewals = 0
         from accounts a where a.id = s.member_id and a.email = 'robin@example.com'",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    sqlx::query(
        "with known as (insert into members (account_id, state, says_adult)
           select id, 'NY', true from accounts where email = 'other@example.com'
           on conflict (account_id) do update set state = 'NY', says_adult = true)
         insert into waiting_entries (id, group_id, member_id)
         select gen_random_uuid(), g.id, a.id from groups g, accounts a where g.slug = $1 and a.email = 'other@example.com'",
    )
    .bind(&slug)
    .execute(&mut owner)
    .await
    .unwrap();
    let key = key();
    let page = back(&mut guest.browser, "/api/seats/confirm", &[("slug", &slug), ("key", &key)], &check).await;
    assert!(summary(&page).contains("nobody overtakes"), "{}", summary(&page));
    assert!(page.body.contains("Robin Ashby") && page.body.contains("See the group, and what is free"));
    let call = guest.browser.call("/api/seats/confirm", &[("slug", &slug), ("key", &key)]).await;
    assert_eq!(refusal(&call), AppError::SomebodyWaits);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_to_hold_is_told_the_fields() {
    let mut guest = Guest::new().await;
    let (slug, key) = (guest.slug.clone(), key());
    let answer = guest.browser.call(HOLD, &[("slug", &slug), ("key", &key)]).await;
    assert_eq!(fields(&answer), ["state", "adult"]);
    assert_eq!(refusal(&guest.browser.call(HOLD, &[("slug", &slug)]).await), AppError::BadRequest);
    let answer = guest.browser.call(HOLD, &[("slug", "no-such-group"), ("key", &key)]).await;
    assert_eq!(refusal(&answer), AppError::NotFound);
}
