//! Mail scanners and prefetching browsers open every link of every mail, and every link of the pages behind them. Nothing
//! comes of it: the database is the same before and after, to the byte.

use super::{WREN, ask, change, every_mail, mails, on_the_list, opener};
use crate::support::{PUBLIC_URL, TestApp, database};
use axum::http::StatusCode;
use common_ground::{
    mail::{eml::Eml, notice::NoticeKind},
    server::list_links,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The own addresses in a text or a page, without their anchors.
fn addresses(text: &str) -> Vec<String> {
    let in_mail = text.split(PUBLIC_URL).skip(1).filter_map(|rest| rest.split(['"', '<', ' ', '\n', '\r']).next());
    let in_page =
        text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|url| url.starts_with('/'));
    let all = in_mail.chain(in_page).map(|url| url.split('#').next().unwrap_or_default().replace("&amp;", "&"));
    all.filter(|url| url.starts_with('/') && !url.starts_with("//")).collect()
}

/// More than there are: whoever comes to it goes round in circles.
const MOST: usize = 2000;

/// Opens addresses, all that the pages behind them lead to, and so on to the end, in a browser with these cookies. Only a
/// page that answers a question is an end by itself: the finder's questions lead to ever more of them. What a page offers as a
/// form to post is opened as well: a scanner does not know. Gives what was opened.
async fn open_all(test: &TestApp, cookies: &BTreeMap<String, String>, urls: Vec<String>) -> BTreeSet<String> {
    let mut opened = BTreeSet::new();
    let mut waiting: VecDeque<String> = urls.into();
    while let Some(url) = waiting.pop_front() {
        if !opened.insert(url.clone()) {
            continue;
        }
        assert!(opened.len() < MOST, "{opened:?}");
        let mut browser = test.browser();
        browser.cookies.clone_from(cookies);
        let page = browser.get(&url).await;
        assert!(
            !page.status.is_server_error() && page.status != StatusCode::TOO_MANY_REQUESTS,
            "{url}: {}",
            page.status
        );
        if !url.contains('?') {
            let forms = page.body.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
            waiting.extend(forms.map(ToOwned::to_owned));
            waiting.extend(addresses(&page.body));
            waiting.extend(page.location().filter(|url| url.starts_with('/')).map(ToOwned::to_owned));
        }
    }
    opened
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_every_link_changes_no_row() {
    let test = TestApp::with(|settings| settings.rate_limits = true).await;
    test.fill().await;
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
    let opened = open_all(&test, &BTreeMap::new(), queue).await;
    assert!(opened.len() > 30, "{opened:?}");
    assert!(
        opened.iter().any(|url| url.ends_with("/data.json")) && opened.contains("/api/notifications/stop"),
        "{opened:?}"
    );
    assert_eq!(database::rows(&test).await, before);
}

/// Mails of all that happens to a member, opened by a scanner, by herself and by the office, with all pages behind them.
#[tokio::test(flavor = "multi_thread")]
async fn opening_every_link_as_a_member_or_the_office_changes_no_row() {
    // When a session was used last is noted with each page, so that it ends after a while without use.
    const NOTED: &[(&str, &str)] = &[("sessions", "used_at")];
    let (house, robin) = every_mail::practice().await;
    let office = house.member("office").await;
    house.change("update accounts set role = 'office' where email = 'office@example.org'").await;

    let mails: Vec<(String, String)> = sqlx::query_as(
        "select kind, concat(words.text_body, ' ', words.html_body)
         from outbox join outbox_words words using (id) order by created_at, id",
    )
    .fetch_all(&house.owner)
    .await
    .unwrap();
    let kinds: BTreeSet<_> = mails.iter().map(|(kind, _)| kind.as_str()).collect();
    let all = NoticeKind::ALL.iter().map(|kind| kind.folder()).chain(["seat_confirmed", "sign_in_code", "digest"]);
    let missing: Vec<_> = all.filter(|kind| !kinds.contains(kind)).collect();
    assert_eq!(missing, [""; 0], "no such mail was written: {kinds:?}");
    // Each is a whole mail to another program as well.
    for letter in house.test.letters() {
        crate::post::read::whole(&letter);
    }
    let mut urls: Vec<String> = mails.iter().flat_map(|(_, text)| addresses(text)).collect();
    // The words of those about the list are gone once they have left.
    urls.extend(house.test.letters().iter().flat_map(|letter| addresses(&Eml::parse(letter).text)));
    // Where a member and the office begin.
    urls.extend(["/program", "/seats", "/account", "/account/data.json", "/office/digests"].map(ToOwned::to_owned));

    // The trail says who asked for what is not hers: that is noted because it is read.
    let others = "select count(*) from audit_events where action <> 'access refused'";
    let before = (database::rows_without(&house.test, NOTED).await, house.count(others).await);
    for cookies in [BTreeMap::new(), robin.cookies.clone(), office.cookies.clone()] {
        let opened = open_all(&house.test, &cookies, urls.clone()).await;
        assert!(opened.len() > 100, "{opened:?}");
    }
    let after = (database::rows_without(&house.test, NOTED).await, house.count(others).await);
    assert_eq!(after.1, before.1);
    let same = |rows: Vec<(String, i64, String)>| -> Vec<_> {
        rows.into_iter().filter(|(table, _, _)| table != "audit_events").collect()
    };
    assert_eq!(same(after.0), same(before.0));
}
