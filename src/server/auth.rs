//! Who asks: from the session cookie to a proof. Reading functions ask outside of a transaction; a write proves
//! again inside its own.

use super::{
    reply,
    state::{App, random, sha256},
};
use crate::{
    domain::email::Email,
    error::AppError,
    store::{
        Actor, Conn,
        accounts::Role,
        sessions::{self, Lifetime, Member, Office, Signed, Therapist, TokenHash},
    },
};
use cookie::{Cookie, SameSite, time::Duration};

/// Names of the session cookie: with https, where a prefix binds it to this host, and without.
pub const SESSION_COOKIE: [&str; 2] = ["__Host-session", "session"];
/// Names of the cookie that a sign-in code is bound to.
pub const BROWSER_COOKIE: [&str; 2] = ["__Host-browser", "browser"];

fn named(names: [&'static str; 2], app: &App) -> &'static str {
    names[usize::from(!app.settings.is_https())]
}

fn session_cookie(app: &App) -> &'static str {
    named(SESSION_COOKIE, app)
}

fn browser_cookie(app: &App) -> &'static str {
    named(BROWSER_COOKIE, app)
}

/// Hash of the token that came with this request.
pub fn token(app: &App) -> Option<TokenHash> {
    reply::cookie(session_cookie(app)).map(|token| sha256(token.as_bytes()))
}

/// Who is signed in, if anybody.
pub async fn signed(app: &App) -> Result<Option<Signed>, AppError> {
    let Some(token) = token(app) else { return Ok(None) };
    let signed = sessions::find(app.store.reads(), &token).await?;
    if let Some(signed) = signed.clone().filter(Signed::is_stale) {
        // The page does not wait for this; a session that is not written now is written with the next page.
        let store = app.store.clone();
        tokio::spawn(async move {
            let written = store
                .write(Actor::Account(signed.id()), move |mut tx| async move {
                    sessions::touch(&mut tx, &signed).await?;
                    Ok::<_, crate::store::Failure>((tx, ()))
                })
                .await;
            if let Err(error) = written {
                tracing::warn!(%error, "the use of a session was not written");
            }
        });
    }
    Ok(signed)
}

/// The member who asks, for reading.
pub async fn member(app: &App) -> Result<Member, AppError> {
    signed(app).await?.ok_or(AppError::SignInNeeded)?.into_member().ok_or(AppError::Forbidden)
}

/// The therapist who asks, for reading.
pub async fn therapist(app: &App) -> Result<Therapist, AppError> {
    signed(app).await?.ok_or(AppError::SignInNeeded)?.into_therapist().ok_or(AppError::Forbidden)
}

/// Somebody of the office who asks, for reading.
pub async fn office(app: &App) -> Result<Office, AppError> {
    signed(app).await?.ok_or(AppError::SignInNeeded)?.into_office().ok_or(AppError::Forbidden)
}

/// Whoever acts, proved in the transaction of her write, with her session.
pub async fn prove_signed(conn: &mut Conn, token: Option<TokenHash>) -> Result<Signed, AppError> {
    let token = token.ok_or(AppError::SignInNeeded)?;
    sessions::prove(conn, &token).await?.ok_or(AppError::SignInNeeded)
}

/// The member who acts, proved in the transaction of her write.
pub async fn prove_member(conn: &mut Conn, token: Option<TokenHash>) -> Result<Member, AppError> {
    let token = token.ok_or(AppError::SignInNeeded)?;
    sessions::prove(conn, &token).await?.ok_or(AppError::SignInNeeded)?.into_member().ok_or(AppError::Forbidden)
}

/// The therapist who acts, proved in the transaction of her write.
pub async fn prove_therapist(conn: &mut Conn, token: Option<TokenHash>) -> Result<Therapist, AppError> {
    let token = token.ok_or(AppError::SignInNeeded)?;
    sessions::prove(conn, &token).await?.ok_or(AppError::SignInNeeded)?.into_therapist().ok_or(AppError::Forbidden)
}

/// The hash of this browser's cookie; the cookie is made when it has none.
pub fn browser(app: &App) -> [u8; 32] {
    if let Some(known) = known_browser(app) {
        return known;
    }
    let drawn = super::state::hex(&random::<16>());
    let hash = sha256(drawn.as_bytes());
    reply::set_cookie(&build(browser_cookie(app), drawn, Duration::days(1), app));
    hash
}

/// The hash of this browser's cookie, if it has one.
pub fn known_browser(app: &App) -> Option<[u8; 32]> {
    reply::cookie(browser_cookie(app)).map(|value| sha256(value.as_bytes()))
}

/// How long a session of this role lives.
pub fn lifetime(app: &App, role: Role, own_device: bool) -> Lifetime {
    const DAY: i32 = 86_400;
    let whole = |seconds: u32| i32::try_from(seconds).unwrap_or(i32::MAX);
    let durations = &app.settings.durations;
    match role {
        Role::Member if own_device => Lifetime { idle_seconds: 14 * DAY, seconds: 30 * DAY },
        Role::Member => Lifetime { idle_seconds: whole(durations.session_idle), seconds: whole(durations.session) },
        Role::Therapist | Role::Office => {
            Lifetime { idle_seconds: whole(durations.staff_idle), seconds: whole(durations.session) }
        }
    }
}

/// A new session token: the text for the cookie and its hash for the database.
pub fn new_token() -> (String, TokenHash) {
    let text = super::state::hex(&random::<32>());
    let hash = sha256(text.as_bytes());
    (text, hash)
}

/// Gives the browser its session.
pub fn keep_session(app: &App, token: String, lifetime: Lifetime) {
    reply::set_cookie(&build(session_cookie(app), token, Duration::seconds(i64::from(lifetime.seconds)), app));
}

/// Takes the browser's session away.
pub fn forget_session(app: &App) {
    reply::set_cookie(&build(session_cookie(app), String::new(), Duration::ZERO, app));
}

fn build(name: &'static str, value: String, age: Duration, app: &App) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.settings.is_https())
        .max_age(age)
        .build()
}

/// Name under which an address is counted in rate buckets: keyed, so that the table tells nobody's address.
pub fn address_key(app: &App, email: &Email) -> String {
    super::state::hex(&app.keys.address_mac(email.as_str())[..12])
}
