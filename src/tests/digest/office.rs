//! The office's page.

use super::{Post, monday};
use chrono::TimeDelta;

#[tokio::test(flavor = "multi_thread")]
async fn the_office_sees_counts_a_chart_and_the_mail_and_nobodys_address() {
    let post = Post::new().await;
    for n in 0..3 {
        post.subscribe(&format!("reader{n}@example.org")).await;
    }
    post.house.change("update subscribers set place = 'outside' where email like 'reader2%'").await;
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
    assert!(!page.body.contains("reader0") && !page.body.contains(" style="), "{}", page.body);
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
