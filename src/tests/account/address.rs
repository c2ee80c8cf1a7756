//! A new address: both say yes, the old one is told, and nothing tells who has an account.

use super::mailed;
use crate::{
    seats::{House, address, refusal},
    support::TestApp,
};
use axum::http::StatusCode;
use common_ground::error::AppError;

const ASK: &str = "/api/account/address";
const CONFIRM: &str = "/api/account/address-confirm";

/// The token of the link in the newest mail of a kind.
pub async fn link(house: &House, email: &str, kind: &'static str) -> String {
    let mail = mailed(house, email, kind).await.pop().unwrap_or_else(|| panic!("no {kind} to {email}"));
    let token = mail.split("/account/address/").nth(1).expect("a link").split_whitespace().next().unwrap();
    token.to_owned()
}

async fn email_of(house: &House, name: &str) -> Vec<String> {
    sqlx::query_scalar("select email from accounts where email like $1 order by email")
        .bind(format!("%{name}%"))
        .fetch_all(&house.owner)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_confirm_in_any_order_and_in_any_browser() {
    for old_first in [true, false] {
        let house = House::new().await;
        let mut robin = house.member("robin").await;
        let page = robin.submit(ASK, &[("email", " New.Robin@Example.org ")]).await;
        assert!(
            page.body.contains("new.robin@example.org") && page.body.contains("has not said yes yet"),
            "{}",
            page.body
        );
        let (old, new) = (
            link(&house, &address("robin"), "address_old").await,
            link(&house, "new.robin@example.org", "address_new").await,
        );
        assert_ne!(old, new);
        // Scanners follow links: nothing changes.
        let mut scanner = house.test.browser();
        for token in [&old, &new] {
            let shown = scanner.get(&format!("/account/address/{token}")).await;
            assert_eq!(shown.status, StatusCode::OK);
            assert!(shown.body.contains("Yes, "), "{}", shown.body);
        }
        assert_eq!(house.count("select count(*) from address_changes where coalesce(old_confirmed_at, new_confirmed_at) is not null").await, 0);
        robin.call("/api/account/calendar-make", &[]).await;
        house.change("insert into contact_questions (id, name, email, question) values (gen_random_uuid(), 'R', 'robin@example.org', 'q')").await;
        let (first, second) = if old_first { (&old, &new) } else { (&new, &old) };
        let mut elsewhere = house.test.browser();
        for _ in 0..2 {
            let half = elsewhere.submit(CONFIRM, &[("token", first)]).await;
            assert!(half.body.contains("This address has said yes."), "{}", half.body);
        }
        assert_eq!(email_of(&house, "robin").await, ["robin@example.org"]);
        assert!(robin.get("/account/address").await.body.contains("has said yes"));
        let done = robin.submit(CONFIRM, &[("token", second)]).await;
        assert!(done.body.contains("Your address is changed."), "{}", done.body);
        assert_eq!(email_of(&house, "robin").await, ["new.robin@example.org"]);
        // Every device is signed out, the old address is told, and it opens nothing any more.
        assert_eq!(robin.call("/api/program/get", &[]).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(mailed(&house, &address("robin"), "address_changed").await.len(), 1);
        assert_eq!(mailed(&house, "new.robin@example.org", "address_changed").await.len(), 0);
        // What was written to her goes along, and a feed that somebody else may have made ends.
        let left = "select (select count(*) from outbox where to_address = 'robin@example.org' and kind <> 'address_changed') + (select count(*) from contact_questions where email = 'robin@example.org') + (select count(*) from calendar_feeds)";
        assert_eq!(house.count(left).await, 0);
        assert_eq!(mailed(&house, "new.robin@example.org", "address_old").await.len(), 1);
        let again = robin.submit(CONFIRM, &[("token", second)]).await;
        assert!(again.body.contains("Your address is changed."), "{}", again.body);
        assert_eq!(house.count("select count(*) from audit_events where action = 'address changed'").await, 1);
        let signed = house.test.signed_in("new.robin@example.org").await;
        assert!(signed.cookies.contains_key("session"));
        assert_eq!(email_of(&house, "robin").await, ["new.robin@example.org"], "the same account");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_an_account_looks_the_same_and_is_not_taken() {
    let house = House::new().await;
    let (mut robin, mut ida) = (house.member("robin").await, house.member("ida").await);
    house.member("wren").await;
    let known = robin.submit(ASK, &[("email", "wren@example.org")]).await;
    let unknown = ida.submit(ASK, &[("email", "nobody@example.org")]).await;
    let plain = |body: &str, own: &str, new: &str| {
        let main = body.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
        main.replace(own, "OWN").replace(new, "NEW")
    };
    assert_eq!(
        plain(&known.body, "robin@example.org", "wren@example.org"),
        plain(&unknown.body, "ida@example.org", "nobody@example.org")
    );
    let to_known = &mailed(&house, "wren@example.org", "address_new").await[0];
    let to_unknown = &mailed(&house, "nobody@example.org", "address_new").await[0];
    let token =
        |mail: &str| mail.split("/account/address/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    assert_eq!(to_known.replace(&token(to_known), ""), to_unknown.replace(&token(to_unknown), ""));
    assert!(!to_known.contains("robin"), "the new address does not learn whose account it is");
    // Robin's yes tells her nothing; only the reader of the other mailbox hears that there is an account.
    let half = robin.submit(CONFIRM, &[("token", &link(&house, &address("robin"), "address_old").await)]).await;
    assert!(half.body.contains("This address has said yes."), "{}", half.body);
    let taken = house.test.browser().submit(CONFIRM, &[("token", &token(to_known))]).await;
    assert!(taken.body.contains("has an account already"), "{}", taken.body);
    assert_eq!(email_of(&house, "robin").await, ["robin@example.org"]);
    assert_eq!(robin.call("/api/program/get", &[]).await.status, StatusCode::OK, "nothing happened to her");
    assert_eq!(house.count("select count(*) from address_changes where end_reason = 'taken'").await, 1);
}

/// Two ask for the same free address, both confirm it: the table lets one have it.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_decides_who_gets_an_address() {
    let house = House::new().await;
    let mut links = Vec::new();
    for name in ["robin", "ida"] {
        let mut browser = house.member(name).await;
        browser.call(ASK, &[("email", "shared@example.org")]).await;
        links.push((
            link(&house, &address(name), "address_old").await,
            link(&house, "shared@example.org", "address_new").await,
        ));
    }
    // The new mailbox says yes to both while the address is free.
    for (_, new) in &links {
        house.test.browser().call(CONFIRM, &[("token", new)]).await;
    }
    let press = |token: String| {
        let mut browser = house.test.browser();
        async move { browser.call(CONFIRM, &[("token", &token)]).await.status }
    };
    let (one, two) = tokio::join!(press(links[0].0.clone()), press(links[1].0.clone()));
    assert_eq!((one, two), (StatusCode::OK, StatusCode::OK));
    assert_eq!(house.count("select count(*) from accounts where email = 'shared@example.org'").await, 1);
    assert_eq!(house.count("select count(*) from address_changes where end_reason = 'done'").await, 1);
    assert_eq!(house.count("select count(*) from address_changes where end_reason = 'taken'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_stopped_replaced_or_runs_out() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    robin.call(ASK, &[("email", "one@example.org")]).await;
    let (old, new) =
        (link(&house, &address("robin"), "address_old").await, link(&house, "one@example.org", "address_new").await);
    let stopped = robin.submit("/api/account/address-stop", &[]).await;
    assert!(
        stopped.body.contains("Nothing is changed.") && !stopped.body.contains("one@example.org"),
        "{}",
        stopped.body
    );
    robin.call(ASK, &[("email", "two@example.org")]).await;
    let two = link(&house, "two@example.org", "address_new").await;
    robin.call(ASK, &[("email", "three@example.org")]).await;
    for token in [&old, &new, &two, "none", "0123456789abcdef"] {
        let shown = robin.submit(CONFIRM, &[("token", token)]).await;
        assert!(shown.body.contains("This link does not work any more."), "{token}: {}", shown.body);
    }
    house.change("update address_changes set expires_at = now() where ended_at is null").await;
    let late = robin.submit(CONFIRM, &[("token", &link(&house, "three@example.org", "address_new").await)]).await;
    assert!(late.body.contains("does not work any more"), "{}", late.body);
    let same = robin.call(ASK, &[("email", "ROBIN@example.org")]).await;
    assert!(matches!(refusal(&same), AppError::Fields(_)));
    assert_eq!(email_of(&house, "robin").await, ["robin@example.org"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_to_strangers_over_and_over() {
    let test = TestApp::with(|settings| settings.rate_limits = true).await;
    let mut robin = test.signed_in("robin@example.com").await;
    let mut answers = Vec::new();
    for n in 0..5 {
        answers.push(robin.call(ASK, &[("email", &format!("stranger{n}@example.com"))]).await.status);
    }
    assert_eq!(answers[..3], [StatusCode::OK; 3]);
    assert_eq!(answers[3..], [StatusCode::TOO_MANY_REQUESTS; 2]);
    let written: i64 = sqlx::query_scalar("select count(*) from outbox where kind = 'address_new'")
        .fetch_one(test.pool())
        .await
        .unwrap();
    assert_eq!(written, 3);
}
