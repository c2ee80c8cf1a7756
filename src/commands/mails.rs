//! `mails release` and `mails discard`: what becomes of the mails that a restore has held back.

use super::Failed;
use crate::{
    server::state::App,
    store::{Actor, Failure, audit, digests, outbox},
};
use serde_json::json;
use std::process::ExitCode;

/// What to do with them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Held {
    /// Send them.
    Release,
    /// Give them up.
    Discard,
}

/// Does it with all of them.
pub async fn decide(app: &App, held: Held) -> Result<ExitCode, Failed> {
    let count = app
        .store
        .write(Actor::Operator, move |mut tx| async move {
            digests::take_time(&mut tx).await?;
            let (count, action) = match held {
                Held::Release => (outbox::release_held(&mut tx).await?, "held mails released"),
                Held::Discard => (outbox::discard_held(&mut tx).await?, "held mails discarded"),
            };
            if count > 0 {
                audit::record(&mut tx, action, "outbox", json!({ "count": count })).await?;
            }
            Ok::<_, Failure>((tx, count))
        })
        .await?;
    match held {
        Held::Release => println!("{count} held mails go out as soon as a worker runs."),
        Held::Discard => println!("{count} held mails are given up."),
    }
    Ok(ExitCode::SUCCESS)
}
