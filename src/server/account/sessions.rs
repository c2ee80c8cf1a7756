//! Where she is signed in, and ending that: works at once everywhere, because every request asks the database.

use crate::{
    api::account::sessions::{DeviceShown, SessionsPage},
    error::AppError,
    paths,
    server::{
        answer, auth, reader,
        state::App,
        times::{near_moment, zone_label},
    },
    store::{Actor, Tx, sessions::own},
};

/// Her devices.
pub async fn page(app: &App) -> Result<SessionsPage, AppError> {
    let signed = auth::signed(app).await?.ok_or(AppError::SignInNeeded)?;
    let zone = reader::zone(app, None, Some(signed.id())).await?.zone;
    let now = app.now();
    let mut form = answer::form(app, paths::ACCOUNT_SESSIONS);
    let said = answer::said(&mut form);
    let devices = own::living(app.store.reads(), &signed).await?;
    let shown = |device: own::Device| DeviceShown {
        id: device.id.to_string(),
        words: match device.words.as_str() {
            "" | "unknown on unknown" => "A browser we do not know".to_owned(),
            _ => device.words,
        },
        since: format!(
            "Signed in {} {}{}",
            near_moment(device.begun_at, now, zone),
            zone_label(zone),
            if device.own_device { ", as your own device" } else { "" }
        ),
        used: if device.is_this {
            "This is the device you are using.".to_owned()
        } else {
            format!("Last used {}.", near_moment(device.used_at, now, zone))
        },
        is_this: device.is_this,
    };
    Ok(SessionsPage { devices: devices.into_iter().map(shown).collect(), form, said })
}

/// Ends one of her sessions; tells whether it was the one that asked. One that has ended meanwhile is fine.
pub async fn end(app: &App, session: &str) -> Result<bool, AppError> {
    let id = session.parse().ok();
    let token = auth::token(app);
    let work = move |mut tx: Tx| async move {
        let signed = auth::prove_signed(&mut tx, token).await?;
        let id = id.ok_or(AppError::NotFound)?;
        own::end_one(&mut tx, &signed, id).await?;
        Ok((tx, id == signed.session()))
    };
    let was_this = app.store.write::<_, AppError, _, _>(Actor::Visitor, work).await?;
    if was_this {
        auth::forget_session(app);
    }
    Ok(was_this)
}

/// How many devices would be signed out, in words.
pub async fn everywhere_page(app: &App) -> Result<String, AppError> {
    let signed = auth::signed(app).await?.ok_or(AppError::SignInNeeded)?;
    Ok(match own::living(app.store.reads(), &signed).await?.len() {
        1 => "You are signed in on this device only.".to_owned(),
        n => format!("You are signed in on {n} devices, this one among them."),
    })
}

/// Ends every session of hers.
pub async fn end_all(app: &App) -> Result<(), AppError> {
    let token = auth::token(app);
    let work = move |mut tx: Tx| async move {
        let signed = auth::prove_signed(&mut tx, token).await?;
        own::end_all(&mut tx, signed.id()).await?;
        Ok::<_, AppError>((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await?;
    // Only now: with the cookie gone and the session alive she would look signed out and not be.
    auth::forget_session(app);
    Ok(())
}
