//! The forms of the account: profile, a new address, a fresh code, deleting.

use super::{BREAK, LETTERS, MARKUP, NUL, assert_untold, assert_wrong_at, back, changed, long, summary};
use crate::support::TestApp;
use axum::http::StatusCode;

const FIELDS: [&str; 7] = ["display_name", "legal_name", "phone", "state", "zone", "contact_name", "contact_phone"];

fn good() -> Vec<(&'static str, &'static str)> {
    vec![
        ("display_name", "Robin"),
        ("legal_name", "Robin Ashby"),
        ("phone", "555 010 0142"),
        ("state", "NY"),
        ("zone", "America/Chicago"),
        ("contact_name", "Sam Whitlock"),
        ("contact_phone", "555 010 0143"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_comes_back_with_everything_typed() {
    let test = TestApp::demo().await;
    // She has a seat, so nothing may be left empty.
    let mut wren = test.signed_in("wren@example.org").await;
    let (action, here, long) = ("/api/account/profile", "/account/profile", long());
    for field in FIELDS {
        for typed in [None, Some(""), Some("  "), Some(NUL), Some(BREAK), Some(&*long), Some(MARKUP)] {
            if field.ends_with("_name") && typed == Some(MARKUP) {
                continue;
            }
            let pairs = changed(&good(), &[(field, typed)]);
            let page = back(&mut wren, action, &pairs, here).await;
            assert_wrong_at(&page, &[field], &FIELDS);
            for (name, value) in pairs.iter().filter(|(name, _)| !["state", "zone"].contains(name)) {
                if *value == NUL {
                    assert!(page.input(name).unwrap_or_default().starts_with("Robin"), "{name}");
                } else {
                    assert_eq!(page.input(name).as_deref(), Some(*value), "{name} after {field} {typed:?}");
                }
            }
            if field != "state" {
                assert_eq!(page.chosen("state").as_deref(), Some("NY"));
            }
            if field != "zone" {
                assert_eq!(page.chosen("zone").as_deref(), Some("America/Chicago"));
            }
        }
    }
    // Strange names are names.
    let pairs = changed(&good(), &[("display_name", Some(LETTERS)), ("contact_name", Some(MARKUP))]);
    let kept = back(&mut wren, action, &pairs, "/account").await;
    assert!(kept.body.contains("Your changes are kept."), "{}", kept.body);
    assert_eq!(wren.get(here).await.input("contact_name").as_deref(), Some(MARKUP));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_comes_back() {
    let test = TestApp::new().await;
    let mut robin = test.signed_in("robin@example.com").await;
    let long = long();
    for typed in
        ["", "  ", "robin", "robin@", "a b@example.com", "robin@example.com", MARKUP, LETTERS, NUL, BREAK, &long]
    {
        let page = back(&mut robin, "/api/account/address", &[("email", typed)], "/account/address").await;
        assert_wrong_at(&page, &["email"], &["email"]);
        if typed != NUL {
            assert_eq!(page.input("email").as_deref(), Some(typed));
        }
    }
    let pairs = [("email", "robin.new@example.com")];
    let answer = robin.post("/api/account/address", &pairs).await;
    assert_untold(&answer, &pairs);
    assert_eq!(answer.location(), Some("/account/address"));
    for token in ["", "0123", MARKUP, NUL, BREAK, &long] {
        let page = robin.submit("/api/account/address-confirm", &[("token", token)]).await;
        assert!(page.status == StatusCode::OK && page.body.contains("This link does not work any more."), "{token:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_code_that_is_none_comes_back() {
    let test = TestApp::new().await;
    let mut robin = test.signed_in("robin@example.com").await;
    let here = "/account/code?next=/account/data";
    assert!(robin.get(here).await.body.contains("Mail me a code"));
    robin.post("/api/account/ask-code", &[("next", "/account/data")]).await;
    for typed in ["", "12345", "12345a", MARKUP, LETTERS, NUL, BREAK] {
        let page =
            back(&mut robin, "/api/account/enter-code", &[("code", typed), ("next", "/account/data")], here).await;
        assert_wrong_at(&page, &["code"], &["code"]);
        if typed != NUL {
            assert_eq!(page.input("code").as_deref(), Some(typed));
        }
    }
    for next in ["https://evil.example/", "//evil.example", "/a\r\nx: y", MARKUP] {
        let answer = robin.post("/api/account/ask-code", &[("next", next)]).await;
        assert_eq!(answer.location(), Some("/account/code"), "{next:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn small_forms_say_what_is_wrong() {
    let test = TestApp::new().await;
    let mut robin = test.signed_in("robin@example.com").await;
    for typed in [None, Some(""), Some("perhaps"), Some(MARKUP)] {
        let pairs: Vec<_> = typed.map(|typed| ("sure", typed)).into_iter().collect();
        let page = back(&mut robin, "/api/account/delete", &pairs, "/account/delete").await;
        assert_wrong_at(&page, &["sure"], &["sure"]);
    }
    for id in ["", "none", NUL, MARKUP] {
        let page = back(&mut robin, "/api/account/end-session", &[("session", id)], "/account/sessions").await;
        assert!(summary(&page).contains("<p>"), "{id:?}");
    }
    // Without a session every form leads to the sign-in page, and from there back.
    let mut visitor = test.browser();
    for action in [
        "profile",
        "address",
        "address-stop",
        "delete",
        "end-session",
        "sign-out-everywhere",
        "calendar-make",
        "calendar-stop",
        "ask-code",
        "enter-code",
    ] {
        let answer = visitor.post(&format!("/api/account/{action}"), &[]).await;
        assert!(
            answer.location().is_some_and(|path| path.starts_with("/sign-in?next=/account")),
            "{action}: {:?}",
            answer.location()
        );
    }
}
