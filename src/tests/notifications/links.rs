//! Mail scanners and prefetching browsers open every link of every mail, and every link of the pages behind them. Nothing
//! comes of it: the database is the same before and after, to the byte.

use super::{WREN, ask, change, mails, on_the_list, opener};
use crate::support::{PUBLIC_URL, TestApp, database};
use axum::http::StatusCode;
use common_ground::server::list_links;
use std::collections::{BTreeSet, VecDeque};

/// The own addresses in a text or a page, without their anchors.
fn addresses(text: &str) -> Vec<String> {
    let in_mail = text.split(PUBLIC_URL).skip(1).filter_map(|rest| rest.split(['"', '<', ' ', '\n', '\r']).next());
    let in_page =
        text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|url| url.starts_with('/'));
    let all = in_mail.chain(in_page).map(|url| url.split('#').next().unwrap_or_default().replace("&amp;", "&"));
    all.filter(|url| url.starts_with('/') && !url.starts_with("//")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_every_link_changes_no_row() {
    let test = TestApp::demo().await;
    let id = on_the_list(&test, WREN, &[("topic[]", "anxiety")]).await;
    let token = opener(&test, WREN).await;
    let mut browser = test.browser();
    // One mail of each kind: known, fresh link, new address, moved, and one that still asks.
    let later = "update subscribers set mailed_at = now() - interval '2 hours'";
    change(&test, later).await;
    ask(&mut browser, WREN, &[]).await;
    change(&test, later).await;
    browser.post("/api/notifications/fresh-link", &[("token", &token)]).await;
    browser.post("/api/notifications/address", &[("token", &token), ("email", "wren.new@example.org")]).await;
    ask(&mut browser, "ida@example.org", &[("state", "NY")]).await;
    let mut queue: Vec<String> = Vec::new();
    for email in [WREN, "wren.new@example.org", "ida@example.org"] {
        for (kind, text) in mails(&test, email).await {
            let found = addresses(&text);
            assert!(found.iter().any(|url| url.starts_with("/notifications/")), "{kind}: {text}");
            queue.extend(found);
        }
    }
    queue.push(format!("/unsubscribe/{}", list_links::unsubscribe(&test.app.keys, id, WREN)));
    queue.push(format!("/notifications/preferences/{token}/data"));
    queue.push("/notifications/sent".to_owned());

    let before = database::rows(&test).await;
    let mut opened = BTreeSet::new();
    // In the order in which they are found: what stands in mails comes before the menus of the pages behind.
    let mut waiting: VecDeque<(String, u8)> = queue.into_iter().map(|url| (url, 0)).collect();
    while let Some((url, level)) = waiting.pop_front() {
        if opened.len() > 200 || !opened.insert(url.clone()) {
            continue;
        }
        let page = test.browser().get(&url).await;
        assert!(
            !page.status.is_server_error() && page.status != StatusCode::TOO_MANY_REQUESTS,
            "{url}: {}",
            page.status
        );
        if level < 2 {
            // What a page offers as a form to post is opened as well: a scanner does not know.
            let forms = page.body.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
            waiting.extend(forms.map(|url| (url.to_owned(), 2)));
            waiting.extend(addresses(&page.body).into_iter().map(|url| (url, level + 1)));
        }
    }
    assert!(opened.len() > 30, "{opened:?}");
    assert!(
        opened.iter().any(|url| url.ends_with("/data.json")) && opened.contains("/api/notifications/stop"),
        "{opened:?}"
    );
    assert_eq!(database::rows(&test).await, before);
}
