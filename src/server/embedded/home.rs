//! Where the data lives: below the data folder, or, as root and where the server's user cannot enter it, in
//! `/var/lib`.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::EmbeddedError;
use super::account::{self, Account};

/// Holds the data of all projects on this machine whose own folder the server's user cannot enter.
const ELSEWHERE: &str = "/var/lib/common-ground";

/// A data folder, and what follows from it.
#[derive(Debug)]
pub(super) struct Home {
    /// The data folder itself, absolute: lock, socket's name and log are always here.
    pub place: PathBuf,
    /// Where Postgres keeps its files.
    pub data: PathBuf,
    /// Whom root becomes; none for a normal user.
    pub account: Option<Account>,
    /// What to tell if the data is not below the data folder.
    pub says: Option<String>,
}

impl Home {
    /// Makes the data folder if it is missing and decides where its data lives.
    ///
    /// Data that exists decides first, so that a change of permissions never makes an empty database take the place of
    /// a full one.
    pub fn choose(place: &Path) -> Result<Self, EmbeddedError> {
        let root = account::is_root();
        // The server's user has to pass through, but not to list what is here; nobody else has to pass for a normal
        // user.
        make_folder(place, if root { 0o711 } else { 0o700 })?;
        let place = place.canonicalize().map_err(|source| EmbeddedError::io("find", place, source))?;
        let near = place.join("postgres");
        if !root {
            return Ok(Self { place, data: near, account: None, says: None });
        }

        let far = Path::new(ELSEWHERE).join(name_for(&place)).join("postgres");
        if is_made(&near) {
            let account = Account::owner_of(&near).map_or_else(Account::of_this_machine, Ok)?;
            return match account.barred_by(&place) {
                Some(folder) => Err(EmbeddedError::NotEntered { user: account.name, folder }),
                None => Ok(Self { place, data: near, account: Some(account), says: None }),
            };
        }
        if is_made(&far) {
            let account = Account::owner_of(&far).map_or_else(Account::of_this_machine, Ok)?;
            let says = format!("The database of {} lives in {}.", place.display(), far.display());
            return Ok(Self { place, data: far, account: Some(account), says: Some(says) });
        }
        let account = Account::of_this_machine()?;
        Ok(match account.barred_by(&place) {
            None => Self { place, data: near, account: Some(account), says: None },
            Some(barred) => {
                let says = format!(
                    "The database of {} lives in {}, because Postgres runs as the user {}, who cannot enter {}.",
                    place.display(),
                    far.display(),
                    account.name,
                    barred.display()
                );
                Self { place, data: far, account: Some(account), says: Some(says) }
            }
        })
    }

    /// The major version that made the data; none while there is no data.
    pub fn made_by(&self) -> Result<Option<u32>, EmbeddedError> {
        if !is_made(&self.data) {
            return Ok(None);
        }
        let file = self.data.join("PG_VERSION");
        let text = fs::read_to_string(&file).map_err(|source| EmbeddedError::io("read", &file, source))?;
        let major = text.trim().parse().map_err(|_| {
            EmbeddedError::io("understand", &file, std::io::Error::from(std::io::ErrorKind::InvalidData))
        })?;
        Ok(Some(major))
    }

    pub fn lock_file(&self) -> PathBuf {
        self.place.join("lock")
    }

    pub fn socket_file(&self) -> PathBuf {
        self.place.join("socket")
    }

    pub fn log_file(&self) -> PathBuf {
        self.place.join("log")
    }
}

/// A cluster comes into its place by one rename, so a folder with this file is a whole one.
fn is_made(data: &Path) -> bool {
    data.join("PG_VERSION").exists()
}

/// A short name that is the same for the same folder: it lets a server come back under the address that others
/// remember.
pub(super) fn name_for(place: &Path) -> String {
    let digest = Sha256::digest(place.as_os_str().as_encoded_bytes());
    digest.iter().take(6).fold(String::new(), |mut name, byte| {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
        name
    })
}

/// Makes a folder and those above it; leaves one that exists as it is.
pub(super) fn make_folder(folder: &Path, mode: u32) -> Result<(), EmbeddedError> {
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(folder)
        .map_err(|source| EmbeddedError::io("make the folder", folder, source))
}
