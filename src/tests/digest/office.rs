//! The office's page.

use super::{Post, monday};
use chrono::TimeDelta;

/// The numbers of the newest round.
fn counts(page: &str) -> Vec<&str> {
    let row = page.split("<tbody>").nth(1).and_then(|rest| rest.split("</tr>").next()).expect("a round");
    row.split("<td class=\"r num\">").skip(1).filter_map(|cell| cell.split('<').next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_sees_counts_a_chart_and_the_mail_and_nobodys_address() {
    let post = Post::new().await;
    for n in 0..3 {
        post.subscribe(&format!("reader{n}@example.org")).await;
    }
    post.house.change("update subscribers set place = 'outside' where email like 'reader2%'").await;
    post.subscribe("paused@example.org").await;
    post.house.change("update subscribers set paused_until = '2099-01-01' where email like 'paused%'").await;
    post.run(monday(0)).await;
    post.house.member("office").await;
    post.house.change("update accounts set role = 'office' where email = 'office@example.org'").await;
    let later = post.open_at(monday(0) + TimeDelta::minutes(20));
    let mut office = later.browser();
    office.cookies.insert("session".to_owned(), "token of office".to_owned());
    let page = office.get("/office/digests").await;
    assert_eq!(page.status, 200, "{}", page.body);
    for words in [
        "3 people hear once a week of new meeting times.",
        "The last round began today at 9:01 AM",
        "2 mails were written. Once nothing was new",
        "class=\"bar1\"",
        "New meeting times",
        "Mondays, 10:00 to 11:00 AM Eastern",
        "Circle g0 (Anxiety · therapy group)",
        "3 people",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    // The row of the round: sent, waiting, failed, ended, skipped.
    assert_eq!(counts(&page.body), ["0", "2", "0", "0", "1"], "{}", page.body);
    post.leave("to_address like 'reader0%'").await;
    post.house.change("update outbox set failed_at = now(), last_error = '554 5.7.1 no' where sent_at is null").await;
    assert_eq!(counts(&office.get("/office/digests").await.body), ["1", "0", "1", "0", "1"]);
    assert!(!page.body.contains("reader0") && !page.body.contains(" style="), "{}", page.body);
    // The HTML twin is shown as a mail program shows it: with its styles, and without anything that could run.
    assert!(page.body.contains("href=\"/office/digests/mail\""), "{}", page.body);
    for (path, details) in [("/office/digests/mail", false), ("/office/digests/mail/details", true)] {
        let mail = office.get(path).await;
        assert_eq!(mail.status, 200, "{}", mail.body);
        let policy = mail.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-inline';") && policy.ends_with("sandbox"));
        assert_eq!(mail.headers["cache-control"], "no-store");
        assert!(mail.body.contains("Mondays, 10:00 to 11:00 AM Eastern") && mail.body.contains(" style=\"color:"));
        assert_eq!(mail.body.contains("Circle g0"), details, "{}", mail.body);
        assert!(!mail.body.contains("reader0"), "{}", mail.body);
    }
    let mut visitor = later.browser();
    let refused = visitor.get("/office/digests").await;
    assert_eq!(refused.location(), Some("/sign-in?next=/office/digests"));
    let robin = post.house.member("robin").await;
    let mut robin = Post::browser_of(&later, &robin);
    let refused = robin.get("/office/digests").await;
    assert!(
        refused.status == 403 && refused.body.contains("It is for the office of the practice."),
        "{}",
        refused.body
    );
}
