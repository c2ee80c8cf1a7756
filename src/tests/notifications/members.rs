//! A member sees her subscription in her account; what happens to the account happens to it.

use super::{WREN, change, count, kinds, mac, on_the_list, status, suppressed};
use crate::support::TestApp;
use axum::http::StatusCode;
use common_ground::store::subscribers::address::follow_account;

const HERE: &str = "/account/notifications";

#[tokio::test(flavor = "multi_thread")]
async fn she_sees_and_changes_it_without_a_link() {
    let test = TestApp::demo().await;
    let mut wren = test.signed_in(WREN).await;
    let none = wren.get(HERE).await;
    assert!(none.status == StatusCode::OK && none.body.contains("No weekly mail goes here."), "{}", none.body);
    assert!(wren.get("/notifications").await.input("email").as_deref() == Some(WREN), "her address is known there");
    assert_eq!(test.browser().get(HERE).await.location(), Some("/sign-in?next=/account/notifications"));

    let id = on_the_list(&test, WREN, &[("topic[]", "anxiety")]).await;
    let account = wren.get("/account").await;
    assert!(account.body.contains("Comes on Mondays") && account.body.contains(HERE), "{}", account.body);
    let page = wren.get(HERE).await;
    assert!(page.body.contains(WREN) && !page.body.contains("you need no sign-in"), "{}", page.body);
    let typed = [("zone", "America/Chicago"), ("weekday", "wed"), ("hour", "7"), ("topic[]", "depression")];
    let kept = wren.submit("/api/notifications/preferences", &typed).await;
    assert!(
        kept.body.contains("Your choices are kept.") && kept.chosen("weekday").as_deref() == Some("wed"),
        "{}",
        kept.body
    );
    let actor: String =
        sqlx::query_scalar("select actor from audit_events where action = 'subscription preferences kept'")
            .fetch_one(test.pool())
            .await
            .unwrap();
    assert_eq!(actor, test.account(WREN).await.to_string());
    assert_eq!(super::id(&test, WREN).await, id);
    let data = wren.get("/account/data").await;
    assert!(data.body.contains("Your weekly mail") && data.body.contains("Depression"), "{}", data.body);
    assert!(wren.get(&format!("{HERE}/data")).await.body.contains("Depression"));
    let file = wren.post("/account/data.json", &[]).await;
    assert!(file.body.contains("\"subscribers\"") && file.body.contains("depression"), "{}", file.body);

    // Somebody else's account reaches nothing of it.
    let mut ida = test.signed_in("ida@example.org").await;
    assert!(ida.get(HERE).await.body.contains("No weekly mail goes here."));
    assert_eq!(ida.call("/api/notifications/stop", &[]).await.status, StatusCode::NOT_FOUND);
    wren.post("/api/notifications/stop", &[]).await;
    assert_eq!(status(&test, WREN).await.as_deref(), Some("unsubscribed"));
    let wiped = wren.submit("/api/notifications/wipe", &[("sure", "true")]).await;
    assert!(wiped.body.contains("No weekly mail goes here."), "{}", wiped.body);
    assert_eq!(suppressed(&test, WREN).await.as_deref(), Some("wiped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_back_asks_for_a_fresh_code_on_her_own_device() {
    let test = TestApp::demo().await;
    let mut wren = test.signed_in(WREN).await;
    on_the_list(&test, WREN, &[]).await;
    change(&test, "update sessions set own_device = true, verified_at = now() - interval '1 hour'").await;
    assert_eq!(wren.get(HERE).await.status, StatusCode::OK);
    let code = "/account/code?next=/account/notifications";
    assert_eq!(wren.post("/api/notifications/address", &[("email", "x@example.org")]).await.location(), Some(code));
    let data = "/account/code?next=/account/notifications/data";
    assert_eq!(wren.get(&format!("{HERE}/data")).await.location(), Some(data));
    assert_eq!(wren.post("/api/notifications/wipe", &[("sure", "true")]).await.location(), Some(data));
    assert_eq!(status(&test, WREN).await.as_deref(), Some("confirmed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_wipes_it() {
    let test = TestApp::demo().await;
    let mut wren = test.signed_in(WREN).await;
    on_the_list(&test, WREN, &[]).await;
    let page = wren.get("/account/delete").await;
    assert!(page.body.contains("The weekly mail") && page.body.contains("fingerprint"), "{}", page.body);
    wren.post("/api/account/delete", &[("sure", "true")]).await;
    assert_eq!(status(&test, WREN).await, None);
    assert_eq!(suppressed(&test, WREN).await.as_deref(), Some("wiped"));
    assert_eq!(kinds(&test, WREN).await, Vec::<String>::new());
    // An account whose address was never on the list leaves no hash.
    let mut ida = test.signed_in("ida@example.org").await;
    ida.post("/api/account/delete", &[("sure", "true")]).await;
    assert_eq!(suppressed(&test, "ida@example.org").await, None);
    assert_eq!(count(&test, "select count(*) from accounts where deleted_at is not null").await, 2);
}

/// She signs in with another address: the weekly mail follows, unless that address has said something of its own.
#[tokio::test(flavor = "multi_thread")]
async fn it_follows_her_to_a_new_address() {
    let new = "wren.new@example.org";
    let email = |text: &str| common_ground::domain::email::Email::parse(text).unwrap();
    for (there, stays) in [
        ("nothing", false),
        ("pending", false),
        ("confirmed", true),
        ("unsubscribed", true),
        ("bounced", true),
        ("wiped", true),
    ] {
        let test = TestApp::new().await;
        let hers = on_the_list(&test, WREN, &[("topic[]", "anxiety")]).await;
        match there {
            "nothing" => {}
            "wiped" => {
                super::suppress(&test, new, "wiped").await;
            }
            status => {
                super::ask(&mut test.browser(), new, &[]).await;
                let set = "update subscribers set status = $1, confirmed_at = now(), ended_at = case when $1 in ('unsubscribed', 'bounced') then now() end where email = $2";
                sqlx::query(set).bind(status).bind(new).execute(test.pool()).await.unwrap();
            }
        }
        let new_mac: [u8; 32] = mac(&test, new).try_into().unwrap();
        test.store()
            .write(common_ground::store::Actor::Visitor, move |mut tx| async move {
                follow_account(&mut tx, &email(WREN), &email(new), &new_mac).await?;
                Ok::<_, common_ground::store::Failure>((tx, ()))
            })
            .await
            .unwrap();
        assert_eq!(status(&test, WREN).await, None, "{there}");
        let expected = if there == "wiped" {
            None
        } else if stays {
            Some(there)
        } else {
            Some("confirmed")
        };
        assert_eq!(status(&test, new).await.as_deref(), expected, "{there}");
        if !stays {
            assert_eq!(super::id(&test, new).await, hers, "{there}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_change_of_an_account_takes_it_along() {
    let test = TestApp::demo().await;
    let mut wren = test.signed_in(WREN).await;
    on_the_list(&test, WREN, &[("topic[]", "anxiety")]).await;
    let new = "wren.new@example.org";
    wren.post("/api/account/address", &[("email", new)]).await;
    for (to, kind) in [(WREN, "address_old"), (new, "address_new")] {
        let text: String = sqlx::query_scalar("select text_body from outbox where to_address = $1 and kind = $2")
            .bind(to)
            .bind(kind)
            .fetch_one(test.pool())
            .await
            .unwrap();
        let token = text.split("/account/address/").nth(1).unwrap().split_whitespace().next().unwrap();
        wren.post("/api/account/address-confirm", &[("token", token)]).await;
    }
    assert_eq!((status(&test, WREN).await, status(&test, new).await.as_deref()), (None, Some("confirmed")));
    let mut again = test.signed_in(new).await;
    assert!(again.get(HERE).await.body.contains(new));
}
