//! How often: one address, one network, all strangers together, and tries.

use super::{CODE, LINK, REQUEST, ROBIN, count, owner};
use crate::support::{Answer, Browser, PUBLIC_URL, TestApp, encode};
use axum::{
    body::Body,
    http::{Request, StatusCode, header::RETRY_AFTER},
};
use common_ground::{
    error::AppError,
    server::settings::{Network, Settings},
};

/// Rate limits on, behind a proxy on this machine that names its clients.
fn limited(settings: &mut Settings) {
    settings.rate_limits = true;
    settings.trusted_proxies = vec![Network::parse("127.0.0.0/8").unwrap()];
}

/// Asks for a code from an address of the internet.
async fn ask_from(browser: &mut Browser, network: &str, email: &str) -> Answer {
    call_from(browser, network, REQUEST, &[("email", email)]).await
}

async fn call_from(browser: &mut Browser, network: &str, path: &str, pairs: &[(&str, &str)]) -> Answer {
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header("accept", "application/json")
        .header("origin", PUBLIC_URL)
        .header("x-forwarded-for", network)
        .header("content-type", "application/x-www-form-urlencoded");
    browser.send(request, Body::from(encode(pairs))).await
}

/// The seconds that somebody is asked to wait, which `Retry-After` says as well.
fn seconds(answer: &Answer) -> u32 {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.body);
    let AppError::TooMany(seconds) = serde_json::from_str(&answer.body).unwrap() else { panic!("{}", answer.body) };
    assert_eq!(answer.headers[RETRY_AFTER].to_str().unwrap(), seconds.to_string());
    seconds
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_gets_five_codes_and_then_one_in_three_minutes() {
    let test = TestApp::with(limited).await;
    let mut browser = test.browser();
    for n in 0..5 {
        assert_eq!(ask_from(&mut browser, &format!("198.51.100.{n}"), ROBIN).await.status, StatusCode::OK, "{n}");
    }
    // From wherever and in whatever letters it is asked.
    for (network, email) in [("198.51.100.77", ROBIN), ("203.0.113.9", "ROBIN@example.com")] {
        let wait = seconds(&ask_from(&mut test.browser(), network, email).await);
        assert!((100..=180).contains(&wait), "{wait}");
    }
    assert_eq!(ask_from(&mut browser, "198.51.100.77", "wren@example.com").await.status, StatusCode::OK);
    test.work().await;
    assert_eq!((test.mails(ROBIN).len(), test.mails("wren@example.com").len()), (5, 1));

    // As a form: on its page, with what was typed.
    let page = test.browser().submit(REQUEST, &[("email", ROBIN)]).await;
    assert!(page.body.contains("That was a lot at once. Please wait 1"), "{}", page.body);
    assert_eq!(page.input("email").as_deref(), Some(ROBIN));

    // Three minutes later there is one more, and no more than one.
    let sql =
        "update rate_buckets set updated_at = updated_at - interval '181 seconds' where key like 'code:address:%'";
    sqlx::query(sql).execute(&mut owner(&test).await).await.unwrap();
    assert_eq!(ask_from(&mut browser, "198.51.100.78", ROBIN).await.status, StatusCode::OK);
    seconds(&ask_from(&mut browser, "198.51.100.79", ROBIN).await);
    // The names of the buckets tell nobody's address.
    assert_eq!(count(&test, "select count(*) from rate_buckets where key like '%robin%' or key like '%@%'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_leaves_the_last_code_as_it_was() {
    let test = TestApp::with(limited).await;
    let mut browser = test.browser();
    for _ in 0..5 {
        ask_from(&mut browser, "198.51.100.1", ROBIN).await;
    }
    test.work().await;
    let code = test.last_code(ROBIN);
    seconds(&ask_from(&mut browser, "198.51.100.1", ROBIN).await);
    assert_eq!(browser.post(CODE, &[("code", &code)]).await.location(), Some("/groups"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_network_gets_thirty_codes_whatever_the_addresses() {
    let test = TestApp::with(limited).await;
    let mut browser = test.browser();
    for n in 0..30 {
        let answer = ask_from(&mut browser, "198.51.100.1", &format!("n{n}@example.com")).await;
        assert_eq!(answer.status, StatusCode::OK, "{n}");
    }
    let wait = seconds(&ask_from(&mut browser, "198.51.100.1", "n30@example.com").await);
    assert!((1..=20).contains(&wait), "{wait}");
    // A client cannot say that it is somebody else.
    seconds(&ask_from(&mut browser, "203.0.113.7, 198.51.100.1", "n31@example.com").await);
    assert_eq!(ask_from(&mut browser, "198.51.100.2", "n32@example.com").await.status, StatusCode::OK);
    // All of a provider's /64 is one household.
    for n in 0..30 {
        let address = format!("2001:db8:1:2::{n:x}");
        assert_eq!(
            ask_from(&mut browser, &address, &format!("six{n}@example.com")).await.status,
            StatusCode::OK,
            "{n}"
        );
    }
    seconds(&ask_from(&mut browser, "2001:db8:1:2:ffff::1", "six30@example.com").await);
    assert_eq!(ask_from(&mut browser, "2001:db8:1:3::1", "six31@example.com").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_limit_of_strangers_their_mails_are_dropped_and_nobody_is_told() {
    let test = TestApp::with(limited).await;
    test.signed_in("known@example.com").await;
    let mut fresh = test.browser();
    let usual = ask_from(&mut fresh, "198.51.100.1", "stranger@example.com").await;
    sqlx::query("update rate_buckets set tokens = -100000, updated_at = now() where key = 'code:strangers'")
        .execute(&mut owner(&test).await)
        .await
        .unwrap();
    let mut browser = test.browser();
    let dropped = ask_from(&mut browser, "198.51.100.2", "another@example.com").await;
    assert_eq!((dropped.status, &dropped.body), (usual.status, &usual.body));
    let page = browser.get("/sign-in/code").await;
    assert!(page.body.contains("another@example.com") && page.body.contains("is on its way"), "the same words");
    let mut known = test.browser();
    assert_eq!(ask_from(&mut known, "198.51.100.3", "known@example.com").await.status, StatusCode::OK);
    test.work().await;
    assert_eq!(test.mails("stranger@example.com").len(), 1);
    assert_eq!(test.mails("another@example.com").len(), 0);
    assert_eq!(test.mails("known@example.com").len(), 2);
    let code = test.last_code("known@example.com");
    assert_eq!(known.post(CODE, &[("code", &code)]).await.status, StatusCode::FOUND);
    assert!(super::is_in(&mut known).await);
    // Addresses with an account take nothing from the strangers' bucket.
    let sql = "update rate_buckets set tokens = 5 where key = 'code:strangers'";
    sqlx::query(sql).execute(&mut owner(&test).await).await.unwrap();
    ask_from(&mut known, "198.51.100.4", "known@example.com").await;
    assert!(count(&test, "select floor(tokens)::bigint from rate_buckets where key = 'code:strangers'").await >= 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_network_has_sixty_tries() {
    let test = TestApp::with(limited).await;
    let mut browser = test.browser();
    let mut refused = 0;
    for n in 0..70 {
        if n % 5 == 0 {
            // A new code has five tries more; the network has not.
            ask_from(&mut browser, &format!("203.0.113.{n}"), &format!("t{n}@example.com")).await;
        }
        let (path, pair) = if n % 2 == 0 { (CODE, ("code", "000000")) } else { (LINK, ("token", "0123")) };
        let answer = call_from(&mut browser, "198.51.100.1", path, &[pair]).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!((1..=5).contains(&seconds(&answer)));
            refused += 1;
        }
    }
    assert!((1..=10).contains(&refused), "{refused}");
    let elsewhere = call_from(&mut browser, "198.51.100.2", CODE, &[("code", "000000")]).await;
    assert_eq!(elsewhere.status, StatusCode::UNPROCESSABLE_ENTITY);
}
