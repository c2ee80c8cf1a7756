//! What server functions say to the browser besides their result: status, redirect, cookies. And what they ask it.
//!
//! Everything here works on the request that leptos has in its context, and does nothing where there is none, so that
//! the same body can run in a test.

use crate::{error::AppError, paths};
use axum::{
    extract::Query,
    http::{
        HeaderValue, Method, StatusCode,
        header::{ACCEPT, COOKIE, RETRY_AFTER, SET_COOKIE},
        request::Parts,
    },
};
use cookie::Cookie;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// Says with the status that something failed.
///
/// A page that is being rendered, and a call of the program in the browser, get the error's status and `Retry-After`.
/// A form that was posted without script does not: its answer is a redirect, and a status in its place would leave the
/// visitor with raw JSON.
pub fn fail(error: &AppError) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if is_plain_form() {
        return;
    }
    response.set_status(StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    if let Some(seconds) = error.retry_after() {
        response.insert_header(RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// Sends the browser on to a path of this site. Whatever is not one leads home: leptos would panic over it.
pub fn go(path: &str) {
    leptos_axum::redirect(if is_own(path) { path } else { paths::HOME });
    // leptos looks at what is accepted; whoever opens a page is sent on, whatever she accepts.
    if let (Some(parts), Some(response)) = (use_context::<Parts>(), use_context::<ResponseOptions>())
        && parts.method != Method::POST
    {
        response.set_status(StatusCode::FOUND);
    }
}

/// Sends a form without script on to a path. The program in the browser stays on its page and shows there what has changed.
pub fn go_plain(path: &str) {
    if is_plain_form() {
        go(path);
    }
}

/// One slash at the beginning, printable ASCII, and nothing that a browser could read as another host.
fn is_own(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// Whether a form was posted without script: then the browser shows what is answered.
pub fn is_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| parts.method == Method::POST && accepts_html(&parts))
}

/// Whether the program in the browser calls: it reads what is answered.
pub fn is_call() -> bool {
    use_context::<Parts>().is_some_and(|parts| parts.method == Method::POST && !accepts_html(&parts))
}

fn accepts_html(parts: &Parts) -> bool {
    parts.headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

/// Adds a cookie to the answer.
pub fn set_cookie(cookie: &Cookie<'_>) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if let Ok(value) = HeaderValue::from_str(&cookie.encoded().to_string()) {
        response.append_header(SET_COOKIE, value);
    } else {
        tracing::error!(name = cookie.name(), "a cookie cannot be written as a header");
    }
}

/// The value of a cookie of the request.
pub fn cookie(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| Cookie::split_parse_encoded(value.to_owned()))
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// A header of the request, where it is text.
pub fn header(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    parts.headers.get(name)?.to_str().ok().map(ToOwned::to_owned)
}

/// The first value of a key of the query string.
///
/// In a server function that the browser called, the query is that of the call and not that of the page.
pub fn query(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).ok()?;
    pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;
    use leptos::prelude::{Owner, provide_context};

    fn answer(method: &str, accept: &str, work: impl FnOnce()) -> (Option<StatusCode>, axum::http::HeaderMap) {
        let response = ResponseOptions::default();
        let (parts, ()) = Request::builder()
            .method(method)
            .uri("/groups?topic=anxiety&q=a%20b&topic=grief")
            .header("accept", accept)
            .header("cookie", "a=1; flash=x%2By")
            .header("cookie", "b=2")
            .body(())
            .unwrap()
            .into_parts();
        Owner::new().with(|| {
            provide_context(parts);
            provide_context(response.clone());
            work();
        });
        let parts = response.0.read().unwrap();
        (parts.status, parts.headers.clone())
    }

    #[test]
    fn pages_and_calls_get_the_status_and_plain_forms_do_not() {
        let fails = || fail(&AppError::Unavailable);
        let (status, headers) = answer("GET", "text/html", fails);
        assert_eq!(status, Some(StatusCode::SERVICE_UNAVAILABLE));
        assert_eq!(headers[RETRY_AFTER], "5");
        assert_eq!(answer("POST", "application/json", fails).0, Some(StatusCode::SERVICE_UNAVAILABLE));
        assert_eq!(answer("POST", "text/html,*/*", fails).0, None);
    }

    #[test]
    fn only_own_paths_are_gone_to() {
        let to = |path: &str| answer("POST", "text/html", || go(path)).1["location"].to_str().unwrap().to_owned();
        assert_eq!(to("/reserve/low-tide/about"), "/reserve/low-tide/about");
        for bad in ["", "groups", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/ü", "/a b"]
        {
            assert_eq!(to(bad), "/", "{bad:?}");
        }
    }

    #[test]
    fn the_request_is_read() {
        answer("GET", "text/html", || {
            assert_eq!(cookie("flash").as_deref(), Some("x+y"));
            assert_eq!(cookie("b").as_deref(), Some("2"));
            assert_eq!(cookie("c"), None);
            assert_eq!(query("topic").as_deref(), Some("anxiety"));
            assert_eq!(query("q").as_deref(), Some("a b"));
            assert_eq!(query("page"), None);
            assert!(!is_plain_form());
        });
        answer("POST", "text/html", || assert!(is_plain_form()));
    }

    #[test]
    fn cookies_are_added_and_not_replaced() {
        let (_, headers) = answer("GET", "text/html", || {
            set_cookie(&Cookie::new("a", "1"));
            set_cookie(&Cookie::build(("b", "x y")).http_only(true).path("/").build());
        });
        let cookies: Vec<_> = headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(cookies, ["a=1", "b=x%20y; HttpOnly; Path=/"]);
    }

    #[test]
    fn nothing_happens_without_a_request() {
        fail(&AppError::NotFound);
        set_cookie(&Cookie::new("a", "1"));
        assert_eq!((cookie("a"), query("a"), is_plain_form()), (None, None, false));
    }
}
