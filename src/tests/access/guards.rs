//! What no request may do, whoever sends it: call a function by opening it, or send a form from another site.

use crate::support::{Answer, Browser, PUBLIC_URL, TestApp, encode};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use leptos::server_fn::axum::server_fn_paths;
use std::collections::BTreeSet;

/// Every server function.
fn functions() -> BTreeSet<&'static str> {
    server_fn_paths().map(|(path, _)| path).collect()
}

async fn send(
    browser: &mut Browser,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    pairs: &[(&str, &str)],
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.send(request, Body::from(encode(pairs))).await
}

/// How often each table was written to, and what it holds: equal before and after means that nothing happened.
async fn written(test: &TestApp) -> Vec<(String, i64)> {
    let mut counts = Vec::new();
    for table in [
        "accounts",
        "members",
        "sessions",
        "sign_in_codes",
        "seats",
        "reservations",
        "drafts",
        "audit_events",
        "outbox",
    ] {
        let sql = format!("select count(*) + coalesce(sum(hashtext(t::text)::bigint), 0)::bigint from {table} t");
        let sum = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(test.pool()).await.unwrap();
        counts.push((table.to_owned(), sum));
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_function_is_posted_and_nothing_else() {
    let test = TestApp::new().await;
    let mut robin = test.signed_in("robin@example.com").await;
    assert!(server_fn_paths().all(|(_, method)| method == Method::POST), "a form can be sent, a link can be followed");
    let before = written(&test).await;
    for path in functions() {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH] {
            let url = format!("{path}?email=a%40example.com&slug=low-tide&code=123456");
            let answer = send(&mut robin, method.clone(), &url, &[("origin", PUBLIC_URL)], &[]).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        }
    }
    assert_eq!(written(&test).await, before);
    assert_eq!(robin.call("/api/program/get", &[]).await.status, StatusCode::OK, "nobody was signed out by a link");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_is_refused() {
    let test = TestApp::new().await;
    let mut robin = test.signed_in("robin@example.com").await;
    let before = written(&test).await;
    let foreign: [&[(&str, &str)]; 8] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "http://127.0.0.1:4000")],
        &[("origin", "http://127.0.0.1:3999.evil.example")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-site"), ("origin", "http://other.127.0.0.1:3999"), ("referer", PUBLIC_URL)],
    ];
    let pairs = [("email", "evil@example.com"), ("slug", "low-tide"), ("scheme", "dark"), ("zone", "UTC")];
    let paths = functions();
    assert!(paths.len() > 20);
    for path in paths.into_iter().chain(["/", "/groups", "/program", "/nowhere", "/api/nothing"]) {
        for headers in foreign {
            let answer = send(&mut robin, Method::POST, path, headers, &pairs).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
            assert!(
                answer.body.contains("<h1>") && !answer.headers.contains_key(header::SET_COOKIE),
                "{path} {headers:?}"
            );
        }
    }
    assert_eq!(written(&test).await, before);
    assert_eq!(robin.call("/api/program/get", &[]).await.status, StatusCode::OK, "nobody signs another out");

    for headers in [&[("sec-fetch-site", "same-origin")][..], &[("origin", PUBLIC_URL)], &[]] {
        let answer = send(&mut robin, Method::POST, "/api/preferences/scheme", headers, &[("scheme", "dark")]).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{headers:?}: a form of this site is taken");
    }
}

/// A program of another site that asks whether it may send: it is told nothing that would let it.
#[tokio::test]
async fn no_other_site_may_read_an_answer() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    for path in ["/api/program/get", "/program", "/"] {
        for method in [Method::OPTIONS, Method::GET, Method::POST] {
            let headers = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
            let answer = send(&mut browser, method, path, &headers, &[]).await;
            assert!(!answer.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{path}");
            assert!(!answer.headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "{path}");
        }
    }
}
