//! Signing in: what a code and a session can do, for how long, in which browser, and what is stored of them.

use crate::support::{Answer, Browser, TestApp};
use axum::http::{StatusCode, header};
use sqlx::{Connection as _, PgConnection};

mod code;
mod link;
mod rates;
mod secrets;
mod session;

const REQUEST: &str = "/api/sign-in/request";
const CODE: &str = "/api/sign-in/code";
const LINK: &str = "/api/sign-in/link";
const ROBIN: &str = "robin@example.com";

/// Asks for a code and gives it, with the token of its link.
async fn ask(test: &TestApp, browser: &mut Browser, email: &str) -> (String, String) {
    ask_for(test, browser, email, "").await
}

/// The same, to go to `next` afterwards.
async fn ask_for(test: &TestApp, browser: &mut Browser, email: &str, next: &str) -> (String, String) {
    let before = test.mails(email).len();
    let asked = browser.post(REQUEST, &[("email", email), ("next", next)]).await;
    assert_eq!((asked.status, asked.location()), (StatusCode::FOUND, Some("/sign-in/code")), "{}", asked.body);
    test.work().await;
    let mails = test.mails(email);
    assert_eq!(mails.len(), before + 1, "one mail more to {email}");
    let mail = mails.last().unwrap();
    let link = mail.text.split("/sign-in/link/").nth(1).expect("a link");
    let token = link.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap();
    (mail.code().expect("a code").to_owned(), token.to_owned())
}

/// Whether a browser is signed in.
async fn is_in(browser: &mut Browser) -> bool {
    match browser.call("/api/program/get", &[]).await.status {
        StatusCode::OK => true,
        StatusCode::UNAUTHORIZED => false,
        other => panic!("{other}"),
    }
}

/// Types a code; it is refused.
async fn refused(browser: &mut Browser, code: &str) -> String {
    let answer = browser.post(CODE, &[("code", code)]).await;
    assert_eq!(answer.location(), Some("/sign-in/code"), "{code}");
    assert!(set_cookie(&answer, "session").is_none(), "no session for {code}");
    assert!(!is_in(browser).await);
    browser.get("/sign-in/code").await.body
}

/// A code that is not this one.
fn other_than(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

/// The header that sets a cookie.
fn set_cookie(answer: &Answer, name: &str) -> Option<String> {
    answer
        .headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find(|text| text.split('=').next() == Some(name))
        .map(ToOwned::to_owned)
}

async fn owner(test: &TestApp) -> PgConnection {
    PgConnection::connect(&test.owner_url).await.expect("the owner")
}

async fn count(test: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(test.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}
