//! A short mail of the one form, written with what it tells of.

use super::{show::practice_line, state::App};
use crate::{
    domain::{
        email::Email,
        letter::{Letter, Tie, host_of},
    },
    mail::notice::{Notice, NoticeKind, letter},
    store::{Conn, Failure, outbox, practice},
};

/// What one mail says, beside to whom.
pub struct Said<'a> {
    /// Which mail.
    pub kind: NoticeKind,
    /// Names the event within its kind: one mail each.
    pub event: String,
    /// Sentences, a paragraph each.
    pub words: Vec<String>,
    /// Facts: what, and its value.
    pub facts: Vec<(&'static str, String)>,
    /// Words of the link.
    pub link: &'a str,
    /// Where it leads, on this site.
    pub path: &'a str,
    /// Seconds after which nobody wants it any more.
    pub seconds: Option<u32>,
}

/// Writes it into the outbox.
pub async fn send(conn: &mut Conn, app: &App, to: Email, said: Said<'_>) -> Result<(), Failure> {
    enqueue(conn, app, to, said, None, None).await
}

/// Writes it into the outbox, with a calendar file.
pub async fn send_with(
    conn: &mut Conn,
    app: &App,
    to: Email,
    said: Said<'_>,
    calendar: Option<String>,
) -> Result<(), Failure> {
    enqueue(conn, app, to, said, None, calendar).await
}

/// Writes it into the outbox; it leaves only while what it tells of is as it is now.
pub async fn send_tied(conn: &mut Conn, app: &App, to: Email, said: Said<'_>, tie: Tie) -> Result<(), Failure> {
    enqueue(conn, app, to, said, Some(tie), None).await
}

/// The same, with a calendar file.
pub async fn send_tied_with(
    conn: &mut Conn,
    app: &App,
    to: Email,
    said: Said<'_>,
    tie: Tie,
    calendar: Option<String>,
) -> Result<(), Failure> {
    enqueue(conn, app, to, said, Some(tie), calendar).await
}

async fn enqueue(
    conn: &mut Conn,
    app: &App,
    to: Email,
    said: Said<'_>,
    tied_to: Option<Tie>,
    calendar: Option<String>,
) -> Result<(), Failure> {
    let letter = Letter { calendar, tied_to, ..written(conn, app, to, said).await? };
    outbox::enqueue(conn, &letter, host_of(&app.settings.public_url)).await
}

/// The mail, for whoever has more to say about how it leaves.
pub async fn written(conn: &mut Conn, app: &App, to: Email, said: Said<'_>) -> Result<Letter, Failure> {
    let practice = practice_line(practice::find(&mut *conn).await?.as_ref());
    let public = &app.settings.public_url;
    Ok(Letter {
        expires_in_seconds: said.seconds.and_then(|seconds| i32::try_from(seconds).ok()),
        ..letter(Notice {
            kind: said.kind,
            to,
            event: said.event,
            words: said.words,
            facts: said.facts,
            link: said.link,
            url: &format!("{public}{}", said.path),
            practice: &practice,
        })
    })
}
