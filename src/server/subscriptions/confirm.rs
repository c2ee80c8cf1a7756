//! The page that a mailed link opens: opening it changes nothing, since mail scanners follow links. Its button puts her on
//! the list, or moves her mail to a new address.

use super::{address_mac, letters, take_try};
use crate::{
    api::notifications::LinkShown,
    domain::{email::Email, subscription::in_words},
    error::AppError,
    mail, paths,
    server::{
        list_links::{self, PreferencesLink},
        origin,
        state::{App, sha256},
        times::{parse_zone, zone_label},
    },
    store::{
        Actor, Tx,
        subscribers::{
            address::{self, Moved},
            ending,
            link::{self, Link},
        },
    },
};

/// The form of the button.
pub const FORM: &str = "notifications/confirm";

/// What a link is about.
pub async fn page(app: &App, token: &str) -> Result<LinkShown, AppError> {
    Ok(match link::find(app.store.reads(), &sha256(token.as_bytes())).await? {
        None => LinkShown::Over,
        Some(Link::Address(email)) => LinkShown::Address { email },
        Some(Link::Subscription { id, links, confirmed_at: Some(made_at), .. }) => {
            let made = PreferencesLink { subscriber: id, links, made_at };
            let preferences = paths::notifications_preferences(&list_links::preferences(&app.keys, made));
            LinkShown::Confirmed { preferences }
        }
        Some(Link::Subscription { wishes, zone, .. }) => {
            let mut facts: Vec<_> =
                in_words(&wishes).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            facts.extend(parse_zone(&zone).map(|zone| ("Time zone".to_owned(), zone_label(zone))));
            LinkShown::Ask { facts }
        }
    })
}

/// What pressing the button came to.
enum Pressed {
    /// What came of it stands on the link's page.
    Here,
    /// The mail goes to the new address now; its preferences.
    Moved(String),
}

/// Says yes. Gives the path of the page that shows what came of it.
pub async fn press(app: &App, token: &str) -> Result<String, AppError> {
    let (hash, app_in, network) = (sha256(token.as_bytes()), app.clone(), origin::client().network());
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        if let Err(error) = take_try(&mut tx, &app, network).await? {
            return Ok((tx, Err(error)));
        }
        if let Some(email) = link::confirm(&mut tx, &hash).await? {
            // Whoever reads the mailbox has asked for mail again.
            ending::lift_suppression(&mut tx, &address_mac(&app, &email)).await?;
            return Ok((tx, Ok(Pressed::Here)));
        }
        let pressed = match address::confirm(&mut tx, &hash).await? {
            Moved::Over => Ok(Pressed::Here),
            Moved::Taken => Err(AppError::AddressTaken),
            Moved::Done { id, links, old, new } => {
                ending::lift_suppression(&mut tx, &address_mac(&app, &new)).await?;
                if let Ok(old) = Email::parse(&old) {
                    letters::moved(&mut tx, &app, id, old).await?;
                }
                Ok(Pressed::Moved(letters::preferences_path(&app, id, links)))
            }
        };
        Ok((tx, pressed))
    };
    let pressed = app.store.write::<Result<Pressed, AppError>, AppError, _, _>(Actor::Visitor, work).await?;
    mail::hint();
    Ok(match pressed? {
        Pressed::Here => paths::notifications_confirm(token),
        Pressed::Moved(path) => path,
    })
}
