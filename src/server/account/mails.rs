//! Which mails a member wants.

use crate::{
    api::account::mails::MailsPage,
    domain::reminder::MailChoices,
    error::AppError,
    paths,
    server::{answer, auth, state::App},
    store::{Actor, Tx, mail_choices},
};

/// The page.
pub async fn page(app: &App) -> Result<MailsPage, AppError> {
    let member = auth::member(app).await?;
    let mut form = answer::form(app, paths::ACCOUNT_MAILS);
    let said = answer::said(&mut form);
    Ok(MailsPage { choices: mail_choices::find(app.store.reads(), member.id()).await?, form, said })
}

/// Keeps what she chose; gives the sentence that says what was done.
pub async fn keep(app: &App, choices: MailChoices) -> Result<&'static str, AppError> {
    let token = auth::token(app);
    let work = move |mut tx: Tx| async move {
        let member = auth::prove_member(&mut tx, token).await?;
        let kept = mail_choices::keep(&mut tx, &member, choices).await?;
        Ok::<_, AppError>((tx, kept))
    };
    let kept = app.store.write(Actor::Visitor, work).await?;
    Ok(if kept { "Your choice is kept. It counts from the next mail on." } else { "Nothing was changed." })
}
