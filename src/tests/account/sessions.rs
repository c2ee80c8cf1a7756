//! Devices: listed, ended one by one and all at once; what is ended works nowhere any more.

use crate::seats::{House, refusal};
use axum::http::StatusCode;
use common_ground::error::AppError;

async fn is_in(browser: &mut crate::support::Browser) -> bool {
    browser.call("/api/program/get", &[]).await.status == StatusCode::OK
}

/// Somebody on so many devices.
async fn devices(house: &House, count: usize) -> Vec<crate::support::Browser> {
    let first = house.member("robin").await;
    let mut all = vec![first];
    for n in 1..count {
        let token = format!("device {n}");
        sqlx::query(
            "insert into sessions (id, token_hash, account_id, idle_seconds, expires_at, device)
             select gen_random_uuid(), $1, id, 3600, now() + interval '1 hour', 'Firefox on Linux' from accounts where email = 'robin@example.org'",
        )
        .bind(common_ground::server::state::sha256(token.as_bytes()).to_vec())
        .execute(&house.owner)
        .await
        .unwrap();
        let mut browser = house.test.browser();
        browser.cookies.insert("session".to_owned(), token);
        all.push(browser);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_ended_by_another_and_by_nobody_else() {
    let house = House::new().await;
    let mut robin = devices(&house, 2).await;
    let mut wren = house.member("wren").await;
    let page = robin[0].get("/account/sessions").await;
    assert!(page.body.contains("Firefox on Linux") && page.body.contains("This is the device you are using."));
    let shown = page.body.split("</main>").next().unwrap();
    assert_eq!(shown.matches("This is the device").count(), 1);
    let ids: Vec<_> = page.body.split("name=\"session\" value=\"").skip(1).map(|rest| rest[..36].to_owned()).collect();
    assert_eq!(ids.len(), 2, "{}", page.body);
    // A stranger's form ends nothing, and does not tell whether there is such a session.
    assert_eq!(wren.call("/api/account/end-session", &[("session", &ids[1])]).await.status, StatusCode::OK);
    assert!(is_in(&mut robin[1]).await);
    let ended = robin[0].submit("/api/account/end-session", &[("session", &ids[1])]).await;
    assert!(ended.body.contains("That device is signed out."), "{}", ended.body);
    assert!(!is_in(&mut robin[1]).await && is_in(&mut robin[0]).await);
    // Twice is fine; what is no session is nothing.
    assert_eq!(robin[0].call("/api/account/end-session", &[("session", &ids[1])]).await.status, StatusCode::OK);
    let none = robin[0].call("/api/account/end-session", &[("session", "no\0id")]).await;
    assert_eq!(refusal(&none), AppError::NotFound);
    assert_eq!(house.count("select count(*) from audit_events where action = 'session ended'").await, 1);
    // Her own device: as signing out.
    let out = robin[0].post("/api/account/end-session", &[("session", &ids[0])]).await;
    assert_eq!((out.location(), robin[0].cookies.contains_key("session")), (Some("/"), false));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_is_asked_first_and_works_at_once() {
    let house = House::new().await;
    let mut robin = devices(&house, 3).await;
    let mut wren = house.member("wren").await;
    let page = robin[0].get("/account/sign-out").await;
    let (safe, lost) = (page.body.find("Stay signed in").unwrap(), page.body.rfind("Sign out everywhere").unwrap());
    assert!(safe < lost && page.body.contains("on 3 devices"), "the safe answer first: {}", page.body);
    assert!(is_in(&mut robin[2]).await, "looking changes nothing");
    let out = robin[0].post("/api/account/sign-out-everywhere", &[]).await;
    assert_eq!((out.status, out.location()), (StatusCode::FOUND, Some("/")));
    for browser in &mut robin {
        assert!(!is_in(browser).await);
    }
    assert!(is_in(&mut wren).await);
    assert_eq!(house.count("select count(*) from audit_events where action = 'signed out everywhere'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn therapists_see_their_devices_and_nothing_of_members() {
    let test = crate::support::TestApp::demo().await;
    let mut ruth = test.signed_in("ruth.okafor@alderstreet.example").await;
    let page = ruth.get("/account").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("The practice keeps it."), "{}", page.body);
    for path in ["/account/profile", "/account/address", "/account/data", "/account/delete", "/account/calendar"] {
        assert!(!page.body.contains(&format!("href=\"{path}\"")), "{path}");
        assert_eq!(ruth.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(ruth.get("/account/sessions").await.status, StatusCode::OK);
}
