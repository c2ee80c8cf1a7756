//! Sessions: their cookie, how long they live, and that ending one ends it everywhere at once.

use super::{CODE, ROBIN, ask, count, is_in, owner, set_cookie};
use crate::support::{Browser, TestApp};
use common_ground::server::settings::Environment;
use sqlx::AssertSqlSafe;
use std::time::Duration;

/// Moves the last use of every session into the past.
async fn leave_alone(test: &TestApp, time: &str) {
    let sql = format!("update sessions set used_at = now() - interval '{time}'");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut owner(test).await).await.unwrap();
}

async fn sign_in(test: &TestApp, browser: &mut Browser, email: &str, own_device: &str) -> String {
    let (code, _) = ask(test, browser, email).await;
    let answer = browser.post(CODE, &[("code", &code), ("own_device", own_device)]).await;
    let name = if test.app.settings.is_https() { "__Host-session" } else { "session" };
    set_cookie(&answer, name).unwrap_or_else(|| panic!("a session: {:?}", answer.headers))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_stays_in_the_browser_and_on_this_site() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    let cookie = sign_in(&test, &mut browser, ROBIN, "").await;
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    let mut attributes: Vec<_> = attributes.split("; ").collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Lax"]);
    assert!(pair.len() >= "session=".len() + 64, "256 bits: {pair}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_https_every_cookie_is_bound_to_the_host() {
    let test = TestApp::with(|settings| {
        settings.public_url = "https://groups.example.org".to_owned();
        settings.environment = Environment::Production;
    })
    .await;
    let mut browser = test.browser();
    let asked = browser.post("/api/sign-in/request", &[("email", "none")]).await;
    let flash = set_cookie(&asked, "__Host-flash").expect("what was typed");
    let asked = browser.post("/api/sign-in/request", &[("email", "wren@example.com")]).await;
    let bound = set_cookie(&asked, "__Host-browser").expect("what a code is bound to");
    let session = sign_in(&test, &mut browser, ROBIN, "").await;
    for cookie in [flash, bound, session] {
        for attribute in ["Secure", "HttpOnly", "Path=/", "SameSite=Lax"] {
            assert!(cookie.split("; ").any(|part| part == attribute), "{attribute}: {cookie}");
        }
        assert!(!cookie.to_ascii_lowercase().contains("domain="), "{cookie}");
    }
    for action in ["/api/preferences/scheme", "/api/preferences/zone"] {
        let answer = browser.post(action, &[("scheme", "dark"), ("zone", "UTC")]).await;
        for cookie in answer.headers.get_all("set-cookie") {
            assert!(cookie.to_str().unwrap().contains("; Secure"), "{cookie:?}");
        }
    }
    assert!(is_in(&mut browser).await);
    // The plain name is not taken in its place: another host of the domain could have set it.
    let mut forged = test.browser();
    forged.cookies.insert("session".to_owned(), browser.cookies["__Host-session"].clone());
    assert!(!is_in(&mut forged).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_left_alone_ends() {
    let test = TestApp::with(|settings| settings.durations.session_idle = 2).await;
    let mut browser = test.browser();
    sign_in(&test, &mut browser, ROBIN, "").await;
    assert!(is_in(&mut browser).await);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert!(!is_in(&mut browser).await);
    let program = browser.get("/program").await;
    assert_eq!(program.location(), Some("/sign-in?next=/program"), "{} {}", program.status, program.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_used_goes_on() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    sign_in(&test, &mut browser, ROBIN, "").await;
    leave_alone(&test, "29 minutes").await;
    assert!(is_in(&mut browser).await);
    // The use is written beside the answer.
    for _ in 0..50 {
        if count(&test, "select count(*) from sessions where used_at > now() - interval '1 minute'").await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(count(&test, "select count(*) from sessions where used_at > now() - interval '1 minute'").await, 1);
    // At most once a minute.
    leave_alone(&test, "30 seconds").await;
    assert!(is_in(&mut browser).await);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(count(&test, "select count(*) from sessions where used_at > now() - interval '25 seconds'").await, 0);
    leave_alone(&test, "31 minutes").await;
    assert!(!is_in(&mut browser).await);
    // What has ended does not come back by being used.
    assert!(!is_in(&mut browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_a_limit_however_it_is_used() {
    let test = TestApp::with(|settings| settings.durations.session = 2).await;
    let mut browser = test.browser();
    let cookie = sign_in(&test, &mut browser, ROBIN, "").await;
    assert!(cookie.contains("Max-Age=2"), "{cookie}");
    assert!(is_in(&mut browser).await);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert!(!is_in(&mut browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_is_signed_out_sooner_and_has_no_device_of_its_own() {
    let test = TestApp::new().await;
    let mut owner = owner(&test).await;
    for role in ["therapist", "office"] {
        let email = format!("{role}@example.com");
        sqlx::query("insert into accounts (id, email, role) values (gen_random_uuid(), $1, $2)")
            .bind(&email)
            .bind(role)
            .execute(&mut owner)
            .await
            .unwrap();
        let mut browser = test.browser();
        let cookie = sign_in(&test, &mut browser, &email, "true").await;
        assert!(cookie.contains("Max-Age=43200"), "{role}: {cookie}");
        leave_alone(&test, "14 minutes").await;
        assert!(is_in(&mut browser).await, "{role}");
        leave_alone(&test, "16 minutes").await;
        assert!(!is_in(&mut browser).await, "{role}");
    }
    assert_eq!(count(&test, "select count(*) from sessions where own_device").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn her_own_device_is_remembered_for_two_weeks_of_quiet_and_thirty_days() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    let cookie = sign_in(&test, &mut browser, ROBIN, "true").await;
    assert!(cookie.contains("Max-Age=2592000"), "{cookie}");
    assert_eq!(count(&test, "select idle_seconds::bigint from sessions where own_device").await, 14 * 86_400);
    assert_eq!(
        count(&test, "select round(extract(epoch from expires_at - created_at) / 86400)::bigint from sessions").await,
        30
    );
    leave_alone(&test, "13 days 23 hours").await;
    assert!(is_in(&mut browser).await);
    tokio::time::sleep(Duration::from_millis(200)).await;
    leave_alone(&test, "14 days 1 minute").await;
    assert!(!is_in(&mut browser).await);
    // Left unticked, it is half an hour.
    let mut other = test.browser();
    sign_in(&test, &mut other, ROBIN, "").await;
    leave_alone(&test, "31 minutes").await;
    assert!(!is_in(&mut other).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_it_at_once_wherever_it_is_used() {
    let test = TestApp::new().await;
    let mut browser = test.signed_in(ROBIN).await;
    let mut elsewhere = browser.clone();
    let mut another = test.signed_in(ROBIN).await;
    let mut wren = test.signed_in("wren@example.com").await;
    assert!(is_in(&mut elsewhere).await);
    let answer = browser.post("/api/sign-in/out", &[]).await;
    let cookie = set_cookie(&answer, "session").expect("the cookie is taken away");
    assert!(cookie.starts_with("session=;") && cookie.contains("Max-Age=0") && cookie.contains("Path=/"), "{cookie}");
    assert!(!is_in(&mut browser).await && !is_in(&mut elsewhere).await);
    assert!(is_in(&mut another).await && is_in(&mut wren).await, "nobody else is signed out");
    // Nor does the end come undone by a use that was under way.
    leave_alone(&test, "2 minutes").await;
    assert!(!is_in(&mut elsewhere).await);
    assert_eq!(count(&test, "select count(*) from sessions where revoked_at is not null").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_draws_a_new_token_and_ends_the_old_session() {
    let test = TestApp::new().await;
    let mut browser = test.signed_in(ROBIN).await;
    let old = browser.clone();
    let (code, _) = ask(&test, &mut browser, "wren@example.com").await;
    assert!(is_in(&mut browser).await, "asking for a code signs nobody out");
    browser.post(CODE, &[("code", &code)]).await;
    assert_ne!(browser.cookies["session"], old.cookies["session"]);
    assert!(is_in(&mut browser).await);
    assert!(!is_in(&mut old.clone()).await);
    // A token that somebody planted before is never taken over.
    let mut planted = test.browser();
    planted.cookies.insert("session".to_owned(), "f".repeat(64));
    assert!(!is_in(&mut planted).await);
    sign_in(&test, &mut planted, ROBIN, "").await;
    assert_ne!(planted.cookies["session"], "f".repeat(64));
    let mut attacker = test.browser();
    attacker.cookies.insert("session".to_owned(), "f".repeat(64));
    assert!(!is_in(&mut attacker).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_up_cookie_is_nobody() {
    let test = TestApp::new().await;
    let browser = test.signed_in(ROBIN).await;
    let token = browser.cookies["session"].clone();
    let hash: String =
        sqlx::query_scalar("select encode(token_hash, 'hex') from sessions").fetch_one(test.pool()).await.unwrap();
    for made_up in
        ["", "x", &token[1..], &token.to_uppercase(), &format!("{token}0"), &hash, "' or true --", "%00", "%FF"]
    {
        let mut other = test.browser();
        other.cookies.insert("session".to_owned(), made_up.to_owned());
        assert!(!is_in(&mut other).await, "{made_up}");
    }
}
