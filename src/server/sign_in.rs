//! Signing in: a code by mail, bound to the browser that asked. Same words and the same work for every address.

use super::{
    auth, line, origin, reader, reply,
    show::practice_line,
    state::{App, hex, mac, random, sha256},
    times::clock_at,
};
use crate::{
    api::sign_in::CodePage,
    domain::{email::Email, ids::AccountId, letter::host_of},
    error::AppError,
    mail, paths,
    server::answer,
    store::{
        Actor, Conn,
        accounts::{self, Role},
        audit, outbox, practice,
        rate::{self, Bucket},
        reservations, sessions,
        sign_in_codes::{self, NewCode, Pending},
    },
};
use serde_json::json;
use subtle::ConstantTimeEq as _;

/// Codes for one address: five at once, then one in three minutes.
const PER_ADDRESS: Bucket = Bucket { capacity: 5.0, refill: 1.0 / 180.0 };
/// Codes for one network: thirty at once, then one in twenty seconds; a clinic's waiting room shares one.
const PER_NETWORK: Bucket = Bucket { capacity: 30.0, refill: 1.0 / 20.0 };
/// Mails to addresses without an account, in all: beyond it they are dropped, and nobody with an account is refused.
const TO_STRANGERS: Bucket = Bucket { capacity: 200.0, refill: 1.0 };
/// Tries of codes and links from one network.
const TRIES: Bucket = Bucket { capacity: 60.0, refill: 1.0 / 5.0 };

/// Mails a code.
pub async fn request(app: &App, typed: &str, next: &str) -> Result<(), AppError> {
    let email = Email::parse(typed).map_err(|error| AppError::field("email", error.to_string()))?;
    let browser = auth::browser(app);
    let network = origin::client().network();
    let next = paths::own_path(next).map(ToOwned::to_owned);
    let app_in = app.clone();
    let limited = app.settings.rate_limits;
    let work = move |mut tx: crate::store::Tx| async move {
        let app = app_in;
        if limited {
            let address = format!("code:address:{}", auth::address_key(&app, &email));
            for (key, bucket) in [(address, PER_ADDRESS), (format!("code:network:{network}"), PER_NETWORK)] {
                if let Err(seconds) = rate::take(&mut tx, &key, bucket).await? {
                    // The bucket's level is kept, although nothing else is: so this is an answer and no error.
                    return Ok((tx, Err(AppError::TooMany(seconds))));
                }
            }
        }
        let code = new_code();
        let token = hex(&random::<24>());
        let id = sign_in_codes::add(
            &mut tx,
            &NewCode {
                email: &email,
                browser,
                code: mac(&app.keys.codes, code.as_bytes()),
                link: sha256(token.as_bytes()),
                next: next.as_deref(),
                seconds: app.settings.durations.code,
            },
        )
        .await?;
        let dropped = limited
            && !accounts::is_known(&mut *tx, &email).await?
            && rate::take(&mut tx, "code:strangers", TO_STRANGERS).await?.is_err();
        if !dropped {
            let practice = practice::find(&mut *tx).await?;
            let url = format!("{}{}", app.settings.public_url, paths::sign_in_link(&token));
            let seconds = app.settings.durations.code;
            let mut letter =
                mail::sign_in_code::letter(email, &code, &url, seconds.div_ceil(60), &practice_line(practice.as_ref()));
            letter.expires_in_seconds = i32::try_from(seconds).ok();
            outbox::enqueue(&mut tx, &letter, host_of(&app.settings.public_url)).await?;
        }
        audit::record(&mut tx, "code asked for", id, json!({})).await?;
        Ok((tx, Ok(())))
    };
    let answer = app.store.write::<Result<(), AppError>, AppError, _, _>(Actor::Visitor, work).await?;
    if answer.is_ok() {
        // She waits for it, and the worker may be a program of its own.
        line::hint(app).await;
    }
    answer
}

/// Six digits, each code as likely as every other.
pub fn new_code() -> String {
    loop {
        let number = u32::from_le_bytes(random::<4>());
        // The largest multiple of a million below 2^32: above it some codes would be a little likelier.
        if number < 4_294_000_000 {
            return format!("{:06}", number % 1_000_000);
        }
    }
}

/// What the page that asks for the code shows.
pub async fn code_page(app: &App) -> Result<CodePage, AppError> {
    let shown = match auth::known_browser(app) {
        Some(browser) => sign_in_codes::shown(app.store.reads(), &browser).await?,
        None => None,
    };
    let zone = reader::zone(app, None, None).await?.zone;
    Ok(CodePage {
        form: answer::form(app, paths::SIGN_IN_CODE),
        waiting: shown.map(|(email, until)| (email, clock_at(until, zone))),
        dev_mail: app.settings.is_development(),
    })
}

/// The digits of a code as somebody types it: with spaces or a hyphen between them.
pub fn six_digits(typed: &str) -> Result<String, AppError> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AppError::field("code", "The code has six digits, as in 402815."));
    }
    Ok(digits)
}

/// Signs in with the typed digits; gives the path to go to.
pub async fn with_code(app: &App, typed: &str, own_device: bool) -> Result<String, AppError> {
    let digits = six_digits(typed)?;
    let tag = mac(&app.keys.codes, digits.as_bytes());
    enter(app, own_device, move |pending| bool::from(pending.code_hash.as_slice().ct_eq(&tag))).await.map_err(|error| {
        match error {
            AppError::CodeWrong | AppError::CodeOver => AppError::field("code", error.to_string()),
            other => other,
        }
    })
}

