//! What is stored about her: as a page to read and as a file to take along.

use super::fresh;
use crate::{
    api::account::data::{DataPage, DataSection},
    error::AppError,
    paths,
    server::{
        auth, download, reader,
        show::capital,
        state::App,
        times::{clock_at, day_of, full_date, zone_label},
    },
    store::{
        Actor, Conn, Failure, Tx,
        account_data::{self, TableData},
        audit,
        rate::{self, Bucket},
        sessions::Member,
    },
};
use axum::{
    Router,
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

mod words;

/// Files of one account: each goes through all that is stored about her. Ten at once, then one a minute.
const PER_ACCOUNT: Bucket = Bucket { capacity: 10.0, refill: 1.0 / 60.0 };
/// Rows of one table that the page shows; the file has all.
const SHOWN: usize = 12;

/// What a table is called, and what it is for and who sees it.
fn words(table: &str) -> (&'static str, &'static str) {
    match table {
        "accounts" => ("Your account", "You sign in with its address. The practice sees it."),
        "members" => (
            "About you",
            "The others in your group see the name you chose. The rest is for your therapist and the practice.",
        ),
        "agreements" => ("What you signed", "With the version and the fingerprint of the text that was shown to you."),
        "reservations" => ("Seats you reserved", "Your therapist and the practice see them."),
        "seats" => ("Seats as they are now", "Reserved, held or offered."),
        "absences" => ("Absences you told", "Your therapist sees them."),
        "waiting_entries" => ("Lines you waited in", "So that nobody overtakes you."),
        "offers" => ("Seats that were offered to you", "So that no seat is offered to you twice."),
        "holds" => ("Seats you held", "Kept for 30 days, so that nobody holds seats over and over."),
        "drafts" => ("Forms you have not finished", "Kept for 30 days, so that nothing you typed is lost."),
        "sessions" => ("Where you signed in", "Kept until 30 days after they end."),
        "sign_in_codes" => ("Codes we mailed", "The digits are not stored. Kept for a day."),
        "contact_questions" => ("Questions you asked the practice", "Asked while you were signed in. Kept for a year."),
        "address_changes" => ("New addresses you asked for", "Kept until 30 days after they end."),
        "subscribers" => (
            "Your weekly mail",
            "Where it goes, what you want to hear of, when, and what you agreed to. The practice sees it.",
        ),
        "digests" => (
            "Your weekly mail, week by week",
            "Whether there was a mail, and how many groups it told of. Kept for 400 days.",
        ),
        "mail_choices" => ("Which mails you want", "Kept while you have an account."),
        "calendar_feeds" => ("Your calendar feed", "Its address is not stored."),
        "idempotency_keys" => ("Buttons you pressed", "Kept for two days, so that a form sent twice counts once."),
        "outbox" => ("Mails we wrote to you", "You have their text. We keep it for 90 days."),
        "audit_events" => ("The trail", "Who did or read something about you, and when. It is never changed."),
        _ => ("More", "Stored by the program."),
    }
}

/// The page. It is opened by a `GET`, which writes nothing: not even a bucket's level.
pub async fn page(app: &App) -> Result<DataPage, AppError> {
    let member = fresh::member(app).await?;
    let zone = reader::zone(app, None, Some(member.id())).await?.zone;
    let tables = account_data::collect(app.store.reads(), &member).await?;
    let (full, empty): (Vec<_>, Vec<_>) = tables.into_iter().partition(|table| !table.rows.is_empty());
    Ok(DataPage {
        zone_label: zone_label(zone),
        sections: full.into_iter().map(|table| section(table, zone)).collect(),
        empty: empty.into_iter().map(|table| words(&table.table).0.to_owned()).collect(),
    })
}

/// Takes a token for a file.
async fn make_room(conn: &mut Conn, app: &App, member: &Member) -> Result<Result<(), AppError>, Failure> {
    if !app.settings.rate_limits {
        return Ok(Ok(()));
    }
    let taken = rate::take(conn, &format!("data:{}", member.id()), PER_ACCOUNT).await?;
    // The bucket's level is kept, although nothing else is: so this is an answer and no error.
    Ok(taken.map_err(AppError::TooMany))
}

/// A table as the page shows it.
pub fn section(table: TableData, zone: Tz) -> DataSection {
    let (title, why) = words(&table.table);
    let more = table.rows.len().saturating_sub(SHOWN);
    DataSection {
        title: title.to_owned(),
        why: why.to_owned(),
        // The newest: those are looked for.
        rows: table.rows.iter().skip(more).map(|row| readable(&table.table, row, zone)).collect(),
        more: u32::try_from(more).unwrap_or(u32::MAX),
    }
}

/// The columns that have a value, in words.
fn readable(table: &str, row: &Value, zone: Tz) -> Vec<(String, String)> {
    let Value::Object(columns) = row else { return Vec::new() };
    columns
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "id" | "number"))
        .filter_map(|(name, value)| {
            let label = words::label(table, name).map_or_else(|| capital(&name.replace('_', " ")), ToOwned::to_owned);
            Some((label, words::value(table, name, value).or_else(|| value_words(value, zone))?))
        })
        .collect()
}

