//! The six digits: bound to the browser that asked, one use, five tries, some minutes.

use super::{CODE, REQUEST, ROBIN, ask, ask_for, count, is_in, other_than, refused};
use crate::support::TestApp;
use axum::http::StatusCode;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_code_works_only_in_the_browser_that_asked() {
    let test = TestApp::new().await;
    let (mut hers, mut strange, mut other) = (test.browser(), test.browser(), test.browser());
    let (code, _) = ask(&test, &mut hers, ROBIN).await;
    // A browser that asked for nothing.
    let page = refused(&mut strange, &code).await;
    assert!(page.contains("No code is on its way"), "{page}");
    // One that asked for a code to the same address, and one that asked for another's.
    let (own, _) = ask(&test, &mut other, ROBIN).await;
    assert_ne!(own, code, "one in a million");
    assert!(refused(&mut other, &code).await.contains("This is not the code from our last mail."));
    let (_, _) = ask(&test, &mut strange, "mallory@example.com").await;
    assert!(refused(&mut strange, &code).await.contains("This is not the code"));
    assert_eq!(count(&test, "select count(*) from accounts").await, 0, "an account is made when a code is entered");
    assert_eq!(count(&test, "select count(*) from sessions").await, 0);

    assert_eq!(hers.post(CODE, &[("code", &code)]).await.location(), Some("/groups"));
    assert!(is_in(&mut hers).await && !is_in(&mut other).await && !is_in(&mut strange).await);
    assert_eq!(count(&test, "select count(*) from accounts").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_works_once() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    let (code, token) = ask(&test, &mut browser, ROBIN).await;
    let mut copy = browser.clone();
    assert_eq!(browser.post(CODE, &[("code", &code)]).await.status, StatusCode::FOUND);
    assert!(is_in(&mut browser).await);
    assert!(refused(&mut copy, &code).await.contains("This code does not work any more."));
    copy.post("/api/sign-in/link", &[("token", &token)]).await;
    assert!(!is_in(&mut copy).await, "nor does the link of the same mail");
    assert_eq!(count(&test, "select count(*) from sessions").await, 1);
}

/// A second press of the button comes with the session of the first: she goes where the first has led.
#[tokio::test(flavor = "multi_thread")]
async fn a_button_that_is_pressed_twice_signs_in_once() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    let (code, token) = ask_for(&test, &mut browser, ROBIN, "/groups/low-tide").await;
    for _ in 0..2 {
        assert_eq!(browser.post(CODE, &[("code", &code)]).await.location(), Some("/groups/low-tide"));
    }
    assert_eq!(browser.post("/api/sign-in/link", &[("token", &token)]).await.location(), Some("/groups/low-tide"));
    assert!(is_in(&mut browser).await);
    assert_eq!(count(&test, "select count(*) from sessions").await, 1);
}

/// The same code ten times at once: one session.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_works_once_however_fast_it_is_sent() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    let (code, _) = ask(&test, &mut browser, ROBIN).await;
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let (mut browser, code) = (browser.clone(), code.clone());
            tokio::spawn(async move {
                browser.post(CODE, &[("code", &code)]).await;
                browser.cookies.contains_key("session")
            })
        })
        .collect();
    let mut signed_in = 0;
    for task in tasks {
        signed_in += usize::from(task.await.unwrap());
    }
    assert_eq!(signed_in, 1);
    assert_eq!(count(&test, "select count(*) from sessions").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_five_tries_it_is_over() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    let (code, token) = ask(&test, &mut browser, ROBIN).await;
    for _ in 0..5 {
        assert!(refused(&mut browser, &other_than(&code)).await.contains("This is not the code from our last mail."));
    }
    assert!(refused(&mut browser, &code).await.contains("This code does not work any more."));
    browser.post("/api/sign-in/link", &[("token", &token)]).await;
    assert!(!is_in(&mut browser).await, "nor does the link of the same mail");
    // A new one works.
    let (code, _) = ask(&test, &mut browser, ROBIN).await;
    browser.post(CODE, &[("code", &code)]).await;
    assert!(is_in(&mut browser).await);
}

