//! The folder of the server's Unix socket: short, its own, and closed to everybody else.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, lchown};
use std::path::{Path, PathBuf};

use super::EmbeddedError;
use super::account;
use super::home::{self, Home};

/// Postgres names its socket after the port, which is only a name here.
pub(super) const PORT: &str = "5432";

/// Makes the folder, or takes the one that is there, and notes its name in the data folder.
///
/// The name follows from the data folder, so a server that comes back has the same address, and the connection pools
/// of other processes find it again. A path to a socket may have 107 bytes; this one, with the socket, has at most 60.
pub(super) fn prepare(home: &Home) -> Result<PathBuf, EmbeddedError> {
    let folder = make(home)?;
    let note = home.socket_file();
    // Written beside and moved, so that a reader never sees half a name.
    let draft = note.with_extension("new");
    fs::write(&draft, folder.as_os_str().as_encoded_bytes())
        .and_then(|()| fs::rename(&draft, &note))
        .map_err(|source| EmbeddedError::io("write", &note, source))?;
    Ok(folder)
}

fn make(home: &Home) -> Result<PathBuf, EmbeddedError> {
    let (uid, gid) = account::server_ids(home.account.as_ref());
    let (us, _) = account::server_ids(None);
    // Only root can write to /run, where nobody can take the name away; in /tmp somebody can, hence the other endings.
    let base = if account::is_root() && Path::new("/run").is_dir() { "/run" } else { "/tmp" };
    let name = home::name_for(&home.place);
    let mut refused = io::Error::from(io::ErrorKind::AlreadyExists);
    for ending in 0..100 {
        let ending = if ending == 0 { String::new() } else { format!("-{ending}") };
        let folder = Path::new(base).join(format!("common-ground-{name}{ending}"));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => {}
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists && is_safe(&folder, &[us, uid]) => {}
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {
                refused = source;
                continue;
            }
            Err(source) => return Err(EmbeddedError::io("make the folder", &folder, source)),
        }
        lchown(&folder, Some(uid), Some(gid)).map_err(|source| EmbeddedError::io("give away", &folder, source))?;
        return Ok(folder);
    }
    Err(EmbeddedError::io("make a folder for the socket in", Path::new(base), refused))
}

/// A real folder, not a link, that belongs to us or to the server's user and is closed to all others.
fn is_safe(folder: &Path, owners: &[u32]) -> bool {
    fs::symlink_metadata(folder)
        .is_ok_and(|metadata| metadata.is_dir() && owners.contains(&metadata.uid()) && metadata.mode() & 0o777 == 0o700)
}

/// The folder that the data folder names; none while there is no server.
pub(super) fn noted(home: &Home) -> Option<PathBuf> {
    let folder = fs::read_to_string(home.socket_file()).ok()?;
    (!folder.is_empty()).then(|| PathBuf::from(folder))
}

/// Takes note and folder away after the server has ended. What cannot be removed is taken over by the next start.
pub(super) fn remove(home: &Home, folder: &Path) {
    let _ = fs::remove_file(home.socket_file());
    let _ = fs::remove_dir(folder);
}
