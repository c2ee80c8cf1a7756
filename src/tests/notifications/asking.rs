//! Asking for the weekly mail: one row an address, one mail an hour, and an answer that tells nothing.

use super::{SUBSCRIBE, WREN, ask, change, count, kinds, link, mails, on_the_list, status, suppress, token, trail};
use crate::support::{Answer, TestApp};
use axum::http::StatusCode;
use common_ground::{domain::subscription::CONSENT_VERSION, error::AppError, server::state::sha256};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_waits_for_a_yes_and_only_a_hash_of_its_link_is_stored() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    let wishes = [
        ("topic[]", "depression"),
        ("topic[]", "anxiety"),
        ("topic[]", "stars"),
        ("kind[]", "therapy"),
        ("state", "NY"),
        ("day[]", "fri"),
        ("day[]", "mon"),
        ("time[]", "evening"),
        ("zone", "America/Chicago"),
    ];
    let asked = ask(&mut browser, " Wren@Example.org ", &wishes).await;
    assert_eq!((asked.status, asked.location()), (StatusCode::FOUND, Some("/notifications/sent")), "{}", asked.body);
    let row: Value = sqlx::query_scalar(
        "select to_jsonb(t) from (
           select status, topics, kinds, place, days, times, zone, weekday, hour, details from subscribers) t",
    )
    .fetch_one(test.pool())
    .await
    .unwrap();
    assert_eq!(
        row,
        json!({"status": "pending", "topics": ["anxiety", "depression"], "kinds": ["therapy"], "place": "NY", "days": [1, 5],
            "times": ["evening"], "zone": "America/Chicago", "weekday": 1, "hour": 9, "details": false})
    );
    let consent: (String, String, bool) =
        sqlx::query_as("select consent_version, consent_text, asked_at > now() - interval '1 minute' from subscribers")
            .fetch_one(test.pool())
            .await
            .unwrap();
    assert_eq!((consent.0.as_str(), consent.2), (CONSENT_VERSION, true));
    let page = browser.get("/notifications").await;
    assert!(page.body.contains(&consent.1), "what is kept as agreed to stands on the page");

    // The mail names no wish, and its token is stored nowhere as it is.
    let mail = mails(&test, WREN).await;
    assert_eq!(mail.len(), 1);
    assert_eq!(mail[0].0, "subscription_confirm");
    let lower = mail[0].1.to_lowercase();
    assert!(
        ["anxiety", "depression", "new york", "friday", "evening"].iter().all(|word| !lower.contains(word)),
        "{lower}"
    );
    assert!(lower.contains("2 days"), "{lower}");
    let token = token(&link(&test, WREN).await);
    assert!(token.len() >= 32, "128 bits at least: {token}");
    let (hash, whole, days): (Vec<u8>, String, i32) = sqlx::query_as(
        "select confirm_hash, s::text, extract(epoch from confirm_expires_at - asked_at)::int from subscribers s",
    )
    .fetch_one(test.pool())
    .await
    .unwrap();
    assert_eq!(hash, sha256(token.as_bytes()));
    assert!(!whole.contains(&token));
    assert_eq!(days, 172_800);
    let stream: (Option<uuid::Uuid>, Option<String>) =
        sqlx::query_as("select subscriber_id, unsubscribe_url from outbox where kind = 'subscription_confirm'")
            .fetch_one(test.pool())
            .await
            .unwrap();
    assert_eq!(stream, (None, None), "it answers to a deed and is no mail to the list");
    assert_eq!(
        trail(&test, super::id(&test, WREN).await).await,
        [("subscription asked for".to_owned(), false)],
        "anybody may have typed it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_but_the_address_may_be_left_open_and_the_zone_is_the_readers() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    browser.cookies.insert("tz".to_owned(), "America/Denver".to_owned());
    ask(&mut browser, WREN, &[]).await;
    let zone: String = sqlx::query_scalar("select zone from subscribers").fetch_one(test.pool()).await.unwrap();
    assert_eq!(zone, "America/Denver");
    assert_eq!(count(&test, "select (cardinality(topics) + cardinality(kinds) + cardinality(days) + cardinality(times) + (place is not null)::int)::bigint from subscribers").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_are_one_row_and_one_mail() {
    let test = TestApp::demo().await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let mut browser = test.browser();
            tokio::spawn(async move { ask(&mut browser, WREN, &[("topic[]", "anxiety")]).await })
        })
        .collect();
    for task in tasks {
        let answer = task.await.unwrap();
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::FOUND, Some("/notifications/sent")),
            "{}",
            answer.body
        );
    }
    assert_eq!(count(&test, "select count(*) from subscribers").await, 1);
    assert_eq!(kinds(&test, WREN).await, ["subscription_confirm"]);
    // The one mail is the one whose link works.
    let confirmed = test.browser().submit(super::CONFIRM, &[("token", &token(&link(&test, WREN).await))]).await;
    assert!(confirmed.body.contains("You are on the list."), "{}", confirmed.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mail_an_hour_and_the_newest_wishes_wait() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    ask(&mut browser, WREN, &[("topic[]", "anxiety")]).await;
    let first = link(&test, WREN).await;
    ask(&mut browser, WREN, &[("topic[]", "depression")]).await;
    assert_eq!(kinds(&test, WREN).await.len(), 1);
    let topics: Vec<String> =
        sqlx::query_scalar("select topics from subscribers").fetch_one(test.pool()).await.unwrap();
    assert_eq!(topics, ["depression"]);
    let shown = browser.get(&first).await;
    assert!(shown.body.contains("Depression") && shown.body.contains("Yes, write to me"), "{}", shown.body);

    change(&test, "update subscribers set mailed_at = mailed_at - interval '1 hour'").await;
    ask(&mut browser, WREN, &[]).await;
    assert_eq!(kinds(&test, WREN).await.len(), 2);
    assert!(browser.get(&first).await.body.contains("does not work any more"), "a newer mail replaces it");

    // Saying yes and asking again within the hour brings no other mail either.
    browser.post(super::CONFIRM, &[("token", &token(&link(&test, WREN).await))]).await;
    ask(&mut browser, WREN, &[]).await;
    assert_eq!(kinds(&test, WREN).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_on_the_list_is_changed_by_nobody_who_types_her_address() {
    let test = TestApp::demo().await;
    let id = on_the_list(&test, WREN, &[("topic[]", "anxiety"), ("state", "NY"), ("zone", "America/Denver")]).await;
    change(&test, "update subscribers set mailed_at = now() - interval '1 hour'").await;
    let before: String = sqlx::query_scalar("select (to_jsonb(s) - 'mailed_at')::text from subscribers s")
        .fetch_one(test.pool())
        .await
        .unwrap();
    let mut stranger = test.browser();
    ask(&mut stranger, WREN, &[("topic[]", "depression"), ("state", "FL"), ("zone", "UTC")]).await;
    let after: String = sqlx::query_scalar("select (to_jsonb(s) - 'mailed_at')::text from subscribers s")
        .fetch_one(test.pool())
        .await
        .unwrap();
    assert_eq!(after, before);
    assert_eq!(kinds(&test, WREN).await, ["subscription_confirm", "subscription_known"]);
    let opened = test.browser().get(&link(&test, WREN).await).await;
    assert!(opened.body.contains(WREN) && opened.body.contains("Your weekly mail"), "{}", opened.body);
    assert_eq!(status(&test, WREN).await.as_deref(), Some("confirmed"));
    assert_eq!(trail(&test, id).await.len(), 3);
}

/// What an answer says, without what is drawn anew for each.
fn bare(answer: &Answer) -> (StatusCode, Vec<(String, String)>, String) {
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or("none");
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).replace(nonce, "")))
        .collect();
    (answer.status, headers, answer.body.replace(nonce, ""))
}

