//! The main job, as a browser without script does it.

use crate::support::{Answer, Browser, TestApp};
use axum::http::StatusCode;

/// A group of the demo practice that somebody in New York could hold a seat in now.
pub async fn open_group(browser: &mut Browser) -> String {
    let page = browser.get("/groups?state=NY&open=true&sort=seats").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let row = page.body.split("class=\"slot\"").nth(1).expect("a group with free seats");
    let url = row.split("href=\"/groups/").nth(1).expect("a link to it").split('"').next().unwrap();
    url.split('?').next().unwrap().to_owned()
}

/// Good answers to "about you".
pub fn about(slug: &str) -> Vec<(&str, &str)> {
    vec![
        ("slug", slug),
        ("display_name", "Robin"),
        ("legal_name", "Robin Ashby"),
        ("phone", "555 010 0142"),
        ("state", "NY"),
        ("birth_month", "3"),
        ("birth_day", "9"),
        ("birth_year", "1991"),
        ("contact_name", "Sam Whitlock"),
        ("contact_phone", "555 010 0143"),
    ]
}

/// Holds a seat; gives where that led.
pub async fn hold(browser: &mut Browser, slug: &str) -> Answer {
    let page = browser.get(&format!("/reserve/{slug}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let key = page.input("key").expect("a key");
    browser.post("/api/seats/hold", &[("slug", slug), ("key", &key), ("state", "NY"), ("adult", "true")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn find_sign_in_hold_about_you_agreements_confirm_program() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    let slug = open_group(&mut browser).await;
    let group = browser.get(&format!("/groups/{slug}")).await;
    assert_eq!(group.status, StatusCode::OK);
    assert!(group.body.contains(&format!("/reserve/{slug}")), "a way to reserve");

    let turned = browser.get(&format!("/reserve/{slug}")).await;
    assert_eq!(turned.location(), Some(format!("/sign-in?next=/reserve/{slug}").as_str()));

    let mut browser = test.signed_in("robin@example.org").await;
    assert_eq!(hold(&mut browser, &slug).await.location(), Some(format!("/reserve/{slug}/about").as_str()));
    let about_page = browser.get(&format!("/reserve/{slug}/about")).await;
    assert!(about_page.body.contains("Your seat is held until"), "{}", about_page.body);

    let agree = browser.submit("/api/reserve/about", &about(&slug)).await;
    assert!(agree.body.contains("What we agree on"), "{}", agree.body);
    let signed = [
        ("slug", slug.as_str()),
        ("group", "true"),
        ("telehealth", "true"),
        ("privacy", "true"),
        ("signature", "Robin Ashby"),
    ];
    let check = browser.submit("/api/reserve/agreements", &signed).await;
    assert!(check.body.contains("Is this right?"), "{}", check.body);
    for answer in ["Robin Ashby", "New York", "March 9, 1991", "Sam Whitlock, 555 010 0143"] {
        assert!(check.body.contains(answer), "{answer}");
    }

    let key = check.input("key").expect("a key");
    let confirmed = browser.submit("/api/seats/confirm", &[("slug", &slug), ("key", &key)]).await;
    assert!(confirmed.body.contains("Your seat is reserved."), "{}", confirmed.body);
    let calendar = browser.get(&format!("/reserve/{slug}/calendar.ics")).await;
    assert!(calendar.body.contains("BEGIN:VEVENT"), "{}", calendar.body);
    let program = browser.get("/program").await;
    assert_eq!(program.status, StatusCode::OK);
    assert!(program.body.contains("You meet") && program.body.contains("This week: "), "{}", program.body);

    test.work().await;
    let mails = test.mails("robin@example.org");
    assert_eq!(mails.len(), 2, "a code and a confirmation");
}
