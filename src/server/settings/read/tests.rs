//! The rules of the settings, each on its own.

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::from_sources(table::COMPILED_IN, |name| {
        pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    })
}

const PRODUCTION: [(&str, &str); 4] = [
    ("DATABASE_URL", "postgres://app@db/app"),
    ("PUBLIC_URL", "https://groups.example.org"),
    ("SECRET_KEY_FILE", "/run/secrets/key"),
    ("SMTP_URL", "smtps://user:password@relay.example.org"),
];

fn production(more: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let pairs: Vec<_> = more.iter().chain(&PRODUCTION).copied().collect();
    read(&pairs)
}

fn refusal(result: Result<Settings, SettingsError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn nothing_set_is_development_with_everything_beside_it() {
    let settings = read(&[]).unwrap();
    assert!(settings.is_development() && settings.is_embedded() && !settings.is_https());
    assert_eq!(settings.public_url, "http://127.0.0.1:3000");
    let default = MetricsAddress { address: "127.0.0.1:4000".parse().unwrap(), is_chosen: false };
    assert_eq!(settings.metrics, Some(default));
    let chosen = MetricsAddress { is_chosen: true, ..default };
    assert_eq!(read(&[("METRICS_ADDR", "127.0.0.1:4000")]).unwrap().metrics, Some(chosen));
    assert_eq!(settings.mail, MailTarget::Directory(".data/mail".into()));
    assert_eq!(settings.secret_key_file, PathBuf::from(".data/secret.key"));
    assert_eq!(settings.quiet_hours, Some(QuietHours { from: 22, to: 8 }));
    assert!(settings.rate_limits && settings.trusted_proxies.is_empty());
    let durations = settings.durations;
    assert_eq!((durations.hold, durations.offer, durations.code), (600, 43_200, 600));
    assert_eq!((durations.session_idle, durations.staff_idle, durations.session), (1800, 900, 43_200));
    assert_eq!((durations.confirmation, durations.alert), (172_800, 3600));
    assert_eq!((durations.outbox_lease, durations.worker_poll), (120, 5));
}

#[test]
fn the_file_in_this_repository_says_the_defaults() {
    let env = |_: &str| None;
    let with = Settings::from_sources(table::COMPILED_IN, env).unwrap();
    let without = Settings::from_sources("", env).unwrap();
    assert_eq!(format!("{with:?}"), format!("{without:?}"));
}

#[test]
fn a_database_makes_it_production_unless_told_otherwise() {
    assert!(!production(&[]).unwrap().is_development());
    assert!(production(&[("APP_ENV", "development")]).unwrap().is_development());
    assert!(refusal(read(&[("APP_ENV", "staging")])).contains("APP_ENV"));
    assert!(refusal(read(&[("MIGRATE_URL", "postgres://owner@db/app")])).contains("MIGRATE_URL"));
}

#[test]
fn production_names_everything_that_is_missing() {
    let message = refusal(read(&[("DATABASE_URL", "postgres://app@db/app")]));
    for variable in ["PUBLIC_URL", "SECRET_KEY_FILE", "SMTP_URL or MAIL_DIR"] {
        assert!(message.contains(variable), "{message}");
    }
    let message = refusal(production(&[("SECRET_KEY_FILE", " ")]));
    assert!(message.contains("missing: SECRET_KEY_FILE."), "{message}");
}

#[test]
fn production_refuses_what_is_only_good_for_tests() {
    assert!(refusal(production(&[("RATE_LIMITS", "off")])).starts_with("RATE_LIMITS"));
    assert!(refusal(production(&[("CLOCK_OFFSET_SECONDS", "60")])).starts_with("CLOCK_OFFSET_SECONDS"));
    assert!(production(&[("CLOCK_OFFSET_SECONDS", "0"), ("RATE_LIMITS", "on")]).is_ok());
    assert!(!read(&[("RATE_LIMITS", "off")]).unwrap().rate_limits);
    assert_eq!(read(&[("CLOCK_OFFSET_SECONDS", "-86400")]).unwrap().clock_offset_seconds, -86_400);
    assert!(refusal(read(&[("CLOCK_OFFSET_SECONDS", "9999999999999")])).contains("CLOCK_OFFSET_SECONDS"));
}

#[test]
fn the_public_url_is_an_origin() {
    let url = |text| production(&[("PUBLIC_URL", text)]).map(|settings| settings.public_url);
    assert_eq!(url("https://Groups.example.org/").unwrap(), "https://groups.example.org");
    assert_eq!(url("https://groups.example.org:443").unwrap(), "https://groups.example.org");
    assert_eq!(url("https://groups.example.org:8443").unwrap(), "https://groups.example.org:8443");
    for loopback in ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000"] {
        assert_eq!(url(loopback).unwrap(), loopback);
    }
    for wrong in [
        "http://groups.example.org",
        "groups.example.org",
        "ftp://groups.example.org",
        "https://groups.example.org/app",
        "https://groups.example.org/?a=b",
        "https://user@groups.example.org",
        "https://",
    ] {
        assert!(url(wrong).unwrap_err().to_string().starts_with("PUBLIC_URL"), "{wrong}");
    }
    assert!(read(&[("PUBLIC_URL", "http://groups.example.org")]).is_ok(), "a desk may use any name");
}

