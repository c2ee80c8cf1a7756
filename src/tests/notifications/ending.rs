//! Ending the weekly mail: by one tap, by a mail program, twice, from the oldest mail; and what the token cannot do.

use super::{WREN, change, count, on_the_list, opener, status, trail};
use crate::support::{Answer, Browser, TestApp};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use common_ground::{
    domain::ids::SubscriberId,
    server::list_links::{self, PreferencesLink},
};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

/// Posts as a mail program does: no cookie, and what another site's server would send along.
async fn one_click(browser: &mut Browser, token: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(format!("/unsubscribe/{token}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.send(request, Body::from("List-Unsubscribe=One-Click")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_program_ends_it_with_one_post_from_anywhere_and_twice_is_fine() {
    let test = TestApp::demo().await;
    let id = on_the_list(&test, WREN, &[]).await;
    sqlx::query(
        "insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id, subscriber_id, unsubscribe_url)
         values (gen_random_uuid(), 'digest:1', 'digest', $1, 's', 't', 'h', '<1@h>', $2, 'https://x/unsubscribe/y')",
    )
    .bind(WREN)
    .bind(id.0)
    .execute(test.pool())
    .await
    .unwrap();
    let token = list_links::unsubscribe(&test.app.keys, id, WREN);
    let from: [&[(&str, &str)]; 4] = [
        &[],
        &[("origin", "https://mail.example.com"), ("sec-fetch-site", "cross-site")],
        &[("origin", "null"), ("accept", "text/html")],
        &[("accept", "*/*"), ("cookie", "session=stranger")],
    ];
    for headers in from {
        for _ in 0..2 {
            let answer = one_click(&mut test.browser(), &token, headers).await;
            assert_eq!(answer.status, StatusCode::OK, "{headers:?}: {}", answer.body);
            assert!(
                answer.body.contains("no weekly mail") && !answer.headers.contains_key(header::SET_COOKIE),
                "{}",
                answer.body
            );
        }
    }
    assert_eq!(status(&test, WREN).await.as_deref(), Some("unsubscribed"));
    assert_eq!(trail(&test, id).await.last().unwrap(), &("subscription ended".to_owned(), true));
    assert_eq!(count(&test, "select count(*) from audit_events where action = 'subscription ended'").await, 1);
    assert_eq!(
        count(&test, "select count(*) from outbox where kind = 'digest' and sent_at is null and failed_at is null")
            .await,
        0,
        "what waits does not leave"
    );

    // As multipart, which the standard allows as well.
    change(&test, "update subscribers set status = 'confirmed', ended_at = null").await;
    let body = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/unsubscribe/{token}"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    assert_eq!(test.browser().send(request, Body::from(body)).await.status, StatusCode::OK);
    assert_eq!(status(&test, WREN).await.as_deref(), Some("unsubscribed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_presses_one_button_and_reads_that_it_is_done() {
    let test = TestApp::demo().await;
    let id = on_the_list(&test, WREN, &[]).await;
    let path = format!("/unsubscribe/{}", list_links::unsubscribe(&test.app.keys, id, WREN));
    let mut browser = test.browser();
    for _ in 0..2 {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.body.contains(&format!("action=\"{path}\"")) && page.body.contains("lets it rest"),
            "{}",
            page.body
        );
        assert!(!page.body.contains(WREN), "whoever has an old mail learns no address");
    }
    assert_eq!(status(&test, WREN).await.as_deref(), Some("confirmed"), "opening ends nothing");
    for _ in 0..2 {
        let done = browser.submit(&path, &[]).await;
        assert_eq!(done.status, StatusCode::OK);
        assert!(done.body.contains("The weekly mail has stopped."), "{}", done.body);
    }
    assert_eq!(status(&test, WREN).await.as_deref(), Some("unsubscribed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_can_do_nothing_else_and_whoever_is_gone_gets_the_same_page() {
    let test = TestApp::demo().await;
    let id = on_the_list(&test, WREN, &[]).await;
    let token = list_links::unsubscribe(&test.app.keys, id, WREN);
    let mut browser = test.browser();
    let page = browser.get(&format!("/notifications/preferences/{token}")).await;
    assert!(page.body.contains("This link is not whole."), "{}", page.body);
    for action in ["preferences", "pause", "stop", "start", "address", "fresh-link", "wipe", "confirm"] {
        let pairs = [("token", token.as_str()), ("email", "x@example.org"), ("sure", "true")];
        browser.call(&format!("/api/notifications/{action}"), &pairs).await;
    }
    assert_eq!(status(&test, WREN).await.as_deref(), Some("confirmed"));
    // And a link to the preferences ends nothing there.
    let opened = opener(&test, WREN).await;
    assert_eq!(one_click(&mut browser, &opened, &[]).await.status, StatusCode::NOT_FOUND);
    for broken in [&token[..20], "none", "x"] {
        assert_eq!(one_click(&mut browser, broken, &[]).await.status, StatusCode::NOT_FOUND, "{broken}");
        assert!(browser.get(&format!("/unsubscribe/{broken}")).await.body.contains("This link is not whole."));
    }
    assert_eq!(status(&test, WREN).await.as_deref(), Some("confirmed"));

    let gone = list_links::unsubscribe(&test.app.keys, SubscriberId(Uuid::from_u128(7)), "gone@example.org");
    one_click(&mut browser, &token, &[]).await;
    for token in [&token, &gone] {
        assert_eq!(one_click(&mut browser, token, &[]).await.status, StatusCode::OK);
        let page = browser.get(&format!("/unsubscribe/{token}")).await;
        assert!(page.status == StatusCode::OK && page.body.contains("The weekly mail has stopped."), "{}", page.body);
    }
    let nobody = PreferencesLink { subscriber: SubscriberId(Uuid::from_u128(7)), links: 1, made_at: test.app.now() };
    let page =
        browser.get(&format!("/notifications/preferences/{}", list_links::preferences(&test.app.keys, nobody))).await;
    assert!(page.body.contains("No weekly mail goes here."), "{}", page.body);
}

/// Only this one path may be posted to from another site.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_is_let_in_from_another_site() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    for path in [
        "/api/notifications/stop",
        "/api/notifications/confirm",
        "/notifications",
        "/unsubscribe",
        "/unsubscribed/x",
        "/api/unsubscribe/x",
    ] {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::ORIGIN, "https://evil.example")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = browser.send(request, Body::from("token=x")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}

/// She was wiped and came back: an old mail's link ends what she has now.
#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_link_ends_what_its_address_has_now() {
    let test = TestApp::demo().await;
    let first = on_the_list(&test, WREN, &[]).await;
    let old = list_links::unsubscribe(&test.app.keys, first, WREN);
    assert!(!old.contains("wren"), "{old}");
    let opened = opener(&test, WREN).await;
    test.browser().post("/api/notifications/wipe", &[("token", &opened), ("sure", "true")]).await;
    assert_eq!(status(&test, WREN).await, None);
    let second = on_the_list(&test, WREN, &[]).await;
    assert_ne!(first, second);
    on_the_list(&test, "other@example.org", &[]).await;
    let page = test.browser().get(&format!("/unsubscribe/{old}")).await;
    assert!(!page.body.contains("The weekly mail has stopped."), "{}", page.body);
    assert_eq!(one_click(&mut test.browser(), &old, &[]).await.status, StatusCode::OK);
    assert_eq!(status(&test, WREN).await.as_deref(), Some("unsubscribed"));
    assert_eq!(status(&test, "other@example.org").await.as_deref(), Some("confirmed"));
    assert_eq!(trail(&test, second).await.last().unwrap(), &("subscription ended".to_owned(), true));
    let page = test.browser().get(&format!("/unsubscribe/{old}")).await;
    assert!(page.body.contains("The weekly mail has stopped."), "{}", page.body);
}

/// Her row is locked for longer than a lock is waited for, as while her digest is written on a busy machine.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_program_gets_its_answer_also_while_her_mail_is_written() {
    let test = TestApp::demo().await;
    let id = on_the_list(&test, WREN, &[]).await;
    let mut writing = PgConnection::connect(&test.owner_url).await.unwrap();
    sqlx::raw_sql("begin; select from subscribers for no key update").execute(&mut writing).await.unwrap();
    let written = tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        sqlx::raw_sql("commit").execute(&mut writing).await.unwrap();
    });
    let token = list_links::unsubscribe(&test.app.keys, id, WREN);
    assert_eq!(one_click(&mut test.browser(), &token, &[]).await.status, StatusCode::OK);
    written.await.unwrap();
    assert_eq!(status(&test, WREN).await.as_deref(), Some("unsubscribed"));
}