/// Signs in with the token of a mailed link; gives the path to go to.
pub async fn with_link(app: &App, token: &str, own_device: bool) -> Result<String, AppError> {
    let tag = sha256(token.as_bytes());
    enter(app, own_device, move |pending| bool::from(pending.link_hash.as_slice().ct_eq(&tag))).await
}

/// Whether a mailed link was opened where the code was asked for.
pub async fn link_fits(app: &App, token: &str) -> Result<bool, AppError> {
    let Some(browser) = auth::known_browser(app) else { return Ok(false) };
    let tag = sha256(token.as_bytes());
    let work = move |mut tx: crate::store::Tx| async move {
        let pending = sign_in_codes::pending(&mut tx, &browser).await?;
        let fits = pending.is_some_and(|pending| bool::from(pending.link_hash.as_slice().ct_eq(&tag)));
        Ok::<_, AppError>((tx, fits))
    };
    app.store.write(Actor::Visitor, work).await
}

/// What a try came to. A wrong try is counted, so it is a result of the transaction and not an error.
enum Try {
    In {
        token: String,
        account: AccountId,
        role: Role,
        next: Option<String>,
    },
    /// The button was pressed twice, and the first press has signed her in.
    Already {
        account: AccountId,
        role: Role,
        next: Option<String>,
    },
    No(AppError),
}

async fn enter(
    app: &App,
    own_device: bool,
    fits: impl Fn(&Pending) -> bool + Send + Sync + 'static,
) -> Result<String, AppError> {
    let Some(browser) = auth::known_browser(app) else { return Err(AppError::CodeOver) };
    let (app_in, device, network, old) = (app.clone(), device(), origin::client().network(), auth::token(app));
    let work = move |mut tx: crate::store::Tx| async move {
        let app = app_in;
        if app.settings.rate_limits
            && let Err(seconds) = rate::take(&mut tx, &format!("try:network:{network}"), TRIES).await?
        {
            return Ok((tx, Try::No(AppError::TooMany(seconds))));
        }
        let Some(pending) = sign_in_codes::pending(&mut tx, &browser).await? else {
            let signed = match old {
                Some(old) => sessions::find(&mut *tx, &old).await?,
                None => None,
            };
            let used = sign_in_codes::just_used(&mut tx, &browser).await?.filter(&fits);
            let tried = match (signed, used) {
                (Some(signed), Some(used)) => {
                    Try::Already { account: signed.id(), role: signed.role(), next: used.next_path }
                }
                _ => Try::No(AppError::CodeOver),
            };
            return Ok((tx, tried));
        };
        if !fits(&pending) {
            sign_in_codes::count_try(&mut tx, pending.id).await?;
            return Ok((tx, Try::No(AppError::CodeWrong)));
        }
        let Ok(email) = Email::parse(&pending.email) else { return Err(AppError::Internal) };
        sign_in_codes::use_up(&mut tx, pending.id).await?;
        let (account, role, _) = accounts::find_or_add(&mut tx, &email).await?;
        if let Some(old) = old {
            sessions::end(&mut tx, &old).await?;
        }
        let (token, hash) = auth::new_token();
        begin(&mut tx, &app, account, role, own_device, &device, &hash).await?;
        Ok((tx, Try::In { token, account, role, next: pending.next_path }))
    };
    match app.store.write::<_, AppError, _, _>(Actor::Visitor, work).await? {
        Try::No(error) => Err(error),
        Try::Already { account, role, next } => onward(app, account, role, next).await,
        Try::In { token, account, role, next } => {
            auth::keep_session(app, token, auth::lifetime(app, role, own_device));
            onward(app, account, role, next).await
        }
    }
}

async fn begin(
    conn: &mut Conn,
    app: &App,
    account: AccountId,
    role: Role,
    own_device: bool,
    device: &str,
    hash: &sessions::TokenHash,
) -> Result<(), AppError> {
    let own_device = own_device && role == Role::Member;
    Ok(sessions::begin(conn, hash, account, auth::lifetime(app, role, own_device), own_device, device).await?)
}

async fn onward(app: &App, account: AccountId, role: Role, next: Option<String>) -> Result<String, AppError> {
    match next {
        Some(next) => Ok(next),
        None => landing(app, account, role).await,
    }
}

/// Where somebody arrives who asked for no page: her program, or the groups while she has no seat.
async fn landing(app: &App, account: AccountId, role: Role) -> Result<String, AppError> {
    if role == Role::Member && reservations::count_of(app.store.reads(), account).await? == 0 {
        return Ok(paths::GROUPS.to_owned());
    }
    Ok(paths::PROGRAM.to_owned())
}

/// Ends the session.
pub async fn out(app: &App) -> Result<(), AppError> {
    if let Some(token) = auth::token(app) {
        app.store
            .write(Actor::Visitor, move |mut tx| async move {
                if sessions::prove(&mut tx, &token).await?.is_some() {
                    sessions::end(&mut tx, &token).await?;
                }
                Ok::<_, AppError>((tx, ()))
            })
            .await?;
    }
    // Only now: with the cookie gone and the session alive she would look signed out and not be.
    auth::forget_session(app);
    Ok(())
}

/// Browser and system in words, for the list of sessions; nothing that could be used to track.
fn device() -> String {
    let agent = reply::header("user-agent").unwrap_or_default();
    let first = |names: &[(&str, &str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map_or("unknown", |(_, name)| *name).to_owned()
    };
    let browser = first(&[("Firefox", "Firefox"), ("Edg", "Edge"), ("Chrome", "Chrome"), ("Safari", "Safari")]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]);
    format!("{browser} on {system}")
}
