//! `digest run` as it is typed.

use super::{ALONE, House};
use sqlx::PgPool;

/// Somebody whose hour came an hour ago, and who confirmed two days before.
pub async fn due(pool: &PgPool, email: &str) {
    sqlx::query(
        "insert into subscribers (id, email, status, zone, consent_version, consent_text, confirmed_at, weekday, hour)
         select gen_random_uuid(), $1, 'confirmed', 'America/New_York', '1', 'Yes', now() - interval '2 days',
           extract(isodow from her), extract(hour from her)
         from (select now() at time zone 'America/New_York' - interval '1 hour' as her) as an_hour_ago",
    )
    .bind(email)
    .execute(pool)
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_tried_looked_at_and_done() {
    let _alone = ALONE.lock().await;
    let house = House::new().await;
    let run = async |arguments: &[&str]| {
        let typed = [&["digest", "run"][..], arguments].concat();
        house.plan(&typed).await.run().await
    };
    let written =
        "select (select count(*) from digests) + (select count(*) from outbox) + (select count(*) from digest_runs)";
    let (code, words) = run(&[]).await;
    assert!(code == Some(0) && words.contains("Nobody is due."), "{code:?} {words}");
    due(&house.owner, "wren@example.org").await;
    due(&house.owner, "ada@example.org").await;
    house.change("update subscribers set place = 'outside' where email like 'ada%'").await;

    let (code, words) = run(&["--dry-run"]).await;
    assert_eq!(code, Some(0), "{words}");
    for line in ["due: 2", "would be sent: 1", "would be skipped, because nothing is new: 1", "Nothing was written."] {
        assert!(words.lines().any(|found| found == line), "{line}: {words}");
    }
    let (code, words) = run(&["--dry-run", "--to", "wren@example.org"]).await;
    assert!(code == Some(0) && words.contains("To: wren@example.org\nSubject: New meeting times\n\n"), "{words}");
    assert!(words.contains("/groups/") && words.contains("/unsubscribe/"), "{words}");
    let (code, words) = run(&["--dry-run", "--to", "ada@example.org"]).await;
    assert!(code == Some(0) && words.contains("There would be no mail"), "{words}");
    let (code, words) = run(&["--dry-run", "--to", "stranger@example.org"]).await;
    assert!(code == Some(0) && words.contains("is not subscribed, so this is an example"), "{words}");
    for wrong in [&["--dry-run", "--to", "nobody"][..], &["--to", "wren@example.org"]] {
        let (code, words) = run(wrong).await;
        assert!(code.is_some_and(|code| code != 0), "{wrong:?}: {words}");
    }
    assert_eq!(house.count(written).await, 0, "nothing of that wrote anything");

    let (code, words) = run(&[]).await;
    assert_eq!(code, Some(0), "{words}");
    for line in [
        "sent: 1",
        "skipped, because nothing is new: 1",
        "waiting to be sent: 0",
        "failed: 0",
        "not wanted any more: 0",
    ] {
        assert!(words.lines().any(|found| found == line), "{line}: {words}");
    }
    assert!(words.contains("written: 2 of 2"), "it shows how far it is: {words}");
    assert_eq!(house.count("select count(*) from outbox where kind = 'digest' and sent_at is not null").await, 1);
    let (_, words) = run(&[]).await;
    assert!(words.contains("Nobody is due."), "{words}");
    assert_eq!(house.count("select count(*) from digests where status = 'sent'").await, 1);
}
