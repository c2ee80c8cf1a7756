//! A question to the practice.

use super::{BREAK, LETTERS, MARKUP, NUL, assert_untold, assert_wrong_at, back, changed, fields, key, long, refusal};
use crate::support::{Browser, TestApp};
use axum::http::StatusCode;
use common_ground::error::AppError;

const ACTION: &str = "/api/contact/ask";
const PAGE: &str = "/contact";
const FIELDS: [&str; 3] = ["name", "email", "question"];
const QUESTION: &str = "Do I need a camera?\n\nMine is broken.";

fn asking<'a>(key: &'a str, question: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("key", key), ("name", "Robin"), ("email", "robin@example.com"), ("question", question)]
}

async fn kept(test: &TestApp) -> Vec<(String, String, String)> {
    sqlx::query_as("select name, email, question from contact_questions order by asked_at")
        .fetch_all(test.pool())
        .await
        .unwrap()
}

/// What the form shows after it was refused.
fn shown(page: &crate::support::Answer) -> [Option<String>; 3] {
    [page.input("name"), page.input("email"), page.area("question")]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_kept_and_mailed_to_the_office_once() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    let page = browser.get(PAGE).await;
    assert!(page.body.contains("+1 555 010 0100"), "the phone of the practice: {}", page.body);
    let key = page.input("key").unwrap();
    let pairs = asking(&key, QUESTION);
    let (mut one, mut two) = (browser.clone(), browser.clone());
    let (one, two) = tokio::join!(one.post(ACTION, &pairs), two.post(ACTION, &pairs));
    for answer in [one, two, browser.post(ACTION, &pairs).await] {
        assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, Some("/contact/sent")), "{}", answer.body);
        assert_untold(&answer, &pairs);
    }
    assert!(browser.get("/contact/sent").await.body.contains("We have your question."));
    assert_eq!(kept(&test).await, [("Robin".to_owned(), "robin@example.com".to_owned(), QUESTION.to_owned())]);
    let mails: Vec<(String, String)> =
        sqlx::query_as("select to_address, text_body from outbox where kind = 'contact_question'")
            .fetch_all(test.pool())
            .await
            .unwrap();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].0, "office@alderstreet.example");
    for part in ["Do I need a camera?", "Mine is broken.", "Robin", "robin@example.com"] {
        assert!(mails[0].1.contains(part), "{}", mails[0].1);
    }
    let told: i64 = sqlx::query_scalar("select count(*) from audit_events where action = 'question asked'")
        .fetch_one(test.pool())
        .await
        .unwrap();
    assert_eq!(told, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_comes_back_with_everything_that_was_typed() {
    let test = TestApp::demo().await;
    let (mut browser, long, longest) = (test.browser(), long(), "ä".repeat(1001));
    let key = key();
    let page = back(&mut browser, ACTION, &[("key", &key)], PAGE).await;
    assert_wrong_at(&page, &FIELDS, &FIELDS);
    let cases = [
        ("name", "  "),
        ("name", BREAK),
        ("name", &long),
        ("email", "robin"),
        ("email", MARKUP),
        ("email", LETTERS),
        ("question", ""),
        ("question", "Robin\u{202E}yhsA"),
        ("question", &longest),
    ];
    for (field, typed) in cases {
        let pairs = changed(&asking(&key, LETTERS), &[(field, Some(typed))]);
        let page = back(&mut browser, ACTION, &pairs, PAGE).await;
        assert_wrong_at(&page, &[field], &FIELDS);
        for (name, shown) in FIELDS.into_iter().zip(shown(&page)) {
            let typed = pairs.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(shown, typed, "{name} after a wrong {field}");
        }
    }
    let page = back(&mut browser, ACTION, &asking(&key, NUL), PAGE).await;
    assert_wrong_at(&page, &["question"], &FIELDS);
    // Markup in a text area stays text.
    let pairs = changed(&asking(&key, "</textarea><script>alert(1)</script>"), &[("email", Some("robin"))]);
    let page = back(&mut browser, ACTION, &pairs, PAGE).await;
    assert_eq!(page.area("question").as_deref(), Some("</textarea><script>alert(1)</script>"));
    assert_eq!(kept(&test).await, []);
    // A call of the program in the browser gets the same as an error with its status.
    assert_eq!(fields(&browser.call(ACTION, &[("key", &key)]).await), FIELDS);
    assert_eq!(refusal(&browser.call(ACTION, &asking("no key", QUESTION)).await), AppError::BadRequest);
}

async fn ask(browser: &mut Browser) -> StatusCode {
    let key = key();
    browser.call(ACTION, &asking(&key, QUESTION)).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_floods_the_office() {
    let test = TestApp::with(|settings| settings.rate_limits = true).await;
    let mut browser = test.browser();
    for _ in 0..10 {
        assert_eq!(ask(&mut browser).await, StatusCode::OK);
    }
    assert_eq!(ask(&mut browser).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(kept(&test).await.len(), 10);
}
