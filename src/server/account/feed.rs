//! The secret calendar feed, as its page shows it: made, given a new address, switched off. The address is shown once.

use super::fresh;
use crate::{
    api::account::feed::FeedPage,
    error::AppError,
    paths,
    server::{
        answer, auth,
        flash::{self, Flash},
        reader,
        state::{App, hex, random, sha256},
        times::{day_of, full_date},
    },
    store::{Actor, Tx, calendar_feeds},
};

/// Name of the value that carries the new address to the page that shows it once.
const NEW: &str = "feed";

/// The page.
pub async fn page(app: &App) -> Result<FeedPage, AppError> {
    let member = auth::member(app).await?;
    let zone = reader::zone(app, None, Some(member.id())).await?.zone;
    let made = calendar_feeds::made_at(app.store.reads(), member.id()).await?;
    let mut form = answer::form(app, paths::ACCOUNT_CALENDAR);
    let said = answer::said(&mut form);
    let new = form.value(NEW);
    form.values.clear();
    Ok(FeedPage {
        since: made.map(|at| full_date(day_of(at, zone))),
        url: (made.is_some() && !new.is_empty()).then_some(new),
        form,
        said,
    })
}

/// Makes the feed with a new token. The one before finds nothing from then on. It tells where she is every week, for as long
/// as it is on, so on her own device it asks for a fresh code.
pub async fn make(app: &App) -> Result<(), AppError> {
    let (text, cookie) = (hex(&random::<24>()), auth::token(app));
    let token = sha256(text.as_bytes());
    let work = move |mut tx: Tx| async move {
        let signed = auth::prove_signed(&mut tx, cookie).await?;
        let member = signed.clone().into_member().ok_or(AppError::Forbidden)?;
        fresh::demand(&mut tx, &signed).await?;
        calendar_feeds::make(&mut tx, &member, &token).await?;
        Ok::<_, AppError>((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await?;
    let url = format!("{}{}", app.settings.public_url, paths::calendar_feed(&text));
    let values = [(NEW.to_owned(), url)].into();
    flash::keep(app, &Flash { form: paths::ACCOUNT_CALENDAR.to_owned(), values, error: None });
    Ok(())
}

/// Switches it off.
pub async fn stop(app: &App) -> Result<(), AppError> {
    let token = auth::token(app);
    let work = move |mut tx: Tx| async move {
        let member = auth::prove_member(&mut tx, token).await?;
        calendar_feeds::stop(&mut tx, &member).await?;
        Ok::<_, AppError>((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await
}
