//! How the result of a server function becomes an answer: the status of a page, the way back to a form, the way to the
//! sign-in page. Every server function ends in one of these.

use super::{
    flash::{self, Flash},
    refusal, reply,
    state::App,
};
use crate::{api::form::FormState, error::AppError, paths};
use axum::http::header::LOCATION;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// Ends a server function that a page reads from: an error sets the page's status, unless the reader is sent on. A call of
/// the program in the browser gets the status beside the way on: without one it would be a 500.
pub fn answered<T>(result: Result<T, AppError>) -> Result<T, AppError> {
    refusal::record_if(&result);
    if let Err(error) = &result
        && (reply::is_call() || !is_sent_on())
    {
        reply::fail(error);
    }
    result
}

/// Ends a server function that a form posts to. Without script an error comes back on the form's own page, `path`, with
/// everything that was typed; with script the error is the answer and the typed values are still in the page.
pub fn formed<const N: usize>(
    app: &App,
    form: &str,
    path: &str,
    values: [(&str, String); N],
    result: Result<(), AppError>,
) -> Result<(), AppError> {
    if let Err(error) = &result
        && reply::is_plain_form()
        && !is_sent_on()
    {
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        flash::keep(app, &Flash { form: form.to_owned(), values, error: Some(error.clone()) });
        reply::go(path);
    }
    answered(result)
}

/// Lets the next page of this form say what was done, once.
pub fn say(app: &App, form: &str, words: impl Into<String>) {
    let values = [(SAID.to_owned(), words.into())].into();
    flash::keep(app, &Flash { form: form.to_owned(), values, error: None });
}

/// Takes what was done just now out of a form's state; nothing where nothing was.
pub fn said(form: &mut FormState) -> String {
    let said = form.value(SAID);
    form.values.retain(|(name, _)| name != SAID);
    said
}

/// Name of the value that says what was done; no field has it.
const SAID: &str = "said";

/// Sends whoever is not signed in to the sign-in page, and from there back `here`.
pub fn or_sign_in<T>(result: Result<T, AppError>, here: &str) -> Result<T, AppError> {
    if matches!(result, Err(AppError::SignInNeeded)) && !is_sent_on() {
        reply::go(&paths::sign_in_then(here));
    }
    result
}

/// A form's state as it was left without script, if it was.
pub fn form(app: &App, form: &str) -> FormState {
    let Some(flash) = flash::take(app, form) else { return FormState::default() };
    let state = FormState { values: flash.values.into_iter().collect(), ..FormState::default() };
    match &flash.error {
        Some(error) => state.after(error),
        None => state,
    }
}

/// Whether the answer is a redirect already.
fn is_sent_on() -> bool {
    use_context::<ResponseOptions>()
        .is_some_and(|response| response.0.read().is_ok_and(|parts| parts.headers.contains_key(LOCATION)))
}
