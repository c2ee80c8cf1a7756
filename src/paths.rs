//! Every URL of the site: links, redirects and mails use these and nothing else.

use crate::domain::{finder::FinderQuery, ids::OfferId};

/// Home.
pub const HOME: &str = "/";
/// The finder.
pub const GROUPS: &str = "/groups";
/// Help now.
pub const HELP_NOW: &str = "/help-now";
/// A question to the practice.
pub const CONTACT: &str = "/contact";
/// The question has arrived.
pub const CONTACT_SENT: &str = "/contact/sent";
/// Sign in: the address.
pub const SIGN_IN: &str = "/sign-in";
/// Sign in: the code.
pub const SIGN_IN_CODE: &str = "/sign-in/code";
/// The member's program.
pub const PROGRAM: &str = "/program";
/// The member's seats, lines, offers and absences.
pub const SEATS: &str = "/seats";
/// The agreements, whole.
pub const AGREEMENTS: &str = "/agreements";
/// Privacy in plain words.
pub const PRIVACY: &str = "/privacy";
/// Terms.
pub const TERMS: &str = "/terms";
/// The notice of privacy practices.
pub const NOTICE: &str = "/notice-of-privacy-practices";
/// The accessibility statement.
pub const ACCESSIBILITY: &str = "/accessibility";
/// The list of topics.
pub const TOPICS: &str = "/topics";
/// The DBT skills group.
pub const DBT_SKILLS: &str = "/dbt-skills";
/// The list of articles.
pub const LEARN: &str = "/learn";
/// The list of skill cards.
pub const SKILLS: &str = "/learn/skills";
/// The list of therapists.
pub const THERAPISTS: &str = "/therapists";
/// The account: what we know of her, where she is signed in, her data.
pub const ACCOUNT: &str = "/account";
/// Changing what we know of her.
pub const ACCOUNT_PROFILE: &str = "/account/profile";
/// Where she is signed in.
pub const ACCOUNT_SESSIONS: &str = "/account/sessions";
/// Signing out everywhere.
pub const ACCOUNT_SIGN_OUT: &str = "/account/sign-out";
/// A fresh code before something that cannot be undone.
pub const ACCOUNT_CODE: &str = "/account/code";
/// A new address.
pub const ACCOUNT_ADDRESS: &str = "/account/address";
/// The secret calendar feed.
pub const ACCOUNT_CALENDAR: &str = "/account/calendar";
/// What is stored about her.
pub const ACCOUNT_DATA: &str = "/account/data";
/// The same as a file.
pub const ACCOUNT_DATA_FILE: &str = "/account/data.json";
/// What deleting the account means, and the button that does it.
pub const ACCOUNT_DELETE: &str = "/account/delete";
/// Which mails we send her.
pub const ACCOUNT_MAILS: &str = "/account/mails";
/// It is deleted.
pub const ACCOUNT_DELETED: &str = "/account/deleted";
/// Subscribing to the weekly list of new meeting times.
pub const NOTIFICATIONS: &str = "/notifications";
/// A mail with a link is on its way to whoever asked.
pub const NOTIFICATIONS_SENT: &str = "/notifications/sent";
/// What all pages of the office begin with.
pub const OFFICE: &str = "/office";
/// The weekly mails, for the office.
pub const OFFICE_DIGESTS: &str = "/office/digests";
/// The HTML of the weekly mail as it would go out now, for the office …
pub const OFFICE_DIGEST_MAIL: &str = "/office/digests/mail";
/// … and as it would go to whoever wants to read what each circle is about.
pub const OFFICE_DIGEST_MAIL_DETAILS: &str = "/office/digests/mail/details";
/// A member's own subscription to the weekly list, by her account.
pub const ACCOUNT_NOTIFICATIONS: &str = "/account/notifications";
/// The stream of seat counts that have changed.
pub const EVENTS_GROUPS: &str = "/events/groups";
/// In development: the mails written.
pub const DEV_MAIL: &str = "/dev/mail";
/// In development: every component in every state.
pub const DEV_STYLEGUIDE: &str = "/dev/styleguide";

/// The finder with a wish.
pub fn finder(query: &FinderQuery) -> String {
    let text = query.to_query();
    if text.is_empty() { GROUPS.to_owned() } else { format!("{GROUPS}?{text}") }
}

/// A topic's page, by its slug, or the page of process groups.
pub fn topic(slug: &str) -> String {
    format!("{TOPICS}/{slug}")
}

/// An article.
pub fn article(slug: &str) -> String {
    format!("{LEARN}/{slug}")
}

/// A skill card.
pub fn skill(slug: &str) -> String {
    format!("{SKILLS}/{slug}")
}

/// A therapist's page.
pub fn therapist(slug: &str) -> String {
    format!("{THERAPISTS}/{slug}")
}

/// A group's page.
pub fn group(slug: &str) -> String {
    format!("{GROUPS}/{slug}")
}

