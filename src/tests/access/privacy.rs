//! Nobody else's data: what a member told us stands in no page, no answer, no file and no mail of anybody else.

use super::{Cast, WHO, take_seat};
use crate::support::{Answer, TestApp};
use leptos::server_fn::axum::server_fn_paths;

/// What somebody in the member's own group told us. Each word occurs nowhere else.
const TOLD: &[(&str, &str)] = &[
    ("display_name", "Zyxwv"),
    ("legal_name", "Zyxwv Uniquename"),
    ("phone", "555 019 7731"),
    ("state", "NY"),
    ("birth_month", "7"),
    ("birth_day", "23"),
    ("birth_year", "1967"),
    ("contact_name", "Qontakt Personova"),
    ("contact_phone", "555 019 8842"),
];
const EMAIL: &str = "zq.unusual@example.com";

/// The one whom nobody may see, seated in a group; gives the words that may not occur.
async fn seat_her(test: &TestApp, slug: &str) -> Vec<String> {
    let mut her = test.signed_in(EMAIL).await;
    let about: Vec<_> = TOLD.iter().copied().chain([("slug", slug)]).collect();
    let confirmed = take_seat(&mut her, slug, &about).await;
    let reference: String = sqlx::query_scalar(
        "select reference from reservations r join accounts a on a.id = r.member_id where email = $1",
    )
    .bind(EMAIL)
    .fetch_one(test.pool())
    .await
    .unwrap();
    assert!(confirmed.body.contains(&reference) && confirmed.body.contains(EMAIL), "she sees her own");
    let reservation: sqlx::types::Uuid = sqlx::query_scalar("select id from reservations where reference = $1")
        .bind(&reference)
        .fetch_one(test.pool())
        .await
        .unwrap();
    let mut words: Vec<_> =
        ["Zyxwv", "Uniquename", "zq.unusual", "019 7731", "Qontakt", "Personova", "019 8842", "1967-07", "23, 1967"]
            .map(ToOwned::to_owned)
            .into();
    // The year as the page of the step has it; four digits alone occur in any drawn number.
    words.push("\"1967\"".to_owned());
    words.extend([reference, reservation.to_string(), test.account(EMAIL).await.0.to_string()]);
    words
}

