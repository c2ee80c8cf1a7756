//! The public pages as search engines and those who share them see them.

mod data;
mod ended;
mod figures;
mod home;
mod lists;
mod pictures;
mod therapists;

use crate::support::{Answer, PUBLIC_URL, TestApp};
use axum::http::StatusCode;
use common_ground::server::page_routes;
use serde_json::Value;
use std::collections::BTreeSet;

/// The paths that the map names.
async fn mapped(test: &TestApp) -> Vec<String> {
    let map = test.browser().get("/sitemap.xml").await;
    assert_eq!(map.status, StatusCode::OK);
    assert_eq!(map.headers["content-type"], "application/xml");
    map.body
        .split("<loc>")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap().strip_prefix(PUBLIC_URL).expect("our own address").to_owned())
        .collect()
}

/// The values of an attribute in the tags that hold a text.
fn values(page: &Answer, tag: &str, holds: &str, attribute: &str) -> Vec<String> {
    page.body
        .split(&format!("<{tag} "))
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
        .filter(|tag| tag.contains(holds))
        .filter_map(|tag| Some(tag.split(&format!("{attribute}=\"")).nth(1)?.split('"').next()?.to_owned()))
        .collect()
}

/// The structured data of a page, read.
fn data(page: &Answer) -> Vec<Value> {
    page.body
        .split("<script type=\"application/ld+json\">")
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split("</script>").next().unwrap()).expect("JSON"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_the_map_is_there_and_says_what_it_is() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    let paths = mapped(&test).await;
    assert_eq!(paths.len(), paths.iter().collect::<BTreeSet<_>>().len(), "each page once");
    let (mut titles, mut descriptions) = (BTreeSet::new(), BTreeSet::new());
    for path in &paths {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.headers.contains_key("x-robots-tag") && !page.body.contains("\"noindex\""), "{path}");
        assert_eq!(values(&page, "link", "rel=\"canonical\"", "href"), [format!("{PUBLIC_URL}{path}")], "{path}");
        assert_eq!(values(&page, "meta", "og:url", "content"), [format!("{PUBLIC_URL}{path}")], "{path}");
        let picture = values(&page, "meta", "property=\"og:image\"", "content");
        let picture = picture[0].strip_prefix(PUBLIC_URL).expect("our own picture");
        assert!(
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("public{picture}")).exists(),
            "{picture}"
        );
        let title = page.body.split("<title>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert!(titles.insert(title.clone()), "{path}: the title of another page: {title}");
        let description = values(&page, "meta", "name=\"description\"", "content").remove(0);
        assert!(descriptions.insert(description.clone()), "{path}: the description of another page: {description}");
        assert_eq!(page.body.matches("<h1").count(), 1, "{path} has one heading");
        for graph in data(&page) {
            assert_eq!(graph["@context"], "https://schema.org", "{path}");
            assert!(graph["@graph"].as_array().is_some_and(|all| !all.is_empty()), "{path}");
        }
    }
}

/// A new public page that the map forgets, and a page of the map that no route serves.
#[tokio::test(flavor = "multi_thread")]
async fn the_map_and_the_routes_name_the_same_pages() {
    let test = TestApp::demo().await;
    let pattern = |path: &str| {
        let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
        match parts.as_slice() {
            ["groups" | "topics" | "therapists", _] => format!("/{}/{{slug}}", parts[0]),
            ["learn", "skills", _] => "/learn/skills/{slug}".to_owned(),
            ["learn", last] if *last != "skills" => "/learn/{slug}".to_owned(),
            _ => path.to_owned(),
        }
    };
    let mapped: BTreeSet<_> = mapped(&test).await.iter().map(|path| pattern(path)).collect();
    let mut browser = test.browser();
    let mut routed = BTreeSet::new();
    for route in page_routes() {
        // Whether search engines may show a page is said by its headers; an address that nothing is at says it as well.
        let url = route.path().replace("{slug}", "x").replace("{id}", "x").replace("{token}", "x");
        let page = browser.get(&url).await;
        if !page.headers.contains_key("x-robots-tag") && !page.body.contains("\"noindex\"") {
            routed.insert(route.path().to_owned());
        }
    }
    assert_eq!(mapped, routed);
}

