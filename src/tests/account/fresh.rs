//! A fresh code on a device that stays signed in.

use super::{mailed, on_own_device};
use crate::seats::{House, address, refusal};
use axum::http::StatusCode;
use common_ground::error::AppError;

fn code_of(mail: &str) -> String {
    let digits = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    mail.lines().map(str::trim).find(digits).expect("a code").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_undone_asks_for_a_code_on_ones_own_device() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    for path in ["/account/data", "/account/delete", "/account/address"] {
        assert_eq!(robin.get(path).await.status, StatusCode::OK, "{path}");
    }
    on_own_device(&house, &robin).await;
    for (path, next) in [
        ("/account/data", "/account/data"),
        ("/account/delete", "/account/delete"),
        ("/account/address", "/account/address"),
    ] {
        let sent = robin.get(path).await;
        assert!(sent.status.is_redirection(), "{path}");
        assert_eq!(sent.location(), Some(format!("/account/code?next={next}").as_str()), "{path}");
    }
    let file = robin.post("/account/data.json", &[]).await;
    assert_eq!(file.location(), Some("/account/code?next=/account/data"), "{}", file.body);
    let delete = robin.call("/api/account/delete", &[("sure", "true")]).await;
    assert_eq!(refusal(&delete), AppError::StepMissing);
    let asked = robin.call("/api/account/address", &[("email", "new@example.org")]).await;
    assert_eq!(refusal(&asked), AppError::StepMissing);
    let feed = robin.post("/api/account/calendar-make", &[]).await;
    assert_eq!(feed.location(), Some("/account/code?next=/account/calendar"), "{}", feed.body);
    assert_eq!(house.count("select count(*) from calendar_feeds").await, 0);
    assert_eq!(house.count("select count(*) from address_changes").await, 0);
    assert_eq!(house.count("select count(*) from accounts where deleted_at is not null").await, 0);
    // The rest of the account needs none.
    for path in ["/account", "/account/profile", "/account/sessions", "/account/calendar"] {
        assert_eq!(robin.get(path).await.status, StatusCode::OK, "{path}");
    }

    let page = robin.submit("/api/account/ask-code", &[("next", "/account/data")]).await;
    assert!(page.body.contains("The six digits"), "{}", page.body);
    let mails = mailed(&house, &address("robin"), "fresh_code").await;
    let code = code_of(&mails[0]);
    let wrong = if code == "111111" { "222222" } else { "111111" };
    let tried = robin.submit("/api/account/enter-code", &[("code", wrong), ("next", "/account/data")]).await;
    assert!(tried.body.contains("id=\"code-error\"") && tried.input("next").as_deref() == Some("/account/data"));
    // Another session of hers gains nothing from this one's code.
    let entered = robin.post("/api/account/enter-code", &[("code", &code), ("next", "/account/data")]).await;
    assert_eq!(entered.location(), Some("/account/data"), "{}", entered.body);
    assert_eq!(robin.get("/account/data").await.status, StatusCode::OK);
    // One use.
    let again = robin.call("/api/account/enter-code", &[("code", &code)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", again.body);
    // And ten minutes.
    house.change("update sessions set verified_at = now() - interval '11 minutes'").await;
    assert!(robin.get("/account/data").await.status.is_redirection());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_has_five_tries_and_one_session() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    let mut wren = house.member("wren").await;
    on_own_device(&house, &robin).await;
    on_own_device(&house, &wren).await;
    assert_eq!(robin.call("/api/account/ask-code", &[]).await.status, StatusCode::OK);
    let code = code_of(&mailed(&house, &address("robin"), "fresh_code").await[0]);
    assert_eq!(wren.call("/api/account/enter-code", &[("code", &code)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = if code == "111111" { "222222" } else { "111111" };
    for _ in 0..5 {
        robin.call("/api/account/enter-code", &[("code", wrong)]).await;
    }
    let late = robin.call("/api/account/enter-code", &[("code", &code)]).await;
    assert!(late.body.contains("does not work any more"), "{}", late.body);
    assert!(robin.get("/account/data").await.status.is_redirection());
}
