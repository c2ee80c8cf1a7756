//! What a subscriber hears of and when: shown and changed by whoever opened a link from one of her mails, without signing
//! in, or by the member who is signed in with her address.

use super::{address_mac, first_states, letters, take_try};
use crate::{
    api::notifications::preferences::{Opened, PreferencesPage},
    domain::{
        about::FieldError,
        series::weekday_code,
        subscription::{Rhythm, SubscriptionStatus, WishesTyped, parse_pause},
    },
    error::AppError,
    mail, paths,
    server::{
        account::fresh,
        answer, auth,
        list_links::{self, PreferencesLink},
        origin,
        reader::ReaderZone,
        reply,
        state::App,
        times::{clock, day_of, full_date, long_day, parse_zone, zone_label},
    },
    store::{
        Actor, Tx,
        subscribers::{self, Preferences, Subscriber, Whose, ending},
    },
};
use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Tz;

/// The form of the preferences, wherever they stand.
pub const FORM: &str = "notifications/preferences";

/// Whose subscription is asked for: that of a mailed token, or without one that of the member who is signed in.
pub(super) enum Door {
    /// The token is well signed and young enough to open it.
    Link(PreferencesLink),
    /// The member's, by her session.
    Account,
}

impl Door {
    /// Reads a token. One that is none, or too old to open anything, leads nowhere.
    pub(super) fn of(app: &App, token: &str) -> Result<Self, AppError> {
        if token.is_empty() {
            return Ok(Self::Account);
        }
        let link = list_links::read_preferences(&app.keys, token).filter(|link| link.is_fresh(app.now()));
        link.map(Self::Link).ok_or(AppError::NotFound)
    }
}

/// Ends a server function of a form that stands on the preferences: back to them with what was done, or with what was wrong.
pub fn done<const N: usize>(
    app: &App,
    token: &str,
    values: [(&str, String); N],
    result: Result<String, AppError>,
) -> Result<(), AppError> {
    let here = paths::own_notifications(token);
    let result = answer::or_sign_in(fresh::or_code(result, &here), &here).map(|said| {
        if !said.is_empty() {
            answer::say(app, FORM, said);
        }
        reply::go(&here);
    });
    answer::formed(app, FORM, &here, values, result)
}

/// The proof for a write, in its own transaction.
pub(super) async fn prove(
    tx: &mut Tx,
    door: &Door,
    session: Option<crate::store::sessions::TokenHash>,
) -> Result<Subscriber, AppError> {
    match door {
        Door::Account => {
            let member = auth::prove_member(tx, session).await?;
            subscribers::prove(tx, Whose::Address(member.email())).await?.ok_or(AppError::NotFound)
        }
        Door::Link(link) => {
            let found = subscribers::prove(tx, Whose::Link(link.subscriber)).await?;
            found.filter(|found| found.links == link.links).ok_or(AppError::NotFound)
        }
    }
}

/// The zone of a subscription; the row holds none that was unknown when it was written.
pub(super) fn zone_of(subscriber: &Subscriber) -> Tz {
    parse_zone(&subscriber.zone).unwrap_or(chrono_tz::America::New_York)
}

/// What a link, or an account, opens.
pub async fn page(app: &App, token: &str) -> Result<Opened, AppError> {
    let reads = app.store.reads();
    if token.is_empty() {
        let member = auth::member(app).await?;
        return match subscribers::find(reads, Whose::Address(member.email())).await? {
            Some(found) => Ok(Opened::Page(Box::new(shown(app, found, token).await?))),
            None => Ok(Opened::None),
        };
    }
    let Some(link) = list_links::read_preferences(&app.keys, token) else { return Ok(Opened::Broken) };
    let Some(found) = subscribers::find(reads, Whose::Link(link.subscriber)).await? else { return Ok(Opened::None) };
    if found.links != link.links || !link.is_fresh(app.now()) {
        let mut form = answer::form(app, FORM);
        return Ok(Opened::Old { said: answer::said(&mut form), form });
    }
    Ok(Opened::Page(Box::new(shown(app, found, token).await?)))
}

async fn shown(app: &App, found: Subscriber, token: &str) -> Result<PreferencesPage, AppError> {
    let zone = zone_of(&found);
    let mut form = answer::form(app, FORM);
    let said = answer::said(&mut form);
    form.fill(WishesTyped::of(&found.wishes, &found.zone).pairs());
    form.fill([
        ("weekday", weekday_code(found.rhythm.weekday).to_owned()),
        ("hour", found.rhythm.hour.to_string()),
        ("details", found.details.to_string()),
    ]);
    let today = day_of(app.now(), zone);
    let ends = found.rhythm.days_after(today + TimeDelta::days(1));
    Ok(PreferencesPage {
        email: found.email.as_str().to_owned(),
        status: found.status,
        paused: found.paused_until.filter(|until| *until > today).map(full_date),
        new_email: found.new_email.clone(),
        zones: ReaderZone { zone, is_readers: true }.shown(app).choices,
        zone_label: zone_label(zone),
        hours: (0..24).map(|hour| (hour.to_string(), hour_words(hour))).collect(),
        pauses: ends.map(|day| (day.to_string(), long_day(day))).collect(),
        first_states: first_states(app).await?,
        token: token.to_owned(),
        form,
        said,
        dev_mail: app.settings.is_development(),
    })
}

/// "9:00 AM".
fn hour_words(hour: u32) -> String {
    NaiveTime::from_hms_opt(hour, 0, 0).map(clock).unwrap_or_default()
}

