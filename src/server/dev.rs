//! Pages that exist in development only: the mails that were written, so that somebody who tries the product can read
//! her code with two clicks, and the style guide. The router mounts them when `APP_ENV` says so, and only then.

use super::{assets, headers::MAIL_POLICY, settings::MailTarget, state::App};
use crate::{mail::eml::Eml, paths};
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{
        StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use leptos::config::{LeptosOptions, get_configuration};
use std::{fs, io, path::Path as FilePath};

mod styleguide;

/// The list shows so many of the newest mails; a folder may hold those of weeks.
const NEWEST: usize = 100;

/// The routes.
pub fn routes(app: App) -> Router {
    Router::new()
        .route(paths::DEV_STYLEGUIDE, get(styleguide))
        .route(paths::DEV_MAIL, get(list))
        .route(&format!("{}/{{file}}", paths::DEV_MAIL), get(show))
        .route(&format!("{}/{{file}}/html", paths::DEV_MAIL), get(show_html))
        .with_state(app)
}

#[derive(Template)]
#[template(path = "list.html", config = "src/server/dev/askama.toml")]
struct ListPage {
    stylesheet: String,
    words: String,
    mails: Vec<Line>,
}

#[derive(Template)]
#[template(path = "mail.html", config = "src/server/dev/askama.toml")]
struct MailPage {
    stylesheet: String,
    mail: Line,
    message_id: String,
    text: String,
    calendar: Option<String>,
}

/// One mail in the list.
struct Line {
    file: String,
    time: String,
    to: String,
    subject: String,
    code: Option<String>,
}

impl Line {
    fn new(file: &str, eml: &Eml) -> Self {
        let header = |name| eml.header(name).unwrap_or_default().to_owned();
        let date = header("date");
        let time = chrono::DateTime::parse_from_rfc2822(&date)
            .map_or(date, |date| date.format("%b %-d, %-I:%M:%S %p UTC").to_string());
        Self {
            file: file.to_owned(),
            time,
            to: header("to"),
            subject: header("subject"),
            code: eml.code().map(str::to_owned),
        }
    }
}

#[derive(Template)]
#[template(path = "styleguide.html", config = "src/server/dev/askama.toml")]
struct StyleGuidePage {
    stylesheet: String,
    markup: String,
}

async fn styleguide() -> Response {
    page(&StyleGuidePage { stylesheet: stylesheet(), markup: styleguide::markup() })
}

async fn list(State(app): State<App>) -> Response {
    let MailTarget::Directory(folder) = &app.settings.mail else {
        let words = "Mails go out by SMTP, as SMTP_URL says, so none are kept here.".to_owned();
        return page(&ListPage { stylesheet: stylesheet(), words, mails: Vec::new() });
    };
    let folder = folder.clone();
    match tokio::task::spawn_blocking(move || newest(&folder)).await {
        Ok(Ok(mails)) => {
            let words = if mails.is_empty() {
                "No mail was written yet. Mails appear here a moment after the event they tell of."
            } else {
                "All mails that were written, newest first."
            };
            page(&ListPage { stylesheet: stylesheet(), words: words.to_owned(), mails })
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn show(State(app): State<App>, Path(file): Path<String>) -> Response {
    let Some(eml) = read(&app, &file).await else { return StatusCode::NOT_FOUND.into_response() };
    page(&MailPage {
        stylesheet: stylesheet(),
        mail: Line::new(&file, &eml),
        message_id: eml.header("message-id").unwrap_or_default().to_owned(),
        text: eml.text,
        calendar: eml.calendar,
    })
}

async fn show_html(State(app): State<App>, Path(file): Path<String>) -> Response {
    let Some(eml) = read(&app, &file).await else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, MAIL_POLICY)];
    (headers, eml.html).into_response()
}

fn page(template: &impl Template) -> Response {
    template
        .render()
        .map_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response(), |html| Html(html).into_response())
}

/// The names say when a mail was written, so the newest are the last by name.
fn newest(folder: &FilePath) -> io::Result<Vec<Line>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        // The folder is made with the first mail.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).filter(|name| is_mail(name)).collect();
    names.sort_unstable_by(|a, b| b.cmp(a));
    names.truncate(NEWEST);
    // A file that somebody deletes meanwhile is left out.
    Ok(names.iter().filter_map(|name| Some(Line::new(name, &Eml::parse(&fs::read(folder.join(name)).ok()?)))).collect())
}

async fn read(app: &App, file: &str) -> Option<Eml> {
    let MailTarget::Directory(folder) = &app.settings.mail else { return None };
    if !is_mail(file) {
        return None;
    }
    let bytes = tokio::fs::read(folder.join(file)).await.ok()?;
    Some(Eml::parse(&bytes))
}

/// Whether a name can be that of a mail: nothing that leaves the folder, nothing hidden or unfinished.
fn is_mail(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".eml") else { return false };
    (1..=100).contains(&stem.len())
        && !stem.starts_with('.')
        && !stem.contains("..")
        && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// The style sheet of this build, found as leptos itself does; without a configuration it has its plain name.
