//! What is shown where a page is shared: each type of page has its picture.

use super::{TestApp, mapped, values};
use crate::support::PUBLIC_URL;
use common_ground::components::head::Picture;
use std::collections::BTreeSet;

fn picture_of(path: &str) -> Picture {
    let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["topics", ..] => Picture::Topics,
        ["dbt-skills"] => Picture::Steps,
        ["learn", "skills", ..] => Picture::Skills,
        ["learn", ..] => Picture::Learn,
        ["therapists", ..] => Picture::Therapists,
        _ => Picture::Circle,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_type_of_page_has_its_picture() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    let mut seen = BTreeSet::new();
    for path in mapped(&test).await {
        let page = browser.get(&path).await;
        let picture = picture_of(&path);
        let shown = values(&page, "meta", "property=\"og:image\"", "content");
        assert_eq!(shown, [format!("{PUBLIC_URL}{}", picture.path())], "{path}");
        assert_eq!(values(&page, "meta", "og:image:alt", "content"), [picture.words()], "{path}");
        seen.insert(picture.path());
    }
    assert_eq!(seen.len(), Picture::ALL.len(), "each picture is used: {seen:?}");
}