fn value_words(value: &Value, zone: Tz) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(true) => Some("Yes".to_owned()),
        Value::Bool(false) => Some("No".to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text_words(text, zone)),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().filter_map(|item| value_words(item, zone)).collect();
            (!items.is_empty()).then(|| items.join("; "))
        }
        Value::Object(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .filter_map(|(name, value)| Some(format!("{}: {}", name.replace('_', " "), value_words(value, zone)?)))
                .collect();
            (!fields.is_empty()).then(|| fields.join("; "))
        }
    }
}

fn text_words(text: &str, zone: Tz) -> String {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        let at = at.to_utc();
        return format!("{}, {}", full_date(day_of(at, zone)), clock_at(at, zone));
    }
    match text.parse::<NaiveDate>() {
        Ok(day) => full_date(day),
        Err(_) => text.to_owned(),
    }
}

/// `/account/data.json`, made by a post: whoever follows links leaves no trace. Opened, it leads to the page with its button.
pub fn routes(app: App) -> Router {
    let to_page = get(|| async { (StatusCode::FOUND, [(header::LOCATION, paths::ACCOUNT_DATA)]) });
    Router::new().route(paths::ACCOUNT_DATA_FILE, to_page.post(download)).with_state(app)
}

async fn download(State(app): State<App>, request: axum::extract::Request) -> Response {
    match download::made(&app, request, || file(app.clone())).await {
        Ok(text) => (
            [
                (header::CONTENT_TYPE, "application/json; charset=utf-8"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"common-ground.json\""),
                (HeaderName::from_static("x-robots-tag"), "noindex"),
            ],
            text,
        )
            .into_response(),
        Err(AppError::SignInNeeded) => Redirect::to(&paths::sign_in_then(paths::ACCOUNT_DATA)).into_response(),
        Err(AppError::StepMissing) => Redirect::to(&paths::account_code(paths::ACCOUNT_DATA)).into_response(),
        Err(error) => download::failed(&error),
    }
}

/// The file: what was made when, and each table with its rows. Taking it along leaves an audit row, which is written first and
/// by itself: reading takes longer than a write should, and the connections for writes are for seats.
async fn file(app: App) -> Result<String, AppError> {
    let (token, now, app_in) = (auth::token(&app), app.now(), app.clone());
    let work = move |mut tx: Tx| async move {
        let signed = auth::prove_signed(&mut tx, token).await?;
        let member = signed.clone().into_member().ok_or(AppError::Forbidden)?;
        fresh::demand(&mut tx, &signed).await?;
        if let Err(too_many) = make_room(&mut tx, &app_in, &member).await? {
            return Ok((tx, Err(too_many)));
        }
        audit::record(&mut tx, "own data taken", member.id(), json!({})).await?;
        Ok((tx, Ok(member)))
    };
    let member = app.store.write::<Result<Member, AppError>, AppError, _, _>(Actor::Visitor, work).await??;
    let tables = account_data::collect(app.store.reads(), &member).await?;
    let tables: Map<String, Value> = tables.into_iter().map(|table| (table.table, Value::Array(table.rows))).collect();
    let whole = json!({
        "made_at": now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "about": "Everything Common Ground stores about you, by table. Times are in UTC. Not here: hashes of secrets, \
                  what a therapist noted for the practice when ending a seat, the record of a group's meetings, which names nobody, questions to the practice that were asked without \
                  signing in, and a therapist's own psychotherapy notes \
                  (45 CFR 164.524(a)(1)(i)).",
        "data": tables,
    });
    serde_json::to_string_pretty(&whole).map_err(|_| AppError::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_words_in_her_zone() {
        let row = json!({"id": "x", "signed_at": "2027-03-14T23:00:00+00:00", "born_on": "1991-03-09", "own_device": true,
            "ended_at": null, "fields": {"legal_name": "Robin", "slug": null}, "errors": [], "idle_seconds": 1800,
            "state": "OH", "brand_new": "x"});
        let shown = readable("members", &row, chrono_tz::America::New_York);
        let find = |name: &str| shown.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_str());
        assert_eq!(find("Signed"), Some("March 14, 2027, 7:00 PM"));
        assert_eq!(find("Date of birth"), Some("March 9, 1991"));
        assert_eq!(find("Your own device"), Some("Yes"));
        assert_eq!(find("What you typed"), Some("legal name: Robin"));
        assert_eq!(find("Ends when it is not used for"), Some("30 minutes"));
        assert_eq!(find("Your state"), Some("Ohio"));
        assert_eq!(find("Brand new"), Some("x"), "what nobody named stays as it is stored");
        assert_eq!(shown.len(), 7, "no id, and nothing that is empty: {shown:?}");
    }
}
