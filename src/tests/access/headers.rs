//! The headers of the contract on whatever is answered, and pages that the policy of their own headers lets run.

use super::Cast;
use crate::support::{Answer, PUBLIC_URL, TestApp, new_database};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use common_ground::server::{health::Draining, kept_pages::KeptPages, router, router_until, settings::Environment};
use leptos::config::LeptosOptions;

fn assert_guarded(answer: &Answer, what: &str) {
    let value = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!(value("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(value("referrer-policy"), "same-origin", "{what}");
    assert_eq!(value("cross-origin-opener-policy"), "same-origin", "{what}");
    let permissions = value("permissions-policy");
    assert!(
        permissions.contains("camera=(self)") && permissions.contains("microphone=(self)"),
        "{what}: {permissions}"
    );
    assert!(permissions.contains("geolocation=()") && permissions.contains("payment=()"), "{what}: {permissions}");
    let policy = value("content-security-policy");
    assert_eq!(answer.headers.get_all("content-security-policy").iter().count(), 1, "{what}");
    for directive in [
        "default-src 'none';",
        "style-src 'self';",
        "img-src 'self' data:;",
        "connect-src 'self';",
        "font-src 'self';",
        "manifest-src 'self';",
        "worker-src 'self';",
        "form-action 'self';",
        "frame-ancestors 'none';",
        "base-uri 'none';",
        "object-src 'none'",
    ] {
        assert!(policy.contains(directive), "{what} has no {directive}: {policy}");
    }
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("http:") && !policy.contains('*'),
        "{what}: {policy}"
    );
    match nonce(answer) {
        Some(nonce) => {
            assert!(nonce.len() >= 16, "{what}: {nonce}");
            assert!(
                policy.contains(&format!("script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval';")),
                "{policy}"
            );
        }
        None => assert!(policy.contains("script-src 'none';"), "{what}: {policy}"),
    }
}

/// The nonce of an answer's policy.
fn nonce(answer: &Answer) -> Option<String> {
    let policy = answer.headers.get("content-security-policy")?.to_str().ok()?;
    Some(policy.split("'nonce-").nth(1)?.split('\'').next()?.to_owned())
}

/// Checks the markup of a page against its own policy.
fn assert_runs(page: &Answer, what: &str) {
    let nonce = nonce(page);
    for tag in page.body.split("<script").skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
        // A block of data is not run, and may hold nothing that would end it.
        if tag.contains("type=\"application/ld+json\"") {
            continue;
        }
        let nonce = nonce.as_ref().unwrap_or_else(|| panic!("{what} has a script and no nonce: {tag}"));
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{what}: a script without the nonce: {tag}");
    }
    for tag in page.body.split("<link").skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
        let href = tag.split("href=\"").nth(1).unwrap_or("/");
        assert!(href.starts_with('/') || tag.contains("canonical"), "{what} asks another site: {tag}");
    }
    // Outside of texts: what stands between quotes is escaped, so a raw one begins an attribute.
    for tag in page.body.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        assert!(!tag.contains(" style=\""), "{what}: {tag}");
        assert!(
            !tag.split_whitespace().skip(1).any(|word| word.starts_with("on") && word.contains("=\"")),
            "{what}: {tag}"
        );
        assert!(!tag.contains("=\"javascript:"), "{what}: {tag}");
        assert!(!tag.contains("src=\"http") && !tag.contains("src=\"//"), "{what}: {tag}");
    }
    assert!(!page.body.contains("<style") && !page.body.contains("<iframe"), "{what}");
}

fn is_page(answer: &Answer) -> bool {
    answer.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.to_str().unwrap().starts_with("text/html"))
}

