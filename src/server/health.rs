//! Whether the program lives, and whether it can be asked.

use super::state::App;
use crate::store;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use tokio_util::sync::CancellationToken;

/// Whether the program is about to end; streams end first when it is.
#[derive(Clone, Debug, Default)]
pub struct Draining(CancellationToken);

impl Draining {
    /// From now on `/readyz` says no.
    pub fn begin(&self) {
        self.0.cancel();
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Resolves when it begins: whoever holds a stream open closes it then, or the drain would never be over.
    pub async fn begun(&self) {
        self.0.cancelled().await;
    }
}

/// `/livez` never touches the database, so that a program is not killed because its database is away. `/readyz` says
/// yes when the schema is this program's, the database answers within a second, and the program is not about to end.
pub fn routes(app: App, draining: Draining) -> Router {
    Router::new().route("/livez", get(|| async { "alive\n" })).route("/readyz", get(ready)).with_state((app, draining))
}

async fn ready(State((app, draining)): State<(App, Draining)>) -> (StatusCode, &'static str) {
    if draining.has_begun() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else if store::is_ready(&app.store).await {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database is away, or its schema is not this program's\n")
    }
}
