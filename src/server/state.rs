//! What a running program holds: the store, its settings, its keys; and the only place that asks for time and chance.

use super::{catalog::KeptCatalog, kept_groups::KeptGroups, settings::Settings};
use crate::store::Store;
use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use uuid::Uuid;

/// The state of the application; cheap to clone.
///
/// "No state in the process" means: nothing whose loss or age would change an answer.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// What the program was told.
    pub settings: Arc<Settings>,
    /// Keys derived from the secret.
    pub keys: Keys,
    /// The facts of all groups, looked after at each use.
    pub catalog: KeptCatalog,
    /// What holds judge of groups, proved at each use.
    pub groups: KeptGroups,
}

impl App {
    /// Over a database, with nothing kept yet.
    pub fn over(store: Store, settings: Settings, keys: Keys) -> Self {
        let (catalog, groups) = (KeptCatalog::default(), KeptGroups::default());
        Self { store, settings: Arc::new(settings), keys, catalog, groups }
    }

    /// The calendar's clock: meetings, units, due dates. Holds, codes and sessions are judged by Postgres instead.
    pub fn now(&self) -> DateTime<Utc> {
        machine_time() + Duration::seconds(self.settings.clock_offset_seconds)
    }
}

/// The machine's clock.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
pub fn machine_time() -> DateTime<Utc> {
    Utc::now()
}

/// A new id, ordered by time.
#[expect(clippy::disallowed_methods, reason = "the one place that asks for chance")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// A new key that nobody can guess.
#[expect(clippy::disallowed_methods, reason = "the one place that asks for chance")]
pub fn new_key() -> Uuid {
    Uuid::new_v4()
}

/// Bytes that nobody can guess.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Without chance no code and no token is safe; going on would be worse than ending.
        tracing::error!(%error, "the system gives no random bytes");
        std::process::abort();
    }
    bytes
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// Keys derived from the one secret, one for each purpose.
#[derive(Clone)]
pub struct Keys {
    /// Seals what travels in cookies.
    pub flash: [u8; 32],
    /// Keys the hashes of sign-in codes: six digits could be tried out from a stolen table.
    pub codes: [u8; 32],
    /// Keys the hashes of addresses in rate buckets and in the list of those that get no mail any more.
    pub addresses: [u8; 32],
    /// Signs the links in mails to the list.
    pub links: [u8; 32],
}

impl Keys {
    /// Derives the keys.
    pub fn derive(secret: &[u8]) -> Self {
        Self {
            flash: mac(secret, b"flash"),
            codes: mac(secret, b"codes"),
            addresses: mac(secret, b"addresses"),
            links: mac(secret, b"links"),
        }
    }

    /// The keyed hash that stands for an address, in lower case, where nobody is to read it.
    pub fn address_mac(&self, address: &str) -> [u8; 32] {
        mac(&self.addresses, address.as_bytes())
    }
}

/// HMAC-SHA-256.
pub fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of every length, so this cannot fail; an empty tag would only make everything be refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(message);
    mac.finalize().into_bytes().into()
}
