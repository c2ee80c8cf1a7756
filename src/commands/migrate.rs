//! `migrate`: brings the database to the schema of this program. The only command that does so in production.

use super::{Failed, start::Started};
use crate::{server::settings::Settings, store::migrate::MIGRATOR};
use std::process::ExitCode;

/// Runs the migrations that are missing.
pub async fn run(settings: Settings) -> Result<ExitCode, Failed> {
    let started = Started::new(settings).await?;
    let outcome = started.migrate().await;
    started.finish().await;
    outcome?;
    println!("The database has all {} migrations of this program.", MIGRATOR.iter().count());
    Ok(ExitCode::SUCCESS)
}
