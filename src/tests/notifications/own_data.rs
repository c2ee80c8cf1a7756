//! What is stored about a subscriber: shown, taken along, and wiped so that only a keyed hash is left.

use super::{WREN, ask, change, count, kinds, link, mac, on_the_list, opener, status, suppressed};
use crate::support::{TestApp, database};
use axum::http::StatusCode;
use common_ground::server::list_links;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn she_reads_all_of_it_and_takes_it_along() {
    let test = TestApp::demo().await;
    let id = on_the_list(&test, WREN, &[("topic[]", "anxiety"), ("state", "NY")]).await;
    on_the_list(&test, "other@example.org", &[("topic[]", "depression")]).await;
    change(
        &test,
        "with run as (insert into digest_runs (id, began_at, expected) values (gen_random_uuid(), now(), 1) returning id)
         insert into digests (subscriber_id, starts_at, ends_at, status, groups, run_id)
         select s.id, now() - interval '7 days', now(), 'sent', case s.email when 'wren@example.org' then 3 else 11 end, run.id
         from subscribers s, run",
    )
    .await;
    let token = opener(&test, WREN).await;
    let mut browser = test.browser();
    let page = browser.get(&format!("/notifications/preferences/{token}/data")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.headers["cache-control"], "no-store");
    for words in [
        WREN,
        "Anxiety",
        "New York",
        "America/New_York",
        "Please confirm: a mail a week",
        "Subscription confirmed",
        "Yes, write to me",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains("other@example.org") && !page.body.to_lowercase().contains("depression"));

    let file = browser.post(&format!("/notifications/preferences/{token}/data.json"), &[]).await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.body);
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"common-ground-weekly-mail.json\"");
    assert_eq!(file.headers["cache-control"], "no-store");
    let whole: Value = serde_json::from_str(&file.body).unwrap();
    let row = &whole["data"]["subscribers"][0];
    assert_eq!((row["email"].as_str(), row["topics"][0].as_str()), (Some(WREN), Some("anxiety")));
    let weeks = whole["data"]["digests"].as_array().unwrap();
    assert_eq!(
        weeks.iter().map(|week| week["groups"].as_u64()).collect::<Vec<_>>(),
        [Some(3)],
        "her week and nobody else's"
    );
    assert!(!file.body.contains("other@example.org") && !file.body.contains("hash\""), "{}", file.body);
    assert!(
        whole["data"]["audit_events"]
            .as_array()
            .unwrap()
            .iter()
            .any(|event| event["action"] == "subscription data taken")
    );
    // Every column of the row is there, but for the secrets' hashes and what links carry.
    let columns: Vec<String> =
        sqlx::query_scalar("select column_name::text from information_schema.columns where table_name = 'subscribers'")
            .fetch_all(test.pool())
            .await
            .unwrap();
    for column in columns {
        let withheld = ["confirm_hash", "confirm_expires_at", "new_email_hash", "links"].contains(&column.as_str());
        assert_eq!(row.get(&column).is_none(), withheld, "{column}");
    }
    assert_eq!(super::trail(&test, id).await.last().unwrap(), &("subscription data taken".to_owned(), true));
}

