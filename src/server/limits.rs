//! What a single request may cost: bytes, seconds, and at worst itself.

use super::counts;
use crate::paths;
use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{StatusCode, header::CONTENT_LENGTH},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use std::{any::Any, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::timeout};

/// Bytes of a body. The longest form of the site is far below; files are not uploaded.
pub const BODY: usize = 64 * 1024;
/// Requests that may be under way at a time, of those that need the database. With some twenty connections this many are
/// answered within the time that somebody waits for one; the next would only make all of them wait longer.
pub const AT_ONCE: usize = 512;
/// Seconds for a body to arrive.
pub const ARRIVAL: Duration = Duration::from_secs(10);
/// Seconds until an answer begins. A stream of events has begun at once, so it may go on for hours.
const DEADLINE: Duration = Duration::from_secs(20);

/// Reads the body before anything else happens, so that neither a long one nor a slow one reaches a handler, even if it
/// does not say how long it is.
pub async fn limit_body(request: Request, next: Next) -> Response {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > BODY as u64) {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    let (parts, body) = request.into_parts();
    let body = match timeout(ARRIVAL, Limited::new(body, BODY).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Ok(Err(_)) => return StatusCode::BAD_REQUEST.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// Gives up on an answer that does not begin in time. Writes go on: they run in tasks of their own.
pub async fn limit_time(request: Request, next: Next) -> Response {
    within(DEADLINE, request, next).await
}

async fn within(deadline: Duration, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    timeout(deadline, next.run(request)).await.unwrap_or_else(|_| {
        let route = route.as_ref().map_or("", MatchedPath::as_str);
        tracing::warn!(route, "an answer did not begin in time");
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    })
}

/// Room for a number of requests at a time.
#[derive(Clone, Debug)]
pub struct Room(Arc<Semaphore>);

impl Room {
    /// For so many.
    pub fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }
}

/// Turns away whoever comes when there is no room. Help, probes, streams and files need no database and go on.
pub async fn limit_crowd(State(room): State<Room>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    if !needs_room(route, request.uri().path()) {
        return next.run(request).await;
    }
    let Ok(_place) = room.0.try_acquire() else {
        counts::count_turned_away();
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    next.run(request).await
}

/// What no route fits is a file when its name has an ending, else the page that says so.
fn needs_room(route: Option<&str>, path: &str) -> bool {
    match route {
        Some(paths::HELP_NOW | "/livez" | "/readyz") => false,
        Some(route) => !route.starts_with("/events/"),
        None => !path.rsplit('/').next().is_some_and(|name| name.contains('.')),
    }
}

/// The answer after a panic, which the panic hook has logged already.
pub fn after_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{
        Router,
        body::Bytes,
        middleware::{from_fn, from_fn_with_state},
        routing::{get, post},
    };
    use tower::ServiceExt as _;

    async fn send(body: Body) -> StatusCode {
        Router::new()
            .route("/", post(|body: Bytes| async move { body.len().to_string() }))
            .layer(from_fn(limit_body))
            .oneshot(Request::post("/").body(body).unwrap())
            .await
            .unwrap()
            .status()
    }

    #[tokio::test]
    async fn a_body_has_64_kibibytes_at_most() {
        assert_eq!(send(Body::from(vec![0; BODY])).await, StatusCode::OK);
        assert_eq!(send(Body::from(vec![0; BODY + 1])).await, StatusCode::PAYLOAD_TOO_LARGE);
        let chunks = std::iter::repeat_n(Bytes::from_static(&[0; 1024]), 65).map(Ok::<_, std::io::Error>);
        assert_eq!(send(Body::from_stream(futures::stream::iter(chunks))).await, StatusCode::PAYLOAD_TOO_LARGE);
        let broken = [Err::<Bytes, _>(std::io::Error::other("cut"))];
        assert_eq!(send(Body::from_stream(futures::stream::iter(broken))).await, StatusCode::BAD_REQUEST);
    }

    #[tokio::test]
    async fn an_answer_begins_in_time_or_not_at_all() {
        let ask = |ms| {
            Router::new()
                .route("/", post(move || tokio::time::sleep(Duration::from_millis(ms))))
                .layer(from_fn(|request, next| within(Duration::from_millis(100), request, next)))
                .oneshot(Request::post("/").body(Body::empty()).unwrap())
        };
        assert_eq!(ask(1).await.unwrap().status(), StatusCode::OK);
        assert_eq!(ask(5000).await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    #[tokio::test]
    async fn one_too_many_is_turned_away_at_once_and_help_is_not() {
        let (begun, slow) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let page = {
            let (begun, slow) = (begun.clone(), slow.clone());
            move || async move {
                begun.add_permits(1);
                drop(slow.acquire().await);
            }
        };
        let router = Router::new()
            .route("/groups", get(page))
            .route(paths::HELP_NOW, get(|| async {}))
            .route("/events/groups", get(|| async {}))
            .fallback(|| async {})
            .layer(from_fn_with_state(Room::new(2), limit_crowd));
        let ask = |path: &str| {
            let asked = router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap());
            async move { asked.await.unwrap().status() }
        };
        let first = [tokio::spawn(ask("/groups")), tokio::spawn(ask("/groups"))];
        begun.acquire_many(2).await.unwrap().forget();
        for path in ["/groups", "/nothing-here", "/pkg/"] {
            assert_eq!(ask(path).await, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        }
        for path in [paths::HELP_NOW, "/events/groups", "/pkg/common-ground.css"] {
            assert_eq!(ask(path).await, StatusCode::OK, "{path}");
        }
        slow.add_permits(10);
        for answer in first {
            assert_eq!(answer.await.unwrap(), StatusCode::OK);
        }
        assert_eq!(ask("/groups").await, StatusCode::OK, "there is room again");
    }
}
