//! Files that belong to one member: plain routes, whose proofs read the request as those of pages do.

use super::{refusal, state::App};
use crate::error::AppError;
use axum::{
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use leptos::{
    prelude::{Owner, provide_context},
    reactive::computed::ScopedFuture,
};

/// Makes a file for whoever asks. The proofs read the request from leptos' context, so it is given to them here as well; a
/// refusal leaves its audit row.
pub async fn made<T, F>(app: &App, request: Request, make: impl FnOnce() -> F) -> Result<T, AppError>
where
    F: Future<Output = Result<T, AppError>>,
{
    let owner = Owner::new();
    let made = owner
        .with(|| {
            provide_context(request.into_parts().0);
            provide_context(app.clone());
            ScopedFuture::new(make())
        })
        .await;
    owner.with(|| refusal::record_if(&made));
    made
}

/// An error instead of the file.
pub fn failed(error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let retry = error.retry_after().map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
    (status, retry, error.to_string()).into_response()
}
