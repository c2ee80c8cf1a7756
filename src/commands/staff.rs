//! `staff add`: how the first person of the office gets in. Signing in works as for everybody, with a code by mail.

use super::Failed;
use crate::{
    domain::email::Email,
    server::state::App,
    store::{
        Actor, Failure,
        accounts::{self, Role},
    },
};
use std::process::ExitCode;

/// What somebody may work as.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum StaffRole {
    /// Leads groups
    Therapist,
    /// Keeps therapists, authorities, groups and curricula in order
    Office,
}

/// Gives the address its role; the account is made when there is none.
pub async fn add(app: &App, email: &str, role: StaffRole) -> Result<ExitCode, Failed> {
    let email = Email::parse(email).map_err(|error| format!("{email}: {error}"))?;
    let (role, word) = match role {
        StaffRole::Therapist => (Role::Therapist, "a therapist"),
        StaffRole::Office => (Role::Office, "the office"),
    };
    let address = email.as_str().to_owned();
    app.store
        .write(Actor::Operator, move |mut tx| async move {
            accounts::set_role(&mut tx, &email, role).await?;
            Ok::<_, Failure>((tx, ()))
        })
        .await?;
    println!("{address} signs in as {word} from now on.");
    Ok(ExitCode::SUCCESS)
}
