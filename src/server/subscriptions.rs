//! The weekly list from the side of whoever is on it: asked for, confirmed by a link, changed, ended. Same words and the same
//! work for every address, so that nobody learns from a form who is on the list, was on it, or has an account.

use super::{
    answer, auth, catalog, origin, reader,
    state::{App, hex, new_id, random, sha256},
    times::parse_zone,
};
use crate::{
    api::notifications::SubscribePage,
    domain::{
        about::FieldError, email::Email, finder::FinderQuery, place::UsState, subscription::WishesTyped, wishes::Wishes,
    },
    error::AppError,
    mail, paths,
    store::{
        Actor, Tx,
        rate::{self, Bucket},
        subscribers::{self, AddressMac, Ask},
    },
};

pub mod address;
pub mod confirm;
pub mod letters;
pub mod own_data;
pub mod preferences;
pub mod unsubscribe;

/// Addresses typed from one network: twenty at once, then one in half a minute; a clinic's waiting room shares one.
const PER_NETWORK: Bucket = Bucket { capacity: 20.0, refill: 1.0 / 30.0 };
/// Tries of links from one network.
const TRIES: Bucket = Bucket { capacity: 60.0, refill: 1.0 / 5.0 };

/// The keyed hash under which an address is on the list of those that get no mail.
pub fn address_mac(app: &App, email: &Email) -> AddressMac {
    app.keys.address_mac(email.as_str())
}

/// The bucket of a network, for whatever makes us write to an address that somebody typed.
fn network_key(network: std::net::IpAddr) -> String {
    format!("notifications:network:{network}")
}

/// A token for a mailed link and what is stored of it: 192 bits of chance, and their SHA-256.
fn new_link() -> (String, subscribers::LinkHash) {
    let token = hex(&random::<24>());
    let hash = sha256(token.as_bytes());
    (token, hash)
}

/// Takes one try of a link; how long to wait where there were too many. The level is kept whatever comes of it.
async fn take_try(tx: &mut Tx, app: &App, network: std::net::IpAddr) -> Result<Result<(), AppError>, AppError> {
    if !app.settings.rate_limits {
        return Ok(Ok(()));
    }
    let taken = rate::take(tx, &format!("notifications-try:network:{network}"), TRIES).await?;
    Ok(taken.map_err(AppError::TooMany))
}

/// The page that asks for an address; what a wish in its own query string says is chosen already.
pub async fn page(app: &App, query: &FinderQuery) -> Result<SubscribePage, AppError> {
    let signed = auth::signed(app).await?;
    let account = signed.as_ref().map(crate::store::sessions::Signed::id);
    let zone = reader::zone(app, query.zone.as_deref(), account).await?;
    let mut form = answer::form(app, paths::NOTIFICATIONS);
    // The short form does not ask for all of it; what was typed there stays.
    let typed = if form.is_wrong() { WishesTyped::default() } else { WishesTyped::of(&Wishes::of(query), "") };
    form.values.retain(|(name, value)| name != "zone" || !value.is_empty());
    form.fill([("zone", zone.zone.name().to_owned())]);
    form.fill(typed.pairs());
    // A member's address is known to the page that she opens herself.
    let own = signed.and_then(crate::store::sessions::Signed::into_member);
    form.fill(own.map(|member| ("email", member.email().as_str().to_owned())));
    Ok(SubscribePage { form, zones: zone.shown(app).choices, first_states: first_states(app).await? })
}

/// States in which some leader may practise, first in the list of states.
async fn first_states(app: &App) -> Result<Vec<UsState>, AppError> {
    Ok(catalog::current(app).await?.groups.practice_states())
}

/// Asks an address whether it wants the weekly mail, and says the same whatever that address is to us.
pub async fn subscribe(app: &App, email: &str, typed: &WishesTyped) -> Result<(), AppError> {
    let signed = auth::signed(app).await?;
    let zone = if typed.zone.trim().is_empty() {
        Ok(reader::zone(app, None, signed.map(|signed| signed.id())).await?.zone)
    } else {
        parse_zone(typed.zone.trim()).ok_or_else(|| FieldError::new("zone", "Please choose a time zone from the list."))
    };
    let email = Email::parse(email).map_err(|error| FieldError::new("email", error.to_string()));
    let (email, wishes, zone) = match (email, typed.parse(), zone) {
        (Ok(email), Ok(wishes), Ok(zone)) => (email, wishes, zone),
        (email, wishes, zone) => {
            let errors = [email.err(), wishes.err(), zone.err()];
            return Err(AppError::Fields(errors.into_iter().flatten().collect()));
        }
    };
    let (app_in, network) = (app.clone(), origin::client().network());
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        if app.settings.rate_limits
            && let Err(seconds) = rate::take(&mut tx, &network_key(network), PER_NETWORK).await?
        {
            // The bucket's level is kept, although nothing else is: so this is an answer and no error.
            return Ok((tx, Err(AppError::TooMany(seconds))));
        }
        let (token, hash) = new_link();
        let standing = subscribers::ask(
            &mut tx,
            &Ask {
                id: new_id(),
                email: &email,
                mac: &address_mac(&app, &email),
                wishes: &wishes,
                zone: zone.name(),
                link: &hash,
                seconds: app.settings.durations.confirmation,
            },
        )
        .await?;
        letters::asked(&mut tx, &app, email, &standing, &token).await?;
        Ok((tx, Ok(())))
    };
    let asked = app.store.write::<Result<(), AppError>, AppError, _, _>(Actor::Visitor, work).await?;
    if asked.is_ok() {
        mail::hint();
    }
    asked
}
