//! Deleting an account: at once and for good. Seats go on to whoever waits in the same transaction; what the practice has to
//! keep by law stays, without an address, and the page says so before.

use super::{fresh, letters};
use crate::{
    api::account::deletion::DeletePage,
    error::AppError,
    paths,
    server::{answer, auth, calendar, line, reader, show::rhythm_of, state::App, subscriptions::address_mac},
    store::{
        Actor, Tx, account_deletion, accounts, calendar_feeds,
        groups::{self, Scope},
        locks, offers, practice,
        releases::{self, ReleaseReason},
        seats,
        waiting::{self, LineEnd},
    },
};

/// How often it is begun anew when she takes a seat elsewhere in the same moment.
const TRIES: usize = 3;

/// What deleting means for her.
pub async fn page(app: &App) -> Result<DeletePage, AppError> {
    let member = fresh::member(app).await?;
    let reads = app.store.reads();
    let zone = reader::zone(app, None, Some(member.id())).await?.zone;
    let listings = groups::listings(reads, Scope::SeatsOf(member.id()), Some(member.id()), app.now(), zone).await?;
    let seats: Vec<_> = listings
        .iter()
        .filter(|listing| listing.seats.yours > 0)
        .map(|listing| {
            let next = match listing.waiting {
                0 => "The seat is free for anybody at once.",
                _ => "The seat goes to the next in line at once.",
            };
            (listing.title.clone(), format!("{}. {next}", rhythm_of(listing, zone)))
        })
        .collect();
    let record = account_deletion::has_record(reads, member.id()).await?;
    let practice = practice::find(reads).await?;
    Ok(DeletePage {
        seats,
        goes: goes(),
        stays: stays(record),
        practice: practice.map(|practice| format!("{}, {}", practice.name, practice.phone)).unwrap_or_default(),
        form: answer::form(app, paths::ACCOUNT_DELETE),
    })
}

fn goes() -> Vec<String> {
    [
        "Your address, the name you chose, your phone, your state, your time zone and your emergency contact are erased.",
        "Your seats and holds are given back, your places in line end, and offers are declined.",
        "The weekly mail of new meeting times to your address ends, and what you chose for it is erased.",
        "Forms you have not finished, your calendar feed and what we noted of your devices are erased. Every device is signed out.",
        "Questions you asked the practice while you were signed in are erased, and our copies of the mails that took them to its office.",
        "The text of mails we wrote to you, also to a new or a former address, is erased, and mails that have not left are not sent. One last mail tells you that it is done; we erase your address from it after 90 days.",
    ]
    .map(str::to_owned)
    .into()
}

/// What stays, and why. It is what [`account_deletion::erase`] leaves.
fn stays(record: bool) -> Vec<(String, String)> {
    let text = |what: &str, why: &str| (what.to_owned(), why.to_owned());
    let mut stays = Vec::new();
    if record {
        stays.push(text(
            "When you had a seat and in which group, absences you told, lines you waited in, offers you had",
            "It is part of the practice’s record of your care. The law of its state says for how long a practice must keep such records.",
        ));
        stays.push(text(
            "Your legal name and date of birth",
            "A record that must be kept has to say whose it is. Nothing else of “about you” stays.",
        ));
        stays.push(text(
            "The agreements you signed, with the name you typed",
            "The practice must be able to show what was agreed. HIPAA asks for six years for some of it (45 CFR 164.530(j)).",
        ));
    } else {
        stays.push(text(
            "Lines you waited in and offers you had, without your name or address",
            "So that the order in which seats were offered can be checked.",
        ));
    }
    stays.push(text(
        "Questions that were sent with your address while nobody was signed in, without the address",
        "Anybody can type an address, so they may be somebody else’s. They are deleted a year after they were asked.",
    ));
    stays.push(text(
        "Questions that have reached the practice by mail",
        "They lie in its own mailbox, which this site cannot reach. Please ask the practice to delete them.",
    ));
    stays.push(text(
        "The trail of who did or read what, and when",
        "It can never be changed, so that nobody can hide a look at your data. It names you by a number, not by your name.",
    ));
    stays.push(text(
        "A fingerprint of your address, if the weekly mail went there",
        "So that nobody who brings the address again makes us write to it. Nobody can read the address from it.",
    ));
    stays.push(text(
        "Backups, until they are replaced",
        "A backup is a copy of one day. Whoever restores an old one has to delete again what was deleted since.",
    ));
    stays
}

/// What deleting came to.
enum Done {
    /// The account is gone.
    Deleted,
    /// She took a seat in another group meanwhile: once more, with that group's lock.
    Again,
}

/// Deletes her account. The same form twice is one deletion.
pub async fn delete(app: &App, sure: bool) -> Result<(), AppError> {
    for _ in 0..TRIES {
        match delete_once(app, sure).await? {
            Done::Again => {}
            Done::Deleted => {
                auth::forget_session(app);
                line::hint(app).await;
                return Ok(());
            }
        }
    }
    Err(AppError::Unavailable)
}

async fn delete_once(app: &App, sure: bool) -> Result<Done, AppError> {
    let (token, app_in) = (auth::token(app), app.clone());
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let now = app.now();
        let signed = match auth::prove_signed(&mut tx, token).await {
            Err(AppError::SignInNeeded) => {
                let done = match token {
                    Some(token) => account_deletion::is_done(&mut *tx, &token).await?,
                    None => false,
                };
                return if done { Ok((tx, Done::Deleted)) } else { Err(AppError::SignInNeeded) };
            }
            proved => proved?,
        };
        let member = signed.clone().into_member().ok_or(AppError::Forbidden)?;
        fresh::demand(&mut tx, &signed).await?;
        if !sure {
            return Err(AppError::field("sure", "Please tick the box if you want to delete your account."));
        }
        // Every other deed takes a group's lock before the member's row, so this one does as well. What changes between
        // the look and the locks is seen afterwards.
        let groups = account_deletion::groups_of(&mut *tx, member.id()).await?;
        let mut held = Vec::with_capacity(groups.len());
        for group in groups {
            held.push((group, locks::exclusive(&mut tx, group).await?));
        }
        let Some(email) = accounts::lock(&mut tx, member.id()).await? else {
            // Her other device was quicker.
            return Ok((tx, Done::Deleted));
        };
        let hers = account_deletion::groups_of(&mut *tx, member.id()).await?;
        if hers.iter().any(|group| held.iter().all(|(other, _)| other != group)) {
            return Ok((tx, Done::Again));
        }
        // What stands in her calendar is to be taken out of it.
        let mut dates = Vec::new();
        for (group, lock) in &held {
            seats::let_go(&mut tx, lock, member.id(), *group).await?;
            offers::withdraw(&mut tx, lock, member.id(), *group).await?;
            waiting::end(&mut tx, lock, member.id(), *group, LineEnd::AccountDeleted).await?;
            let ended =
                releases::end(&mut tx, lock, *group, member.id(), ReleaseReason::AccountDeleted, None, now).await?;
            if ended.is_some() {
                dates.extend(calendar_feeds::coming_of_group(&mut *tx, member.id(), *group, now).await?);
            }
        }
        let record = account_deletion::has_record(&mut *tx, member.id()).await?;
        account_deletion::erase(&mut tx, member.id(), &email, &address_mac(&app, &email)).await?;
        for (group, lock) in &held {
            line::pass_on(&mut tx, lock, &app, *group).await?;
        }
        letters::account_deleted(&mut tx, &app, email, record, calendar::attachment(&app, &dates)).await?;
        Ok((tx, Done::Deleted))
    };
    app.store.write(Actor::Visitor, work).await
}