fn found<'a>(words: &'a [String], answer: &Answer) -> Vec<&'a String> {
    let mut text = answer.body.clone();
    for (name, value) in &answer.headers {
        text.push_str(name.as_str());
        text.push_str(&String::from_utf8_lossy(value.as_bytes()));
    }
    let text = text.to_lowercase();
    words.iter().filter(|word| text.contains(&word.to_lowercase())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_member_told_us_reaches_nobody_else() {
    let mut cast = Cast::new().await;
    let words = seat_her(&cast.test, &cast.seat).await;
    let pages = [
        "/",
        "/groups",
        "/groups?state=NY&open=true&sort=seats",
        "/groups?q=Zyxwv",
        "/groups/{seat}",
        "/events/groups",
        "/groups/{held}",
        "/topics",
        "/topics/anxiety",
        "/topics/process-groups",
        "/dbt-skills",
        "/therapists",
        "/therapists/ruth-okafor",
        "/learn/skills/stop",
        "/sitemap.xml",
        "/help-now",
        "/privacy",
        "/sign-in",
        "/sign-in/code",
        "/program",
        "/reserve/{seat}",
        "/reserve/{seat}/about",
        "/reserve/{seat}/agreements",
        "/reserve/{seat}/check",
        "/reserve/{seat}/confirmed",
        "/reserve/{seat}/under-18",
        "/reserve/{seat}/calendar.ics",
        "/reserve/{held}",
        "/reserve/{held}/about",
        "/reserve/{held}/agreements",
        "/reserve/{held}/check",
        "/livez",
        "/readyz",
        "/nowhere",
    ];
    let mut seen = Vec::new();
    for (who, name) in WHO.iter().enumerate() {
        for page in pages {
            let mut answer = cast.people[who].get(&cast.filled(page)).await;
            // The words that somebody looked for stand in her own page.
            answer.body = answer.body.replace("q=Zyxwv", "").replace("value=\"Zyxwv\"", "").replace("“Zyxwv”", "");
            seen.extend(found(&words, &answer).into_iter().map(|word| format!("{word} in {page} of {name}")));
        }
    }
    // As JSON: whatever each function says to a call for either group, a refusal as well.
    let mut paths: Vec<_> = server_fn_paths().map(|(path, _)| path).filter(|path| !path.ends_with("/out")).collect();
    paths.sort_unstable();
    for (who, name) in WHO.iter().enumerate() {
        for path in &paths {
            for slug in [cast.seat.clone(), cast.held.clone()] {
                let key = cast.filled("{key}");
                let args = [
                    ("slug", slug.as_str()),
                    ("key", &key),
                    ("query", ""),
                    ("email", "somebody@example.com"),
                    ("zone", "UTC"),
                    ("scheme", "dark"),
                    ("code", "000000"),
                    ("token", "0123"),
                    ("state", "NY"),
                ];
                let answer = cast.people[who].call(path, &args).await;
                assert!(!answer.status.is_server_error(), "{path} of {name}: {}", answer.body);
                seen.extend(found(&words, &answer).into_iter().map(|word| format!("{word} in {path} of {name}")));
            }
        }
    }
    assert!(seen.is_empty(), "{}", seen.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_member_told_us_stands_in_no_mail_but_her_own() {
    let cast = Cast::new().await;
    let words = seat_her(&cast.test, &cast.seat).await;
    cast.test.work().await;
    let mails: Vec<(String, String)> = sqlx::query_as(
        "select to_address, concat_ws(' ', subject, words.text_body, words.html_body, calendar, event_key, message_id)
         from outbox join outbox_words words using (id)",
    )
    .fetch_all(cast.test.pool())
    .await
    .unwrap();
    assert!(mails.iter().any(|(to, _)| to == EMAIL) && mails.len() > 4);
    for (to, text) in mails.iter().filter(|(to, _)| to != EMAIL) {
        let found: Vec<_> = words.iter().filter(|word| text.contains(*word)).collect();
        assert!(found.is_empty(), "{found:?} in a mail to {to}");
    }
    // In her own: no topic, no name, nothing of her health.
    let topics = common_ground::domain::topic::Topic::ALL.map(|topic| topic.name().to_lowercase());
    for (_, text) in mails.iter().filter(|(to, _)| to == EMAIL) {
        let text = text.to_lowercase();
        let found: Vec<_> = topics.iter().filter(|topic| text.contains(*topic)).collect();
        assert!(found.is_empty(), "{found:?} in her mail: {text}");
        assert!(!text.contains("uniquename") && !text.contains("7731"), "{text}");
    }
}

/// Whoever is refused what her role may not see is in the trail, as herself and with what she asked for: by a call, a form
/// without script, a page and a file.
#[tokio::test(flavor = "multi_thread")]
async fn every_refused_access_is_in_the_trail() {
    let mut cast = Cast::new().await;
    let slug = cast.seat.clone();
    let account = cast.test.account("daniel.reyes@alderstreet.example").await.0.to_string();
    let paths = [
        "/api/reserve/page".to_owned(),
        "/api/seats/renew".to_owned(),
        format!("/reserve/{slug}"),
        format!("/reserve/{slug}/calendar.ics"),
    ];
    let therapist = &mut cast.people[3];
    therapist.call(&paths[0], &[("slug", &slug)]).await;
    therapist.post(&paths[1], &[("slug", &slug)]).await;
    assert_eq!(therapist.get(&paths[2]).await.status, 403);
    assert_eq!(therapist.get(&paths[3]).await.status, 403);
    // What is not refused, or asks to sign in first, is no refusal.
    therapist.get("/program").await;
    cast.people[0].call(&paths[0], &[("slug", &slug)]).await;
    let mut refused: Vec<(String, String, String)> = Vec::new();
    for _ in 0..100 {
        refused = sqlx::query_as(
            "select actor, subject, detail ->> 'path' from audit_events where action = 'access refused' order by 3",
        )
        .fetch_all(cast.test.pool())
        .await
        .unwrap();
        if refused.len() >= paths.len() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let wanted: Vec<_> = paths.into_iter().map(|path| (account.clone(), account.clone(), path)).collect();
    assert_eq!(refused, wanted);
}

/// A log line and the trail of audit name nobody: they hold ids.
#[tokio::test(flavor = "multi_thread")]
async fn the_trail_holds_ids_and_nothing_that_was_told() {
    let cast = Cast::new().await;
    seat_her(&cast.test, &cast.seat).await;
    let trail: Vec<String> =
        sqlx::query_scalar("select concat_ws(' ', actor, action, subject, detail::text) from audit_events")
            .fetch_all(cast.test.pool())
            .await
            .unwrap();
    assert!(trail.iter().any(|event| event.contains("seat reserved")));
    for event in trail {
        for word in ["Zyxwv", "Uniquename", "@example", "7731", "Qontakt", "1967-07-23"] {
            assert!(!event.contains(word), "{word} in {event}");
        }
    }
}
