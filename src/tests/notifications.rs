//! The weekly list from the side of whoever is on it: asking, saying yes, changing, ending. What is mailed is read from the
//! outbox, as a mailbox would show it.

use crate::support::{Answer, Browser, TestApp};
use common_ground::{domain::ids::SubscriberId, server::list_links};
use uuid::Uuid;

mod address;
mod again;
mod asking;
mod confirming;
mod ending;
mod every_mail;
mod links;
mod members;
mod own_data;
mod preferences;
mod timing;

const SUBSCRIBE: &str = "/api/notifications/subscribe";
const CONFIRM: &str = "/api/notifications/confirm";
const WREN: &str = "wren@example.org";

/// Asks for the weekly mail as a form without script does.
async fn ask(browser: &mut Browser, email: &str, wishes: &[(&str, &str)]) -> Answer {
    let mut pairs = vec![("email", email)];
    pairs.extend(wishes);
    browser.post(SUBSCRIBE, &pairs).await
}

/// The texts of the mails about the list to somebody, oldest first, each with its kind.
async fn mails(test: &TestApp, email: &str) -> Vec<(String, String)> {
    sqlx::query_as(
        r"select kind, text_body from outbox where to_address = $1 and kind like 'subscription\_%' order by created_at, id",
    )
    .bind(email)
    .fetch_all(test.pool())
    .await
    .unwrap()
}

/// The kinds of these mails.
async fn kinds(test: &TestApp, email: &str) -> Vec<String> {
    mails(test, email).await.into_iter().map(|(kind, _)| kind).collect()
}

/// The path of the newest link in a mail to somebody.
async fn link(test: &TestApp, email: &str) -> String {
    let (_, text) = mails(test, email).await.pop().unwrap_or_else(|| panic!("no mail to {email}"));
    let at = text.find("/notifications/").unwrap_or_else(|| panic!("no link: {text}"));
    text[at..].split_whitespace().next().unwrap().to_owned()
}

/// The last part of a path.
fn token(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}

/// Puts an address on the list as its owner does; gives her id.
async fn on_the_list(test: &TestApp, email: &str, wishes: &[(&str, &str)]) -> SubscriberId {
    let mut browser = test.browser();
    ask(&mut browser, email, wishes).await;
    let confirmed = browser.submit(CONFIRM, &[("token", &token(&link(test, email).await))]).await;
    assert!(confirmed.body.contains("You are on the list."), "{}", confirmed.body);
    id(test, email).await
}

async fn id(test: &TestApp, email: &str) -> SubscriberId {
    let id: Uuid = sqlx::query_scalar("select id from subscribers where email = $1")
        .bind(email)
        .fetch_one(test.pool())
        .await
        .unwrap();
    SubscriberId(id)
}

/// A token that opens the preferences of somebody now.
async fn opener(test: &TestApp, email: &str) -> String {
    let links: i16 = sqlx::query_scalar("select links from subscribers where email = $1")
        .bind(email)
        .fetch_one(test.pool())
        .await
        .unwrap();
    let link = list_links::PreferencesLink { subscriber: id(test, email).await, links, made_at: test.app.now() };
    list_links::preferences(&test.app.keys, link)
}

async fn status(test: &TestApp, email: &str) -> Option<String> {
    sqlx::query_scalar("select status from subscribers where email = $1")
        .bind(email)
        .fetch_optional(test.pool())
        .await
        .unwrap()
}

async fn count(test: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(test.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

async fn change(test: &TestApp, sql: &'static str) -> u64 {
    sqlx::query(sql).execute(test.pool()).await.unwrap_or_else(|error| panic!("{sql}: {error}")).rows_affected()
}

/// What was done to a subscription, oldest first: the action, and whether the subscriber herself is its actor.
async fn trail(test: &TestApp, id: SubscriberId) -> Vec<(String, bool)> {
    sqlx::query_as("select action, actor = subject from audit_events where subject = $1 order by at, id")
        .bind(id.to_string())
        .fetch_all(test.pool())
        .await
        .unwrap()
}

/// The keyed hash of an address.
fn mac(test: &TestApp, email: &str) -> Vec<u8> {
    common_ground::server::state::mac(&test.app.keys.addresses, email.as_bytes()).to_vec()
}

/// Nothing is mailed to the list at an address any more.
async fn suppress(test: &TestApp, email: &str, reason: &str) {
    sqlx::query("insert into suppressions (email_mac, reason) values ($1, $2)")
        .bind(mac(test, email))
        .bind(reason)
        .execute(test.pool())
        .await
        .unwrap();
}

async fn suppressed(test: &TestApp, email: &str) -> Option<String> {
    sqlx::query_scalar("select reason from suppressions where email_mac = $1")
        .bind(mac(test, email))
        .fetch_optional(test.pool())
        .await
        .unwrap()
}