/// A phone number, to be called with a tap.
pub fn call(phone: &str) -> String {
    format!("tel:{}", phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect::<String>())
}

/// The stream of seat counts of these groups, by their slugs.
pub fn live_seats(slugs: &[String]) -> String {
    format!("{EVENTS_GROUPS}?groups={}", slugs.join(","))
}

/// First step of reserving: where are you, are you 18, hold.
pub fn reserve(slug: &str) -> String {
    format!("/reserve/{slug}")
}

/// A later step of reserving.
pub fn reserve_step(slug: &str, step: ReserveStep) -> String {
    format!("/reserve/{slug}/{}", step.word())
}

/// What releasing a seat means, and the button that does it.
pub fn release(slug: &str) -> String {
    format!("{SEATS}/{slug}/release")
}

/// An offer of a seat.
pub fn offer(id: OfferId) -> String {
    format!("/offers/{id}")
}

/// The calendar file of a reserved seat.
pub fn reserve_calendar(slug: &str) -> String {
    format!("/reserve/{slug}/calendar.ics")
}

/// A fresh code, and then on to an own path.
pub fn account_code(next: &str) -> String {
    let mut url = ACCOUNT_CODE.to_owned();
    if let Some(next) = own_path(next) {
        url.push_str("?next=");
        crate::domain::finder::escape_into(&mut url, next);
    }
    url
}

/// The page with the button that confirms a new address. What cannot be a token leads to a link that does not work.
pub fn account_address_link(token: &str) -> String {
    let is_token = !token.is_empty() && token.len() <= 64 && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    format!("{ACCOUNT_ADDRESS}/{}", if is_token { token } else { "none" })
}

/// Subscribing, with a wish of the finder taken over.
pub fn notifications(query: &FinderQuery) -> String {
    let text = query.to_query();
    if text.is_empty() { NOTIFICATIONS.to_owned() } else { format!("{NOTIFICATIONS}?{text}") }
}

/// The page with the button that confirms a subscription, or the new address of one.
pub fn notifications_confirm(token: &str) -> String {
    format!("{NOTIFICATIONS}/confirm/{}", plain_token(token))
}

/// What somebody hears of, and when; opened by a link from a mail.
pub fn notifications_preferences(token: &str) -> String {
    format!("{NOTIFICATIONS}/preferences/{}", plain_token(token))
}

/// The preferences of whoever asks: by the token of a mailed link, or without one by her account.
pub fn own_notifications(token: &str) -> String {
    if token.is_empty() { ACCOUNT_NOTIFICATIONS.to_owned() } else { notifications_preferences(token) }
}

/// What is stored about a subscriber, to read; by token or account as in [`own_notifications`].
pub fn own_notifications_data(token: &str) -> String {
    format!("{}/data", own_notifications(token))
}

/// The same as a file, which is made by a post: whoever follows links must leave no trace.
pub fn notifications_file(token: &str) -> String {
    format!("{}/data.json", notifications_preferences(token))
}

/// Ending the weekly mail: the page with the button, and where mail programs post to.
pub fn unsubscribe(token: &str) -> String {
    format!("/unsubscribe/{}", plain_token(token))
}

/// A token as it stands in a link. What cannot be one leads to a link that does not work.
fn plain_token(token: &str) -> &str {
    let is_token = !token.is_empty()
        && token.len() <= 512
        && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_token { token } else { "none" }
}

/// The secret calendar feed.
pub fn calendar_feed(token: &str) -> String {
    format!("/calendar/{token}.ics")
}

/// Sign in, and then go on to an own path.
pub fn sign_in_then(next: &str) -> String {
    let mut url = format!("{SIGN_IN}?next=");
    crate::domain::finder::escape_into(&mut url, next);
    url
}

/// The page with the button that a mailed link opens.
pub fn sign_in_link(token: &str) -> String {
    format!("{SIGN_IN}/link/{token}")
}

/// The steps behind the hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReserveStep {
    /// About you.
    About,
    /// What we agree on.
    Agreements,
    /// Check your answers.
    Check,
    /// Confirmed.
    Confirmed,
    /// Groups are for people of 18 and older.
    Young,
}

impl ReserveStep {
    /// The last part of its path.
    pub fn word(self) -> &'static str {
        match self {
            Self::About => "about",
            Self::Agreements => "agreements",
            Self::Check => "check",
            Self::Confirmed => "confirmed",
            Self::Young => "under-18",
        }
    }
}

/// An own path from a `next` parameter, or nothing: it must begin with one slash, be plain printable ASCII and be
/// short. Whatever could leave this site (`//host`, `/\host`) is refused.
pub fn own_path(text: &str) -> Option<&str> {
    let fits = text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= 300
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    fits.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_are_followed() {
        assert_eq!(own_path("/groups/low-tide?state=NY"), Some("/groups/low-tide?state=NY"));
        for bad in ["", "groups", "//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/a\r\nb", "/ü"]
        {
            assert_eq!(own_path(bad), None, "{bad:?}");
        }
    }
}
