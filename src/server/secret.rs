//! The one secret of an installation, from which every key is derived.

use super::{settings::Settings, state};
use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Fewer bytes could be guessed.
const LEAST: usize = 32;

/// There is no usable secret.
#[derive(Debug, Error)]
pub enum SecretError {
    /// Too few bytes.
    #[error("SECRET_KEY_FILE: {0} holds fewer than {LEAST} bytes. Make one with `openssl rand -hex 32 > {0}`.")]
    Short(PathBuf),
    /// It cannot be read, or not be made.
    #[error("SECRET_KEY_FILE: {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Reads the secret. A development machine without one gets one; production has to bring its own, because a secret
/// that was made in passing would be another on every instance, and would be lost with the container.
pub fn load(settings: &Settings) -> Result<Vec<u8>, SecretError> {
    let path = &settings.secret_key_file;
    let failed = |source| SecretError::Io { path: path.clone(), source };
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && settings.is_development() => {
            make(path).map_err(failed)?;
            fs::read(path).map_err(failed)?
        }
        other => other.map_err(failed)?,
    };
    // A line break at the end is the editor's or the shell's, and no part of the secret.
    let secret = bytes.trim_ascii_end();
    if secret.len() < LEAST { Err(SecretError::Short(path.clone())) } else { Ok(secret.to_vec()) }
}

/// Makes a secret that only its owner can read. Two programs that start at once end up with the same one: each writes a
/// file of its own, and the first to give it the real name wins.
fn make(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut own = path.as_os_str().to_owned();
    own.push(format!(".{}", state::hex(&state::random::<8>())));
    let own = PathBuf::from(own);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&own)?;
    writeln!(file, "{}", state::hex(&state::random::<32>()))?;
    file.sync_all()?;
    let linked = fs::hard_link(&own, path);
    fs::remove_file(&own)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn settings(folder: &Path, more: &[(&str, &str)]) -> Settings {
        let file = folder.join("deep/secret.key");
        Settings::from_sources("", |name| match name {
            "SECRET_KEY_FILE" => Some(file.display().to_string()),
            _ => more.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
        })
        .unwrap()
    }

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("cg-secret-{}", state::hex(&state::random::<8>()))))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_desk_gets_a_secret_that_stays() {
        let folder = Folder::new();
        let settings = settings(&folder.0, &[]);
        let first = load(&settings).unwrap();
        assert_eq!(first.len(), 64);
        assert_eq!(load(&settings).unwrap(), first);
        assert_eq!(fs::metadata(&settings.secret_key_file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.0.join("deep")).unwrap().count(), 1, "nothing is left lying about");
    }

    #[test]
    fn production_brings_its_own() {
        let folder = Folder::new();
        let settings = settings(
            &folder.0,
            &[("APP_ENV", "production"), ("PUBLIC_URL", "https://a.example"), ("MAIL_DIR", "/tmp/cg-mail")],
        );
        assert!(load(&settings).unwrap_err().to_string().starts_with("SECRET_KEY_FILE"));
        assert!(!settings.secret_key_file.exists());
    }

    #[test]
    fn a_short_secret_is_refused() {
        let folder = Folder::new();
        let settings = settings(&folder.0, &[]);
        fs::create_dir_all(folder.0.join("deep")).unwrap();
        fs::write(&settings.secret_key_file, "0123456789012345678901234567890\n").unwrap();
        assert!(matches!(load(&settings), Err(SecretError::Short(_))));
        fs::write(&settings.secret_key_file, "01234567890123456789012345678901\n").unwrap();
        assert_eq!(load(&settings).unwrap().len(), 32);
    }
}
