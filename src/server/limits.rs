//! What a single request may cost: bytes, seconds, and at worst itself.

use axum::{
    body::Body,
    extract::Request,
    http::{StatusCode, header::CONTENT_LENGTH},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use std::{any::Any, time::Duration};
use tokio::time::timeout;

/// Bytes of a body. The longest form of the site is far below; files are not uploaded.
pub const BODY: usize = 64 * 1024;
/// Seconds for a body to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);
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
    match timeout(deadline, next.run(request)).await {
        Ok(response) => response,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// The answer after a panic, which the panic hook has logged already.
pub fn after_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Bytes, middleware::from_fn, routing::post};
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
}
