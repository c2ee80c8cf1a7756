//! A new address to sign in with. Both have to say yes, by links that lead to a page with a button; whoever holds only one
//! of the mailboxes, or only a device, takes nothing over. Nothing tells whether the new address has an account, except to
//! whoever reads its mail.

use super::{fresh, letters};
use crate::{
    api::account::address::{AddressPage, LinkShown, OpenShown},
    domain::email::Email,
    error::AppError,
    mail, paths,
    server::{
        answer, auth,
        line::letters::moment,
        origin, reader,
        state::{App, hex, random, sha256},
        subscriptions::address_mac,
    },
    store::{
        Actor, Tx,
        address_changes::{self, Confirmed, Link, Side},
        rate::{self, Bucket},
        sessions::{Signed, own},
        subscribers::address::follow_account,
    },
};

/// Changes of one account: three at once, then one in an hour.
const PER_ACCOUNT: Bucket = Bucket { capacity: 3.0, refill: 1.0 / 3600.0 };
/// Mails to one new address, whoever asks: three at once, then one in an hour.
const PER_ADDRESS: Bucket = Bucket { capacity: 3.0, refill: 1.0 / 3600.0 };
/// Tries of links from one network.
const TRIES: Bucket = Bucket { capacity: 60.0, refill: 1.0 / 5.0 };

/// The page that asks for a new address.
pub async fn page(app: &App) -> Result<AddressPage, AppError> {
    let member = fresh::member(app).await?;
    let reads = app.store.reads();
    let zone = reader::zone(app, None, Some(member.id())).await?.zone;
    let mut form = answer::form(app, paths::ACCOUNT_ADDRESS);
    let said = answer::said(&mut form);
    let open = address_changes::open_of(reads, member.id()).await?.map(|change| OpenShown {
        new_email: change.new_email,
        old_confirmed: change.old_confirmed,
        new_confirmed: change.new_confirmed,
        until: moment(change.expires_at, zone),
    });
    Ok(AddressPage {
        email: member.email().as_str().to_owned(),
        open,
        form,
        said,
        dev_mail: app.settings.is_development(),
    })
}

/// Mails a link to both addresses. The work is the same for every new address, so that its time tells nothing.
pub async fn ask(app: &App, typed: &str) -> Result<(), AppError> {
    let parsed = Email::parse(typed).map_err(|error| AppError::field("email", error.to_string()));
    let (token, app_in) = (auth::token(app), app.clone());
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let signed = auth::prove_signed(&mut tx, token).await?;
        let member = signed.clone().into_member().ok_or(AppError::Forbidden)?;
        fresh::demand(&mut tx, &signed).await?;
        let new = parsed?;
        if new == *signed.email() {
            return Err(AppError::field("email", "This is the address you sign in with now."));
        }
        if app.settings.rate_limits {
            let address = format!("address:{}", auth::address_key(&app, &new));
            for (key, bucket) in [(format!("address:account:{}", member.id()), PER_ACCOUNT), (address, PER_ADDRESS)] {
                if let Err(seconds) = rate::take(&mut tx, &key, bucket).await? {
                    // The bucket's level is kept, although nothing else is: so this is an answer and no error.
                    return Ok((tx, Err(AppError::TooMany(seconds))));
                }
            }
        }
        let (old_token, new_token) = (hex(&random::<24>()), hex(&random::<24>()));
        let (old_hash, new_hash) = (sha256(old_token.as_bytes()), sha256(new_token.as_bytes()));
        let seconds = app.settings.durations.confirmation;
        let change = address_changes::begin(&mut tx, &member, &new, &old_hash, &new_hash, seconds).await?;
        letters::address_old(&mut tx, &app, signed.email().clone(), &new, &old_token).await?;
        letters::address_new(&mut tx, &app, new, change, &new_token).await?;
        Ok((tx, Ok(())))
    };
    let asked = app.store.write::<Result<(), AppError>, AppError, _, _>(Actor::Visitor, work).await?;
    mail::hint();
    asked
}

/// Stops the change that is under way.
pub async fn stop(app: &App) -> Result<(), AppError> {
    let token = auth::token(app);
    let work = move |mut tx: Tx| async move {
        let member = auth::prove_member(&mut tx, token).await?;
        address_changes::stop(&mut tx, &member).await?;
        Ok::<_, AppError>((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await
}

/// What a mailed link is about.
pub async fn link(app: &App, token: &str) -> Result<LinkShown, AppError> {
    let found = address_changes::find(app.store.reads(), &sha256(token.as_bytes())).await?;
    Ok(match found {
        None => LinkShown::Over,
        Some(Link::Done) => LinkShown::Done,
        Some(Link::Taken) => LinkShown::Taken,
        Some(Link::Open { side: Side::Old, new_email, confirmed }) => LinkShown::Old { new_email, confirmed },
        Some(Link::Open { side: Side::New, confirmed, .. }) => LinkShown::New { confirmed },
    })
}

/// Says yes for one address. With the second the account has the new one, every device is signed out, and the old address
/// is told.
pub async fn confirm(app: &App, token: &str) -> Result<(), AppError> {
    let (hash, app_in, network) = (sha256(token.as_bytes()), app.clone(), origin::client().network());
    let asks = auth::token(app);
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        if app.settings.rate_limits
            && let Err(seconds) = rate::take(&mut tx, &format!("address-try:network:{network}"), TRIES).await?
        {
            return Ok((tx, (Err(AppError::TooMany(seconds)), false)));
        }
        let asks: Option<Signed> = match asks {
            Some(asks) => crate::store::sessions::find(&mut *tx, &asks).await?,
            None => None,
        };
        let mut is_out = false;
        if let Confirmed::Done { change, account, old, new } = address_changes::confirm(&mut tx, &hash).await? {
            own::end_all(&mut tx, account).await?;
            address_changes::forget_codes(&mut tx, &old).await?;
            address_changes::carry_over(&mut tx, &old, &new).await?;
            if let (Ok(old), Ok(new)) = (Email::parse(&old), Email::parse(&new)) {
                // The weekly mail is found by her address as well, so it follows.
                follow_account(&mut tx, &old, &new, &address_mac(&app, &new)).await?;
                letters::address_changed(&mut tx, &app, old, change).await?;
            }
            is_out = asks.is_some_and(|asks| asks.id() == account);
        }
        // What came of it stands on the link's page.
        Ok((tx, (Ok(()), is_out)))
    };
    let (confirmed, is_out) =
        app.store.write::<(Result<(), AppError>, bool), AppError, _, _>(Actor::Visitor, work).await?;
    if is_out {
        auth::forget_session(app);
    }
    mail::hint();
    confirmed
}
