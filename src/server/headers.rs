//! The headers that every answer carries, whatever made it: a page, a file, an error, a refusal.

use super::settings::Settings;
use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, REFERRER_POLICY, SET_COOKIE, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
    response::Response,
};
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::use_context};
use leptos_axum::ResponseOptions;
use std::sync::Arc;

/// Paths whose pages are the same for everybody. Whatever is not listed is private: a new page that nobody thought of
/// here must not stay in a shared browser.
const PUBLIC: [&str; 13] = [
    "/groups",
    "/topics",
    "/therapists",
    "/learn",
    "/dbt-skills",
    "/help-now",
    "/outcomes",
    "/privacy",
    "/agreements",
    "/notice-of-privacy-practices",
    "/terms",
    "/accessibility",
    "/contact",
];

/// Public pages below which private ones lie: only they themselves are the same for everybody.
const PUBLIC_ALONE: [&str; 2] = ["/", crate::paths::NOTIFICATIONS];

/// What pages may use of the browser: the room needs camera and microphone, nothing needs the rest.
const PERMISSIONS: &str = "camera=(self), microphone=(self), accelerometer=(), autoplay=(), \
     browsing-topics=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), midi=(), \
     payment=(), serial=(), usb=()";

/// What search engines read about the site, which is no page.
const FOR_MACHINES: [&str; 2] = ["/sitemap.xml", "/robots.txt"];

/// Keeps whatever is not public out of every index, also where somebody links to it.
const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");

/// The policy under which the HTML of a mail is shown. A mail brings styles of its own and is no page of ours: it runs nothing,
/// loads nothing and belongs to no origin.
pub const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                               frame-ancestors 'none'; sandbox";

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Marks the answer that is a file of the site: it has set its own `Cache-Control`, and holds nothing personal.
#[derive(Clone, Copy, Debug)]
pub struct IsFile;

/// The headers, worked out once.
#[derive(Clone, Debug)]
pub struct Headers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    fixed: Vec<(HeaderName, HeaderValue)>,
    without_nonce: HeaderValue,
    connect: String,
}

impl Headers {
    /// For these settings. The live reload of `cargo leptos watch` talks to a port of its own, which the policy allows
    /// only while that runs.
    pub fn new(settings: &Settings, options: &LeptosOptions) -> Self {
        let connect = if std::env::var_os("LEPTOS_WATCH").is_some() {
            let port = options.reload_external_port.unwrap_or(options.reload_port);
            format!("'self' ws://127.0.0.1:{port} ws://localhost:{port}")
        } else {
            "'self'".to_owned()
        };
        let mut fixed = vec![
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
            (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
            (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS)),
        ];
        if settings.is_https() {
            let a_year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
            fixed.push((STRICT_TRANSPORT_SECURITY, a_year));
        }
        // An answer that is no page of ours has no script.
        let without_nonce = policy("'none'", &connect).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Self(Arc::new(Inner { fixed, without_nonce, connect }))
    }

    /// Lets the scripts of the page that is being rendered run: called in its context, where leptos has drawn the nonce
    /// that it gives to each script.
    pub fn allow_scripts(&self) {
        let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else { return };
        let scripts = format!("'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'");
        if let Some(policy) = policy(&scripts, &self.0.connect) {
            response.insert_header(CONTENT_SECURITY_POLICY, policy);
        }
    }
}

fn policy(scripts: &str, connect: &str) -> Option<HeaderValue> {
    let text = format!(
        "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; connect-src {connect}; \
         font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'; object-src 'none'"
    );
    HeaderValue::try_from(text).ok()
}

/// The outermost layer.
pub async fn set_headers(State(headers): State<Headers>, request: Request, next: Next) -> Response {
    let is_for_nobody = !is_public(request.uri().path()) && !FOR_MACHINES.contains(&request.uri().path());
    let is_private = !is_public(request.uri().path()) || has_session(request.headers());
    let mut response = next.run(request).await;

    let is_file = response.extensions().get::<IsFile>().is_some();
    let sets_cookie = response.headers().contains_key(SET_COOKIE);
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let answer = response.headers_mut();
    if !is_file {
        if is_private || sets_cookie || is_error {
            answer.insert(CACHE_CONTROL, NO_STORE);
        } else if !answer.contains_key(CACHE_CONTROL) {
            // Seats change by the second: the browser may keep a public page, and asks before it shows it again.
            answer.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        }
    }
    if is_for_nobody && !is_file {
        answer.insert(X_ROBOTS_TAG, HeaderValue::from_static("noindex"));
    }
    for (name, value) in &headers.0.fixed {
        answer.insert(name, value.clone());
    }
    if !answer.contains_key(CONTENT_SECURITY_POLICY) {
        answer.insert(CONTENT_SECURITY_POLICY, headers.0.without_nonce.clone());
    }
    response
}

