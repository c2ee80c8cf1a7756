//! Who runs the server: Postgres refuses root, so root drops to a user without rights.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{Gid, Uid, User};

use super::EmbeddedError;

/// A user that root becomes before it runs Postgres.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

impl Account {
    /// The user for a new data folder: `postgres` where Debian's package made it, else `nobody`.
    pub fn of_this_machine() -> Result<Self, EmbeddedError> {
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(Self::from)
            .ok_or(EmbeddedError::NoAccount)
    }

    /// The user that a folder belongs to; none if that is root.
    ///
    /// Data stays with the user it was made by: installing Debian's package later adds the user `postgres`, and a
    /// server that suddenly ran as that user would refuse the data of `nobody`.
    pub fn owner_of(folder: &Path) -> Option<Self> {
        let metadata = fs::metadata(folder).ok()?;
        if metadata.uid() == 0 {
            return None;
        }
        let known = User::from_uid(Uid::from_raw(metadata.uid())).ok().flatten();
        Some(known.map_or_else(
            || Self { name: metadata.uid().to_string(), uid: metadata.uid(), gid: metadata.gid() },
            Self::from,
        ))
    }

    /// The first folder on the way to this one, itself included, that the user cannot enter.
    ///
    /// Reads the permission bits and so knows nothing of access lists, which is on the safe side for everything but a
    /// list that forbids what the bits allow; Postgres then says so itself.
    pub fn barred_by(&self, folder: &Path) -> Option<PathBuf> {
        let mut way: Vec<&Path> = folder.ancestors().collect();
        way.reverse();
        way.into_iter().find(|step| !self.may_enter(step)).map(Path::to_owned)
    }

    fn may_enter(&self, folder: &Path) -> bool {
        let Ok(metadata) = fs::metadata(folder) else { return false };
        let bit = if metadata.uid() == self.uid {
            0o100
        } else if metadata.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        metadata.mode() & bit != 0
    }
}

impl From<User> for Account {
    fn from(user: User) -> Self {
        Self { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw() }
    }
}

/// Whether this process is root and therefore has to drop its rights.
pub(super) fn is_root() -> bool {
    Uid::effective().is_root()
}

/// The user and group that files for the server have to belong to.
pub(super) fn server_ids(account: Option<&Account>) -> (u32, u32) {
    account.map_or_else(|| (Uid::effective().as_raw(), Gid::effective().as_raw()), |account| (account.uid, account.gid))
}
