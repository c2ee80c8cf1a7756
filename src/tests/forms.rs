//! Every form as a browser without script and without Referer sends it: what is wrong comes back on the form's own page,
//! at its field, with everything that was typed; nothing typed ever stands in an address, and nothing is a 500.

use crate::{
    journey,
    support::{Answer, Browser, TestApp},
};
use axum::http::StatusCode;
use common_ground::{error::AppError, server::state::new_key};

mod about;
mod account;
mod agree;
mod arguments;
mod contact;
mod notifications;
mod seat;
mod small;

/// Markup that would run if it were not escaped.
const MARKUP: &str = "\"><script>alert(1)</script>";
/// Letters of many kinds.
const LETTERS: &str = "Zoë Größe-Ōtani 山田 \u{1F642} &amp; 'x' \\ %41 +";
/// A character that Postgres cannot keep.
const NUL: &str = "Robin\0Ashby";
/// A line break, with which a mail could be given another header.
const BREAK: &str = "Robin\r\nBcc: other@example.com";

/// Longer than any field takes.
fn long() -> String {
    "ä".repeat(250)
}

/// A member who holds a seat in a group.
struct Guest {
    test: TestApp,
    browser: Browser,
    slug: String,
}

impl Guest {
    async fn new() -> Self {
        let test = TestApp::demo().await;
        let mut browser = test.signed_in("robin@example.com").await;
        let slug = journey::open_group(&mut browser).await;
        Self { test, browser, slug }
    }

    /// With a hold: the next step is "about you".
    async fn holding() -> Self {
        let mut guest = Self::new().await;
        let held = journey::hold(&mut guest.browser, &guest.slug).await;
        assert_eq!(held.location(), Some(guest.at("about").as_str()), "{}", held.body);
        guest
    }

    /// Who has told everything: the next step is "agreements".
    async fn told() -> Self {
        let mut guest = Self::holding().await;
        let told = guest.browser.post("/api/reserve/about", &journey::about(&guest.slug)).await;
        assert_eq!(told.location(), Some(guest.at("agreements").as_str()), "{}", told.body);
        guest
    }

    /// Who has signed everything: the next step is "check your answers".
    async fn signed() -> Self {
        let mut guest = Self::told().await;
        let signed = guest.browser.post("/api/reserve/agreements", &signature(&guest.slug, "Robin Ashby")).await;
        assert_eq!(signed.location(), Some(guest.at("check").as_str()), "{}", signed.body);
        guest
    }

    /// The path of a step.
    fn at(&self, step: &str) -> String {
        format!("/reserve/{}/{step}", self.slug)
    }

    /// The state of her seat in the group.
    async fn seat(&self) -> Option<String> {
        sqlx::query_scalar(
            "select s.state from seats s join groups g on g.id = s.group_id join accounts a on a.id = s.member_id
             where g.slug = $1 and a.email = 'robin@example.com'",
        )
        .bind(&self.slug)
        .fetch_optional(self.test.pool())
        .await
        .unwrap()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.test.pool()).await.unwrap()
    }
}

/// All three agreements, signed with a name.
fn signature<'a>(slug: &'a str, name: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("slug", slug), ("group", "true"), ("telehealth", "true"), ("privacy", "true"), ("signature", name)]
}

/// The same pairs with some of them changed, added, or, with no value, left out.
fn changed<'a>(pairs: &[(&'a str, &'a str)], changes: &[(&'a str, Option<&'a str>)]) -> Vec<(&'a str, &'a str)> {
    let mut all: Vec<_> =
        pairs.iter().copied().filter(|(name, _)| changes.iter().all(|(other, _)| name != other)).collect();
    all.extend(changes.iter().filter_map(|(name, value)| Some((*name, (*value)?))));
    all
}

/// Sends a form that is wrong; it leads back to `page`, which is given.
async fn back(browser: &mut Browser, action: &str, pairs: &[(&str, &str)], page: &str) -> Answer {
    let answer = browser.post(action, pairs).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{action} {pairs:?}: {}", answer.body);
    assert_eq!(answer.location(), Some(page), "{action} {pairs:?}");
    assert_untold(&answer, pairs);
    let shown = browser.get(page).await;
    assert_eq!(shown.status, StatusCode::OK, "{action} {pairs:?}: {}", shown.body);
    assert!(!shown.body.contains("<script>alert"), "{action} {pairs:?}: what was typed runs");
    shown
}

/// Nothing that was typed stands in the address that is gone to, nor in a cookie that can be read.
fn assert_untold(answer: &Answer, pairs: &[(&str, &str)]) {
    for name in ["location", "set-cookie", "refresh", "link"] {
        for header in answer.headers.get_all(name) {
            let header = String::from_utf8_lossy(header.as_bytes());
            assert!(!header.contains("__err"), "{header}");
            for (field, value) in pairs.iter().filter(|(field, value)| {
                !["slug", "back", "next", "scheme", "zone"].contains(field) && value.chars().count() > 3
            }) {
                let mut escaped = String::new();
                common_ground::domain::finder::escape_into(&mut escaped, value);
                assert!(!header.contains(*value) && !header.contains(&escaped), "{field} stands in {name}: {header}");
            }
        }
    }
}

/// The page shows an error at this field and in the summary, and nothing at fields that are right.
fn assert_wrong_at(page: &Answer, fields: &[&str], all: &[&str]) {
    let summary = summary(page);
    for field in all {
        let at_field = page.body.contains(&format!("id=\"{field}-error\""));
        let in_summary = summary.contains(&format!("href=\"#{field}\""));
        let expected = fields.contains(field);
        assert_eq!((at_field, in_summary), (expected, expected), "at {field}: {summary}");
        if expected {
            assert!(page.body.contains(&format!(" id=\"{field}\"")), "the summary leads to no field {field}");
            assert!(page.body.contains(&format!("{field}-error\"")), "{field} is not described by its error");
        }
    }
}

/// The summary above a form; it is announced.
fn summary(page: &Answer) -> &str {
    let (before, after) =
        page.body.split_once(" class=\"summary\"").unwrap_or_else(|| panic!("no summary: {}", page.body));
    let attributes = before.rsplit('<').next().unwrap();
    assert!(attributes.contains("role=\"alert\"") && attributes.contains("tabindex=\"-1\""), "{attributes}");
    after.split("</div>").next().unwrap()
}

/// The error of a call, whose status says the same.
fn refusal(answer: &Answer) -> AppError {
    let error: AppError =
        serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{} {}", answer.status, answer.body));
    assert_eq!(answer.status.as_u16(), error.status(), "{error:?}");
    assert!(answer.status.is_client_error(), "{error:?}");
    assert_eq!(answer.headers["content-type"], "application/json");
    error
}

/// The names of the fields that a call was refused for.
fn fields(answer: &Answer) -> Vec<String> {
    match refusal(answer) {
        AppError::Fields(errors) => errors.into_iter().map(|error| error.field).collect(),
        other => panic!("{other:?}"),
    }
}

fn key() -> String {
    new_key().to_string()
}