fn cache(answer: &Answer) -> &str {
    answer.headers.get(header::CACHE_CONTROL).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_guarded_and_runs_under_its_own_policy() {
    let mut cast = Cast::new().await;
    let pages = [
        ("/", false),
        ("/groups", false),
        ("/groups?topic=anxiety&state=OH&q=nothing-like-this", false),
        ("/groups/{seat}", false),
        ("/events/groups", true),
        ("/topics", false),
        ("/topics/trauma-and-ptsd", false),
        ("/dbt-skills", false),
        ("/learn", false),
        ("/learn/first-meeting", false),
        ("/learn/skills", false),
        ("/learn/skills/stop", false),
        ("/help-now", false),
        ("/therapists", false),
        ("/therapists/ruth-okafor", false),
        ("/privacy", false),
        ("/terms", false),
        ("/notice-of-privacy-practices", false),
        ("/accessibility", false),
        ("/agreements", false),
        ("/sign-in", true),
        ("/sign-in/code", true),
        ("/sign-in/link/0123456789abcdef", true),
        ("/reserve/{seat}/under-18", true),
        ("/reserve/{held}/about", true),
        ("/reserve/{held}/agreements", true),
        ("/reserve/{held}/check", true),
        ("/reserve/{seat}/confirmed", true),
        ("/program", true),
        ("/office/digests", true),
        ("/groups/no-such-group", true),
        ("/nowhere", true),
    ];
    for (page, private) in pages {
        let url = cast.filled(page);
        for who in [0, 1, 2, 3] {
            let answer = cast.people[who].get(&url).await;
            assert_guarded(&answer, &url);
            // Whoever is signed in leaves nothing behind in a browser that others use.
            let expected = if private || who > 0 { "no-store" } else { "private, no-cache" };
            assert_eq!(cache(&answer), expected, "{url} of {}", super::WHO[who]);
            if is_page(&answer) && !answer.status.is_redirection() {
                assert!(nonce(&answer).is_some(), "{url} can run nothing");
                assert_runs(&answer, &url);
            }
        }
    }
    let (first, second) = (cast.people[0].get("/help-now").await, cast.people[0].get("/help-now").await);
    assert_ne!(nonce(&first), nonce(&second), "a nonce is used once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_guarded_as_well() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    let long = format!("email={}", "a".repeat(64 * 1024));
    let cases = [
        ("POST", "/api/sign-in/request", "https://evil.example", "", StatusCode::FORBIDDEN),
        ("POST", "/api/sign-in/request", PUBLIC_URL, long.as_str(), StatusCode::PAYLOAD_TOO_LARGE),
        ("GET", "/api/sign-in/request", PUBLIC_URL, "", StatusCode::METHOD_NOT_ALLOWED),
        ("PUT", "/groups", PUBLIC_URL, "", StatusCode::METHOD_NOT_ALLOWED),
        ("GET", "/api/nothing", PUBLIC_URL, "", StatusCode::NOT_FOUND),
        ("GET", "/nowhere", PUBLIC_URL, "", StatusCode::NOT_FOUND),
        ("POST", "/nowhere", PUBLIC_URL, "", StatusCode::NOT_FOUND),
        ("GET", "/pkg/none.js", PUBLIC_URL, "", StatusCode::NOT_FOUND),
        ("GET", "/program", PUBLIC_URL, "", StatusCode::FOUND),
        ("GET", "/reserve/x/calendar.ics", PUBLIC_URL, "", StatusCode::SEE_OTHER),
        ("GET", "/livez", PUBLIC_URL, "", StatusCode::OK),
        ("POST", "/api/program/get", PUBLIC_URL, "", StatusCode::FOUND),
    ];
    for (method, path, origin, body, status) in cases {
        for accept in ["text/html", "application/json"] {
            let request = Request::builder()
                .method(Method::from_bytes(method.as_bytes()).unwrap())
                .uri(path)
                .header(header::ACCEPT, accept)
                .header(header::ORIGIN, origin)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            let answer = browser.send(request, Body::from(body.to_owned())).await;
            let what = format!("{method} {path} as {accept}");
            let as_call = accept == "application/json" && path == "/api/program/get";
            assert_eq!(answer.status, if as_call { StatusCode::UNAUTHORIZED } else { status }, "{what}");
            assert_guarded(&answer, &what);
            assert_eq!(cache(&answer), "no-store", "{what}");
            if accept == "text/html" && status.is_client_error() {
                assert!(is_page(&answer) && answer.body.contains("<h1>"), "{what}: {}", answer.body);
                assert_runs(&answer, &what);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_away_database_is_a_guarded_503_for_pages_calls_and_forms() {
    let (_, owner_url) = new_database(true).await;
    let nowhere = "postgres://nobody@127.0.0.1:9/nothing".to_owned();
    let test = TestApp::over_with(nowhere, owner_url, common_ground::store::PATIENCE, |_| {});
    let mut browser = test.browser();
    browser.cookies.insert("session".to_owned(), "whatever".to_owned());
    for path in ["/groups", "/program", "/reserve/low-tide"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(page.headers.contains_key(header::RETRY_AFTER), "{path}");
        assert!(page.body.contains("We will be back in a moment."), "{path}: {}", page.body);
        assert_guarded(&page, path);
        assert_runs(&page, path);
        assert_eq!(cache(&page), "no-store", "{path}");
    }
    let call = browser.call("/api/program/get", &[]).await;
    assert_eq!(call.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(super::error_of(&call), common_ground::error::AppError::Unavailable);
    assert!(call.headers.contains_key(header::RETRY_AFTER));
    assert_guarded(&call, "a call");
    let ready = browser.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_guarded(&ready, "/readyz");
    assert_eq!(browser.get("/livez").await.status, StatusCode::OK);
    assert_eq!(browser.get("/help-now").await.status, StatusCode::OK, "help needs no database");
    // What was typed is not lost.
    let back = browser.submit("/api/sign-in/request", &[("email", "robin@example.com")]).await;
    assert_eq!(back.input("email").as_deref(), Some("robin@example.com"), "{}", back.body);
    assert!(back.body.contains("Something on our side does not answer."), "{}", back.body);
}

#[tokio::test]
async fn files_are_guarded_and_kept() {
    let mut test = TestApp::new().await;
    let site = std::env::temp_dir().join(format!("common-ground-site-{}", std::process::id()));
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    std::fs::create_dir_all(site.join("fonts")).unwrap();
    for file in ["favicon.svg", "pkg/common-ground.css", "fonts/a.woff2"] {
        std::fs::write(site.join(file), "x").unwrap();
    }
    let options = LeptosOptions::builder()
        .output_name("common-ground")
        .site_root(site.to_str().unwrap().to_owned())
        .hash_files(false)
        .build();
    test.router = router(test.app.clone(), options);
    let mut browser = test.browser();
    browser.cookies.insert("session".to_owned(), "whatever".to_owned());
    for (file, kept) in [
        ("/favicon.svg", "public, max-age=86400"),
        ("/pkg/common-ground.css", "public, no-cache"),
        ("/fonts/a.woff2", "public, max-age=31536000, immutable"),
    ] {
        let answer = browser.get(file).await;
        assert_eq!((answer.status, cache(&answer)), (StatusCode::OK, kept), "{file}");
        assert_guarded(&answer, file);
    }
    for path in
        ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/pkg/..%2f..%2fCargo.toml", "/favicon.svg/", "/pkg/", "/fonts"]
    {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_guarded(&answer, path);
    }
    std::fs::remove_dir_all(&site).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn https_is_said_for_a_year() {
    let test = TestApp::with(|settings| {
        settings.public_url = "https://groups.example.org".to_owned();
        settings.environment = Environment::Production;
    })
    .await;
    let mut browser = test.browser();
    for path in ["/help-now", "/nowhere", "/livez", "/api/nothing"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.headers["strict-transport-security"], "max-age=31536000; includeSubDomains", "{path}");
        assert_guarded(&answer, path);
    }
}

/// With pages kept for a moment, as the program runs: what strangers share is the same but for the nonce, and whoever is
/// signed in never gets it.
#[tokio::test]
async fn a_page_that_was_kept_runs_like_one_that_was_not() {
    let mut test = TestApp::demo().await;
    let options = LeptosOptions::builder().output_name("common-ground").hash_files(false).build();
    test.router = router_until(test.app.clone(), options, Draining::default(), KeptPages::for_a_moment());
    let mut stranger = test.browser();
    for path in ["/", "/groups?state=NY", "/help-now"] {
        let (first, second) = (stranger.get(path).await, stranger.get(path).await);
        for answer in [&first, &second] {
            assert_eq!((answer.status, cache(answer)), (StatusCode::OK, "private, no-cache"), "{path}");
            assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8", "{path}");
            assert_guarded(answer, path);
            assert_runs(answer, path);
        }
        let nonces = [&first, &second].map(|answer| nonce(answer).unwrap());
        assert_ne!(nonces[0], nonces[1], "{path}");
        assert_eq!(first.body.replace(&nonces[0], "N"), second.body.replace(&nonces[1], "N"), "{path}");
    }
    stranger.get("/").await;
    let mut wren = test.signed_in("wren@example.org").await;
    let hers = wren.get("/").await;
    assert!(hers.body.contains("href=\"/seats\""), "she is known: {}", hers.body);
    assert_eq!(cache(&hers), "no-store");
    assert!(!stranger.get("/").await.body.contains("href=\"/seats\""));
}
