//! Links in mails to the list. They carry who they are for and a signature, so that an old mail still works when nothing of
//! it is stored: ending the weekly mail for ever, opening the preferences for [`PREFERENCES_DAYS`].
//!
//! Nothing here asks the database whether the subscriber is still there; whoever opens a link does.

use super::{
    seal,
    state::{Keys, mac},
};
use crate::domain::ids::SubscriberId;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// Days for which a link opens the preferences. After that its page mails a fresh one.
pub const PREFERENCES_DAYS: i64 = 30;

/// Bytes of the signature: 128 bits cannot be guessed, and links stay short.
const SIGNATURE: usize = 16;

/// Bytes of an id.
const ID: usize = 16;

/// What a link that ends the weekly mail was mailed to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnsubscribeLink {
    /// The subscription.
    pub subscriber: SubscriberId,
    /// The address, which may have another subscription by now; links of the first mails do not carry it.
    pub address: Option<String>,
}

/// The token that ends the weekly mail. It never goes out of date, and it can do nothing else. The address in it can be read
/// by nobody but us.
pub fn unsubscribe(keys: &Keys, subscriber: SubscriberId, address: &str) -> String {
    let mut bytes = subscriber.0.as_bytes().to_vec();
    // Without it the link ends this subscription all the same.
    let hidden = seal::seal(&address_key(keys), subscriber.0.as_bytes(), address.as_bytes());
    bytes.extend(hidden.unwrap_or_default());
    sealed(keys, b"unsubscribe", bytes)
}

/// Whose weekly mail a token ends.
pub fn read_unsubscribe(keys: &Keys, token: &str) -> Option<UnsubscribeLink> {
    let bytes = opened(keys, b"unsubscribe", token)?;
    let (id, rest) = bytes.split_at_checked(ID)?;
    let subscriber = SubscriberId(Uuid::from_slice(id).ok()?);
    let address =
        if rest.is_empty() { None } else { Some(String::from_utf8(seal::open(&address_key(keys), id, rest)?).ok()?) };
    Some(UnsubscribeLink { subscriber, address })
}

fn address_key(keys: &Keys) -> [u8; 32] {
    mac(&keys.links, b"address")
}

/// A link to the preferences, as it was mailed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PreferencesLink {
    /// Whose they are.
    pub subscriber: SubscriberId,
    /// `subscribers.links` of the day it was made; when that has moved on, the link is worth nothing.
    pub links: i16,
    /// When it was made.
    pub made_at: DateTime<Utc>,
}

impl PreferencesLink {
    /// Whether it may still open the preferences; an older one may only ask for a fresh one.
    pub fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        now < self.made_at + TimeDelta::days(PREFERENCES_DAYS)
    }
}

/// The token of a link to the preferences.
pub fn preferences(keys: &Keys, link: PreferencesLink) -> String {
    let mut bytes = link.subscriber.0.as_bytes().to_vec();
    bytes.extend(link.links.to_be_bytes());
    bytes.extend(link.made_at.timestamp().to_be_bytes());
    sealed(keys, b"preferences", bytes)
}

/// Reads a token of [`preferences`], however old.
pub fn read_preferences(keys: &Keys, token: &str) -> Option<PreferencesLink> {
    let bytes = opened(keys, b"preferences", token)?;
    let (id, rest) = bytes.split_at_checked(ID)?;
    let (links, made_at) = rest.split_at_checked(2)?;
    Some(PreferencesLink {
        subscriber: SubscriberId(Uuid::from_slice(id).ok()?),
        links: i16::from_be_bytes(links.try_into().ok()?),
        made_at: DateTime::from_timestamp(i64::from_be_bytes(made_at.try_into().ok()?), 0)?,
    })
}

/// The purpose is part of what is signed, so that a token of one kind is none of another.
fn signature(keys: &Keys, purpose: &[u8], bytes: &[u8]) -> [u8; 32] {
    mac(&keys.links, &[purpose, b"\0", bytes].concat())
}

fn sealed(keys: &Keys, purpose: &[u8], mut bytes: Vec<u8>) -> String {
    let signature = signature(keys, purpose, &bytes);
    bytes.extend(&signature[..SIGNATURE]);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn opened(keys: &Keys, purpose: &[u8], token: &str) -> Option<Vec<u8>> {
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let given = bytes.split_off(bytes.len().checked_sub(SIGNATURE)?);
    let expected = signature(keys, purpose, &bytes);
    bool::from(expected[..SIGNATURE].ct_eq(&given)).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn someone() -> SubscriberId {
        SubscriberId(Uuid::from_u128(7))
    }

    fn link() -> PreferencesLink {
        PreferencesLink {
            subscriber: someone(),
            links: 3,
            made_at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        }
    }

    #[test]
    fn what_is_signed_reads_back_and_one_kind_is_none_of_the_other() {
        let keys = Keys::derive(b"a secret of a test");
        let (end, open) = (unsubscribe(&keys, someone(), "wren@example.org"), preferences(&keys, link()));
        let whom = |address: Option<&str>| {
            Some(UnsubscribeLink { subscriber: someone(), address: address.map(ToOwned::to_owned) })
        };
        assert_eq!(read_unsubscribe(&keys, &end), whom(Some("wren@example.org")));
        // As the first mails have it.
        let first = sealed(&keys, b"unsubscribe", someone().0.as_bytes().to_vec());
        assert_eq!(read_unsubscribe(&keys, &first), whom(None));
        assert_eq!(read_preferences(&keys, &open), Some(link()));
        assert_eq!(read_unsubscribe(&keys, &open), None);
        assert_eq!(read_preferences(&keys, &end), None);
        // The longest address that there is.
        let far = unsubscribe(&keys, someone(), &format!("{}@example.org", "w".repeat(242)));
        for token in [&end, &far] {
            assert!(crate::paths::unsubscribe(token).ends_with(token.as_str()), "it fits into a link");
        }
        assert!(crate::paths::notifications_preferences(&open).ends_with(&open), "it fits into a link");
    }

    #[test]
    fn nothing_else_is_read() {
        let keys = Keys::derive(b"a secret of a test");
        let token = unsubscribe(&keys, someone(), "wren@example.org");
        assert_eq!(read_unsubscribe(&Keys::derive(b"another secret"), &token), None);
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            // The last letter carries bits that stand for nothing; what it decodes to is refused there.
            assert_eq!(read_unsubscribe(&keys, &other), None, "{other}");
        }
        for odd in ["", "A", "none", "é", &"A".repeat(500)] {
            assert_eq!(read_unsubscribe(&keys, odd), None, "{odd}");
            assert_eq!(read_preferences(&keys, odd), None, "{odd}");
        }
    }

    #[test]
    fn a_link_opens_the_preferences_for_thirty_days() {
        let link = link();
        assert!(link.is_fresh(link.made_at + TimeDelta::days(30) - TimeDelta::seconds(1)));
        assert!(!link.is_fresh(link.made_at + TimeDelta::days(30)));
    }
}
