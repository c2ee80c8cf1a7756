//! What is stored about a subscriber: as a page to read, as a file to take along, and wiped.

use super::{
    address_mac,
    preferences::{Door, prove, zone_of},
};
use crate::{
    api::notifications::own_data::OwnDataPage,
    error::AppError,
    paths,
    server::{
        account::{data::section, fresh},
        answer, auth, download,
        state::App,
        times::zone_label,
    },
    store::{
        Actor, Tx, audit,
        sessions::TokenHash,
        subscribers::{Subscriber, ending, own},
    },
};
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderName, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Map, Value, json};

/// The form that wipes.
pub const FORM: &str = "notifications/data";

/// The proof for what cannot be taken back. A device on which a member stays signed in for weeks is asked for a fresh code.
pub(super) async fn prove_freshly(
    tx: &mut Tx,
    door: &Door,
    session: Option<TokenHash>,
) -> Result<Subscriber, AppError> {
    if matches!(door, Door::Account) {
        let signed = auth::prove_signed(tx, session).await?;
        fresh::demand(tx, &signed).await?;
    }
    prove(tx, door, session).await
}

/// The page.
pub async fn page(app: &App, token: &str) -> Result<OwnDataPage, AppError> {
    let (door, session) = (Door::of(app, token)?, auth::token(app));
    let work = move |mut tx: Tx| async move {
        let subscriber = prove_freshly(&mut tx, &door, session).await?;
        let tables = own::collect(&mut tx, &subscriber).await?;
        Ok::<_, AppError>((tx, (zone_of(&subscriber), tables)))
    };
    let (zone, tables) = app.store.write(Actor::Visitor, work).await?;
    Ok(OwnDataPage {
        zone_label: zone_label(zone),
        sections: tables.into_iter().filter(|table| !table.rows.is_empty()).map(|table| section(table, zone)).collect(),
        token: token.to_owned(),
        form: answer::form(app, FORM),
    })
}

/// Forgets her. A keyed hash of the address stays, so that nobody who brings it again makes us write there.
pub async fn wipe(app: &App, token: &str, sure: bool) -> Result<(), AppError> {
    let (door, session, app_in) = (Door::of(app, token)?, auth::token(app), app.clone());
    let work = move |mut tx: Tx| async move {
        let subscriber = prove_freshly(&mut tx, &door, session).await?;
        if !sure {
            return Err(AppError::field("sure", "Please tick the box if you want everything erased."));
        }
        ending::wipe(&mut tx, &subscriber, &address_mac(&app_in, &subscriber.email)).await?;
        Ok::<_, AppError>((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await
}

/// The file, made by a post: whoever follows links leaves no trace.
pub fn routes(app: App) -> Router {
    Router::new().route("/notifications/preferences/{token}/data.json", post(download)).with_state(app)
}

async fn download(State(app): State<App>, Path(token): Path<String>, request: axum::extract::Request) -> Response {
    match download::made(&app, request, || file(app.clone(), token.clone())).await {
        Ok(text) => (
            [
                (header::CONTENT_TYPE, "application/json; charset=utf-8"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"common-ground-weekly-mail.json\""),
                (HeaderName::from_static("x-robots-tag"), "noindex"),
            ],
            text,
        )
            .into_response(),
        // The page of the link says what became of it.
        Err(AppError::NotFound) => {
            axum::response::Redirect::to(&paths::notifications_preferences(&token)).into_response()
        }
        Err(error) => download::failed(&error),
    }
}

/// What was made when, and each table with its rows. Taking it along leaves an audit row.
async fn file(app: App, token: String) -> Result<String, AppError> {
    // Her account has a file of its own, with everything.
    let door = if token.is_empty() { return Err(AppError::NotFound) } else { Door::of(&app, &token)? };
    let now = app.now();
    let work = move |mut tx: Tx| async move {
        let subscriber = prove(&mut tx, &door, None).await?;
        audit::record(&mut tx, "subscription data taken", subscriber.id(), json!({})).await?;
        let tables = own::collect(&mut tx, &subscriber).await?;
        Ok::<_, AppError>((tx, tables))
    };
    let tables = app.store.write(Actor::Visitor, work).await?;
    let tables: Map<String, Value> = tables.into_iter().map(|table| (table.table, Value::Array(table.rows))).collect();
    let whole = json!({
        "made_at": now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "about": "Everything Common Ground stores about your weekly mail, by table. Times are in UTC. Not here: hashes of \
                  the links in our mails, and the words of the mails, which you have.",
        "data": tables,
    });
    serde_json::to_string_pretty(&whole).map_err(|_| AppError::Internal)
}
