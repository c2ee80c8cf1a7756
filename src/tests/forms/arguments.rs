//! What no form of ours sends: arguments that are missing, doubled, broken or much too long. Never a 500, and never JSON
//! for somebody with a browser.

use super::{Guest, LETTERS, MARKUP, NUL};
use crate::support::{Answer, Browser, PUBLIC_URL, TestApp};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use leptos::server_fn::axum::server_fn_paths;
use std::collections::BTreeSet;

async fn send(browser: &mut Browser, path: &str, accept: &str, kind: &str, body: impl Into<Body>) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::ACCEPT, accept)
        .header(header::ORIGIN, PUBLIC_URL)
        .header(header::CONTENT_TYPE, kind);
    browser.send(request, body.into()).await
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test(flavor = "multi_thread")]
async fn broken_arguments_are_no_mistake_of_ours() {
    let mut guest = Guest::signed().await;
    let paths: BTreeSet<_> = server_fn_paths().map(|(path, _)| path).filter(|path| !path.ends_with("/out")).collect();
    assert!(paths.len() > 20);
    let bodies: [&[u8]; 10] = [
        b"",
        b"&&&=&=",
        b"%",
        b"%zz=%zz&slug=%zz",
        b"slug=%FF%FE&email=%FF&code=%FF&token=%FF&query=%FF&zone=%FF",
        b"\xff\xfe\x00",
        b"slug=a&slug=b&email=a&email=b&code=1&code=2&token=1&token=2&query=1&query=2&zone=1&zone=2&scheme=1&scheme=2",
        b"slug[0]=a&slug[x][y]=b&email[]=a&code[0]=1&token[]=x&query[]=x&zone[]=x",
        b"slug=a%00b&key=a%00b&email=a%00b&code=a%00b&token=a%00b&query=q%3Da%00b&zone=a%00b&state=%00&back=/%00&next=/%00",
        b"{\"slug\":\"low-tide\"}",
    ];
    for path in paths {
        for body in bodies {
            for kind in [FORM, "application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
                let what = || format!("{path} with {:?} as {kind}", String::from_utf8_lossy(body));
                let answer = send(&mut guest.browser, path, "application/json", kind, body.to_vec()).await;
                assert!(!answer.status.is_server_error(), "{}: {} {}", what(), answer.status, answer.body);
                let answer = send(&mut guest.browser, path, "text/html", kind, body.to_vec()).await;
                assert!(!answer.status.is_server_error(), "{}: {} {}", what(), answer.status, answer.body);
                if let Some(location) = answer.location() {
                    assert!(location.starts_with('/') && !location.starts_with("//"), "{}: {location}", what());
                }
            }
        }
    }
    assert_eq!(guest.seat().await.as_deref(), Some("held"), "nothing was confirmed or let go");
}

/// A transport error, as a call: what the program in the browser can show.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_its_arguments_is_a_bad_request() {
    let mut guest = Guest::new().await;
    for path in ["/api/seats/renew", "/api/seats/let-go", "/api/reserve/about", "/api/groups/get", "/api/sign-in/link"]
    {
        let answer = guest.browser.call(path, &[]).await;
        assert_eq!(super::refusal(&answer), common_ground::error::AppError::BadRequest, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_with_anything_in_them_are_pages() {
    let test = TestApp::demo().await;
    let mut robin = test.signed_in("robin@example.com").await;
    let long = "a".repeat(6000);
    let mut odd = vec![
        "%00",
        "a%00b",
        "%FF",
        "%FF%00",
        "..%2F..",
        "%2e%2e",
        "a%0d%0ab",
        "%22%3E%3Cscript%3E",
        "%",
        "%zz",
        "a+b",
        "ü",
        &long,
    ];
    odd.retain(|part| axum::http::Uri::try_from(format!("/{part}")).is_ok());
    assert!(odd.len() > 8);
    for part in odd {
        for path in [
            format!("/groups/{part}"),
            format!("/reserve/{part}"),
            format!("/reserve/{part}/about"),
            format!("/reserve/{part}/check"),
            format!("/reserve/{part}/calendar.ics"),
            format!("/sign-in/link/{part}"),
            format!("/{part}"),
            format!("/groups?q={part}&zone={part}&state={part}&page={part}&topic={part}&sort={part}"),
            format!("/groups/low-tide?zone={part}&state={part}"),
            format!("/sign-in?next={part}"),
            format!("/sign-in?next=/{part}"),
            format!("/program?{part}"),
            format!("/dev/mail/{part}"),
        ] {
            let answer = robin.get(&path).await;
            assert!(!answer.status.is_server_error(), "{path}: {}", answer.status);
            assert!(!answer.body.contains("\"><script>"), "{path}");
            if let Some(location) = answer.location() {
                assert!(location.starts_with('/') && !location.starts_with("//"), "{path}: {location}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_more_than_64_kib_is_refused_with_a_page() {
    let mut guest = Guest::holding().await;
    let slug = guest.slug.clone();
    let body = |bytes: usize| format!("slug={slug}&legal_name={}", "a".repeat(bytes - slug.len() - 17));
    for path in ["/api/reserve/about", "/api/sign-in/request", "/groups", "/nowhere"] {
        let answer = send(&mut guest.browser, path, "text/html", FORM, body(64 * 1024 + 1)).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert!(answer.body.contains("<h1>That was more than we can take at once.</h1>"), "{path}: {}", answer.body);
        assert!(answer.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
        let call = send(&mut guest.browser, path, "application/json", FORM, body(64 * 1024 + 1)).await;
        assert_eq!(call.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert_eq!(call.body, "\"BadRequest\"");
    }
    // Without a length in front, in pieces.
    let piece = || Ok::<_, std::io::Error>(vec![b'a'; 8 * 1024]);
    let pieces = Body::from_stream(futures::stream::iter((0..9).map(move |_| piece())));
    let answer = send(&mut guest.browser, "/api/reserve/about", "text/html", FORM, pieces).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    // A body that just fits reaches the form.
    let answer = send(&mut guest.browser, "/api/reserve/about", "text/html", FORM, body(64 * 1024)).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, Some(guest.at("about").as_str())));
    let page = guest.browser.get(&guest.at("about")).await;
    assert!(page.body.contains("id=\"legal_name-error\"") && page.body.contains("longer than 120 characters"));
}

/// The finder's form is a GET: what is typed stands in its address by design, and nothing else happens with it.
#[tokio::test(flavor = "multi_thread")]
async fn the_finder_shows_what_was_looked_for_as_text() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    for typed in [MARKUP, LETTERS, NUL] {
        let mut query = String::new();
        common_ground::domain::finder::escape_into(&mut query, typed);
        let page = browser.get(&format!("/groups?q={query}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.body.contains("<script>alert"), "{typed:?}");
        assert!(page.input("q").is_some_and(|shown| !shown.is_empty()), "{typed:?}");
    }
}
