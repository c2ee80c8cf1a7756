//! What Postgres says: appended to one file, which is put aside when it has grown long.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::EmbeddedError;

/// In bytes.
const LONG: u64 = 8 << 20;
/// The lines that an error message shows.
const SHOWN: usize = 6;

/// The file twice, for the two outputs of the server. This process opens it, since the server's user need not be able
/// to.
pub(super) fn open(path: &Path) -> Result<(File, File), EmbeddedError> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .and_then(|file| Ok((file.try_clone()?, file)))
        .map_err(|source| EmbeddedError::io("open", path, source))
}

/// Keeps one older log beside the new one. A log that cannot be moved only goes on growing.
pub(super) fn put_aside_if_long(path: &Path) {
    if length(path) > LONG {
        let _ = fs::rename(path, path.with_extension("old"));
    }
}

pub(super) fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// The last lines of what was said after that many bytes.
pub(super) fn read_from(path: &Path, start: u64) -> String {
    let mut said = Vec::new();
    let read = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(start))?;
        file.read_to_end(&mut said)
    });
    if let Err(error) = read {
        return format!("(it cannot be read: {error})");
    }
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}
