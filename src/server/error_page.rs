//! The page for when no page could be made: plain HTML that needs no database, no script and no leptos.
//!
//! The layers below answer with a bare status. [`dress`] gives it words: a page for a browser, and for the program in
//! the browser the same error as JSON, which it shows in its place.

use super::assets;
use crate::{error::AppError, paths};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, REFRESH, RETRY_AFTER},
    },
    middleware::Next,
    response::Response,
};
use leptos::{config::LeptosOptions, server_fn::error::SERVER_FN_ERROR_HEADER};
use std::sync::Arc;

/// Seconds after which a page that was only opened tries again by itself.
const AGAIN: u32 = 20;

/// The page, but for its words.
#[derive(Clone, Debug)]
pub struct ErrorPage(Arc<str>);

impl ErrorPage {
    /// With the style sheet of this build.
    pub fn new(options: &LeptosOptions) -> Self {
        Self(assets::Built::find(options).style.into())
    }

    fn html(&self, status: StatusCode, was_opened: bool, path: &str) -> String {
        let words = words(status);
        let again = if status == StatusCode::SERVICE_UNAVAILABLE && was_opened {
            format!(" This page tries again by itself in <b>{AGAIN} seconds</b>.")
        } else {
            String::new()
        };
        // Whatever the answer was to, opening a page is safe and sending a form a second time may not be.
        let way_on = if was_opened && status.is_server_error() {
            format!(r#"<a class="button quiet" href="{}">Try again now</a>"#, escaped(path))
        } else {
            format!(r#"<a class="button quiet" href="{}">Go to the first page</a>"#, paths::HOME)
        };
        format!(
            r##"<!doctype html>
<html lang="en-US">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} · Common Ground</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="{stylesheet}">
</head>
<body class="focus">
<a class="skip" href="#main">Skip to the content</a>
<header class="head plain-head"><div class="wrap narrow"><a class="brand" href="{home}">Common Ground</a><a class="tap help" href="{help}">Help now</a></div></header>
<main id="main" tabindex="-1">
<div class="wrap narrow top end flow flow-l"><h1>{heading}</h1><p>{text}{again}</p>{way_on}</div>
</main>
<footer class="foot small-foot"><div class="wrap narrow"><p class="end">In an emergency call <a href="tel:911">911</a>. For the Suicide and Crisis Lifeline call or text <a href="tel:988">988</a>, day and night.</p></div></footer>
</body>
</html>
"##,
            title = words.title,
            stylesheet = self.0,
            home = paths::HOME,
            help = paths::HELP_NOW,
            heading = words.heading,
            text = words.text,
        )
    }
}

struct Words {
    title: &'static str,
    heading: &'static str,
    text: &'static str,
}

fn words(status: StatusCode) -> Words {
    match status {
        StatusCode::SERVICE_UNAVAILABLE => Words {
            title: "Back in a moment",
            heading: "We will be back in a moment.",
            text: "Something on our side does not answer. Your seat, your reservation and all you have written are safe.",
        },
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Words {
            title: "Nothing here",
            heading: "There is nothing at this address.",
            text: "The link may be old, or a letter may be missing.",
        },
        StatusCode::PAYLOAD_TOO_LARGE => Words {
            title: "Too long",
            heading: "That was more than we can take at once.",
            text: "Nothing was stored. Please go back, make the text shorter, and send it again.",
        },
        StatusCode::TOO_MANY_REQUESTS => Words {
            title: "One moment",
            heading: "That was a lot at once.",
            text: "Please wait a moment and try again.",
        },
        status if status.is_client_error() => Words {
            title: "This did not reach us",
            heading: "This did not reach us whole.",
            text: "Nothing was stored. Please go back, load the page again, and send it once more.",
        },
        _ => Words {
            title: "Something went wrong",
            heading: "Something on our side went wrong.",
            text: "We have been told. Your seat and your reservation are safe. Please try again in a moment.",
        },
    }
}

/// The same for the program in the browser.
fn error(status: StatusCode) -> AppError {
    match status {
        StatusCode::NOT_FOUND => AppError::NotFound,
        StatusCode::SERVICE_UNAVAILABLE => AppError::Unavailable,
        status if status.is_client_error() => AppError::BadRequest,
        _ => AppError::Internal,
    }
}

/// The layer that gives words to a bare error, and `Retry-After` to every 503.
pub async fn dress(State(page): State<ErrorPage>, request: Request, next: Next) -> Response {
    let wants_page = wants_page(request.headers());
    let was_opened = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path_and_query().map_or_else(|| paths::HOME.to_owned(), ToString::to_string);
    let response = next.run(request).await;

    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let (mut parts, mut body) = response.into_parts();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        parts.headers.entry(RETRY_AFTER).or_insert(HeaderValue::from(AppError::Unavailable.retry_after().unwrap_or(5)));
    }
    if !parts.headers.contains_key(CONTENT_TYPE) {
        parts.headers.remove(CONTENT_LENGTH);
        let (kind, text) = if wants_page {
            if status == StatusCode::SERVICE_UNAVAILABLE && was_opened {
                // As a header and not in the page: the page says so in words, and nothing on it can be lost.
                parts.headers.insert(REFRESH, HeaderValue::from(AGAIN));
            }
            ("text/html; charset=utf-8", page.html(status, was_opened, &path))
        } else {
            ("application/json", serde_json::to_string(&error(status)).unwrap_or_default())
        };
        parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        body = Body::from(text);
    }
    Response::from_parts(parts, body)
}

