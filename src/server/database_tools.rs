//! Postgres' own tools, `pg_dump`, `pg_restore` and `psql`: where they are, and how they are told which database.

use super::embedded::Search;
use sqlx::{
    ConnectOptions as _,
    postgres::{PgConnectOptions, PgSslMode},
};
use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
    str::FromStr as _,
};
use thiserror::Error;
use tokio::process::Command;

/// The tools of one version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tools {
    folder: PathBuf,
    major: u32,
}

/// There are no tools that fit.
#[derive(Debug, Error)]
#[error(
    "pg_dump, pg_restore and psql of PostgreSQL {major} were not found (those of a newer one would do as well). Install them \
     (`apt-get install postgresql-client-{major}`), or set PG_BIN to their folder. Looked at: {looked_at}."
)]
pub struct NoTools {
    major: u32,
    looked_at: String,
}

impl Tools {
    /// Finds the tools for a server of this major version: older ones refuse it. `beside` is the folder of the server's
    /// own programs, where that is known; the rest is where the embedded server looks, and PATH.
    pub async fn find(beside: Option<&Path>, major: u32) -> Result<Self, NoTools> {
        let mut folders: Vec<PathBuf> = beside.map(Path::to_owned).into_iter().collect();
        folders.extend(Search::of_this_machine().folders());
        folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        Self::find_in(&folders, major).await
    }

    async fn find_in(folders: &[PathBuf], major: u32) -> Result<Self, NoTools> {
        let mut looked_at: Vec<String> = Vec::new();
        let mut fitting: Vec<Self> = Vec::new();
        for folder in folders {
            let is_whole = ["pg_dump", "pg_restore", "psql"].iter().all(|name| folder.join(name).is_file());
            let found = if is_whole { version(folder).await } else { None };
            match found {
                Some(found) if found >= major => fitting.push(Self { folder: folder.clone(), major: found }),
                Some(found) => looked_at.push(format!("{} (version {found})", folder.display())),
                None => looked_at.push(folder.display().to_string()),
            }
        }
        // The nearest version: what a newer one writes can name settings that this server does not know.
        looked_at.dedup();
        fitting.into_iter().min_by_key(|tools| tools.major).ok_or(NoTools { major, looked_at: looked_at.join(", ") })
    }

    /// One of the tools, told which database, with nothing else of our environment. It ends with this process's interest
    /// in it, and reads nothing.
    pub fn command(&self, name: &str, environment: &[(&'static str, String)]) -> Command {
        let mut command = Command::new(self.folder.join(name));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").kill_on_drop(true).stdin(Stdio::null());
        if let Some(path) = env::var_os("LD_LIBRARY_PATH") {
            command.env("LD_LIBRARY_PATH", path);
        }
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

async fn version(folder: &Path) -> Option<u32> {
    let output = Command::new(folder.join("pg_dump")).arg("--version").stdin(Stdio::null()).output().await.ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    said.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok())
}

/// A database's address in the variables that Postgres' tools read. Not as an argument, which everybody on the machine
/// could see with its password.
pub fn environment(url: &str) -> Result<Vec<(&'static str, String)>, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?;
    let host = options.get_socket().map_or_else(|| options.get_host().to_owned(), |path| path.display().to_string());
    let mode = match options.get_ssl_mode() {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    };
    let mut variables = vec![
        ("PGHOST", host),
        ("PGPORT", options.get_port().to_string()),
        ("PGUSER", options.get_username().to_owned()),
        ("PGDATABASE", options.get_database().unwrap_or(options.get_username()).to_owned()),
        ("PGSSLMODE", mode.to_owned()),
        ("PGAPPNAME", "common-ground".to_owned()),
    ];
    // There is no other way to ask for these.
    let whole = options.to_url_lossy();
    if let Some(password) = whole.password() {
        variables.push(("PGPASSWORD", percent_decoded(password)));
    }
    for (name, variable) in [("sslrootcert", "PGSSLROOTCERT"), ("sslcert", "PGSSLCERT"), ("sslkey", "PGSSLKEY")] {
        // sqlx says "file: …" of what is a path.
        let named = whole.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        variables.extend(named.map(|value| (variable, value.trim_start_matches("file: ").to_owned())));
    }
    Ok(variables)
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(url: &str, name: &str) -> Option<String> {
        environment(url).unwrap().into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    #[test]
    fn an_address_becomes_variables() {
        let url = "postgres://owner:p%40ss%25w%2Frd@db.example.org:5433/circles?sslmode=verify-full&sslrootcert=/etc/ca.pem&statement-cache-capacity=0";
        for (name, value) in [
            ("PGHOST", "db.example.org"),
            ("PGPORT", "5433"),
            ("PGUSER", "owner"),
            ("PGPASSWORD", "p@ss%w/rd"),
            ("PGDATABASE", "circles"),
            ("PGSSLMODE", "verify-full"),
            ("PGSSLROOTCERT", "/etc/ca.pem"),
        ] {
            assert_eq!(variable(url, name).as_deref(), Some(value), "{name}");
        }
        let socket = "postgres://postgres@localhost/common_ground?host=/run/circles";
        assert_eq!(variable(socket, "PGHOST").as_deref(), Some("/run/circles"));
        assert_eq!(variable(socket, "PGPASSWORD"), None);
    }

    #[tokio::test]
    async fn without_tools_one_is_told_which_package_has_them() {
        let error = Tools::find_in(&["/nonexistent".into()], 18).await.unwrap_err().to_string();
        assert!(error.contains("apt-get install postgresql-client-18") && error.contains("/nonexistent"), "{error}");
        let real = Tools::find(None, 15).await.unwrap();
        assert!(real.major >= 15);
        let error = Tools::find_in(&[real.folder], real.major + 1).await.unwrap_err().to_string();
        assert!(error.contains(&format!("(version {})", real.major)), "{error}");
    }
}
