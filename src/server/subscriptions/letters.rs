//! Mails about a subscription. They name no topic and no wish: who reads a mailbox should learn that somebody looks for a
//! group, and nothing about why. None of them is a mail to the list: each answers to somebody's deed.

use crate::{
    domain::{
        email::Email,
        ids::SubscriberId,
        letter::{Letter, host_of},
        subscription::SubscriptionStatus,
    },
    mail::notice::NoticeKind,
    paths,
    server::{
        list_links::{self, PREFERENCES_DAYS, PreferencesLink},
        notices::{Said, written},
        state::{App, new_id},
    },
    store::{
        Conn, Failure, outbox,
        subscribers::{self, Standing, Subscriber},
    },
};

/// Seconds for which a mail with a link to the preferences is of use.
fn open_seconds() -> Option<u32> {
    u32::try_from(PREFERENCES_DAYS * 86_400).ok()
}

/// The path of a link to the preferences that is made now.
pub fn preferences_path(app: &App, subscriber: SubscriberId, links: i16) -> String {
    let link = PreferencesLink { subscriber, links, made_at: app.now() };
    paths::notifications_preferences(&list_links::preferences(&app.keys, link))
}

/// "2 days", "3 hours", "1 minute".
fn length(seconds: u32) -> String {
    let count = |number: u32, unit: &str| if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") };
    match seconds {
        172_800.. => count(seconds / 86_400, "day"),
        7200..172_800 => count(seconds / 3600, "hour"),
        _ => count(seconds.div_ceil(60), "minute"),
    }
}

/// Answers to whoever asked for the weekly mail at an address: is it wanted, or she has it already.
///
/// It is written whether one is due or not, and the outbox keeps the first of an hour: so the work is the same for every
/// address, and its time tells nothing.
pub async fn asked(conn: &mut Conn, app: &App, to: Email, standing: &Standing, token: &str) -> Result<(), Failure> {
    let seconds = app.settings.durations.confirmation;
    let (confirm, preferences) =
        (paths::notifications_confirm(token), preferences_path(app, standing.id, standing.links));
    let said = if standing.status == SubscriptionStatus::Confirmed {
        Said {
            kind: NoticeKind::SubscriptionKnown,
            event: String::new(),
            words: vec![
                "Somebody, most likely you, asked on our page for the weekly mail to this address. You are on the list already, so nothing was changed.".to_owned(),
                "The link shows what you hear of and when. There you can change it, let it rest, or end it.".to_owned(),
            ],
            facts: Vec::new(),
            link: "See what you get",
            path: &preferences,
            seconds: open_seconds(),
        }
    } else {
        Said {
            kind: NoticeKind::SubscriptionConfirm,
            event: String::new(),
            words: vec![
                "Somebody, most likely you, asked us to write to this address at most once a week, when there are new meeting times.".to_owned(),
                format!(
                    "We do so only if you say yes. The link leads to a page with a button; it works for {}. Opening it changes nothing.",
                    length(seconds)
                ),
            ],
            facts: Vec::new(),
            link: "Say yes or look",
            path: &confirm,
            seconds: Some(seconds),
        }
    };
    send_once(conn, app, to, standing.mail.clone(), said).await
}

/// Sends the one mail of an event, which is that of an hour where somebody asks: whoever asks for another within it gets none.
async fn send_once(conn: &mut Conn, app: &App, to: Email, event_key: String, said: Said<'_>) -> Result<(), Failure> {
    let letter = Letter { event_key, ..written(&mut *conn, app, to, said).await? };
    outbox::enqueue(conn, &letter, host_of(&app.settings.public_url)).await
}

/// A fresh link to the preferences.
pub async fn fresh_link(conn: &mut Conn, app: &App, subscriber: &Subscriber, event: String) -> Result<(), Failure> {
    let said = Said {
        kind: NoticeKind::SubscriptionLink,
        event: String::new(),
        words: vec![
            format!("Here is a fresh link to your weekly mail. It works for {PREFERENCES_DAYS} days."),
            "It shows what you hear of and when. There you can change it, let it rest, or end it.".to_owned(),
        ],
        facts: Vec::new(),
        link: "See what you get",
        path: &preferences_path(app, subscriber.id(), subscriber.links),
        seconds: open_seconds(),
    };
    send_once(conn, app, subscriber.email.clone(), event, said).await
}

/// The event of a mail that is told as often as it happens. It names the subscription, so that whoever is wiped takes it
/// along, whatever her address is by then.
fn each_time(subscriber: SubscriberId) -> String {
    subscribers::event(subscriber, new_id())
}

/// The weekly mail is to come to another address: that one has to say yes. The same mail whatever it is on the list.
pub async fn new_address(
    conn: &mut Conn,
    app: &App,
    subscriber: SubscriberId,
    to: Email,
    token: &str,
) -> Result<(), Failure> {
    let seconds = app.settings.durations.confirmation;
    let said = Said {
        kind: NoticeKind::SubscriptionAddress,
        event: String::new(),
        words: vec![
            "Somebody who gets our weekly mail at another address wants it to come here from now on.".to_owned(),
            format!(
                "We do so only if you say yes. The link leads to a page with a button; it works for {}. Opening it changes nothing.",
                length(seconds)
            ),
        ],
        facts: Vec::new(),
        link: "Say yes or look",
        path: &paths::notifications_confirm(token),
        seconds: Some(seconds),
    };
    send_once(conn, app, to, each_time(subscriber), said).await
}

/// The weekly mail goes to another address: the old one is told.
pub async fn moved(conn: &mut Conn, app: &App, subscriber: SubscriberId, old: Email) -> Result<(), Failure> {
    let said = Said {
        kind: NoticeKind::SubscriptionMoved,
        event: String::new(),
        words: vec![
            "Somebody with a link from one of our mails asked for the weekly mail to go to another address, and that address said yes. Links in older mails show nothing any more.".to_owned(),
            "If that was not you, you can ask for it again at this address. Please tell us as well.".to_owned(),
        ],
        facts: Vec::new(),
        link: "Ask for it again",
        path: paths::NOTIFICATIONS,
        seconds: None,
    };
    send_once(conn, app, old, each_time(subscriber), said).await
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn lengths_read_as_people_say_them() {
        let cases = [
            (172_800, "2 days"),
            (86_400, "24 hours"),
            (7200, "2 hours"),
            (3600, "60 minutes"),
            (60, "1 minute"),
            (1, "1 minute"),
        ];
        for (seconds, words) in cases {
            assert_eq!(length(seconds), words);
        }
    }
}
