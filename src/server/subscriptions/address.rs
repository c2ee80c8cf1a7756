//! A new address for the weekly mail: typed on the preferences, confirmed by a link that is mailed to it.

use super::{PER_NETWORK, letters, new_link, own_data::prove_freshly, preferences::Door};
use crate::{
    domain::email::Email,
    error::AppError,
    mail,
    server::{auth, origin, state::App},
    store::{
        Actor, Tx,
        rate::{self, Bucket},
        subscribers::address,
    },
};

/// New addresses of one subscription: three at once, then one in an hour.
const PER_SUBSCRIBER: Bucket = Bucket { capacity: 3.0, refill: 1.0 / 3600.0 };
/// Mails to one new address, whoever asks: one in an hour.
const PER_ADDRESS: Bucket = Bucket { capacity: 1.0, refill: 1.0 / 3600.0 };

/// Mails a link to a new address. The work is the same whatever that address is to us.
pub async fn ask(app: &App, token: &str, typed: &str) -> Result<(), AppError> {
    let door = Door::of(app, token)?;
    let parsed = Email::parse(typed).map_err(|error| AppError::field("email", error.to_string()));
    let (session, app_in, network) = (auth::token(app), app.clone(), origin::client().network());
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let subscriber = prove_freshly(&mut tx, &door, session).await?;
        let new = parsed?;
        if new == subscriber.email {
            return Err(AppError::field("email", "The weekly mail goes to this address now."));
        }
        if app.settings.rate_limits {
            let address = format!("notifications:address:{}", auth::address_key(&app, &new));
            let own = format!("notifications:subscriber:{}", subscriber.id());
            let network = super::network_key(network);
            for (key, bucket) in [(network, PER_NETWORK), (own, PER_SUBSCRIBER), (address, PER_ADDRESS)] {
                if let Err(seconds) = rate::take(&mut tx, &key, bucket).await? {
                    // The bucket's level is kept, although nothing else is: so this is an answer and no error.
                    return Ok((tx, Err(AppError::TooMany(seconds))));
                }
            }
        }
        let (token, hash) = new_link();
        // Where it has just been asked for the weekly mail itself, the page says no more than that it was written to.
        if address::ask(&mut tx, &subscriber, &new, &hash, app.settings.durations.confirmation).await? {
            letters::new_address(&mut tx, &app, subscriber.id(), new, &token).await?;
        }
        Ok((tx, Ok(())))
    };
    let asked = app.store.write::<Result<(), AppError>, AppError, _, _>(Actor::Visitor, work).await?;
    mail::hint();
    asked
}
