//! A question to the practice: kept, and mailed to its office.

use super::{
    answer, auth, origin,
    show::practice_line,
    state::{App, new_key},
};
use crate::{
    api::contact::ContactPage,
    domain::{contact::Question, email::Email, letter::host_of},
    error::AppError,
    mail::{
        self,
        notice::{Notice, NoticeKind, letter},
    },
    paths,
    store::{
        Actor, audit, contact, outbox, practice,
        rate::{self, Bucket},
        sessions,
    },
};
use serde_json::json;
use uuid::Uuid;

/// Questions from one network: ten at once, then one in five minutes.
const PER_NETWORK: Bucket = Bucket { capacity: 10.0, refill: 1.0 / 300.0 };

/// The page.
pub async fn page(app: &App) -> Result<ContactPage, AppError> {
    let practice = practice::find(app.store.reads()).await?;
    let (name, phone, address) =
        practice.map_or_else(Default::default, |practice| (practice.name, practice.phone, practice.address));
    Ok(ContactPage { form: answer::form(app, paths::CONTACT), key: new_key().to_string(), name, phone, address })
}

/// Asks. The same page sent twice asks once. Whoever is signed in finds it among her data.
pub async fn ask(app: &App, key: &str, name: &str, email: &str, question: &str) -> Result<(), AppError> {
    let question = Question::parse(name, email, question).map_err(AppError::Fields)?;
    let id: Uuid = key.parse().map_err(|_| AppError::BadRequest)?;
    let network = origin::client().network();
    let (token, app_in) = (auth::token(app), app.clone());
    let work = move |mut tx: crate::store::Tx| async move {
        let app = app_in;
        if app.settings.rate_limits
            && let Err(seconds) = rate::take(&mut tx, &format!("contact:network:{network}"), PER_NETWORK).await?
        {
            // The bucket's level is kept, although nothing else is: so this is an answer and no error.
            return Ok((tx, Err(AppError::TooMany(seconds))));
        }
        let asks = match token {
            Some(token) => sessions::prove(&mut tx, &token).await?.map(|signed| signed.id()),
            None => None,
        };
        if contact::add(&mut tx, id, &question, asks).await? {
            audit::record(&mut tx, "question asked", id, json!({})).await?;
            let practice = practice::find(&mut *tx).await?;
            // Without an address of the practice the question is kept all the same.
            if let Some(office) = practice.as_ref().and_then(|practice| Email::parse(&practice.email).ok()) {
                let url = question.email.mailto();
                let letter = letter(Notice {
                    kind: NoticeKind::ContactQuestion,
                    to: office,
                    event: id.to_string(),
                    words: question.text.paragraphs().map(ToOwned::to_owned).collect(),
                    facts: vec![
                        ("Name", question.name.as_str().to_owned()),
                        ("Answer to", question.email.as_str().to_owned()),
                    ],
                    link: "Answer by mail",
                    url: &url,
                    practice: &practice_line(practice.as_ref()),
                });
                outbox::enqueue(&mut tx, &letter, host_of(&app.settings.public_url)).await?;
            }
        }
        Ok((tx, Ok(())))
    };
    let answer = app.store.write::<Result<(), AppError>, AppError, _, _>(Actor::Visitor, work).await?;
    if answer.is_ok() {
        mail::hint();
    }
    answer
}
