//! The small forms: the address, the code, the time zone, light or dark, signing out.

use super::{BREAK, LETTERS, MARKUP, NUL, assert_untold, assert_wrong_at, back, fields, long, refusal, summary};
use crate::support::TestApp;
use axum::http::StatusCode;
use common_ground::error::AppError;

const REQUEST: &str = "/api/sign-in/request";
const CODE: &str = "/api/sign-in/code";

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_comes_back() {
    let test = TestApp::new().await;
    let (mut browser, long) = (test.browser(), long());
    let longest = format!("{long}@example.com");
    for typed in ["", "  ", "robin", "robin@", "a b@example.com", MARKUP, LETTERS, NUL, BREAK, &long, &longest] {
        let page = back(&mut browser, REQUEST, &[("email", typed), ("next", "")], "/sign-in").await;
        assert_wrong_at(&page, &["email"], &["email"]);
        let shown = page.input("email").unwrap_or_default();
        if typed == NUL {
            assert!(shown.starts_with("Robin"));
        } else {
            assert_eq!(shown, typed);
        }
        // Once: a page that is opened anew is a new page.
        let anew = browser.get("/sign-in").await;
        assert!(!anew.body.contains("class=\"summary\"") && anew.input("email").as_deref() == Some(""), "{typed:?}");
    }
    let page = back(&mut browser, REQUEST, &[], "/sign-in").await;
    assert_wrong_at(&page, &["email"], &["email"]);
    // Where she wanted to go is kept.
    let next = "/sign-in?next=/groups/low-tide%3Fstate%3DNY";
    let page = back(&mut browser, REQUEST, &[("email", "robin"), ("next", "/groups/low-tide?state=NY")], next).await;
    assert_eq!(page.input("next").as_deref(), Some("/groups/low-tide?state=NY"));
    assert_eq!(page.input("email").as_deref(), Some("robin"));
    let none: i64 = sqlx::query_scalar("select count(*) from outbox").fetch_one(test.pool()).await.unwrap();
    assert_eq!(none, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_none_comes_back() {
    let test = TestApp::new().await;
    let (mut browser, long) = (test.browser(), long());
    browser.post(REQUEST, &[("email", "robin@example.com")]).await;
    for typed in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", MARKUP, LETTERS, NUL, BREAK, &long] {
        let page = back(&mut browser, CODE, &[("code", typed)], "/sign-in/code").await;
        assert_wrong_at(&page, &["code"], &["code"]);
        assert!(page.body.contains("robin@example.com"), "the page still says where the mail went");
        let shown = page.input("code").unwrap_or_default();
        if typed == NUL { assert!(shown.starts_with("Robin")) } else { assert_eq!(shown, typed) }
    }
    let page = back(&mut browser, CODE, &[], "/sign-in/code").await;
    assert_wrong_at(&page, &["code"], &["code"]);
    // None of these was a try.
    test.work().await;
    let code = test.last_code("robin@example.com");
    let spaced = format!(" {}-{} ", &code[..3], &code[3..]);
    let pairs = [("code", spaced.as_str()), ("own_device", "perhaps")];
    let answer = browser.post(CODE, &pairs).await;
    assert_untold(&answer, &pairs);
    assert_eq!(answer.location(), Some("/groups"));
    // Sent twice: nobody else is made, and she stays signed in.
    let again = browser.post(CODE, &pairs).await;
    assert_eq!(again.status, StatusCode::FOUND);
    assert_eq!(browser.call("/api/program/get", &[]).await.status, StatusCode::OK);
    let counts: (i64, i64) = sqlx::query_as("select (select count(*) from accounts), (select count(*) from sessions)")
        .fetch_one(test.pool())
        .await
        .unwrap();
    assert_eq!(counts, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_sent_twice_is_two_mails_of_which_the_last_works() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    for _ in 0..2 {
        let answer = browser.post(REQUEST, &[("email", "robin@example.com")]).await;
        assert_eq!(answer.location(), Some("/sign-in/code"));
        assert_untold(&answer, &[("email", "robin@example.com")]);
    }
    test.work().await;
    assert_eq!(test.mails("robin@example.com").len(), 2);
    let living: i64 = sqlx::query_scalar("select count(*) from sign_in_codes where used_at is null")
        .fetch_one(test.pool())
        .await
        .unwrap();
    assert_eq!(living, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailed_link_that_is_none_leads_to_the_code() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    browser.post(REQUEST, &[("email", "robin@example.com")]).await;
    for token in ["", "0123", MARKUP, NUL, BREAK] {
        let page = back(&mut browser, "/api/sign-in/link", &[("token", token)], "/sign-in/code").await;
        assert!(
            summary(&page).contains("not the code") || summary(&page).contains("does not work any more"),
            "{token:?}"
        );
    }
    assert_eq!(refusal(&browser.call("/api/sign-in/link", &[("token", NUL)]).await), AppError::CodeOver, "five tries");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_is_none_is_said_where_it_was_chosen() {
    let test = TestApp::demo().await;
    let mut robin = test.signed_in("robin@example.com").await;
    let long = long();
    for page in ["/groups?state=NY", "/groups/low-tide", "/program"] {
        for zone in
            [None, Some(""), Some("Mars/Olympus"), Some(MARKUP), Some(LETTERS), Some(NUL), Some(BREAK), Some(&long)]
        {
            let zone: Option<&str> = zone.map(|zone| zone as &str);
            let pairs: Vec<_> =
                [("zone", zone), ("back", Some(page))].into_iter().filter_map(|(k, v)| Some((k, v?))).collect();
            let answer = robin.post("/api/preferences/zone", &pairs).await;
            assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, Some(page)), "{zone:?}");
            let shown = robin.get(page).await;
            if page != "/program" {
                assert!(
                    shown.body.contains("id=\"zone-error\"") && shown.body.contains("this time zone"),
                    "{page} {zone:?}: {} {}",
                    shown.status,
                    shown.body
                );
            }
            assert!(!shown.body.contains("<script>alert"));
            assert!(!robin.cookies.contains_key("tz"));
        }
    }
    let pairs = [("zone", "America/Los_Angeles"), ("back", "/groups?state=NY")];
    for _ in 0..2 {
        let page = back(&mut robin, "/api/preferences/zone", &pairs, "/groups?state=NY").await;
        assert_eq!(page.chosen("zone").as_deref(), Some("America/Los_Angeles"));
        assert!(!page.body.contains("id=\"zone-error\""));
    }
    assert_eq!(fields(&robin.call("/api/preferences/zone", &[("zone", "Mars")]).await), ["zone"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn preferences_lead_back_and_nowhere_else() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    for (scheme, kept) in
        [("dark", Some("dark")), ("light", Some("light")), ("auto", None), (MARKUP, None), (NUL, None)]
    {
        let page =
            back(&mut browser, "/api/preferences/scheme", &[("scheme", scheme), ("back", "/help-now")], "/help-now")
                .await;
        assert_eq!(browser.cookies.get("scheme").map(String::as_str), kept, "{scheme:?}");
        let said = page.body.split("<html").nth(1).unwrap().split('>').next().unwrap();
        assert_eq!(said.contains("data-scheme"), kept.is_some(), "{said}");
    }
    assert_eq!(browser.post("/api/preferences/scheme", &[]).await.location(), Some("/"));
    for action in ["/api/preferences/scheme", "/api/preferences/zone"] {
        for to in
            ["https://evil.example/", "//evil.example", "/\\evil.example", "/a\r\nx: y", "/ü", MARKUP, NUL, &long()]
        {
            let pairs = [("scheme", "dark"), ("zone", "UTC"), ("back", to)];
            let answer = browser.post(action, &pairs).await;
            assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, Some("/")), "{action} {to:?}");
        }
    }
    // A cookie that somebody wrote by hand chooses nothing and breaks nothing.
    for (name, value) in [
        ("scheme", "\"><script>"),
        ("tz", "%00"),
        ("tz", "Mars/Olympus"),
        ("flash", "%FF"),
        ("session", "%00"),
        ("browser", ""),
    ] {
        browser.cookies.insert(name.to_owned(), value.to_owned());
        for page in ["/help-now", "/groups", "/sign-in/code", "/program"] {
            let answer = browser.get(page).await;
            assert!(!answer.status.is_server_error(), "{page} with {name}={value}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_twice_signs_out_once() {
    let test = TestApp::new().await;
    let mut robin = test.signed_in("robin@example.com").await;
    for _ in 0..2 {
        let answer = robin.post("/api/sign-in/out", &[]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, Some("/")));
        assert!(!robin.cookies.contains_key("session"));
    }
    let ended: i64 = sqlx::query_scalar("select count(*) from audit_events where action = 'session ended'")
        .fetch_one(test.pool())
        .await
        .unwrap();
    assert_eq!(ended, 1);
    assert_eq!(robin.call("/api/sign-in/out", &[]).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_told_the_field() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    for typed in ["", "robin", NUL, MARKUP] {
        assert_eq!(fields(&browser.call(REQUEST, &[("email", typed)]).await), ["email"], "{typed:?}");
    }
    assert_eq!(fields(&browser.call(REQUEST, &[]).await), ["email"]);
    assert_eq!(fields(&browser.call(CODE, &[("code", "123")]).await), ["code"]);
    assert_eq!(fields(&browser.call(CODE, &[("code", "123456")]).await), ["code"]);
    assert_eq!(refusal(&browser.call("/api/sign-in/link", &[("token", "x")]).await), AppError::CodeOver);
}
