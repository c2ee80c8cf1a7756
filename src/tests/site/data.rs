//! What pages say to machines: each kind of page says what it is about, and refers to nothing that it does not describe.

use super::{TestApp, data, mapped};
use serde_json::Value;
use std::collections::BTreeSet;

const PRACTICE: (&str, &[&str]) = ("MedicalBusiness", &["name", "address", "telephone", "email", "url"]);
const CRUMBS: (&str, &[&str]) = ("BreadcrumbList", &["itemListElement"]);
const ASKED: (&str, &[&str]) = ("FAQPage", &["mainEntity"]);

/// The statements of a page, each with what it must say.
fn expected(path: &str) -> Vec<(&'static str, &'static [&'static str])> {
    let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        [""] => vec![PRACTICE],
        ["groups", _] => {
            const SERIES: &[&str] = &[
                "name",
                "description",
                "url",
                "location",
                "performer",
                "organizer",
                "offers",
                "startDate",
                "subEvent",
            ];
            vec![("EventSeries", SERIES), PRACTICE, CRUMBS]
        }
        ["topics", _] => vec![ASKED, CRUMBS],
        ["dbt-skills"] => {
            vec![("Course", &["name", "description", "url", "provider", "hasCourseInstance"]), PRACTICE, ASKED, CRUMBS]
        }
        ["therapists", _] => {
            let person: &[&str] = &["name", "honorificSuffix", "jobTitle", "url", "worksFor", "hasCredential"];
            vec![("Person", person), PRACTICE, CRUMBS]
        }
        ["learn", "skills", _] => vec![("HowTo", &["name", "description", "step"]), CRUMBS],
        ["learn", last] if *last != "skills" => {
            let article: &[&str] =
                &["headline", "description", "datePublished", "inLanguage", "mainEntityOfPage", "publisher"];
            vec![("Article", article), PRACTICE, CRUMBS]
        }
        _ => Vec::new(),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.is_empty(),
        _ => false,
    }
}

/// What a graph describes, what it only refers to, and where it says null.
#[derive(Default)]
struct Said {
    described: BTreeSet<String>,
    named: BTreeSet<String>,
    nulls: Vec<String>,
}

impl Said {
    fn walk(&mut self, value: &Value, at: &str) {
        match value {
            Value::Null => self.nulls.push(at.to_owned()),
            Value::Array(all) => {
                for inner in all {
                    self.walk(inner, at);
                }
            }
            Value::Object(map) => {
                if let Some(id) = map.get("@id").and_then(Value::as_str) {
                    let set = if map.len() == 1 { &mut self.named } else { &mut self.described };
                    set.insert(id.to_owned());
                }
                for (key, inner) in map {
                    self.walk(inner, &format!("{at}.{key}"));
                }
            }
            _ => {}
        }
    }
}

fn assert_whole(path: &str, graphs: &[Value]) {
    let mut said = Said::default();
    for graph in graphs {
        said.walk(graph, "");
    }
    assert!(said.nulls.is_empty(), "{path} says null: {:?}", said.nulls);
    assert!(said.named.is_subset(&said.described), "{path} names {:?} and describes {:?}", said.named, said.described);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_page_says_what_it_is_about() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    let mut kinds = BTreeSet::new();
    for path in mapped(&test).await {
        let page = browser.get(&path).await;
        let graphs = data(&page);
        assert_whole(&path, &graphs);
        let statements: Vec<_> = graphs.iter().flat_map(|graph| graph["@graph"].as_array().unwrap()).collect();
        for (kind, keys) in expected(&path) {
            let found: Vec<_> = statements.iter().filter(|statement| statement["@type"] == kind).collect();
            assert_eq!(found.len(), 1, "{path}: {kind}");
            for key in keys {
                assert!(!is_nothing(&found[0][*key]), "{path}: {kind} without {key}: {}", found[0]);
            }
            kinds.insert(kind);
        }
    }
    assert_eq!(kinds.len(), 8, "each kind of statement was seen: {kinds:?}");
}

/// A group whose coming meetings are all cancelled has no next one: it says no start, rather than that it is nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_a_next_meeting_says_no_start() {
    let test = TestApp::demo().await;
    sqlx::query(
        "update meetings set status = 'cancelled' where group_id = (select id from groups where slug = 'low-tide')",
    )
    .execute(test.pool())
    .await
    .unwrap();
    let page = test.browser().get("/groups/low-tide").await;
    let graphs = data(&page);
    assert_whole("/groups/low-tide", &graphs);
    let series = &graphs[0]["@graph"][0];
    assert_eq!(series["@type"], "EventSeries");
    assert!(series.get("startDate").is_none() && series.get("subEvent").is_none(), "{series}");
}

/// Before a practice was loaded an article is published by the site.
#[tokio::test(flavor = "multi_thread")]
async fn an_article_has_its_publisher_before_there_is_a_practice() {
    let page = TestApp::new().await.browser().get("/learn/first-meeting").await;
    let graphs = data(&page);
    assert_whole("/learn/first-meeting", &graphs);
    assert!(graphs[0]["@graph"].as_array().unwrap().iter().any(|statement| statement["@type"] == "Organization"));
}
