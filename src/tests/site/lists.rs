//! Lists of groups on public pages: where a page leads to groups there are some, and the finder's order is what it says.

use super::{TestApp, mapped, values};
use crate::support::Answer;
use common_ground::domain::topic::Topic;

/// A page without the marks that a browser takes it over by.
fn plain(page: &Answer) -> String {
    page.body.replace("<!>", "")
}

/// The rows of a page, as they are written.
fn rows(body: &str) -> Vec<&str> {
    body.split("<li class=\"slot\"").skip(1).filter_map(|rest| rest.split("</li>").next()).collect()
}

/// What an address in an attribute is.
fn address(text: &str) -> String {
    text.replace("&amp;", "&")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_article_leads_to_groups() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    let articles: Vec<_> = mapped(&test)
        .await
        .into_iter()
        .filter(|path| path.starts_with("/learn/") && !path.starts_with("/learn/skills"))
        .collect();
    assert!(articles.len() >= 7, "{articles:?}");
    for path in articles {
        let page = browser.get(&path).await;
        let to: Vec<_> = values(&page, "a", "class=\"button\"", "href").iter().map(|to| address(to)).collect();
        let to = to.iter().find(|to| to.starts_with("/groups?")).unwrap_or_else(|| panic!("{path} leads to {to:?}"));
        assert!(!rows(&browser.get(to).await.body).is_empty(), "{path} leads to no group: {to}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_topic_shows_groups_on_it() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    let mut seen = 0;
    for path in mapped(&test).await {
        let Some(slug) = path.strip_prefix("/topics/") else { continue };
        let about = match Topic::parse(slug) {
            Some(topic) => format!("{} · ", topic.name()),
            None => "Process group".to_owned(),
        };
        let page = browser.get(&path).await;
        let shown = rows(&page.body);
        assert!(!shown.is_empty(), "{path} shows no group");
        for row in shown {
            assert!(row.contains(&about), "{path} shows a group on something else: {row}");
        }
        seen += 1;
    }
    assert_eq!(seen, Topic::ALL.len() + 1, "each topic, and process groups");
}

/// How many seats a row says can be had; none where it takes nobody at the moment.
fn seats_of(row: &str) -> u32 {
    if row.contains("next round") || row.contains("after a talk") || row.contains("next in line") {
        return 0;
    }
    let before = row.split(" free<").next().filter(|before| before.len() < row.len());
    let words = before.and_then(|before| before.rsplit('>').next()).unwrap_or_default();
    words.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// The address of a link with these words.
fn link_to(body: &str, words: &str) -> String {
    let before = body.split(&format!(">{words}</a>")).next().filter(|before| before.len() < body.len());
    let tag = before.and_then(|before| before.rsplit("<a ").next()).unwrap_or_else(|| panic!("{words}: {body}"));
    address(tag.split("href=\"").nth(1).unwrap().split('"').next().unwrap())
}

/// The groups of a page, in order, by the first part of their addresses.
fn slugs(body: &str) -> Vec<String> {
    let slug = |row: &&str| row.split("href=\"/groups/").nth(1).unwrap().split(['"', '?']).next().unwrap().to_owned();
    rows(body).iter().map(slug).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_by_seats_is_by_seats_and_keeps_what_was_chosen() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    let start = "/groups?state=NY&kind=therapy&time=evening";
    let soonest = plain(&browser.get(start).await);
    let to = link_to(&soonest, "Most seats first");
    assert_eq!(to, format!("{start}&sort=seats"));
    let most = plain(&browser.get(&to).await);
    let counts: Vec<_> = rows(&most).into_iter().map(seats_of).collect();
    assert!(counts.is_sorted_by(|one, next| one >= next), "{counts:?}");
    assert!(counts.first() > counts.last(), "a negative control: {counts:?}");
    let (mut one, mut other) = (slugs(&soonest), slugs(&most));
    assert_ne!(one, other, "a negative control: the order is another one");
    assert_eq!(link_to(&most, "Soonest first"), start);
    assert_eq!(slugs(&plain(&browser.get(start).await)), one);
    one.sort();
    other.sort();
    assert_eq!(one, other, "the same groups");
}

/// Whoever looks at a group comes back to the list as it was: the whole wish goes along, and comes back.
#[tokio::test(flavor = "multi_thread")]
async fn the_link_back_from_a_group_leads_to_the_list_that_was_left() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    let wish = "state=NY&kind=therapy&time=evening&q=group&sort=seats&zone=America/Chicago";
    let list = browser.get(&format!("/groups?{wish}")).await.body;
    let group = list.split("href=\"/groups/").nth(1).expect("a row").split('"').next().unwrap();
    let group = address(&format!("/groups/{group}"));
    assert!(group.ends_with(&format!("?{wish}")), "{group}");
    let page = browser.get(&group).await;
    let back: Vec<_> = values(&page, "a", "class=\"back\"", "href").iter().map(|back| address(back)).collect();
    assert_eq!(back, [format!("/groups?{wish}")]);
    assert!(plain(&page).contains("Groups in New York</a>"), "{}", page.body);
    // Whoever came from elsewhere is led to all groups.
    let slug = group.split('?').next().unwrap();
    assert_eq!(values(&browser.get(slug).await, "a", "class=\"back\"", "href"), ["/groups"]);
}
