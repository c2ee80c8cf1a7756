//! Mail scanners and prefetching browsers open every link of every mail, and every link of the pages behind them. Nothing
//! comes of it: the database is the same before and after, to the byte.

use super::{WREN, ask, change, mails, on_the_list, opener};
use crate::{
    reminders::{look, meet},
    seats::{House, assert_confirmed, confirm},
    support::{PUBLIC_URL, TestApp, database},
};
use axum::http::StatusCode;
use chrono::Duration;
use common_ground::{
    server::{
        digests::{self, Mode},
        list_links,
    },
    store::Actor,
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

/// Opens addresses, what the pages behind them lead to, and what those lead to, in a browser with these cookies. What a page
/// offers as a form to post is opened as well: a scanner does not know. Gives what was opened.
async fn open_all(test: &TestApp, cookies: &BTreeMap<String, String>, urls: Vec<String>) -> BTreeSet<String> {
    let mut opened = BTreeSet::new();
    // In the order in which they are found: what stands in mails comes before the menus of the pages behind.
    let mut waiting: VecDeque<(String, u8)> = urls.into_iter().map(|url| (url, 0)).collect();
    while let Some((url, level)) = waiting.pop_front() {
        if opened.len() > 200 || !opened.insert(url.clone()) {
            continue;
        }
        let mut browser = test.browser();
        browser.cookies.clone_from(cookies);
        let page = browser.get(&url).await;
        assert!(
            !page.status.is_server_error() && page.status != StatusCode::TOO_MANY_REQUESTS,
            "{url}: {}",
            page.status
        );
        if level < 2 {
            let forms = page.body.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
            waiting.extend(forms.map(|url| (url.to_owned(), 2)));
            waiting.extend(addresses(&page.body).into_iter().map(|url| (url, level + 1)));
        }
    }
    opened
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
    const ROBIN: &str = "robin@example.org";
    // When a session was used last is noted with each page, so that it ends after a while without use.
    const NOTED: &[(&str, &str)] = &[("sessions", "used_at")];
    let house = House::new().await;
    house.change("update groups set cycle_began_on = '2099-01-01'").await;
    // A seat, a reminder of its meeting, a place in line, an offer, a new address, and the weekly mail.
    let mut robin = house.ready("robin", "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    house.fill("g1", 7).await;
    house.wait("robin", "g1").await;
    house.fill("g2", 8).await;
    let key = common_ground::server::state::new_key().to_string();
    let joined = [("slug", "g2"), ("key", key.as_str()), ("state", "NY"), ("adult", "true")];
    robin.call("/api/waiting/join", &joined).await;
    robin.post("/api/account/address", &[("email", "new.robin@example.org")]).await;
    on_the_list(&house.test, ROBIN, &[]).await;
    house
        .change(
            "update subscribers set confirmed_at = now() - interval '3 days',
               weekday = extract(isodow from (now() - interval '1 day') at time zone zone)",
        )
        .await;
    let start = house.test.app.now() + Duration::days(2);
    meet(&house, "g0", start).await;
    house.test.work().await;
    look(&house, start - Duration::hours(20)).await;
    digests::run(&house.test.app, &Mode::Write(Actor::Worker), &|_| ()).await.unwrap();
    house.test.work().await;
    let office = house.member("office").await;
    house.change("update accounts set role = 'office' where email = 'office@example.org'").await;

    let mails: Vec<(String, String)> =
        sqlx::query_as("select kind, concat(text_body, ' ', html_body) from outbox order by created_at, id")
            .fetch_all(&house.owner)
            .await
            .unwrap();
    let kinds: BTreeSet<_> = mails.iter().map(|(kind, _)| kind.as_str()).collect();
    for kind in [
        "seat_confirmed",
        "meeting_day",
        "line_joined",
        "offer_made",
        "address_old",
        "address_new",
        "subscription_confirm",
        "digest",
    ] {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
    let mut urls: Vec<String> = mails.iter().flat_map(|(_, text)| addresses(text)).collect();
    // Where a member and the office begin.
    urls.extend(["/program", "/seats", "/account", "/office/digests"].map(ToOwned::to_owned));

    // The trail says who asked for what is not hers, and who took her own data along: both are noted because they are read.
    let others = "select count(*) from audit_events where action not in ('access refused', 'own data taken')";
    let before = (database::rows_without(&house.test, NOTED).await, house.count(others).await);
    for cookies in [BTreeMap::new(), robin.cookies.clone(), office.cookies.clone()] {
        let opened = open_all(&house.test, &cookies, urls.clone()).await;
        assert!(opened.len() > 40, "{opened:?}");
    }
    let after = (database::rows_without(&house.test, NOTED).await, house.count(others).await);
    assert_eq!(after.1, before.1);
    let same = |rows: Vec<(String, i64, String)>| -> Vec<_> {
        rows.into_iter().filter(|(table, _, _)| table != "audit_events").collect()
    };
    assert_eq!(same(after.0), same(before.0));
}
