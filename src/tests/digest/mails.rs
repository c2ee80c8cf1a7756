//! What stands in the mail, how it leaves, and what is noted of it.

use super::{Post, monday};
use crate::support::PUBLIC_URL;
use chrono::TimeDelta;
use common_ground::{
    domain::email::Email,
    jobs,
    mail::eml::Eml,
    server::{
        digests::preview,
        list_links::{read_preferences, read_unsubscribe},
    },
    store::digests as stored,
};
use sqlx::Row as _;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_names_no_topic_unless_she_asked_for_it() {
    let post = Post::new().await;
    for name in ["wren", "ida"] {
        post.subscribe(&format!("{name}@example.org")).await;
    }
    post.house.change("update subscribers set details = true where email like 'ida%'").await;
    post.house.change("update groups set slug = 'anxiety-' || slug").await;
    post.run(monday(0)).await;
    let rows = sqlx::query(
        "select to_address, subject, words.text_body, words.html_body, unsubscribe_url, subscriber_id is not null
         from outbox join outbox_words words using (id)",
    );
    let rows = rows.fetch_all(&post.house.owner).await.unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        let (to, subject): (String, String) = (row.get(0), row.get(1));
        let bodies: [String; 2] = [row.get(2), row.get(3)];
        assert!(row.get::<bool, _>(5), "it belongs to the list");
        assert_eq!(subject, "New meeting times");
        let details = to.starts_with("ida");
        for body in &bodies {
            for word in ["anxiety", "Circle g0", "therapy", "Ruth"] {
                let is_there = body.to_lowercase().contains(&word.to_lowercase());
                assert_eq!(is_there, details && word != "Ruth", "{word} to {to}: {body}");
            }
            assert!(body.contains("Mondays, 10:00 to 11:00 AM Eastern"), "{body}");
            assert!(body.contains("12 Example Street") && body.contains("988"), "{body}");
        }
        let url: String = row.get(4);
        let token = url.strip_prefix(&format!("{PUBLIC_URL}/unsubscribe/")).unwrap();
        let keys = &post.house.test.app.keys;
        assert!(read_unsubscribe(keys, token).is_some() && bodies[0].contains(&url) && bodies[1].contains(&url));
        let preferences =
            bodies[0].lines().find_map(|line| line.strip_prefix(&format!("{PUBLIC_URL}/notifications/preferences/")));
        let link = read_preferences(keys, preferences.unwrap()).unwrap();
        assert!(link.links == 1 && link.is_fresh(monday(4)) && !link.is_fresh(monday(5)));
    }
}

