//! The preferences: opened by a link for thirty days, changed both ways, paused, started again.

use super::{WREN, change, count, kinds, link, on_the_list, opener, status, trail};
use crate::support::{Answer, Browser, TestApp};
use axum::http::StatusCode;
use chrono::{Duration, NaiveDate};
use common_ground::{
    error::AppError,
    server::list_links::{self, PreferencesLink},
};
use serde_json::{Value, json};

const KEEP: &str = "/api/notifications/preferences";

async fn keep(browser: &mut Browser, token: &str, pairs: &[(&str, &str)]) -> Answer {
    let mut all = vec![("token", token), ("zone", "America/New_York"), ("weekday", "mon"), ("hour", "9")];
    all.retain(|(name, _)| pairs.iter().all(|(other, _)| name != other));
    all.extend(pairs);
    browser.submit(KEEP, &all).await
}

async fn row(test: &TestApp) -> Value {
    sqlx::query_scalar(
        "select to_jsonb(t) from (
           select topics, kinds, place, days, times, zone, weekday, hour, details from subscribers) t",
    )
    .fetch_one(test.pool())
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn wishes_are_added_and_dropped_and_every_change_leaves_its_trace() {
    let test = TestApp::demo().await;
    let id = on_the_list(&test, WREN, &[("topic[]", "anxiety"), ("state", "NY")]).await;
    let token = opener(&test, WREN).await;
    let mut browser = test.browser();
    let page = browser.get(&format!("/notifications/preferences/{token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.headers["cache-control"], "no-store");
    for words in [
        "Your weekly mail",
        WREN,
        "you need no sign-in",
        "Name topics and groups in the mail",
        "anybody who sees your inbox",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert_eq!(
        (page.chosen("state").as_deref(), page.chosen("weekday").as_deref(), page.chosen("hour").as_deref()),
        (Some("NY"), Some("mon"), Some("9"))
    );
    assert!(!page.ticked("details"));

    let all = [
        ("topic[]", "anxiety"),
        ("topic[]", "depression"),
        ("kind[]", "skills"),
        ("state", "FL"),
        ("day[]", "tue"),
        ("day[]", "sun"),
        ("time[]", "morning"),
        ("zone", "America/Los_Angeles"),
        ("weekday", "thu"),
        ("hour", "18"),
        ("details", "true"),
    ];
    let kept = keep(&mut browser, &token, &all).await;
    assert!(kept.body.contains("Your choices are kept.") && kept.ticked("details"), "{}", kept.body);
    assert_eq!(kept.chosen("hour").as_deref(), Some("18"));
    let expected = json!({"topics": ["anxiety", "depression"], "kinds": ["skills"], "place": "FL", "days": [2, 7],
        "times": ["morning"], "zone": "America/Los_Angeles", "weekday": 4, "hour": 18, "details": true});
    assert_eq!(row(&test).await, expected);

    let same = keep(&mut browser, &token, &all).await;
    assert!(same.body.contains("Nothing was changed."), "{}", same.body);
    keep(&mut browser, &token, &[]).await;
    let expected = json!({"topics": [], "kinds": [], "place": null, "days": [], "times": [],
        "zone": "America/New_York", "weekday": 1, "hour": 9, "details": false});
    assert_eq!(row(&test).await, expected, "what is not chosen is dropped");

    let kept: Vec<String> = sqlx::query_scalar(
        "select detail::text from audit_events where action = 'subscription preferences kept' order by at, id",
    )
    .fetch_all(test.pool())
    .await
    .unwrap();
    assert_eq!(kept.len(), 2);
    assert!(
        kept[0].contains("topics") && kept[0].contains("details") && !kept[0].contains("anxiety"),
        "names, no values: {}",
        kept[0]
    );
    assert!(trail(&test, id).await.iter().skip(1).all(|(_, is_hers)| *is_hers));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_ends_on_a_day_or_at_once() {
    let test = TestApp::demo().await;
    on_the_list(&test, WREN, &[]).await;
    let token = opener(&test, WREN).await;
    let mut browser = test.browser();
    let page = browser.get(&format!("/notifications/preferences/{token}")).await;
    let select = page.body.split("name=\"until\"").nth(1).unwrap().split("</select>").next().unwrap();
    let days: Vec<NaiveDate> =
        select.split("value=\"").skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect();
    assert_eq!(days.len(), 26);
    let until = days[3].to_string();
    let paused = browser.submit("/api/notifications/pause", &[("token", &token), ("until", &until)]).await;
    assert!(
        paused.body.contains("Your weekly mail rests.") && paused.body.contains("Let it come again now"),
        "{}",
        paused.body
    );
    let stored: Option<NaiveDate> =
        sqlx::query_scalar("select paused_until from subscribers").fetch_one(test.pool()).await.unwrap();
    assert_eq!(stored, Some(days[3]));
    for wrong in ["", "tomorrow", "2020-01-01", "9999-01-01"] {
        let refused = browser.submit("/api/notifications/pause", &[("token", &token), ("until", wrong)]).await;
        assert!(refused.body.contains("id=\"until-error\""), "{wrong}: {}", refused.body);
    }
    let ended = browser.submit("/api/notifications/pause-end", &[("token", &token)]).await;
    assert!(ended.body.contains("Your weekly mail comes again."), "{}", ended.body);
    assert_eq!(count(&test, "select count(*) from subscribers where paused_until is not null").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_link_shows_nothing_and_mails_a_fresh_one_once_an_hour() {
    let test = TestApp::demo().await;
    let id = on_the_list(&test, WREN, &[("topic[]", "anxiety")]).await;
    change(&test, "update subscribers set mailed_at = now() - interval '1 hour'").await;
    let mut browser = test.browser();
    let made = |days: i64, links: i16| {
        let link = PreferencesLink { subscriber: id, links, made_at: test.app.now() - Duration::days(days) };
        list_links::preferences(&test.app.keys, link)
    };
    assert!(browser.get(&format!("/notifications/preferences/{}", made(29, 1))).await.body.contains(WREN));
    // As old as that, or from before the address changed.
    for token in [made(30, 1), made(400, 1), made(0, 0)] {
        let page = browser.get(&format!("/notifications/preferences/{token}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.body.contains("This link has grown old.")
                && !page.body.contains(WREN)
                && !page.body.contains("Anxiety"),
            "{}",
            page.body
        );
        for action in ["preferences", "pause", "pause-end", "stop", "start", "address", "wipe"] {
            let pairs =
                [("token", token.as_str()), ("email", "x@example.org"), ("sure", "true"), ("until", "2099-01-01")];
            let refused = browser.call(&format!("/api/notifications/{action}"), &pairs).await;
            assert_eq!(serde_json::from_str::<AppError>(&refused.body).unwrap(), AppError::NotFound, "{action}");
        }
        assert_eq!(
            browser.get(&format!("/notifications/preferences/{token}/data")).await.status,
            StatusCode::NOT_FOUND
        );
        let file = browser.post(&format!("/notifications/preferences/{token}/data.json"), &[]).await;
        assert_eq!(file.location(), Some(format!("/notifications/preferences/{token}").as_str()));
        let mailed = browser.submit("/api/notifications/fresh-link", &[("token", &token)]).await;
        assert!(mailed.body.contains("A mail with a fresh link is on its way"), "{}", mailed.body);
    }
    // Whoever types the address within that hour makes no second mail.
    super::ask(&mut browser, WREN, &[]).await;
    assert_eq!(kinds(&test, WREN).await, ["subscription_confirm", "subscription_link"]);
    let fresh = browser.get(&link(&test, WREN).await).await;
    assert!(fresh.body.contains(WREN), "{}", fresh.body);
    // Half a link, and one of somebody who is nobody.
    for (token, words) in
        [(made(0, 1)[..20].to_owned(), "This link is not whole."), ("none".to_owned(), "This link is not whole.")]
    {
        let page = browser.get(&format!("/notifications/preferences/{token}")).await;
        assert!(page.body.contains(words), "{}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_it_can_be_started_again() {
    let test = TestApp::demo().await;
    on_the_list(&test, WREN, &[("topic[]", "anxiety")]).await;
    let token = opener(&test, WREN).await;
    let mut browser = test.browser();
    for round in 0..2 {
        let stopped = browser.submit("/api/notifications/stop", &[("token", &token)]).await;
        assert!(stopped.body.contains("The weekly mail has stopped."), "{}", stopped.body);
        assert_eq!(status(&test, WREN).await.as_deref(), Some("unsubscribed"));
        assert_eq!(
            count(&test, "select count(*) from audit_events where action = 'subscription ended'").await,
            1,
            "{round}"
        );
    }
    let started = browser.submit("/api/notifications/start", &[("token", &token)]).await;
    assert!(
        started.body.contains("You are on the list again.") && started.body.contains("Stop the weekly mail"),
        "{}",
        started.body
    );
    assert_eq!(status(&test, WREN).await.as_deref(), Some("confirmed"));
    let topics: Vec<String> =
        sqlx::query_scalar("select topics from subscribers").fetch_one(test.pool()).await.unwrap();
    assert_eq!(topics, ["anxiety"]);

    // A mailbox that took no mail, and does again.
    change(&test, "update subscribers set status = 'bounced', ended_at = now()").await;
    super::suppress(&test, WREN, "bounced").await;
    let page = browser.get(&format!("/notifications/preferences/{token}")).await;
    assert!(page.body.contains("came back"), "{}", page.body);
    browser.post("/api/notifications/start", &[("token", &token)]).await;
    assert_eq!(status(&test, WREN).await.as_deref(), Some("confirmed"));
    assert_eq!(super::suppressed(&test, WREN).await, None);
}
