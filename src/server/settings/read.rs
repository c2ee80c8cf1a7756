//! From the file and the environment to [`Settings`], with every rule about what may be together.

use super::{Durations, Environment, MailTarget, MetricsAddress, Network, QuietHours, Settings, SettingsError, table};
use axum::http::Uri;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    str::FromStr as _,
};

/// The farthest that the calendar's clock may be shifted, ten years: beyond it dates would not fit any more.
const FARTHEST: i64 = 10 * 366 * 86_400;

impl Settings {
    /// From Leptos.toml and the environment of the process.
    pub fn load() -> Result<Self, SettingsError> {
        Self::from_sources(&table::text()?, |name| std::env::var(name).ok())
    }

    /// Leptos.toml as the program found it, for leptos itself.
    pub fn file() -> Result<String, SettingsError> {
        table::text()
    }

    /// From the text of a Leptos.toml and an environment. An empty variable counts as unset, because that is how
    /// container tools pass on what nobody set.
    pub fn from_sources(file: &str, env: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let file = table::parse(file)?;
        let env = |name: &str| env(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());

        let database_url = env("DATABASE_URL");
        let migrate_url = env("MIGRATE_URL");
        if database_url.is_none() && migrate_url.is_some() {
            return Err(SettingsError::Refused {
                variable: "MIGRATE_URL",
                reason: "is set, but DATABASE_URL is not; the embedded Postgres needs neither",
            });
        }
        let environment = match env("APP_ENV").as_deref() {
            Some("development") => Environment::Development,
            Some("production") => Environment::Production,
            Some(other) => return Err(bad("APP_ENV", "must be development or production", other)),
            None if database_url.is_some() => Environment::Production,
            None => Environment::Development,
        };

        let data = env("DATA_DIR").map(PathBuf::from).or(file.server.data_dir).unwrap_or_else(|| ".data".into());
        let address = env("LEPTOS_SITE_ADDR").or(file.package.metadata.leptos.site_addr);
        let address = address.as_deref().unwrap_or("127.0.0.1:3000");
        let address: SocketAddr = address
            .parse()
            .map_err(|_| bad("LEPTOS_SITE_ADDR", "must be an address and a port such as 127.0.0.1:3000", address))?;

        let public_url = env("PUBLIC_URL").or(file.server.public_url);
        let secret_key_file = env("SECRET_KEY_FILE").map(PathBuf::from);
        let mail = match (env("SMTP_URL"), env("MAIL_DIR")) {
            (Some(_), Some(_)) => {
                return Err(SettingsError::Refused {
                    variable: "MAIL_DIR",
                    reason: "is set, and SMTP_URL is too; mails can go one way only",
                });
            }
            (Some(url), None) if url.starts_with("smtp://") || url.starts_with("smtps://") => {
                Some(MailTarget::Smtp(url))
            }
            // The value holds a password, so the message does not.
            (Some(_), None) => return Err(bad("SMTP_URL", "must begin with smtp:// or smtps://", "…")),
            (None, Some(folder)) => Some(MailTarget::Directory(folder.into())),
            (None, None) => None,
        };
        let rate_limits = switch("RATE_LIMITS", env("RATE_LIMITS").or(file.server.rate_limits))?;
        let clock_offset_seconds = match env("CLOCK_OFFSET_SECONDS") {
            None => 0,
            Some(text) => text
                .parse()
                .ok()
                .filter(|seconds: &i64| seconds.abs() <= FARTHEST)
                .ok_or_else(|| bad("CLOCK_OFFSET_SECONDS", "must be whole seconds, ten years at most", &text))?,
        };

        if environment == Environment::Production {
            let missing: Vec<_> = [
                ("PUBLIC_URL", public_url.is_none()),
                ("SECRET_KEY_FILE", secret_key_file.is_none()),
                ("SMTP_URL or MAIL_DIR", mail.is_none()),
            ]
            .into_iter()
            .filter_map(|(variable, is_missing)| is_missing.then_some(variable))
            .collect();
            if !missing.is_empty() {
                return Err(SettingsError::Missing(missing));
            }
            if !rate_limits {
                return Err(SettingsError::Refused { variable: "RATE_LIMITS", reason: "cannot be off in production" });
            }
            if clock_offset_seconds != 0 {
                let reason = "must be 0 in production";
                return Err(SettingsError::Refused { variable: "CLOCK_OFFSET_SECONDS", reason });
            }
        }

        let public_url = match public_url {
            Some(url) => public_url_of(&url, environment)?,
            None => format!("http://{}", reachable(address)),
        };
        let metrics = match env("METRICS_ADDR").or(file.server.metrics_addr).as_deref() {
            Some("off") => None,
            Some(text) => {
                let address = text.parse();
                let address =
                    address.map_err(|_| bad("METRICS_ADDR", "must be off, or an address and a port", text))?;
                Some(MetricsAddress { address, is_chosen: true })
            }
            // A port above 64535 leaves no room for the default; then there are no metrics unless told where.
            None => address.port().checked_add(1000).map(|port| MetricsAddress {
                address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
                is_chosen: false,
            }),
        };
        let trusted_proxies = match env("TRUSTED_PROXIES") {
            Some(list) => list.split(',').map(str::to_owned).collect(),
            None => file.server.trusted_proxies,
        };
        let trusted_proxies = trusted_proxies
            .iter()
            .map(|text| {
                let reason = "must list networks such as 10.0.0.0/8, with commas between";
                Network::parse(text).ok_or_else(|| bad("TRUSTED_PROXIES", reason, text))
            })
            .collect::<Result<_, _>>()?;

        let seconds = |variable, in_file, default| duration(variable, env(variable), in_file, default);
        let durations = Durations {
            hold: seconds("HOLD_SECONDS", file.holds.hold_seconds, 600)?,
            offer: seconds("OFFER_SECONDS", file.holds.offer_seconds, 43_200)?,
            code: seconds("CODE_SECONDS", file.sign_in.code_seconds, 600)?,
            session_idle: seconds("SESSION_IDLE_SECONDS", file.sign_in.session_idle_seconds, 1800)?,
            staff_idle: seconds("STAFF_IDLE_SECONDS", file.sign_in.staff_idle_seconds, 900)?,
            session: seconds("SESSION_SECONDS", file.sign_in.session_seconds, 43_200)?,
            confirmation: seconds("CONFIRMATION_SECONDS", file.mail.confirmation_seconds, 172_800)?,
            alert: seconds("ALERT_SECONDS", file.program.alert_seconds, 3600)?,
            outbox_lease: seconds("OUTBOX_LEASE_SECONDS", file.mail.outbox_lease_seconds, 120)?,
            worker_poll: seconds("WORKER_POLL_SECONDS", file.mail.worker_poll_seconds, 5)?,
        };

        Ok(Self {
            environment,
            database_url,
            migrate_url,
            public_url,
            address,
            metrics,
            mail: mail.unwrap_or_else(|| MailTarget::Directory(data.join("mail"))),
            mail_from: env("MAIL_FROM")
                .or(file.mail.from)
                .unwrap_or_else(|| "Common Ground <hello@example.org>".to_owned()),
            secret_key_file: secret_key_file.unwrap_or_else(|| data.join("secret.key")),
            data,
            trusted_proxies,
            durations,
            quiet_hours: quiet_hours(env("QUIET_HOURS").or(file.holds.quiet_hours))?,
            rate_limits,
            clock_offset_seconds,
        })
    }
}

