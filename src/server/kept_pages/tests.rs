use super::*;
use axum::{Router, middleware::from_fn_with_state, routing::get};
use std::sync::atomic::{AtomicUsize, Ordering};
use tower::ServiceExt as _;

/// A site that counts how often a page is rendered, after `slow`.
fn site(slow: Duration) -> (Router, Arc<AtomicUsize>) {
    let rendered = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&rendered);
    let page = move |uri: Uri| {
        let count = Arc::clone(&count);
        async move {
            let number = count.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(slow).await;
            let nonce = Nonce::new();
            let policy = format!("default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; x 'self'");
            let text = format!("<script nonce=\"{nonce}\"></script>page {number}<link nonce=\"{nonce}\">");
            let mut response = (
                [("content-security-policy", policy), ("x-page", "é".to_owned()), ("x-address", uri.to_string())],
                text,
            )
                .into_response();
            match uri.path().rsplit('/').next() {
                Some("fails") => *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE,
                Some("cookie") => drop(response.headers_mut().insert(SET_COOKIE, HeaderValue::from_static("tz=x"))),
                Some("form") => *response.body_mut() = Body::from("<input type=\"hidden\" name=\"key\" value=\"1\">"),
                Some("bare") => drop(response.headers_mut().remove(CONTENT_SECURITY_POLICY)),
                _ => {}
            }
            response
        }
    };
    let router = Router::new()
        .route("/groups", get(page.clone()))
        .route("/groups/{slug}", get(page.clone()))
        .route("/learn", get(page.clone()))
        .route("/program", get(page))
        .layer(from_fn_with_state(KeptPages::for_a_moment(), keep_pages));
    (router, rendered)
}

