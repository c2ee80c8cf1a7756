//! `/sitemap.xml` and `/robots.txt`: which pages there are for search engines, and which are for nobody's index.

use super::{
    content::{pages, texts},
    fitting::Now,
    state::App,
    topics::path_of,
};
use crate::{domain::catalog::GroupFacts, error::AppError, paths, store::therapists};
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::get,
};
use chrono::NaiveDate;

/// Pages of which there is one.
pub const SINGLE: [&str; 15] = [
    paths::HOME,
    paths::GROUPS,
    paths::TOPICS,
    paths::DBT_SKILLS,
    paths::LEARN,
    paths::SKILLS,
    paths::THERAPISTS,
    paths::HELP_NOW,
    paths::CONTACT,
    paths::NOTIFICATIONS,
    paths::AGREEMENTS,
    paths::PRIVACY,
    paths::TERMS,
    paths::NOTICE,
    paths::ACCESSIBILITY,
];

/// Their routes.
pub fn routes(app: App) -> Router {
    Router::new().route("/sitemap.xml", get(sitemap)).route("/robots.txt", get(robots)).with_state(app)
}

/// A page of the map, with the day on which its text was written, where we know it.
struct Page {
    path: String,
    written: Option<NaiveDate>,
}

fn page(path: impl Into<String>) -> Page {
    Page { path: path.into(), written: None }
}

/// Every page that search engines may show.
async fn all(app: &App) -> Result<Vec<Page>, AppError> {
    let legal = |path: &str| texts::find_legal(path.trim_start_matches('/')).and_then(|text| text.version.parse().ok());
    let mut found: Vec<_> =
        SINGLE.into_iter().map(|path| Page { path: path.to_owned(), written: legal(path) }).collect();
    found.extend(pages::topics().iter().filter(|text| text.slug != pages::DBT_SKILLS).map(|text| page(path_of(text))));
    found.extend(
        pages::articles()
            .iter()
            .map(|article| Page { path: paths::article(&article.slug), written: Some(article.written) }),
    );
    found.extend(pages::skills().iter().map(|card| page(paths::skill(&card.slug))));
    let now = Now::read(app).await?;
    let mut slugs: Vec<_> = now.groups().iter().map(GroupFacts::slug).collect();
    slugs.sort_unstable();
    found.extend(slugs.into_iter().map(|slug| page(paths::group(slug))));
    for therapist in therapists::find_all(app.store.reads()).await? {
        if super::therapists::is_listed(app, &now, &therapist).await? {
            found.push(page(paths::therapist(&therapist.slug)));
        }
    }
    Ok(found)
}

async fn sitemap(State(app): State<App>) -> Response {
    let pages = match all(&app).await {
        Ok(pages) => pages,
        Err(error) => {
            return StatusCode::from_u16(error.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE).into_response();
        }
    };
    let base = &app.settings.public_url;
    // Slugs are letters, digits and hyphens, and the base is an origin: nothing here needs to be escaped.
    let entry = |Page { path, written }: Page| {
        let day = written.map(|day| format!("<lastmod>{day}</lastmod>")).unwrap_or_default();
        format!("<url><loc>{base}{path}</loc>{day}</url>\n")
    };
    let entries: String = pages.into_iter().map(entry).collect();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{entries}</urlset>\n"
    );
    ([(CONTENT_TYPE, HeaderValue::from_static("application/xml"))], text).into_response()
}

/// What is left to its headers: private pages say `noindex` themselves, which nobody reads who may not open them.
async fn robots(State(app): State<App>) -> Response {
    let text = format!(
        "User-agent: *\nDisallow: /api/\nDisallow: /events/\nDisallow: /dev/\n\nSitemap: {}/sitemap.xml\n",
        app.settings.public_url
    );
    ([(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], text).into_response()
}
