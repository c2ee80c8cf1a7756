//! Accesses that were refused. Somebody who is signed in and asks for what her role may not see leaves an audit row.

use super::{auth, state::App};
use crate::{
    error::AppError,
    store::{Actor, Failure, Tx, audit, sessions},
};
use axum::http::request::Parts;
use leptos::prelude::use_context;
use serde_json::json;

/// Records the refusal of this request, if it is one. The answer does not wait for it, and the work that was refused has
/// been rolled back, so it is a transaction of its own.
pub fn record_if<T>(result: &Result<T, AppError>) {
    if !matches!(result, Err(AppError::Forbidden)) {
        return;
    }
    let (Some(app), Some(parts)) = (use_context::<App>(), use_context::<Parts>()) else { return };
    let Some(token) = auth::token(&app) else { return };
    // Paths with a token in them are open to whoever has it, so none of them comes here.
    let path = parts.uri.path().to_owned();
    tokio::spawn(async move {
        let work = move |mut tx: Tx| async move {
            if let Some(signed) = sessions::prove(&mut tx, &token).await? {
                audit::record(&mut tx, "access refused", signed.id(), json!({ "path": path })).await?;
            }
            Ok::<_, Failure>((tx, ()))
        };
        if let Err(error) = app.store.write(Actor::Visitor, work).await {
            tracing::error!(%error, "a refused access was not recorded");
        }
    });
}