/// What she typed into the form.
#[derive(Clone, Debug)]
pub struct Typed {
    /// Wishes and zone.
    pub wishes: WishesTyped,
    /// Day on which she hears.
    pub weekday: String,
    /// Hour.
    pub hour: String,
    /// Whether topics may stand in her mails.
    pub details: bool,
}

/// Keeps what she chose; gives the sentence that says what was done.
pub async fn keep(app: &App, token: &str, typed: &Typed) -> Result<&'static str, AppError> {
    let door = Door::of(app, token)?;
    let zone = parse_zone(typed.wishes.zone.trim())
        .ok_or_else(|| FieldError::new("zone", "Please choose a time zone from the list."));
    let parsed = match (typed.wishes.parse(), Rhythm::parse(&typed.weekday, &typed.hour), zone) {
        (Ok(wishes), Ok(rhythm), Ok(zone)) => Ok((wishes, rhythm, zone)),
        (wishes, rhythm, zone) => {
            let mut errors: Vec<_> = wishes.err().into_iter().collect();
            errors.extend(rhythm.err().unwrap_or_default());
            errors.extend(zone.err());
            Err(AppError::Fields(errors))
        }
    };
    let (session, details) = (auth::token(app), typed.details);
    let work = move |mut tx: Tx| async move {
        let subscriber = prove(&mut tx, &door, session).await?;
        let (wishes, rhythm, zone) = parsed?;
        let kept = Preferences { wishes: &wishes, zone: zone.name(), rhythm, details };
        let changed = changed(&subscriber, &kept);
        if changed.is_empty() {
            return Ok((tx, "Nothing was changed."));
        }
        subscribers::keep(&mut tx, &subscriber, &kept, &changed).await?;
        Ok::<_, AppError>((tx, "Your choices are kept."))
    };
    app.store.write(Actor::Visitor, work).await
}

/// The names of what differs.
fn changed(before: &Subscriber, after: &Preferences<'_>) -> Vec<&'static str> {
    let (was, is) = (&before.wishes, after.wishes);
    [
        ("topics", was.topics != is.topics),
        ("kinds", was.kinds != is.kinds),
        ("state", was.place != is.place),
        ("days", was.days != is.days),
        ("times", was.times != is.times),
        ("zone", before.zone != after.zone),
        ("rhythm", before.rhythm != after.rhythm),
        ("details", before.details != after.details),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

/// Lets the mail rest until a day, or come again where nothing is typed.
pub async fn pause(app: &App, token: &str, until: Option<&str>) -> Result<String, AppError> {
    let (door, session, app_in) = (Door::of(app, token)?, auth::token(app), app.clone());
    let until = until.map(ToOwned::to_owned);
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let subscriber = prove(&mut tx, &door, session).await?;
        let today = day_of(app.now(), zone_of(&subscriber));
        let until =
            until.map(|typed| parse_pause(&typed, today)).transpose().map_err(|error| AppError::Fields(vec![error]))?;
        subscribers::pause(&mut tx, &subscriber, until).await?;
        let said = match until {
            Some(day) => format!("Your weekly mail rests. It comes again from {} on.", long_day(day)),
            None => "Your weekly mail comes again.".to_owned(),
        };
        Ok::<_, AppError>((tx, said))
    };
    app.store.write(Actor::Visitor, work).await
}

/// Ends the weekly mail.
pub async fn stop(app: &App, token: &str) -> Result<(), AppError> {
    let (door, session) = (Door::of(app, token)?, auth::token(app));
    let work = move |mut tx: Tx| async move {
        let subscriber = prove(&mut tx, &door, session).await?;
        if subscriber.status != SubscriptionStatus::Unsubscribed {
            ending::stop(&mut tx, &subscriber).await?;
        }
        Ok::<_, AppError>((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await
}

/// Puts her on the list again after she had ended it, or after her mailbox had taken no mail.
pub async fn start_again(app: &App, token: &str) -> Result<(), AppError> {
    let (door, session, app_in) = (Door::of(app, token)?, auth::token(app), app.clone());
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let subscriber = prove(&mut tx, &door, session).await?;
        if subscriber.status != SubscriptionStatus::Confirmed {
            ending::start_again(&mut tx, &subscriber).await?;
            ending::lift_suppression(&mut tx, &address_mac(&app, &subscriber.email)).await?;
        }
        Ok::<_, AppError>((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await
}

/// Mails a fresh link to whoever holds an older one: to the address that the subscription has now, at most once an hour.
pub async fn mail_link(app: &App, token: &str) -> Result<(), AppError> {
    let link = list_links::read_preferences(&app.keys, token).ok_or(AppError::NotFound)?;
    let (app_in, network) = (app.clone(), origin::client().network());
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        if let Err(error) = take_try(&mut tx, &app, network).await? {
            return Ok((tx, Err(error)));
        }
        // Nobody is there any more: the same answer, and no mail.
        if let Some(found) = subscribers::prove(&mut tx, Whose::Link(link.subscriber)).await?
            && let Some(event) = subscribers::take_link(&mut tx, &found).await?
        {
            letters::fresh_link(&mut tx, &app, &found, event).await?;
        }
        Ok((tx, Ok(())))
    };
    let mailed = app.store.write::<Result<(), AppError>, AppError, _, _>(Actor::Visitor, work).await?;
    mail::hint();
    mailed
}
