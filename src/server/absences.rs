//! Absences: told and taken back until the meeting begins.

use super::{auth, state::App};
use crate::{
    domain::ids::MeetingId,
    error::AppError,
    store::{Actor, Tx, absences},
};

/// Tells that she will miss a meeting.
pub async fn tell(app: &App, meeting: &str) -> Result<(), AppError> {
    change(app, meeting, true).await
}

/// Takes it back.
pub async fn take_back(app: &App, meeting: &str) -> Result<(), AppError> {
    change(app, meeting, false).await
}

async fn change(app: &App, meeting: &str, absent: bool) -> Result<(), AppError> {
    let (token, now, meeting) = (auth::token(app), app.now(), meeting.to_owned());
    let work = move |mut tx: Tx| async move {
        let member = auth::prove_member(&mut tx, token).await?;
        let meeting: MeetingId = meeting.parse().map_err(|_| AppError::NotFound)?;
        match absences::is_hers_to_tell(&mut tx, &member, meeting, now).await? {
            None => return Err(AppError::NotFound),
            Some(false) => return Err(AppError::MeetingBegun),
            Some(true) => {}
        }
        if absent {
            absences::tell(&mut tx, &member, meeting).await?;
        } else {
            absences::take_back(&mut tx, &member, meeting).await?;
        }
        Ok((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await
}