/// New, waiting, on the list, ended, taking no mail, wiped, with an account: the form and the page that follows are the same
/// to the byte, and each gets exactly one mail.
#[tokio::test(flavor = "multi_thread")]
async fn every_address_gets_the_same_answer() {
    let test = TestApp::demo().await;
    let emails = ["new", "pending", "confirmed", "unsubscribed", "bounced", "wiped", "refused", "member"]
        .map(|name| format!("{name}@example.org"));
    for email in &emails[1..5] {
        on_the_list(&test, email, &[]).await;
    }
    change(&test, "update subscribers set status = 'pending', confirmed_at = null where email like 'pending%'").await;
    change(&test, "update subscribers set status = 'unsubscribed', ended_at = now() where email like 'unsub%'").await;
    change(&test, "update subscribers set status = 'bounced', ended_at = now() where email like 'bounced%'").await;
    for (email, reason) in
        [("bounced@example.org", "bounced"), ("wiped@example.org", "wiped"), ("refused@example.org", "bounced")]
    {
        suppress(&test, email, reason).await;
    }
    test.signed_in("member@example.org").await;
    change(
        &test,
        "update subscribers set mailed_at = now() - interval '2 hours', confirm_expires_at = now() - interval '1 hour'",
    )
    .await;
    change(&test, "delete from outbox").await;

    let mut seen = Vec::new();
    for email in &emails {
        let mut browser = test.browser();
        let asked = ask(&mut browser, email, &[("topic[]", "anxiety")]).await;
        let sent = browser.get("/notifications/sent").await;
        let mut script = test.browser();
        change(&test, "update subscribers set mailed_at = now() - interval '2 hours'").await;
        let called = script.call(SUBSCRIBE, &[("email", email)]).await;
        seen.push((email, [bare(&asked), bare(&sent), bare(&called)]));
        assert!(!kinds(&test, email).await.is_empty(), "{email}");
    }
    for (email, answers) in &seen[1..] {
        assert_eq!(answers, &seen[0].1, "{email}");
    }
    assert_eq!(kinds(&test, "confirmed@example.org").await[0], "subscription_known");
    for email in emails.iter().filter(|email| !email.starts_with("confirmed")) {
        assert_eq!(kinds(&test, email).await[0], "subscription_confirm", "{email}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_address_gets_the_one_mail_that_asks_and_nothing_more() {
    let test = TestApp::demo().await;
    suppress(&test, WREN, "wiped").await;
    let mut browser = test.browser();
    for _ in 0..3 {
        ask(&mut browser, WREN, &[]).await;
        // An hour later: the mail that was due then is still the mail of that time.
        change(&test, "update subscribers set mailed_at = mailed_at - interval '1 hour'").await;
        change(
            &test,
            "update outbox set event_key = 'subscription:' || s.id || ':' || (extract(epoch from s.mailed_at) * 1000000)::bigint
             from subscribers s where to_address = s.email",
        )
        .await;
    }
    assert_eq!(kinds(&test, WREN).await, ["subscription_confirm"]);
    assert_eq!(super::suppressed(&test, WREN).await.as_deref(), Some("wiped"), "until she says yes");
    browser.post(super::CONFIRM, &[("token", &token(&link(&test, WREN).await))]).await;
    assert_eq!(status(&test, WREN).await.as_deref(), Some("confirmed"));
    assert_eq!(super::suppressed(&test, WREN).await, None, "asking herself is a fresh yes");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_floods_mailboxes_from_one_network() {
    let test = TestApp::with(|settings| settings.rate_limits = true).await;
    let mut browser = test.browser();
    for n in 0..20 {
        let answer = browser.call(SUBSCRIBE, &[("email", &format!("stranger{n}@example.org"))]).await;
        assert_eq!(answer.status, StatusCode::OK, "{n}: {}", answer.body);
    }
    let answer = browser.call(SUBSCRIBE, &[("email", "stranger@example.org")]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(matches!(serde_json::from_str(&answer.body), Ok(AppError::TooMany(_))), "{}", answer.body);
    assert_eq!(count(&test, "select count(*) from subscribers").await, 20);
    assert_eq!(count(&test, "select count(*) from rate_buckets where key like '%@%'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_confirmed_goes_after_a_week() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    for name in ["old", "young", "ended"] {
        ask(&mut browser, &format!("{name}@example.org"), &[]).await;
    }
    change(&test, "update subscribers set asked_at = now() - interval '7 days 1 hour' where email like 'old%'").await;
    change(&test, "update subscribers set asked_at = now() - interval '6 days 23 hours' where email like 'young%'")
        .await;
    change(&test, "update subscribers set asked_at = now() - interval '30 days', status = 'unsubscribed', ended_at = now() where email like 'ended%'").await;
    test.work().await;
    let left: Vec<String> =
        sqlx::query_scalar("select email from subscribers order by email").fetch_all(test.pool()).await.unwrap();
    assert_eq!(left, ["ended@example.org", "young@example.org"]);
}

/// The finder's wish is chosen already on the page to which its forms and links lead.
#[tokio::test(flavor = "multi_thread")]
async fn a_wish_of_the_finder_is_taken_over() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    let page = browser.get("/notifications?state=NY&topic=anxiety&topic=grief-and-loss&day=sun&time=evening&kind=therapy&zone=America%2FDenver&q=x").await;
    assert_eq!(page.chosen("state").as_deref(), Some("NY"));
    assert_eq!(page.chosen("zone").as_deref(), Some("America/Denver"));
    let ticked: Vec<_> = page
        .body
        .split("<input")
        .filter_map(|rest| rest.split('>').next())
        .filter(|tag| tag.contains("checked") && tag.contains("[]"))
        .filter_map(|tag| tag.split("value=\"").nth(1)?.split('"').next())
        .collect();
    assert_eq!(ticked, ["sun", "evening", "anxiety", "grief-and-loss", "therapy"]);

    // Everywhere the short form stands it carries what the page is about.
    let hidden = |page: &Answer| -> Vec<String> {
        let form = page.body.split("class=\"tellme").nth(1).unwrap_or_else(|| panic!("no form: {}", page.body));
        let form = form.split("</form>").next().unwrap();
        form.split("<input type=\"hidden\"")
            .skip(1)
            .map(|tag| {
                let part =
                    |name: &str| tag.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
                format!("{}={}", part("name"), part("value"))
            })
            .collect()
    };
    for (path, expected) in [
        ("/", vec![]),
        ("/groups?topic=anxiety&state=NY", vec!["topic[]=anxiety", "state=NY"]),
        (
            "/groups?topic=anxiety&day=sun&time=morning&q=nothing+like+it",
            vec!["topic[]=anxiety", "day[]=sun", "time[]=morning"],
        ),
        ("/groups/low-tide?state=NJ", vec!["topic[]=depression", "state=NJ"]),
        ("/topics/anxiety", vec!["topic[]=anxiety"]),
        ("/topics/process-groups", vec!["kind[]=process"]),
        ("/dbt-skills", vec!["kind[]=skills"]),
        ("/learn", vec![]),
        ("/learn/first-meeting", vec![]),
        ("/learn/skills", vec!["kind[]=skills"]),
        ("/learn/skills/stop", vec!["kind[]=skills"]),
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let found = hidden(&page);
        assert_eq!(found, expected, "{path}");
        assert!(page.body.contains("action=\"/api/notifications/subscribe\""), "{path}");
    }
}
