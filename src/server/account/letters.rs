//! Mails about the account. Like all mails they name no topic, no title and nobody. Each is an event of its own: what happens
//! twice is told twice. Mails to another address than hers are found by the change they tell of, when her account is deleted.

use crate::{
    domain::{email::Email, listing::Listing},
    mail::notice::NoticeKind,
    paths,
    server::{
        line::{letters::moment, zone_of},
        notices::{Said, send, send_with},
        state::{App, new_id},
    },
    store::{
        Conn, Failure,
        sessions::{Member, Signed},
    },
};
use uuid::Uuid;

/// She is somewhere else now and cannot join her next meetings from there.
pub async fn place_changed(conn: &mut Conn, app: &App, member: &Member, hurt: &[&Listing]) -> Result<(), Failure> {
    let zone = zone_of(&mut *conn, member.id()).await?;
    let facts = hurt
        .iter()
        .filter_map(|listing| Some(("From the meeting on", moment(listing.next?.starts_at, zone))))
        .collect();
    let said = Said {
        kind: NoticeKind::PlaceChanged,
        event: new_id().to_string(),
        words: vec![
            "You told us that you will be somewhere else during the meetings. Your seat stays yours, but whoever leads the circle may not meet with you there, so you cannot join from the meeting below on.".to_owned(),
            "There are three ways on: tell us when you are back, take a seat that fits where you are, or give this one back. Nothing happens by itself.".to_owned(),
        ],
        facts,
        link: "See the three ways",
        path: paths::ACCOUNT,
        seconds: None,
    };
    send(conn, app, member.email().clone(), said).await
}

/// A fresh code.
pub async fn fresh_code(conn: &mut Conn, app: &App, signed: &Signed, code: &str) -> Result<(), Failure> {
    let seconds = app.settings.durations.code;
    let said = Said {
        kind: NoticeKind::FreshCode,
        event: new_id().to_string(),
        words: vec![
            format!(
                "Type this code on the page where you asked for it. It works for {}, there and nowhere else.",
                match seconds.div_ceil(60) {
                    1 => "1 minute".to_owned(),
                    minutes => format!("{minutes} minutes"),
                }
            ),
            code.to_owned(),
            "If you did not ask for it, somebody uses a device on which you are signed in. Sign out everywhere."
                .to_owned(),
        ],
        facts: Vec::new(),
        link: "Sign out everywhere",
        path: paths::ACCOUNT_SIGN_OUT,
        seconds: Some(seconds),
    };
    send(conn, app, signed.email().clone(), said).await
}

/// A new address was asked for: the old one is told and has to confirm.
pub async fn address_old(conn: &mut Conn, app: &App, old: Email, new: &Email, token: &str) -> Result<(), Failure> {
    let said = Said {
        kind: NoticeKind::AddressOld,
        event: new_id().to_string(),
        words: vec![
            "Somebody who is signed in to your account asked to sign in with another address from now on. It is changed only when both addresses say yes.".to_owned(),
            "If that was not you, do nothing here, and sign out everywhere on your account’s page.".to_owned(),
        ],
        facts: vec![("New address", new.as_str().to_owned())],
        link: "Say yes or look",
        path: &paths::account_address_link(token),
        seconds: Some(app.settings.durations.confirmation),
    };
    send(conn, app, old, said).await
}

/// A new address was asked for: the new one has to confirm. The same mail whether it has an account or not.
pub async fn address_new(conn: &mut Conn, app: &App, new: Email, change: Uuid, token: &str) -> Result<(), Failure> {
    let said = Said {
        kind: NoticeKind::AddressNew,
        event: change.to_string(),
        words: vec![
            "Somebody wants to sign in with this address from now on. It is changed only when both the old address and this one say yes.".to_owned(),
        ],
        facts: Vec::new(),
        link: "Confirm this address",
        path: &paths::account_address_link(token),
        seconds: Some(app.settings.durations.confirmation),
    };
    send(conn, app, new, said).await
}

/// The address is changed: the old one is told.
pub async fn address_changed(conn: &mut Conn, app: &App, old: Email, change: Uuid) -> Result<(), Failure> {
    let said = Said {
        kind: NoticeKind::AddressChanged,
        event: change.to_string(),
        words: vec![
            "Both addresses have said yes. This one does not sign in to your account any more, and every device is signed out.".to_owned(),
            "If that was not you, please call us.".to_owned(),
        ],
        facts: Vec::new(),
        link: "Sign in with the new address",
        path: paths::SIGN_IN,
        seconds: None,
    };
    send(conn, app, old, said).await
}

/// The account is deleted: the last mail. `dates`: a file that takes the meetings of her seats out of her calendar.
pub async fn account_deleted(
    conn: &mut Conn,
    app: &App,
    to: Email,
    record: bool,
    dates: Option<String>,
) -> Result<(), Failure> {
    let mut words = vec![
        "Your account is deleted, as you asked. Your seats and places in line are given back, and every device is signed out.".to_owned(),
    ];
    if record {
        words.push("The practice keeps what the law asks it to keep, as the page said on which you deleted it. Please ask it if you have questions.".to_owned());
    }
    words.push(
        "With this address you can begin anew at any time. It will be a new account that knows nothing of this one."
            .to_owned(),
    );
    let said = Said {
        kind: NoticeKind::AccountDeleted,
        event: new_id().to_string(),
        words,
        facts: Vec::new(),
        link: "Common Ground",
        path: paths::HOME,
        seconds: None,
    };
    send_with(conn, app, to, said, dates).await
}