/// Every place of the database in which a text occurs.
async fn places(test: &TestApp, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for table in database::tables(test).await {
        let sql = format!("select count(*) from {table} t where t::text ilike '%' || $1 || '%'");
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(text).fetch_one(test.pool()).await.unwrap();
        if rows > 0 {
            found.push(table);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn wiped_only_a_keyed_hash_is_left() {
    let test = TestApp::demo().await;
    let id = on_the_list(&test, WREN, &[("topic[]", "anxiety")]).await;
    let token = opener(&test, WREN).await;
    let mut browser = test.browser();
    // Her account's mails are none of the list's.
    browser.post("/api/sign-in/request", &[("email", WREN)]).await;
    sqlx::query(
        "insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id, subscriber_id, unsubscribe_url,
           words_id, preferences_url)
         values (gen_random_uuid(), 'digest:1', 'digest', $1, 'subject', '', '', '<1@h>', $2, 'https://x/unsubscribe/y',
           gen_random_uuid(), 'https://x/preferences/z')",
    )
    .bind(WREN)
    .bind(id.0)
    .execute(test.pool())
    .await
    .unwrap();
    let wipe = "/api/notifications/wipe";
    let asked = browser.submit(wipe, &[("token", &token)]).await;
    assert!(asked.body.contains("id=\"sure-error\""), "{}", asked.body);
    assert_eq!(status(&test, WREN).await.as_deref(), Some("confirmed"));
    let gone = browser.submit(wipe, &[("token", &token), ("sure", "true")]).await;
    assert!(gone.status == StatusCode::OK && gone.body.contains("No weekly mail goes here."), "{}", gone.body);

    assert_eq!(suppressed(&test, WREN).await.as_deref(), Some("wiped"));
    assert_eq!(count(&test, "select count(*) from outbox where kind = 'digest' and failed_at is not null and to_address = '' and unsubscribe_url is null and words_id is null and preferences_url is null").await, 1);
    assert_eq!(count(&test, "select count(*) from outbox where kind = 'sign_in_code' and to_address = 'wren@example.org' and failed_at is null").await, 1);
    change(&test, "delete from outbox where kind = 'sign_in_code'").await;
    change(&test, "delete from sign_in_codes").await;
    // Her account is another matter.
    assert_eq!(places(&test, WREN).await, ["accounts"]);
    let hex = common_ground::server::state::hex(&mac(&test, WREN));
    assert_eq!(places(&test, &hex).await, ["suppressions"]);
    // The trail says what was done to a number.
    assert_eq!(super::trail(&test, id).await.last().unwrap(), &("subscription wiped".to_owned(), true));

    // The same form again finds nothing; an old mail's link to end it is content.
    let again = browser.submit(wipe, &[("token", &token), ("sure", "true")]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "{}", again.body);
    let end = format!("/unsubscribe/{}", list_links::unsubscribe(&test.app.keys, id, WREN));
    assert!(browser.get(&end).await.body.contains("The weekly mail has stopped."));

    // She asks again herself: asked, and nothing before her yes.
    ask(&mut browser, WREN, &[]).await;
    assert_eq!(kinds(&test, WREN).await, ["subscription_confirm"]);
    assert_eq!(suppressed(&test, WREN).await.as_deref(), Some("wiped"));
}

/// She moved, and asked for a third address in between: mails about the list went to each.
async fn moved_from_one_address_to_another(test: &TestApp, old: &str, typed: &str, new: &str) {
    on_the_list(test, old, &[]).await;
    let token = opener(test, old).await;
    let mut browser = test.browser();
    for email in [typed, new] {
        browser.post("/api/notifications/address", &[("token", &token), ("email", email)]).await;
    }
    let moved = browser.submit(super::CONFIRM, &[("token", &super::token(&link(test, new).await))]).await;
    assert!(moved.body.contains(new), "{}", moved.body);
    assert_eq!(kinds(test, old).await, ["subscription_confirm", "subscription_moved"]);
    assert_eq!((kinds(test, typed).await.len(), kinds(test, new).await.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn wiped_no_address_is_left_that_she_had_or_asked_for() {
    const ALL: [&str; 3] = ["old@example.net", "typed@example.net", "new@example.net"];
    let test = TestApp::demo().await;
    on_the_list(&test, "other@example.net", &[]).await;
    moved_from_one_address_to_another(&test, ALL[0], ALL[1], ALL[2]).await;
    let token = opener(&test, ALL[2]).await;
    let mut browser = test.browser();
    let file = browser.post(&format!("/notifications/preferences/{token}/data.json"), &[]).await;
    let whole: Value = serde_json::from_str(&file.body).unwrap();
    let told: Vec<_> = whole["data"]["outbox"].as_array().unwrap().iter().map(|mail| mail["kind"].clone()).collect();
    assert_eq!(
        told,
        ["subscription_confirm", "subscription_address", "subscription_address", "subscription_moved"],
        "she is shown what we wrote, wherever it went"
    );
    let gone = browser.submit("/api/notifications/wipe", &[("token", &token), ("sure", "true")]).await;
    assert!(gone.body.contains("No weekly mail goes here."), "{}", gone.body);
    for email in ALL {
        assert_eq!(places(&test, email).await, [""; 0], "{email}");
    }
    assert_eq!(places(&test, "other@example.net").await, ["outbox", "subscribers"], "nobody else's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_takes_the_former_addresses_of_its_weekly_mail_along() {
    const OLD: [&str; 2] = ["old@example.net", "typed@example.net"];
    let test = TestApp::demo().await;
    moved_from_one_address_to_another(&test, OLD[0], OLD[1], WREN).await;
    let mut wren = test.signed_in(WREN).await;
    let file = wren.post("/account/data.json", &[]).await;
    let whole: Value = serde_json::from_str(&file.body).unwrap();
    let mails = whole["data"]["outbox"].as_array().unwrap();
    for kind in ["subscription_confirm", "subscription_address", "subscription_moved"] {
        assert!(mails.iter().any(|mail| mail["kind"] == kind), "{kind}: {mails:?}");
    }
    wren.post("/api/account/delete", &[("sure", "true")]).await;
    assert_eq!(count(&test, "select count(*) from accounts where deleted_at is not null").await, 1);
    for email in OLD {
        assert_eq!(places(&test, email).await, [""; 0], "{email}");
    }
}

/// The mail that asks has left: its token is nowhere in the database, only its hash.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_has_left_is_stored_nowhere() {
    let test = TestApp::demo().await;
    ask(&mut test.browser(), WREN, &[]).await;
    let path = link(&test, WREN).await;
    let token = super::token(&path);
    assert_eq!(places(&test, &token).await, ["outbox"], "until it leaves");
    test.work().await;
    assert_eq!(places(&test, &token).await, [""; 0]);
    assert_eq!(test.mails(WREN).len(), 1);
    let confirmed = test.browser().submit(super::CONFIRM, &[("token", &token)]).await;
    assert!(confirmed.body.contains("You are on the list."), "{}", confirmed.body);
}