/// Tries at once count each: nobody gets more than five by being fast.
#[tokio::test(flavor = "multi_thread")]
async fn tries_at_once_are_five_as_well() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    let (code, _) = ask(&test, &mut browser, ROBIN).await;
    let wrong = other_than(&code);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (mut browser, wrong) = (browser.clone(), wrong.clone());
            tokio::spawn(async move { browser.call(CODE, &[("code", &wrong)]).await.body })
        })
        .collect();
    let mut judged = 0;
    for task in tasks {
        judged += usize::from(task.await.unwrap().contains("This is not the code"));
    }
    assert_eq!(judged, 5);
    assert_eq!(count(&test, "select tries::bigint from sign_in_codes").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_over_after_its_time() {
    let test = TestApp::with(|settings| settings.durations.code = 2).await;
    let mut browser = test.browser();
    let (code, token) = ask(&test, &mut browser, ROBIN).await;
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert!(refused(&mut browser, &code).await.contains("This code does not work any more."));
    let page = browser.get(&format!("/sign-in/link/{token}")).await;
    assert!(page.body.contains("Type the code where you started"));
    browser.post("/api/sign-in/link", &[("token", &token)]).await;
    assert!(!is_in(&mut browser).await);
    assert_eq!(count(&test, "select count(*) from accounts").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_a_second_works_for_a_second() {
    let test = TestApp::with(|settings| settings.durations.code = 1).await;
    let mut browser = test.browser();
    browser.post(REQUEST, &[("email", ROBIN)]).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    // The mail is not even sent any more.
    test.work().await;
    assert_eq!(test.mails(ROBIN).len(), 0);
    assert_eq!(count(&test, "select count(*) from sign_in_codes where expires_at > now()").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_code_ends_the_old_one() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    let (first, first_token) = ask(&test, &mut browser, ROBIN).await;
    let (second, _) = ask(&test, &mut browser, ROBIN).await;
    assert_ne!(first, second, "one in a million");
    assert!(refused(&mut browser, &first).await.contains("This is not the code from our last mail."));
    browser.post("/api/sign-in/link", &[("token", &first_token)]).await;
    assert!(!is_in(&mut browser).await);
    browser.post(CODE, &[("code", &second)]).await;
    assert!(is_in(&mut browser).await);
    // The code of another address ends it too: a browser waits for one.
    let mut browser = test.browser();
    let (hers, _) = ask(&test, &mut browser, ROBIN).await;
    ask(&test, &mut browser, "wren@example.com").await;
    refused(&mut browser, &hers).await;
}

/// Somebody else's asking, in her own browser, must not keep the one who waits from signing in.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_ends_a_code() {
    let test = TestApp::new().await;
    let (mut hers, mut mallorys) = (test.browser(), test.browser());
    let (code, _) = ask(&test, &mut hers, ROBIN).await;
    let (theirs, _) = ask(&test, &mut mallorys, ROBIN).await;
    for _ in 0..6 {
        refused(&mut mallorys, &other_than(&theirs)).await;
    }
    hers.post(CODE, &[("code", &code)]).await;
    assert!(is_in(&mut hers).await);
}

/// Known or not: the same answer, the same page, the same mail.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_who_has_an_account() {
    let test = TestApp::new().await;
    test.signed_in("known@example.com").await;
    test.signed_in("staff@example.com").await;
    let mut owner = super::owner(&test).await;
    sqlx::query("update accounts set role = 'office' where email = 'staff@example.com'")
        .execute(&mut owner)
        .await
        .unwrap();
    let mut seen = Vec::new();
    for email in ["known@example.com", "fresh@example.com", "staff@example.com"] {
        let mut browser = test.browser();
        let form = browser.post(REQUEST, &[("email", email)]).await;
        let mut call_browser = test.browser();
        let call = call_browser.call(REQUEST, &[("email", email)]).await;
        let page = browser.get("/sign-in/code").await;
        test.work().await;
        let mail = test.mails(email).pop().unwrap();
        let code = mail.code().unwrap().to_owned();
        let token = mail.text.split("/sign-in/link/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        let text = mail.text.replace(&code, "CODE").replace(&token, "TOKEN");
        let clean = |text: &str| text.replace(email, "EMAIL");
        let names = |answer: &crate::support::Answer| {
            let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
            names.sort();
            (answer.status, names, clean(&answer.body))
        };
        let words = page.body.split("<main").nth(1).unwrap().split("</main>").next().unwrap().to_owned();
        // The minute until which it works may change between two pages.
        let words = clean(&words).split("It works until").next().unwrap().to_owned();
        seen.push((names(&form), names(&call), words, text, mail.header("subject").map(ToOwned::to_owned)));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_one_account_however_it_is_written() {
    let test = TestApp::new().await;
    test.signed_in(ROBIN).await;
    let mut browser = test.browser();
    browser.post(REQUEST, &[("email", " Robin@EXAMPLE.com ")]).await;
    test.work().await;
    let code = test.last_code(ROBIN);
    browser.post(CODE, &[("code", &code)]).await;
    assert!(is_in(&mut browser).await);
    assert_eq!(count(&test, "select count(*) from accounts").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_leads_to_own_paths_only() {
    let test = TestApp::new().await;
    for (next, leads) in [
        ("/program", "/program"),
        ("/groups?state=NY&open=true", "/groups?state=NY&open=true"),
        ("/reserve/low-tide", "/reserve/low-tide"),
        ("", "/groups"),
        ("https://evil.example/", "/groups"),
        ("//evil.example/", "/groups"),
        ("/\\evil.example", "/groups"),
        ("/\t/evil.example", "/groups"),
        ("javascript:alert(1)", "/groups"),
        ("/a\r\nlocation: https://evil.example", "/groups"),
        ("program", "/groups"),
    ] {
        let mut browser = test.browser();
        let (code, _) = ask_for(&test, &mut browser, ROBIN, next).await;
        assert_eq!(browser.post(CODE, &[("code", &code)]).await.location(), Some(leads), "{next:?}");
        let mut url = "/sign-in?next=".to_owned();
        common_ground::domain::finder::escape_into(&mut url, next);
        let hidden = test.browser().get(&url).await.input("next").unwrap_or_default();
        assert_eq!(hidden, if leads == "/groups" { "" } else { next }, "{next:?}");
    }
}