#[test]
fn durations_are_whole_seconds_of_at_least_one() {
    for variable in [
        "HOLD_SECONDS",
        "OFFER_SECONDS",
        "CODE_SECONDS",
        "SESSION_IDLE_SECONDS",
        "STAFF_IDLE_SECONDS",
        "SESSION_SECONDS",
        "CONFIRMATION_SECONDS",
        "ALERT_SECONDS",
        "OUTBOX_LEASE_SECONDS",
        "WORKER_POLL_SECONDS",
    ] {
        for wrong in ["0", "-1", "1.5", "soon", "4294967295"] {
            assert!(refusal(read(&[(variable, wrong)])).starts_with(variable), "{variable}={wrong}");
        }
    }
    assert_eq!(read(&[("HOLD_SECONDS", "2")]).unwrap().durations.hold, 2);
    let from_file = Settings::from_sources("[holds]\nhold-seconds = 0\n", |_| None);
    assert!(refusal(from_file).starts_with("HOLD_SECONDS"));
}

#[test]
fn the_other_values_are_checked_too() {
    for (variable, wrong) in [
        ("QUIET_HOURS", "22"),
        ("QUIET_HOURS", "22-24"),
        ("QUIET_HOURS", "8-8"),
        ("RATE_LIMITS", "no"),
        ("METRICS_ADDR", "here"),
        ("LEPTOS_SITE_ADDR", "3000"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,everybody"),
        ("SMTP_URL", "relay.example.org"),
    ] {
        assert!(refusal(read(&[(variable, wrong)])).starts_with(variable), "{variable}={wrong}");
    }
    assert!(refusal(production(&[("MAIL_DIR", "/tmp/mail")])).starts_with("MAIL_DIR"));
    let settings = read(&[
        ("QUIET_HOURS", "off"),
        ("METRICS_ADDR", "off"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("LEPTOS_SITE_ADDR", "0.0.0.0:8080"),
        ("DATA_DIR", "/srv/data"),
    ])
    .unwrap();
    assert_eq!((settings.quiet_hours, settings.metrics), (None, None));
    assert_eq!(settings.trusted_proxies.len(), 2);
    assert_eq!(settings.public_url, "http://127.0.0.1:8080");
    assert_eq!(settings.mail, MailTarget::Directory("/srv/data/mail".into()));
}

#[test]
fn a_password_does_not_get_into_the_message() {
    assert!(!refusal(read(&[("SMTP_URL", "http://user:hunter2@relay")])).contains("hunter2"));
}