/// The layer that gives a call the status of its error where nobody has: leptos says 500 of everything.
pub async fn say_status(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR
        || !response.headers().contains_key(SERVER_FN_ERROR_HEADER)
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 64 * 1024).await.unwrap_or_default();
    if let Ok(error) = serde_json::from_slice::<AppError>(&body) {
        parts.status = StatusCode::from_u16(error.status()).unwrap_or(parts.status);
    }
    Response::from_parts(parts, Body::from(body))
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{
        Router,
        middleware::from_fn_with_state,
        routing::{get, post},
    };
    use tower::ServiceExt as _;

    async fn ask(method: &str, path: &str, accept: &str) -> (StatusCode, HeaderMap, String) {
        let page = ErrorPage::new(&LeptosOptions::builder().output_name("common-ground").build());
        let app = Router::new()
            .route("/away", get(|| async { StatusCode::SERVICE_UNAVAILABLE }))
            .route("/long", post(|| async { StatusCode::PAYLOAD_TOO_LARGE }))
            .route("/worded", get(|| async { (StatusCode::NOT_FOUND, "own words") }))
            .layer(from_fn_with_state(page, dress));
        let request = Request::builder().method(method).uri(path).header(ACCEPT, accept).body(Body::empty()).unwrap();
        let (parts, body) = app.oneshot(request).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_browser_gets_a_page() {
        let (status, headers, html) = ask("GET", "/away?a=1&b=%22%3E", "text/html").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!((&headers[RETRY_AFTER], &headers[REFRESH]), (&"5".parse().unwrap(), &"20".parse().unwrap()));
        assert!(html.contains("We will be back in a moment.") && html.contains("tel:988") && html.contains("tel:911"));
        assert!(
            html.contains("/pkg/common-ground.css")
                && html.contains("/away?a=1&amp;b=%22%3E")
                && !html.contains("<script")
                && !html.contains("style="),
            "{html}"
        );

        let (status, headers, html) = ask("POST", "/long", "text/html").await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(html.contains("more than we can take") && !headers.contains_key(REFRESH));
        let (status, headers, _) = ask("POST", "/away", "text/html").await;
        assert_eq!((status, headers["allow"].to_str().unwrap()), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD"));
    }

    #[tokio::test]
    async fn a_call_gets_the_error() {
        let (_, headers, text) = ask("GET", "/away", "application/json").await;
        assert_eq!(headers[CONTENT_TYPE], "application/json");
        assert_eq!(serde_json::from_str::<AppError>(&text).unwrap(), AppError::Unavailable);
    }

    #[tokio::test]
    async fn words_that_are_there_stay() {
        assert_eq!(ask("GET", "/worded", "text/html").await.2, "own words");
    }
}