/// The page is read before its program is there: nothing of it is fetched until the page's own script says so.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_of_a_page_waits_for_its_reader() {
    let test = TestApp::new().await;
    let page = test.browser().get("/").await;
    let (before, script) = page.body.split_once("<script type=\"module\" nonce=\"").expect("the script");
    let (nonce, script) = script.split_once('"').unwrap();
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains(&format!("'nonce-{nonce}'")));
    let (script, after) = script.split_once("</script>").unwrap();
    assert!(script.ends_with(".js\", \"/pkg/common-ground.wasm\")"), "{script}");
    for elsewhere in [before, after] {
        assert!(!elsewhere.contains(".wasm") && !elsewhere.contains("modulepreload"), "{elsewhere}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filtered_finder_is_the_finder() {
    let test = TestApp::demo().await;
    let page = test.browser().get("/groups?topic=anxiety&state=NY&zone=America%2FChicago").await;
    assert_eq!(values(&page, "link", "rel=\"canonical\"", "href"), [format!("{PUBLIC_URL}/groups")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_has_ended_is_in_no_index() {
    let test = TestApp::demo().await;
    assert!(mapped(&test).await.contains(&"/groups/low-tide".to_owned()));
    let page = test.browser().get("/groups/low-tide").await;
    let series = &data(&page)[0]["@graph"][0];
    assert_eq!(series["@type"], "EventSeries");
    assert!(series["subEvent"].as_array().is_some_and(|all| all.len() > 1), "{series}");
    sqlx::query("update groups set status = 'closed', closes_on = starts_on where slug = 'low-tide'")
        .execute(test.pool())
        .await
        .unwrap();
    let page = test.browser().get("/groups/low-tide").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("\"noindex\"") && !page.body.contains("EventSeries"));
    assert!(!mapped(&test).await.contains(&"/groups/low-tide".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn robots_are_told_where_the_map_is() {
    let test = TestApp::new().await;
    let robots = test.browser().get("/robots.txt").await;
    assert!(robots.body.contains(&format!("Sitemap: {PUBLIC_URL}/sitemap.xml")), "{}", robots.body);
    for path in ["/sign-in", "/program", "/reserve/x", "/nowhere"] {
        assert_eq!(test.browser().get(path).await.headers["x-robots-tag"], "noindex", "{path}");
    }
}

/// Before a practice was loaded there are texts, and no group, no therapist and no name.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_practice_has_its_pages_of_text() {
    let test = TestApp::new().await;
    for path in mapped(&test).await {
        assert_eq!(test.browser().get(&path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_skills_page_says_where_each_group_stands() {
    let test = TestApp::demo().await;
    let page = test.browser().get("/dbt-skills").await;
    assert_eq!(page.body.matches(">The first week comes again on").count(), 3, "three groups are running");
    for week in 1..=12 {
        assert!(page.body.contains(&format!("Week {week}: ")), "{week}");
    }
    assert!(page.body.contains("href=\"/therapists/helen-castellanos\""));
}

/// Therapists and office arrive at the program after signing in: it says what is not there, and leads to their groups.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_works_here_is_told_that_there_is_no_desk_yet() {
    let test = TestApp::demo().await;
    let none = "Your desk is not part of this version yet.";
    let mut ruth = test.signed_in("ruth.okafor@alderstreet.example").await;
    let page = ruth.get("/program").await;
    for words in [none, "The groups you lead", "href=\"/groups/living-with-anxiety\"", "href=\"/groups/solid-ground\""]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains("/groups/morning-alarm"), "Priya’s");
    let page = test.signed_in("office@alderstreet.example").await.get("/program").await;
    assert!(page.body.contains(none) && !page.body.contains("The groups you lead"), "{}", page.body);
}
