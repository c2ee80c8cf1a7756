//! What a form shows: as it was rendered, then as its last answer says.

use crate::{api::form::FormState, error::AppError};
use leptos::prelude::*;

/// The state of a form whose action answers with `answer`.
pub fn form_state(
    initial: FormState,
    answer: impl Fn() -> Option<Result<(), AppError>> + Send + Sync + 'static,
) -> Signal<FormState> {
    Signal::derive(move || match answer() {
        Some(Err(error)) => initial.after(&error),
        Some(Ok(())) => FormState { values: initial.values.clone(), ..FormState::default() },
        None => initial.clone(),
    })
}
