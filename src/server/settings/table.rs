//! The tables of Leptos.toml that are ours, and the one key of leptos' own table that we need as well.
//!
//! A key that nobody knows is an error: a typing mistake in a setting must not pass in silence.

use super::SettingsError;
use serde::Deserialize;
use std::path::PathBuf;

/// Leptos.toml when the folder in which the program is started holds none.
pub const COMPILED_IN: &str = include_str!("../../../Leptos.toml");

/// The whole file.
#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct File {
    pub server: Server,
    pub holds: Holds,
    pub sign_in: SignIn,
    pub mail: Mail,
    pub program: Program,
    pub package: Package,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Server {
    pub data_dir: Option<PathBuf>,
    pub public_url: Option<String>,
    pub metrics_addr: Option<String>,
    pub trusted_proxies: Vec<String>,
    pub rate_limits: Option<String>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Holds {
    pub hold_seconds: Option<i64>,
    pub offer_seconds: Option<i64>,
    pub quiet_hours: Option<String>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[expect(clippy::struct_field_names, reason = "these are the names of the keys")]
pub struct SignIn {
    pub code_seconds: Option<i64>,
    pub session_idle_seconds: Option<i64>,
    pub staff_idle_seconds: Option<i64>,
    pub session_seconds: Option<i64>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Mail {
    pub from: Option<String>,
    pub confirmation_seconds: Option<i64>,
    pub outbox_lease_seconds: Option<i64>,
    pub worker_poll_seconds: Option<i64>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Program {
    pub alert_seconds: Option<i64>,
}

/// leptos' table: it has keys that only leptos knows.
#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub struct Package {
    pub metadata: Metadata,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub struct Metadata {
    pub leptos: Leptos,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "kebab-case")]
pub struct Leptos {
    pub site_addr: Option<String>,
}

/// Leptos.toml of the folder in which the program was started, or the copy that was compiled in.
pub fn text() -> Result<String, SettingsError> {
    match std::fs::read_to_string("Leptos.toml") {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(COMPILED_IN.to_owned()),
        Err(error) => Err(SettingsError::File(error.to_string())),
    }
}

/// The file's tables.
pub fn parse(text: &str) -> Result<File, SettingsError> {
    toml::from_str(text).map_err(|error| SettingsError::File(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leptos_table(text: &str) -> toml::Table {
        let file: toml::Table = toml::from_str(text).unwrap();
        file["package"]["metadata"]["leptos"].as_table().unwrap().clone()
    }

    #[test]
    fn leptos_and_cargo_leptos_are_told_the_same() {
        let run = leptos_table(COMPILED_IN);
        let build = leptos_table(include_str!("../../../Cargo.toml"));
        for (key, value) in &run {
            if let Some(built) = build.get(key) {
                assert_eq!(value, built, "{key} differs between Leptos.toml and Cargo.toml");
            }
        }
        for key in ["output-name", "site-root", "site-pkg-dir", "hash-files"] {
            assert!(run.contains_key(key), "{key} is missing in Leptos.toml: leptos' default is another");
        }
    }

    #[test]
    fn leptos_finds_its_table() {
        let options = leptos::config::get_config_from_str(COMPILED_IN).unwrap();
        assert_eq!(&*options.output_name, "common-ground");
        assert_eq!(&*options.site_root, "target/site");
    }

    #[test]
    fn a_key_that_nobody_knows_is_an_error() {
        let error = parse("[holds]\nhold-second = 5\n").unwrap_err().to_string();
        assert!(error.contains("hold-second"), "{error}");
        assert!(parse("[hold]\n").is_err());
    }
}
