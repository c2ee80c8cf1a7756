//! Every route, opened as a browser does: the pages of the application and the plain routes beside them.

use super::{Cast, Gets, Gets::*, WHO, wrong_page};
use crate::support::TestApp;
use axum::http::StatusCode;
use common_ground::server::{page_routes, settings::Environment};
use std::{collections::BTreeSet, fs, path::Path};

/// A route, an address below it, and what each of [`WHO`] gets there.
struct Row {
    route: &'static str,
    url: &'static str,
    gets: [Gets; 5],
}

const fn row(route: &'static str, url: &'static str, gets: [Gets; 5]) -> Row {
    Row { route, url, gets }
}

const CONFIRMED: Gets = First("/reserve/{seat}/confirmed");
const START: Gets = First("/reserve/{seat}");
const HOLD: Gets = First("/reserve/{held}");

/// Pages of the application.
const PAGES: &[Row] = &[
    row("/", "/", [It; 5]),
    row("/groups", "/groups?state=NY&day=mon", [It; 5]),
    row("/groups/{slug}", "/groups/{seat}", [It; 5]),
    row("/groups/{slug}", "/groups/no-such-group", [Nothing; 5]),
    row("/topics", "/topics", [It; 5]),
    row("/topics/{slug}", "/topics/trauma-and-ptsd", [It; 5]),
    row("/topics/{slug}", "/topics/process-groups", [It; 5]),
    row("/topics/{slug}", "/topics/dbt-skills", [Nothing; 5]),
    row("/topics/{slug}", "/topics/no-such-topic", [Nothing; 5]),
    row("/dbt-skills", "/dbt-skills", [It; 5]),
    row("/learn", "/learn", [It; 5]),
    row("/learn/{slug}", "/learn/first-meeting", [It; 5]),
    row("/learn/{slug}", "/learn/no-such-article", [Nothing; 5]),
    row("/learn/skills", "/learn/skills", [It; 5]),
    row("/learn/skills/{slug}", "/learn/skills/stop", [It; 5]),
    row("/learn/skills/{slug}", "/learn/skills/no-such-skill", [Nothing; 5]),
    row("/help-now", "/help-now", [It; 5]),
    row("/privacy", "/privacy", [It; 5]),
    row("/terms", "/terms", [It; 5]),
    row("/notice-of-privacy-practices", "/notice-of-privacy-practices", [It; 5]),
    row("/accessibility", "/accessibility", [It; 5]),
    row("/agreements", "/agreements", [It; 5]),
    row("/therapists", "/therapists", [It; 5]),
    row("/therapists/{slug}", "/therapists/ruth-okafor", [It; 5]),
    row("/therapists/{slug}", "/therapists/nobody", [Nothing; 5]),
    row("/contact", "/contact", [It; 5]),
    row("/contact/sent", "/contact/sent", [It; 5]),
    row("/notifications", "/notifications", [It; 5]),
    row("/notifications/sent", "/notifications/sent", [It; 5]),
    row("/notifications/confirm/{token}", "/notifications/confirm/0123456789abcdef", [It; 5]),
    row("/notifications/preferences/{token}", "/notifications/preferences/0123456789abcdef", [It; 5]),
    row("/notifications/preferences/{token}/data", "/notifications/preferences/0123456789abcdef/data", [Nothing; 5]),
    row("/unsubscribe/{token}", "/unsubscribe/0123456789abcdef", [It; 5]),
    row("/account/notifications", "/account/notifications", MEMBERS),
    row("/account/notifications/data", "/account/notifications/data", [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("/sign-in", "/sign-in", [It; 5]),
    row("/sign-in/code", "/sign-in/code", [It; 5]),
    row("/sign-in/link/{token}", "/sign-in/link/0123456789abcdef", [It; 5]),
    row("/reserve/{slug}", "/reserve/{seat}", [SignIn, It, CONFIRMED, Forbidden, Forbidden]),
    row("/reserve/{slug}", "/reserve/{held}", [SignIn, It, First("/reserve/{held}/check"), Forbidden, Forbidden]),
    row("/reserve/{slug}", "/reserve/no-such-group", [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("/reserve/{slug}/about", "/reserve/{seat}/about", [SignIn, START, CONFIRMED, Forbidden, Forbidden]),
    row("/reserve/{slug}/about", "/reserve/{held}/about", [SignIn, HOLD, It, Forbidden, Forbidden]),
    row("/reserve/{slug}/agreements", "/reserve/{seat}/agreements", [SignIn, START, CONFIRMED, Forbidden, Forbidden]),
    row("/reserve/{slug}/agreements", "/reserve/{held}/agreements", [SignIn, HOLD, It, Forbidden, Forbidden]),
    row("/reserve/{slug}/check", "/reserve/{seat}/check", [SignIn, START, CONFIRMED, Forbidden, Forbidden]),
    row("/reserve/{slug}/check", "/reserve/{held}/check", [SignIn, HOLD, It, Forbidden, Forbidden]),
    row(
        "/reserve/{slug}/confirmed",
        "/reserve/{seat}/confirmed",
        [SignIn, First("/groups/{seat}"), It, Forbidden, Forbidden],
    ),
    row(
        "/reserve/{slug}/confirmed",
        "/reserve/{held}/confirmed",
        [SignIn, First("/groups/{held}"), First("/groups/{held}"), Forbidden, Forbidden],
    ),
    row("/reserve/{slug}/under-18", "/reserve/{seat}/under-18", [It; 5]),
    row("/program", "/program", [SignIn, It, It, It, It]),
    row("/seats", "/seats", [SignIn, It, It, It, It]),
    row("/seats/{slug}/release", "/seats/{seat}/release", [SignIn, Nothing, It, Forbidden, Forbidden]),
    row("/seats/{slug}/release", "/seats/{held}/release", [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("/seats/{slug}/release", "/seats/no-such-group/release", [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("/offers/{id}", "/offers/{key}", [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("/account", "/account", [SignIn, It, It, It, It]),
    row("/account/profile", "/account/profile", MEMBERS),
    row("/account/sessions", "/account/sessions", [SignIn, It, It, It, It]),
    row("/account/sign-out", "/account/sign-out", [SignIn, It, It, It, It]),
    row("/account/code", "/account/code", [SignIn, It, It, It, It]),
    row("/account/address", "/account/address", MEMBERS),
    row("/account/address/{token}", "/account/address/0123456789abcdef", [It; 5]),
    row("/account/calendar", "/account/calendar", MEMBERS),
    row("/account/mails", "/account/mails", MEMBERS),
    row("/account/data", "/account/data", MEMBERS),
    row("/account/delete", "/account/delete", MEMBERS),
    row("/account/deleted", "/account/deleted", [It; 5]),
    row("/office/digests", "/office/digests", [SignIn, Forbidden, Forbidden, Forbidden, It]),
    row("/offers/{id}", "/offers/no-offer", [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
];

/// Routes that are no pages.
const PLAIN: &[Row] = &[
    row("/livez", "/livez", [It; 5]),
    row("/readyz", "/readyz", [It; 5]),
    row(CALENDAR, "/reserve/{seat}/calendar.ics", [SignIn, Nothing, It, Forbidden, Forbidden]),
    row(CALENDAR, "/reserve/{held}/calendar.ics", [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row(CALENDAR, "/reserve/no-such-group/calendar.ics", [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("/sitemap.xml", "/sitemap.xml", [It; 5]),
    row("/robots.txt", "/robots.txt", [It; 5]),
    row(FEED, "/calendar/0123456789abcdef.ics", [Nothing; 5]),
    // Made by a post; opened, it is the page with the button.
    row("/account/data.json", "/account/data.json", [First("/account/data"); 5]),
    row("/office/digests/mail", "/office/digests/mail", [SignIn, Forbidden, Forbidden, Forbidden, It]),
    row("/office/digests/mail/details", "/office/digests/mail/details", [SignIn, Forbidden, Forbidden, Forbidden, It]),
    // Mail programs and the page's button post there; opened, it is the page.
    row("/unsubscribe/{token}", "/unsubscribe/0123456789abcdef", [It; 5]),
    // Made by a post.
    row(SUBSCRIBER_FILE, "/notifications/preferences/0123456789abcdef/data.json", [No(405); 5]),
    row("/events/groups", "/events/groups?groups={seat}", [It; 5]),
    row("/events/groups", "/events/groups?groups=no-such-group", [It; 5]),
    row("/api/{*function}", "/api/no/such/function", [Nothing; 5]),
    row("", "/nowhere", [Nothing; 5]),
    row("", "/reserve", [Nothing; 5]),
    row("", "/program/more", [Nothing; 5]),
    row("", "/pkg/none.js", [Nothing; 5]),
];

/// Routes that exist in development only.
const DEVELOPMENT: &[Row] = &[
    row("/dev/styleguide", "/dev/styleguide", [It; 5]),
    row("/dev/mail", "/dev/mail", [It; 5]),
    row("/dev/mail/{file}", "/dev/mail/none.eml", [Nothing; 5]),
    row("/dev/mail/{file}/html", "/dev/mail/none.eml/html", [Nothing; 5]),
];

/// For members, whether they have a seat or not.
const MEMBERS: [Gets; 5] = [SignIn, It, It, Forbidden, Forbidden];

/// Whoever has the secret address reads it; nobody else finds anything.
const FEED: &str = "/calendar/{file}";

const SUBSCRIBER_FILE: &str = "/notifications/preferences/{token}/data.json";

const CALENDAR: &str = "/reserve/{slug}/calendar.ics";

/// How the plain routes are written in the source; each of them has its rows above.
const WRITTEN: [(&str, &str); 17] = [
    ("/livez", "\"/livez\""),
    ("/readyz", "\"/readyz\""),
    (CALENDAR, "\"/reserve/{slug}/calendar.ics\""),
    ("/sitemap.xml", "\"/sitemap.xml\""),
    ("/robots.txt", "\"/robots.txt\""),
    (FEED, "\"/calendar/{file}\""),
    ("/account/data.json", "paths::ACCOUNT_DATA_FILE"),
    ("/office/digests/mail", "paths::OFFICE_DIGEST_MAIL"),
    ("/office/digests/mail/details", "paths::OFFICE_DIGEST_MAIL_DETAILS"),
    ("/unsubscribe/{token}", "\"/unsubscribe/{token}\""),
    (SUBSCRIBER_FILE, "\"/notifications/preferences/{token}/data.json\""),
    ("/events/groups", "paths::EVENTS_GROUPS"),
    ("/api/{*function}", "\"/api/{*function}\""),
    ("/dev/styleguide", "paths::DEV_STYLEGUIDE"),
    ("/dev/mail", "paths::DEV_MAIL"),
    ("/dev/mail/{file}", "&format!(\"{}/{{file}}\", paths::DEV_MAIL)"),
    ("/dev/mail/{file}/html", "&format!(\"{}/{{file}}/html\", paths::DEV_MAIL)"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_route_gives_each_what_the_policy_says() {
    let mut cast = Cast::new().await;
    let mut wrong = Vec::new();
    for row in PAGES.iter().chain(PLAIN).chain(DEVELOPMENT) {
        let url = cast.filled(row.url);
        for (who, gets) in row.gets.into_iter().enumerate() {
            let gets = match gets {
                First(path) => First(cast.filled(path).leak()),
                gets => gets,
            };
            let answer = cast.people[who].get(&url).await;
            if let Some(why) = wrong_page(&answer, gets) {
                wrong.push(format!("{url}, {}: should get {why}", WHO[who]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_names_every_page_and_nothing_else() {
    let known: Vec<_> = page_routes().iter().map(|route| route.path().to_owned()).collect();
    let known: BTreeSet<_> = known.iter().map(String::as_str).collect();
    let named: BTreeSet<_> = PAGES.iter().map(|row| row.route).collect();
    assert_eq!(known, named);
}

/// axum lists no routes, so the source is asked.
#[test]
fn the_policy_names_every_plain_route_and_nothing_else() {
    let mut found = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server.rs"), &mut found);
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server"), &mut found);
    let written: BTreeSet<_> = WRITTEN.iter().map(|(_, text)| (*text).to_owned()).collect();
    assert_eq!(found, written);
    let named: BTreeSet<_> =
        PLAIN.iter().chain(DEVELOPMENT).map(|row| row.route).filter(|route| !route.is_empty()).collect();
    assert_eq!(named, WRITTEN.iter().map(|(route, _)| *route).collect());
}

/// The first arguments of `.route(…)` outside of tests; metrics have a listener of their own that no browser reaches.
fn collect(path: &Path, found: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), found);
        }
        return;
    }
    if path.extension().is_none_or(|end| end != "rs") || path.ends_with("metrics.rs") || path.ends_with("tests.rs") {
        return;
    }
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap();
    for call in text.split(".route(").skip(1) {
        let mut depth = 0;
        let end = call.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            c == ',' && depth == 0
        });
        found.insert(call[..end.expect("an argument")].split_whitespace().collect::<Vec<_>>().join(" "));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn production_has_no_development_routes() {
    let test = TestApp::with(|settings| settings.environment = Environment::Production).await;
    test.fill().await;
    let mut browser = test.browser();
    browser.post("/api/sign-in/request", &[("email", "wren@example.org")]).await;
    test.work().await;
    for path in
        ["/dev", "/dev/", "/dev/mail", "/dev/mail/", "/dev/mail/a.eml", "/dev/mail/a.eml/html", "/dev/styleguide"]
    {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/", "/sign-in", "/sign-in/code"] {
        let page = browser.get(path).await;
        assert!(page.status.is_success() && !page.body.contains("/dev/"), "{path}");
    }
    assert_eq!(browser.get("/groups").await.status, StatusCode::OK);
}
