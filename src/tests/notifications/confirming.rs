//! The link that asks for a yes: opened it changes nothing, pressed it puts her on the list, for as long as it works.

use super::{CONFIRM, WREN, ask, change, count, link, on_the_list, status, token, trail};
use crate::support::TestApp;
use axum::http::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn opening_changes_nothing_and_pressing_says_yes() {
    let test = TestApp::demo().await;
    ask(&mut test.browser(), WREN, &[("topic[]", "anxiety"), ("state", "NY")]).await;
    let path = link(&test, WREN).await;
    let mut mailbox = test.browser();
    for _ in 0..3 {
        let page = mailbox.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        for words in ["Shall we write to you?", "Yes, write to me", "Anxiety", "New York", "Eastern"] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        assert_eq!(page.headers["x-robots-tag"], "noindex");
        assert_eq!(page.headers["cache-control"], "no-store");
    }
    assert_eq!(status(&test, WREN).await.as_deref(), Some("pending"));

    for _ in 0..2 {
        let done = mailbox.submit(CONFIRM, &[("token", &token(&path))]).await;
        assert!(done.body.contains("You are on the list.") && !done.body.contains(WREN), "{}", done.body);
    }
    assert_eq!(status(&test, WREN).await.as_deref(), Some("confirmed"));
    assert_eq!(
        count(
            &test,
            "select count(*) from subscribers where confirmed_at > now() - interval '1 minute' and ended_at is null"
        )
        .await,
        1
    );
    assert_eq!(
        trail(&test, super::id(&test, WREN).await).await,
        [("subscription asked for".to_owned(), false), ("subscription confirmed".to_owned(), true)],
        "twice is once, and she is the actor"
    );
    let detail: String =
        sqlx::query_scalar("select detail::text from audit_events where action = 'subscription confirmed'")
            .fetch_one(test.pool())
            .await
            .unwrap();
    assert!(detail.contains("2026-11-29") && !detail.contains('@'), "{detail}");
    // From there to the preferences, without a mail in between.
    let page = mailbox.get(&path).await;
    let preferences = page.body.split("href=\"/notifications/preferences/").nth(1).unwrap().split('"').next().unwrap();
    let opened = mailbox.get(&format!("/notifications/preferences/{preferences}")).await;
    assert!(opened.body.contains(WREN), "{}", opened.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_old_or_replaced_or_none_says_so_and_does_nothing() {
    let test = TestApp::with(|settings| settings.durations.confirmation = 1).await;
    test.fill().await;
    ask(&mut test.browser(), WREN, &[]).await;
    let old = token(&link(&test, WREN).await);
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    let mut mailbox = test.browser();
    for dead in [old.as_str(), "0123456789abcdef", "none", "%20"] {
        for page in [
            mailbox.get(&format!("/notifications/confirm/{dead}")).await,
            mailbox.submit(CONFIRM, &[("token", dead)]).await,
        ] {
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.body.contains("does not work any more"), "{dead}: {}", page.body);
        }
    }
    assert_eq!(status(&test, WREN).await.as_deref(), Some("pending"));
    assert_eq!(mailbox.call(CONFIRM, &[("token", "none")]).await.status, StatusCode::OK);
}

/// Whoever had ended it, and then asks and confirms, begins anew: what she had allowed besides is not part of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_yes_begins_anew() {
    let test = TestApp::demo().await;
    let id = on_the_list(&test, WREN, &[("topic[]", "anxiety")]).await;
    change(&test, "update subscribers set details = true, paused_until = '2099-01-01', status = 'unsubscribed', ended_at = now(), mailed_at = now() - interval '2 hours'").await;
    ask(&mut test.browser(), WREN, &[("topic[]", "depression")]).await;
    assert_eq!(status(&test, WREN).await.as_deref(), Some("unsubscribed"), "until she says yes");
    test.browser().post(CONFIRM, &[("token", &token(&link(&test, WREN).await))]).await;
    let row: (String, Vec<String>, bool, bool, bool) = sqlx::query_as(
        "select status, topics, details, paused_until is null, ended_at is null from subscribers where id = $1",
    )
    .bind(id.0)
    .fetch_one(test.pool())
    .await
    .unwrap();
    assert_eq!(row, ("confirmed".to_owned(), vec!["depression".to_owned()], false, true, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_links_is_slowed_down() {
    let test = TestApp::with(|settings| settings.rate_limits = true).await;
    let mut browser = test.browser();
    let mut last = StatusCode::OK;
    for n in 0..70 {
        last = browser.call(CONFIRM, &[("token", &format!("guess{n}"))]).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    // As a form the page says so.
    let page = browser.submit(CONFIRM, &[("token", "guess")]).await;
    assert_eq!(page.status, StatusCode::OK);
}
