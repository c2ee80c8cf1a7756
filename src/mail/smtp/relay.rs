//! `SMTP_URL`: `smtp://host`, `smtp://name:password@host:587?tls=required`, `smtps://name:password@host`.

use std::fmt;

/// How the way to the relay is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// Not at all: `smtp://`.
    Clear,
    /// By STARTTLS, required: `smtp://…?tls=required`.
    StartTls,
    /// From the first byte: `smtps://`.
    Tls,
}

/// Where the relay is and how one signs in there.
#[derive(Clone, PartialEq, Eq)]
pub struct Relay {
    /// Its host.
    pub host: String,
    /// Its port; 25, 587 or 465 when the address names none.
    pub port: u16,
    /// How the way is protected.
    pub security: Security,
    /// Name and password.
    pub login: Option<(String, String)>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Relay {
    /// Reads the address. The message says what is wrong and never holds the password.
    pub fn parse(url: &str) -> Result<Self, String> {
        let (scheme, rest) = url.split_once("://").ok_or("SMTP_URL must begin with smtp:// or smtps://")?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (security, default_port) = match (scheme, query) {
            ("smtp", "") => (Security::Clear, 25),
            ("smtp", "tls=required") => (Security::StartTls, 587),
            ("smtps", "" | "tls=required") => (Security::Tls, 465),
            // "opportunistic" would fall back to clear text whenever somebody on the way wants it to.
            ("smtp" | "smtps", _) => return Err("SMTP_URL knows one parameter: tls=required".to_owned()),
            _ => return Err("SMTP_URL must begin with smtp:// or smtps://".to_owned()),
        };
        let authority = rest.trim_end_matches('/');
        let (login, address) = match authority.rsplit_once('@') {
            None => (None, authority),
            Some((login, address)) => {
                let (name, password) =
                    login.split_once(':').ok_or("SMTP_URL names somebody who signs in, but no password")?;
                (Some((percent_decoded(name)?, percent_decoded(password)?)), address)
            }
        };
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                (host, port.parse().map_err(|_| "SMTP_URL has a port that is no number".to_owned())?)
            }
            _ => (address, default_port),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-:_".contains(&byte);
        if host.is_empty() || !host.bytes().all(fits) {
            return Err("SMTP_URL has no host, or one that cannot be read".to_owned());
        }
        Ok(Self { host: host.to_owned(), port, security, login })
    }

    /// Whether mails stay on this machine on their way to the relay.
    pub fn is_on_this_machine(&self) -> bool {
        ["localhost", "127.0.0.1", "::1"].contains(&self.host.as_str())
    }
}

fn percent_decoded(text: &str) -> Result<String, String> {
    let wrong = || "SMTP_URL has a % that two hexadecimal digits do not follow".to_owned();
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'%' {
            let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok()).ok_or_else(wrong)?;
            bytes.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
            rest = &after[2..];
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(url: &str) -> (String, u16, Security, Option<(String, String)>) {
        let relay = Relay::parse(url).unwrap();
        (relay.host, relay.port, relay.security, relay.login)
    }

    #[test]
    fn addresses_of_every_day() {
        let login = Some(("apikey".to_owned(), "p@ss:w/rd".to_owned()));
        assert_eq!(relay("smtp://127.0.0.1:1025"), ("127.0.0.1".to_owned(), 1025, Security::Clear, None));
        assert_eq!(relay("smtp://mail.example.org/"), ("mail.example.org".to_owned(), 25, Security::Clear, None));
        assert_eq!(
            relay("smtp://apikey:p%40ss%3aw%2Frd@mail.example.org?tls=required"),
            ("mail.example.org".to_owned(), 587, Security::StartTls, login.clone())
        );
        assert_eq!(relay("smtps://apikey:p%40ss:w%2Frd@[::1]"), ("::1".to_owned(), 465, Security::Tls, login));
        assert_eq!(relay("smtps://[::1]:2465").1, 2465);
    }

    #[test]
    fn what_could_fall_back_to_clear_text_is_refused_and_no_password_is_said() {
        for bad in [
            "mail.example.org",
            "http://x:secret@mail.example.org",
            "smtp://x:secret@mail.example.org?tls=opportunistic",
            "smtp://x:secret@mail.example.org?tls=require",
            "smtp://x:secret@",
            "smtp://x:secret@mail.example.org:smtp",
            "smtp://secret@mail.example.org",
            "smtp://x:secret%zz@mail.example.org",
            "smtp://x:secret@a b",
        ] {
            let message = Relay::parse(bad).unwrap_err();
            assert!(!message.contains("secret"), "{message}");
        }
        assert!(!format!("{:?}", Relay::parse("smtps://x:secret@example.org").unwrap()).contains("secret"));
    }
}