async fn ask(router: &Router, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn each_answer_has_a_nonce_of_its_own_in_page_and_policy() {
    let (router, rendered) = site(Duration::ZERO);
    let mut nonces = Vec::new();
    for _ in 0..3 {
        let (status, headers, text) = ask(&router, "/groups", &[]).await;
        let nonce = nonce_of(&headers).unwrap();
        assert_eq!(status, StatusCode::OK);
        assert_eq!(text, format!("<script nonce=\"{nonce}\"></script>page 0<link nonce=\"{nonce}\">"));
        assert_eq!(headers["x-page"].as_bytes(), "é".as_bytes());
        assert_eq!(headers.get_all(CONTENT_SECURITY_POLICY).iter().count(), 1);
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!((nonces.len(), rendered.load(Ordering::Relaxed)), (3, 1));
}

#[tokio::test]
async fn what_could_differ_is_rendered_apart() {
    let (router, rendered) = site(Duration::ZERO);
    let different: [(&str, &[(&str, &str)]); 7] = [
        ("/groups", &[]),
        ("/groups?state=NY", &[]),
        ("/groups", &[("cookie", "tz=America/Chicago")]),
        ("/groups", &[("cookie", "tz=America/Denver; scheme=dark")]),
        ("/groups", &[("cookie", "scheme=dark")]),
        ("/groups", &[("cookie", "scheme=light")]),
        ("/groups", &[("accept", "text/html")]),
    ];
    for (path, headers) in different {
        let (_, _, text) = ask(&router, path, headers).await;
        assert_eq!(ask(&router, path, headers).await.2.len(), text.len(), "{path} {headers:?}");
    }
    assert_eq!(rendered.load(Ordering::Relaxed), different.len());
    // Written otherwise, the same; and what is no zone is none.
    let equal: [&[(&str, &str)]; 5] = [
        &[("cookie", "tz=%41merica/Chicago; tz=America/Denver")],
        &[("cookie", "tz=America%2FChicago")],
        &[("cookie", "scheme=dark"), ("cookie", "tz=America/Denver")],
        &[("cookie", "tz=Nowhere")],
        &[("cookie", "scheme=sepia")],
    ];
    for headers in equal {
        ask(&router, "/groups", headers).await;
    }
    assert_eq!(rendered.load(Ordering::Relaxed), different.len());
}

/// The finder's form, sent without script: its own order, and every control, also those in which nothing is chosen.
#[tokio::test]
async fn the_form_without_script_asks_for_the_same_page_as_a_link() {
    for (link, forms) in [
        ("/groups", ["/groups?state=&topic=&day=&time=&q=", "/groups?q=", "/groups?"]),
        (
            "/groups?state=NY&kind=skills&day=mon&open=true&q=low+tide",
            [
                "/groups?state=NY&topic=&day=mon&time=&q=low+tide&open=true&kind=skills",
                "/groups?topic=&state=NY&q=low+tide&day=mon&kind=skills&open=true",
                "/groups?state=NY&kind=skills&day=mon&open=true&q=low+tide&time=",
            ],
        ),
    ] {
        for form in forms {
            let (router, rendered) = site(Duration::ZERO);
            let first = ask(&router, form, &[]).await.1["x-address"].clone();
            assert_eq!(first.to_str().unwrap(), link, "rendered as a link writes it");
            ask(&router, link, &[]).await;
            ask(&router, form, &[]).await;
            assert_eq!(rendered.load(Ordering::Relaxed), 1, "{form}");
        }
    }
    // As many addresses as one likes come to one page each, so they drive out nothing.
    let (router, rendered) = site(Duration::ZERO);
    for count in 0..40 {
        ask(&router, &format!("/groups?state=NY{}", "&q=".repeat(count)), &[]).await;
    }
    assert_eq!(rendered.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn nobody_who_could_be_somebody_is_answered_from_here() {
    let (router, rendered) = site(Duration::ZERO);
    let never: [(&str, &[(&str, &str)]); 17] = [
        ("/program", &[]),
        ("/groups", &[("cookie", "session=x")]),
        ("/groups", &[("cookie", "tz=America/Chicago; __Host-session=x")]),
        ("/groups", &[("cookie", "flash=x")]),
        ("/groups", &[("cookie", "__Host-flash=x")]),
        ("/groups", &[("cookie", "browser=x")]),
        ("/groups", &[("cookie", "nonsense")]),
        ("/groups/fails", &[]),
        ("/groups/cookie", &[]),
        ("/groups/bare", &[]),
        ("/groups/form", &[]),
        // What a page does not know, or would write otherwise itself.
        ("/groups?utm_source=x", &[]),
        ("/groups?state=NY&utm_source=x", &[]),
        ("/groups?topic=anxiety&topic=anxiety", &[]),
        ("/groups?state=ny", &[]),
        ("/groups?state=&utm_source=", &[]),
        ("/learn?state=NY", &[]),
    ];
    ask(&router, "/groups", &[]).await;
    for (path, headers) in never {
        let before = rendered.load(Ordering::Relaxed);
        for _ in 0..2 {
            ask(&router, path, headers).await;
        }
        assert_eq!(rendered.load(Ordering::Relaxed), before + 2, "{path} {headers:?}");
    }
    let head = Request::builder().method(Method::HEAD).uri("/groups").body(Body::empty()).unwrap();
    let before = rendered.load(Ordering::Relaxed);
    router.oneshot(head).await.unwrap();
    assert_eq!(rendered.load(Ordering::Relaxed), before + 1);
}

#[tokio::test]
async fn a_page_is_a_second_old_at_most_from_where_its_rendering_began() {
    let (router, rendered) = site(Duration::from_millis(400));
    let page = async || ask(&router, "/groups", &[]).await.2.contains("page 0");
    let began = Instant::now();
    assert!(page().await);
    // A machine that is very busy proves nothing here.
    assert!(page().await || began.elapsed() > AGE, "rendered within the second");
    tokio::time::sleep_until(began + AGE + Duration::from_millis(50)).await;
    assert!(!page().await, "a second after it began, not after it was there");
    assert_eq!(rendered.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn of_many_at_once_one_renders() {
    let (router, rendered) = site(Duration::from_millis(300));
    let asked = (0..50).map(|_| ask(&router, "/groups", &[]));
    let answers = futures::future::join_all(asked).await;
    assert!(answers.iter().all(|(status, _, text)| *status == StatusCode::OK && text.contains("page 0")));
    assert_eq!(rendered.load(Ordering::Relaxed), 1);
    // Whoever renders may leave; then the next one does it.
    let gone = tokio::time::timeout(Duration::from_millis(50), ask(&router, "/groups/gone", &[])).await;
    assert!(gone.is_err());
    assert_eq!(ask(&router, "/groups/gone", &[]).await.0, StatusCode::OK);
    // What fails, fails for everybody by herself, and is not kept.
    let answers = futures::future::join_all((0..5).map(|_| ask(&router, "/groups/fails", &[]))).await;
    assert!(answers.iter().all(|(status, ..)| *status == StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(rendered.load(Ordering::Relaxed), 3 + 5);
}

#[tokio::test]
async fn odd_pages_drive_out_one_another_and_none_that_is_asked_for() {
    let (router, rendered) = site(Duration::ZERO);
    let began = Instant::now();
    ask(&router, "/groups", &[]).await;
    for number in 0..MOST * 2 {
        ask(&router, &format!("/groups/{number}"), &[]).await;
        if number % 50 == 0 {
            ask(&router, "/groups", &[]).await;
        }
    }
    // A machine that is very busy proves nothing here.
    if began.elapsed() < AGE {
        assert_eq!(rendered.load(Ordering::Relaxed), MOST * 2 + 1, "the page that is asked for stays");
        ask(&router, &format!("/groups/{}", MOST * 2 - 1), &[]).await;
        assert_eq!(rendered.load(Ordering::Relaxed), MOST * 2 + 1, "and so does the last one");
        ask(&router, "/groups/0", &[]).await;
        assert_eq!(rendered.load(Ordering::Relaxed), MOST * 2 + 2, "the first of the others is gone");
    }
}
