//! A fresh code: on "my own device" she stays signed in for weeks, so what cannot be undone asks for a code that was mailed
//! just now. Other sessions end after half an hour of quiet and began with such a code.

use super::letters;
use crate::{
    api::account::fresh::FreshPage,
    error::AppError,
    paths,
    server::{
        answer, auth, line, reply,
        sign_in::{new_code, six_digits},
        state::{App, mac},
    },
    store::{
        Actor, Conn, Tx,
        rate::{self, Bucket},
        sessions::{
            Member, Signed,
            fresh::{self, Typed},
        },
    },
};

/// Codes for one account: five at once, then one in three minutes.
const PER_ACCOUNT: Bucket = Bucket { capacity: 5.0, refill: 1.0 / 180.0 };
/// Tries of one account: with five tries a code and these, guessing six digits is hopeless.
const TRIES: Bucket = Bucket { capacity: 15.0, refill: 1.0 / 60.0 };

/// Lets a session go on that typed a code within the last ten minutes, or need not.
pub async fn demand(conn: &mut Conn, signed: &Signed) -> Result<(), AppError> {
    if fresh::is_fresh(conn, signed).await? { Ok(()) } else { Err(AppError::StepMissing) }
}

/// The member who reads a page that asks for a fresh code.
pub async fn member(app: &App) -> Result<Member, AppError> {
    let signed = auth::signed(app).await?.ok_or(AppError::SignInNeeded)?;
    let member = signed.clone().into_member().ok_or(AppError::Forbidden)?;
    if fresh::is_fresh(app.store.reads(), &signed).await? { Ok(member) } else { Err(AppError::StepMissing) }
}

/// Sends whoever has to type a fresh code there, and from there back `here`.
pub fn or_code<T>(result: Result<T, AppError>, here: &str) -> Result<T, AppError> {
    if matches!(result, Err(AppError::StepMissing)) {
        reply::go(&paths::account_code(here));
    }
    result
}

/// The page that asks for the code.
pub async fn page(app: &App) -> Result<FreshPage, AppError> {
    let signed = auth::signed(app).await?.ok_or(AppError::SignInNeeded)?;
    Ok(FreshPage {
        email: signed.email().as_str().to_owned(),
        is_asked: fresh::is_asked(app.store.reads(), &signed).await?,
        form: answer::form(app, paths::ACCOUNT_CODE),
        dev_mail: app.settings.is_development(),
    })
}

/// Mails a code.
pub async fn ask(app: &App) -> Result<(), AppError> {
    let (token, app_in) = (auth::token(app), app.clone());
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let signed = auth::prove_signed(&mut tx, token).await?;
        if app.settings.rate_limits
            && let Err(seconds) = rate::take(&mut tx, &format!("fresh:{}", signed.id()), PER_ACCOUNT).await?
        {
            // The bucket's level is kept, although nothing else is: so this is an answer and no error.
            return Ok((tx, Err(AppError::TooMany(seconds))));
        }
        let code = new_code();
        let tag = mac(&app.keys.codes, code.as_bytes());
        fresh::keep_code(&mut tx, &signed, &tag, app.settings.durations.code).await?;
        letters::fresh_code(&mut tx, &app, &signed, &code).await?;
        Ok((tx, Ok(())))
    };
    let asked = app.store.write::<Result<(), AppError>, AppError, _, _>(Actor::Visitor, work).await?;
    // She waits for it, and the worker may be a program of its own.
    line::hint(app).await;
    asked
}

/// Takes the code.
pub async fn enter(app: &App, typed: &str) -> Result<(), AppError> {
    let digits = six_digits(typed);
    let (token, app_in) = (auth::token(app), app.clone());
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let signed = auth::prove_signed(&mut tx, token).await?;
        let digits = match digits {
            Ok(digits) => digits,
            Err(error) => return Ok((tx, Err(error))),
        };
        if app.settings.rate_limits
            && let Err(seconds) = rate::take(&mut tx, &format!("fresh-try:{}", signed.id()), TRIES).await?
        {
            return Ok((tx, Err(AppError::TooMany(seconds))));
        }
        // A wrong try is counted, so it is a result of the transaction and not an error.
        let tried = fresh::try_code(&mut tx, &signed, &mac(&app.keys.codes, digits.as_bytes())).await?;
        let answer = match tried {
            Typed::Right => Ok(()),
            Typed::Wrong => Err(AppError::field("code", AppError::CodeWrong.to_string())),
            Typed::Over => Err(AppError::field("code", AppError::CodeOver.to_string())),
        };
        Ok((tx, answer))
    };
    app.store.write::<Result<(), AppError>, AppError, _, _>(Actor::Visitor, work).await?
}
