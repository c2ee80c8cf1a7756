//! `audit verify`: whether the trail is guarded and in order.

use super::Failed;
use crate::{server::state::App, store::audit};
use std::process::ExitCode;

/// Looks at the whole trail and says what it found; the exit code is 1 when something speaks against it.
pub async fn verify(app: &App) -> Result<ExitCode, Failed> {
    let trail = audit::inspect(app.store.reads()).await?;
    println!("{} events.", trail.events);
    if trail.is_sound() {
        println!("They are in order, and nobody can change or delete one.");
        return Ok(ExitCode::SUCCESS);
    }
    if trail.guards < 2 {
        eprintln!("Events could be changed or deleted: of the two triggers that refuse it, {} work.", trail.guards);
    }
    if trail.out_of_order > 0 {
        eprintln!("{} events are older than ones that were written before them.", trail.out_of_order);
    }
    if trail.ahead > 0 {
        eprintln!("{} events lie in the future.", trail.ahead);
    }
    Ok(ExitCode::FAILURE)
}