fn bad(variable: &'static str, reason: &'static str, value: &str) -> SettingsError {
    SettingsError::Bad { variable, reason, value: value.to_owned() }
}

/// `on` or `off`; on when nobody says.
fn switch(variable: &'static str, value: Option<String>) -> Result<bool, SettingsError> {
    match value.as_deref() {
        None | Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(other) => Err(bad(variable, "must be on or off", other)),
    }
}

/// A duration in whole seconds: the environment's, else the file's, else the default.
fn duration(
    variable: &'static str,
    in_env: Option<String>,
    in_file: Option<i64>,
    default: u32,
) -> Result<u32, SettingsError> {
    let Some(text) = in_env.or_else(|| in_file.map(|seconds| seconds.to_string())) else { return Ok(default) };
    // Postgres counts these in `integer`, so its largest is the largest here.
    let fits = text.parse().ok().filter(|seconds| (1..=i32::MAX.unsigned_abs()).contains(seconds));
    fits.ok_or_else(|| bad(variable, "must be a whole number of seconds, at least 1", &text))
}

/// `22-08` or `off`.
fn quiet_hours(value: Option<String>) -> Result<Option<QuietHours>, SettingsError> {
    let text = value.unwrap_or_else(|| "22-08".to_owned());
    if text == "off" {
        return Ok(None);
    }
    let hour = |text: &str| text.parse().ok().filter(|hour: &u8| *hour < 24);
    text.split_once('-')
        .and_then(|(from, to)| Some(QuietHours { from: hour(from)?, to: hour(to)? }))
        .filter(|quiet| quiet.from != quiet.to)
        .map(Some)
        .ok_or_else(|| bad("QUIET_HOURS", "must be off, or two hours such as 22-08", &text))
}

/// An origin: browsers send it exactly so, and it is compared byte by byte.
fn public_url_of(text: &str, environment: Environment) -> Result<String, SettingsError> {
    let wrong = |reason| bad("PUBLIC_URL", reason, text);
    let shape = "must be http:// or https:// with a host and nothing behind it";
    let uri = Uri::from_str(text.trim_end_matches('/')).map_err(|_| wrong(shape))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(wrong(shape)) };
    let is_bare =
        uri.path() == "/" && uri.query().is_none() && !authority.as_str().contains('@') && !text.contains('#');
    if !is_bare || !matches!(scheme, "http" | "https") {
        return Err(wrong(shape));
    }
    let host = authority.host().to_ascii_lowercase();
    if scheme == "http" && environment == Environment::Production && !is_loopback(&host) {
        return Err(wrong("must be https in production, or http on this machine alone"));
    }
    // A browser leaves the scheme's own port out.
    let port = authority.port_u16().filter(|port| *port != if scheme == "https" { 443 } else { 80 });
    Ok(port.map_or_else(|| format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}")))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The address as a browser on this machine reaches it: nobody can visit 0.0.0.0.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() { (Ipv4Addr::LOCALHOST, address.port()).into() } else { address }
}

#[cfg(test)]
mod tests;