/// What is alike is stored once; what is sent has each one's own links, and none of what stands for them.
#[tokio::test(flavor = "multi_thread")]
async fn words_that_many_get_stand_once() {
    let post = Post::new().await;
    for name in ["wren", "ida", "robin", "ada"] {
        post.subscribe(&format!("{name}@example.org")).await;
    }
    post.house.change("update subscribers set details = true where email like 'ada%'").await;
    let app = post.open_at(monday(0));
    jobs::meetings::materialise(app.store(), monday(0)).await.unwrap();
    app.work().await;
    assert_eq!(
        post.house.count("select count(*) from digest_words").await,
        2,
        "for three, and for the one with details"
    );
    assert_eq!(post.house.count("select count(*) from outbox where text_body <> '' or html_body <> ''").await, 0);
    let letters = app.letters();
    assert_eq!(letters.len(), 4);
    let alike = |text: &str| {
        let links = |line: &&str| line.contains("/unsubscribe/") || line.contains("/preferences/");
        text.lines().filter(|line| !links(line)).map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let mut plain = Vec::new();
    let mut all_own = std::collections::BTreeSet::new();
    for letter in &letters {
        let mail = Eml::parse(letter);
        let own = mail.header("list-unsubscribe").unwrap().trim_matches(['<', '>']).to_owned();
        assert!(
            mail.text.contains(&own) && mail.html.contains(&own) && !mail.text.contains(".invalid"),
            "{}",
            mail.text
        );
        assert!(!mail.html.contains(".invalid"), "{}", mail.html);
        // What the database says of a mail is what was sent.
        let stored: (String, String) =
            sqlx::query_as("select words.text_body, words.html_body from outbox join outbox_words words using (id) where message_id = $1")
            .bind(mail.header("message-id").unwrap())
            .fetch_one(&post.house.owner)
            .await
            .unwrap();
        let lines = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
        assert_eq!((lines(&stored.0), lines(&stored.1)), (lines(&mail.text), lines(&mail.html)));
        all_own.insert(own);
        if mail.header("to") != Some("ada@example.org") {
            plain.push(alike(&mail.text));
        }
    }
    assert!(plain.len() == 3 && plain.iter().all(|words| *words == plain[0]));
    assert_eq!(all_own.len(), 4);
    // A mail that is out of date has no words and no links any more.
    post.house.change("update outbox set created_at = now() - interval '7 days', sent_at = now() - interval '7 days', expires_at = now() - interval '1 day'").await;
    jobs::run_once(&app.app).await.unwrap();
    assert_eq!(
        post.house.count("select count(*) from outbox where words_id is not null or preferences_url is not null").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_by_id_opens_the_page_of_the_group() {
    let post = Post::new().await;
    let id = post.house.group("g0").await;
    let mut browser = post.house.test.browser();
    let page = browser.get(&format!("/groups/{id}")).await;
    assert!(page.status == 200 && page.body.contains("Circle g0"), "{}", page.status);
    assert!(page.body.contains(&format!("{PUBLIC_URL}/groups/g0")), "search engines are told its name");
    assert_eq!(browser.get("/groups/00000000-0000-0000-0000-000000000000").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_those_of_her_zone_with_the_groups_beside() {
    let post = Post::new().await;
    post.subscribe("wren@example.org").await;
    post.house
        .change("update subscribers set zone = 'America/Chicago', days = '{1}', times = '{morning}', place = 'NY'")
        .await;
    post.run(monday(0) + TimeDelta::hours(1)).await;
    let (text, _) = post.mails("wren@example.org").await.pop().unwrap();
    assert!(text.contains("Mondays, 9:00 to 10:00 AM Central\nThat is 10:00 AM Eastern for the group."), "{text}");
    assert!(!text.contains("PM Central"), "only mornings: {text}");
    assert!(!text.contains("a few states only"), "we know where she is: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_a_run_is_noted() {
    let post = Post::new().await;
    post.subscribe("wren@example.org").await;
    post.subscribe("nobody@example.org").await;
    post.subscribe("broken@example.org").await;
    post.house.change("update subscribers set place = 'outside' where email like 'nobody%'").await;
    post.house.change("update subscribers set email = 'no address@x' where email like 'broken%'").await;
    let app = post.open_at(monday(0));
    jobs::meetings::materialise(app.store(), monday(0)).await.unwrap();
    app.work().await;
    let runs = stored::find_runs(app.pool(), None, 5).await.unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(app.mails("wren@example.org").len(), 1);
    assert_eq!((runs[0].expected, runs[0].skipped, runs[0].failed), (3, 1, 1), "{runs:?}");
    assert_eq!((runs[0].sent, runs[0].waiting), (1, 0), "it is noted when it leaves: {runs:?}");
    assert_eq!(post.house.count("select count(*) from digest_runs where ended_at is not null").await, 1);
    let totals = stored::totals(app.pool()).await.unwrap();
    assert_eq!((totals.mails, totals.skipped), (1, 1));
    let audit: Vec<(String, serde_json::Value)> =
        sqlx::query_as("select actor, detail from audit_events where action = 'digests written'")
            .fetch_all(&post.house.owner)
            .await
            .unwrap();
    assert_eq!(audit.len(), 1, "a row for a batch, not one for a mail");
    assert_eq!(audit[0], ("worker".to_owned(), serde_json::json!({ "mails": 1, "skipped": 1, "failed": 1 })));
    // Nothing of it is done again.
    app.work().await;
    let letters = app.letters();
    assert_eq!(letters.len(), 1);
    let read = crate::post::read::whole(&letters[0]);
    assert!(read["headers"]["List-Unsubscribe"].as_str().is_some(), "{read}");
    assert_eq!(post.house.count("select count(*) from digests").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_the_mail_that_she_would_get() {
    let post = Post::new().await;
    post.subscribe("wren@example.org").await;
    post.house.change("update subscribers set days = '{3}'").await;
    let email = |text: &str| Email::parse(text).unwrap();
    let saturday = post.at(monday(0) - TimeDelta::days(1));
    let hers = preview::to(&saturday, &email("wren@example.org")).await.unwrap();
    assert!(hers.is_subscribed && hers.since.is_none());
    let text = hers.words.unwrap().text;
    assert!(text.contains("Wednesdays, ") && !text.contains("Mondays, "), "{text}");
    let example = preview::to(&saturday, &email("somebody@example.org")).await.unwrap();
    assert!(!example.is_subscribed);
    let words = example.words.unwrap();
    assert!(words.text.contains("Mondays, ") && words.text.contains("/unsubscribe/example"), "{}", words.text);
    post.run(monday(0)).await;
    let tuesday = post.at(monday(0) + TimeDelta::days(1));
    let hers = preview::to(&tuesday, &email("wren@example.org")).await.unwrap();
    assert!(hers.since.is_some() && hers.words.is_none(), "nothing is new");
    assert_eq!(post.house.count("select count(*) from outbox").await, 1);
}