/// Whether a page is the same for everybody who is not signed in.
pub(super) fn is_public(path: &str) -> bool {
    let below = |page: &&str| path.strip_prefix(*page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    PUBLIC_ALONE.contains(&path) || PUBLIC.iter().any(below)
}

/// Whether the request brings a sign-in session, valid or not.
fn has_session(headers: &HeaderMap) -> bool {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.split_once('='))
        .any(|(name, _)| matches!(name.trim(), "session" | "__Host-session"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, http::StatusCode, middleware::from_fn_with_state, routing::get};
    use leptos::prelude::{Owner, provide_context};
    use tower::ServiceExt as _;

    fn headers(public_url: &str) -> Headers {
        let settings =
            Settings::from_sources("", |name| (name == "PUBLIC_URL").then(|| public_url.to_owned())).unwrap();
        Headers::new(&settings, &LeptosOptions::builder().output_name("common-ground").build())
    }

    async fn ask(path: &str, cookie: &str) -> HeaderMap {
        let file = || async { ([(CACHE_CONTROL, "public, max-age=86400")], axum::Extension(IsFile), "file") };
        Router::new()
            .route("/groups/{slug}", get(|| async { "page" }))
            .route("/groups-of-mine", get(|| async { "page" }))
            .route("/program", get(|| async { "page" }))
            .route("/notifications", get(|| async { "page" }))
            .route("/notifications/preferences/{token}", get(|| async { "page" }))
            .route("/cookie", get(|| async { "page" }))
            .route("/topics/none", get(|| async { StatusCode::NOT_FOUND }))
            .route("/help-now", get(|| async { ([(SET_COOKIE, "tz=x")], "page") }))
            .route("/favicon.svg", get(file))
            .layer(from_fn_with_state(headers("https://groups.example.org"), set_headers))
            .oneshot(Request::builder().uri(path).header(COOKIE, cookie).body(Body::empty()).unwrap())
            .await
            .unwrap()
            .headers()
            .clone()
    }

    #[tokio::test]
    async fn private_pages_are_not_stored() {
        for (path, cookie, expected) in [
            ("/groups/low-tide", "tz=x; sessions=1", "private, no-cache"),
            ("/groups/low-tide", "a=b; __Host-session=x", "no-store"),
            ("/groups/low-tide", "session=x", "no-store"),
            ("/groups-of-mine", "", "no-store"),
            ("/notifications", "", "private, no-cache"),
            ("/notifications/preferences/x", "", "no-store"),
            ("/program", "", "no-store"),
            ("/topics/none", "", "no-store"),
            ("/help-now", "", "no-store"),
            ("/nowhere", "", "no-store"),
            ("/favicon.svg", "session=x", "public, max-age=86400"),
        ] {
            assert_eq!(ask(path, cookie).await[CACHE_CONTROL], expected, "{path} with {cookie:?}");
        }
    }

    #[tokio::test]
    async fn every_answer_is_guarded() {
        for path in ["/groups/low-tide", "/nowhere", "/favicon.svg", "/program"] {
            let headers = ask(path, "").await;
            assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[REFERRER_POLICY], "same-origin");
            assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
            assert_eq!(headers[STRICT_TRANSPORT_SECURITY], "max-age=31536000; includeSubDomains");
            let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.contains("script-src 'none'; style-src 'self'"), "{policy}");
            assert!(headers["permissions-policy"].to_str().unwrap().starts_with("camera=(self), microphone=(self)"));
        }
    }

    #[test]
    fn a_page_carries_its_own_nonce() {
        let response = ResponseOptions::default();
        let nonce = leptos::nonce::Nonce::from_value("abc");
        Owner::new().with(|| {
            provide_context(response.clone());
            provide_context(nonce);
            headers("http://localhost:3000").allow_scripts();
        });
        let policy = response.0.read().unwrap().headers[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(policy.contains("script-src 'nonce-abc' 'strict-dynamic' 'wasm-unsafe-eval';"), "{policy}");
        assert!(policy.contains("connect-src 'self';") && !policy.contains("unsafe-inline"), "{policy}");
    }
}
