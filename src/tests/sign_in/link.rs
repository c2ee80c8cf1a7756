//! The link of the mail: it opens a page with a button. Opening it changes nothing, since mail scanners follow links.

use super::{CODE, LINK, ROBIN, ask, ask_for, count, is_in, set_cookie};
use crate::support::{Browser, TestApp};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};

/// All that a sign-in writes.
async fn written(test: &TestApp) -> Vec<String> {
    sqlx::query_scalar(
        "select t::text from sign_in_codes t union all select t::text from sessions t union all select t::text from accounts t
         union all select t::text from audit_events t order by 1",
    )
    .fetch_all(test.pool())
    .await
    .unwrap()
}

async fn open(browser: &mut Browser, method: Method, url: &str) -> crate::support::Answer {
    browser.send(Request::builder().method(method).uri(url).header("accept", "text/html"), Body::empty()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_the_link_changes_nothing_and_its_button_signs_in() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    let (_, token) = ask_for(&test, &mut browser, ROBIN, "/program").await;
    let before = written(&test).await;
    let url = format!("/sign-in/link/{token}");
    for method in [Method::GET, Method::HEAD, Method::GET, Method::GET, Method::GET, Method::GET, Method::GET] {
        let page = open(&mut browser, method.clone(), &url).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(set_cookie(&page, "session").is_none());
        assert!(method == Method::HEAD || page.body.contains("You are nearly in"), "{}", page.body);
        assert!(!is_in(&mut browser).await);
    }
    assert_eq!(written(&test).await, before);

    let page = browser.get(&url).await;
    let answer = browser.post(LINK, &[("token", &page.input("token").unwrap())]).await;
    assert_eq!(answer.location(), Some("/program"));
    assert!(is_in(&mut browser).await);
    // Once.
    let mut copy = browser.clone();
    copy.cookies.remove("session");
    copy.post(LINK, &[("token", &token)]).await;
    assert!(!is_in(&mut copy).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_another_browser_it_signs_nobody_in() {
    let test = TestApp::new().await;
    let (mut hers, mut phone, mut other) = (test.browser(), test.browser(), test.browser());
    let (code, token) = ask(&test, &mut hers, ROBIN).await;
    ask(&test, &mut other, ROBIN).await;
    let before = written(&test).await;
    let url = format!("/sign-in/link/{token}");
    for browser in [&mut phone, &mut other] {
        let page = browser.get(&url).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Type the code where you started") && page.input("token").is_none());
        assert!(!page.body.contains(ROBIN), "nor does it say whose it is");
    }
    assert_eq!(written(&test).await, before);
    for browser in [&mut phone, &mut other] {
        let answer = browser.post(LINK, &[("token", &token)]).await;
        assert_eq!(answer.location(), Some("/sign-in/code"));
        assert!(set_cookie(&answer, "session").is_none());
        assert!(!is_in(browser).await);
    }
    assert_eq!(count(&test, "select count(*) from accounts").await, 0);
    // And where she started the code still works.
    hers.post(CODE, &[("code", &code)]).await;
    assert!(is_in(&mut hers).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_none_is_a_page() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    ask(&test, &mut browser, ROBIN).await;
    for token in ["x", "0123456789abcdef", "%00", "%FF", "a%2Fb"] {
        let page = browser.get(&format!("/sign-in/link/{token}")).await;
        assert!(!page.status.is_server_error(), "{token}");
        assert!(page.input("token").is_none(), "{token}");
    }
}

/// The address of a page with a token in it must not travel on: not as a Referer, not into a shared cache.
#[tokio::test(flavor = "multi_thread")]
async fn the_token_does_not_leave_the_page() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    let (_, token) = ask(&test, &mut browser, ROBIN).await;
    let page = browser.get(&format!("/sign-in/link/{token}")).await;
    assert_eq!(page.headers["referrer-policy"], "same-origin");
    assert_eq!(page.headers["cache-control"], "no-store");
    assert!(page.body.contains("name=\"robots\" content=\"noindex\""));
    assert!(!page.body.contains("href=\"http"), "no way to another site");
}