fn stylesheet() -> String {
    let options = get_configuration(Some("Leptos.toml"))
        .map_or_else(|_| LeptosOptions::builder().output_name("common-ground").build(), |file| file.leptos_options);
    assets::Built::find(&options).style
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        mail::{Mailer, OutboxMail},
        server::{settings::Settings, state::Keys},
        store::Store,
    };
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;

    async fn ask(app: &App, path: &str) -> (StatusCode, String, String) {
        let request = axum::http::Request::get(path).body(Body::empty()).unwrap();
        let response = routes(app.clone()).oneshot(request).await.unwrap();
        let policy =
            response.headers().get(CONTENT_SECURITY_POLICY).map_or("", |value| value.to_str().unwrap()).to_owned();
        let (status, body) = (response.status(), to_bytes(response.into_body(), 1 << 20).await.unwrap());
        (status, policy, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_mail_is_two_clicks_away_and_its_html_is_caged() {
        let folder = std::env::temp_dir().join(format!("common-ground-dev-routes-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let settings =
            Settings::from_sources("", |name| (name == "MAIL_DIR").then(|| folder.display().to_string())).unwrap();
        let app = App::over(Store::open("postgres://x@localhost/x").unwrap(), settings, Keys::derive(b"x"));
        let (status, _, body) = ask(&app, "/dev/mail").await;
        assert!(status.is_success() && body.contains("No mail was written yet"), "{body}");

        let mail = OutboxMail {
            id: uuid::Uuid::nil(),
            kind: "sign_in_code".to_owned(),
            to: "wren@example.org".to_owned(),
            subject: "Your sign-in code".to_owned(),
            text: "Code:\n\n    048291\n<b>".to_owned(),
            html: "<script>alert(1)</script><p>048291</p>".to_owned(),
            shared: None,
            calendar: None,
            unsubscribe_url: None,
            message_id: "<a@example.org>".to_owned(),
            created_at: "2026-11-24T08:00:00Z".parse().unwrap(),
            attempts: 1,
        };
        Mailer::open(&app.settings).unwrap().send(&mail).await.unwrap();
        let (_, _, list) = ask(&app, "/dev/mail").await;
        assert!(list.contains("048291") && list.contains("wren@example.org"), "{list}");
        let path =
            list.split("href=\"").find(|rest| rest.starts_with("/dev/mail/")).unwrap().split('"').next().unwrap();

        let (status, policy, body) = ask(&app, path).await;
        assert!(status.is_success() && policy.is_empty() && body.contains("048291\n&#60;b&#62;"), "{body}");
        let (status, policy, body) = ask(&app, &format!("{path}/html")).await;
        assert!(status.is_success() && body.contains("<p>048291</p>"), "{body}");
        assert!(policy.starts_with("default-src 'none';") && policy.ends_with("sandbox"), "{policy}");
        for bad in [
            "/dev/mail/none.eml",
            "/dev/mail/..%2F..%2Fetc%2Fpasswd",
            "/dev/mail/..%2Fx.eml/html",
            "/dev/mail/.x.eml.part",
        ] {
            assert_eq!(ask(&app, bad).await.0, StatusCode::NOT_FOUND, "{bad}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn only_names_of_mails_are_read() {
        for good in ["20261124T080612.123456Z-3f0c9a1e-0000-4000-8000-000000000000.eml", "a.eml", "a_b-c.d.eml"] {
            assert!(is_mail(good), "{good}");
        }
        for bad in [
            "",
            ".eml",
            "..eml",
            "../a.eml",
            "a/../b.eml",
            "..\\a.eml",
            "a..b.eml",
            ".hidden.eml",
            ".a.eml.part",
            "a.eml.part",
            "a.txt",
            "/etc/passwd",
            "a b.eml",
            "a\0.eml",
            "a%2f.eml",
            "ü.eml",
        ] {
            assert!(!is_mail(bad), "{bad:?}");
        }
    }

    #[test]
    fn the_list_shows_the_newest_first_and_the_code_at_once() {
        let folder = std::env::temp_dir().join(format!("common-ground-dev-mail-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mail = |subject: &str, text: &str| {
            format!(
                "To: wren@example.org\r\nSubject: {subject}\r\nDate: Tue, 24 Nov 2026 08:00:00 +0000\r\n\r\n{text}\r\n"
            )
        };
        fs::write(folder.join("20261124T080000.000000Z-a.eml"), mail("<b>Older", "nothing")).unwrap();
        fs::write(folder.join("20261124T080001.000000Z-b.eml"), mail("Newer", "Code:\r\n\r\n    048291\r\n")).unwrap();
        fs::write(folder.join(".20261124T080002.000000Z-c.eml.part"), mail("Unfinished", "")).unwrap();
        let mails = newest(&folder).unwrap();
        assert_eq!(mails.iter().map(|line| line.subject.as_str()).collect::<Vec<_>>(), ["Newer", "<b>Older"]);
        assert_eq!(mails[0].code.as_deref(), Some("048291"));
        assert_eq!(mails[0].time, "Nov 24, 8:00:00 AM UTC");
        let html = ListPage { stylesheet: "/x.css".to_owned(), words: String::new(), mails }.render().unwrap();
        assert!(html.contains("<span class=\"digits\">048291</span>"), "{html}");
        assert!(html.contains("href=\"/dev/mail/20261124T080001.000000Z-b.eml\""), "{html}");
        assert!(!html.contains("<b>Older"), "{html}");
        fs::remove_dir_all(&folder).unwrap();
        assert!(newest(&folder).unwrap().is_empty());
    }
}
