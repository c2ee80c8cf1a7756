//! E-mail addresses, as far as a practice must understand them.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A well-formed address in lower case. Whether it can receive mail only a mail can tell.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

/// Why an address was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum EmailError {
    /// Nothing was typed.
    #[error("Please type your e-mail address.")]
    Empty,
    /// It does not have the form of an address.
    #[error("This does not look like an e-mail address. It needs an @ and a domain, as in wren@example.org.")]
    Malformed,
}

impl Email {
    /// Parses an address: one `@`, a local part of at most 64 characters, a domain with a dot, printable ASCII only.
    pub fn parse(typed: &str) -> Result<Self, EmailError> {
        let text = typed.trim();
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        let text = text.to_ascii_lowercase();
        let Some((local, domain)) = text.split_once('@') else {
            return Err(EmailError::Malformed);
        };
        let local_fits = (1..=64).contains(&local.len())
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
        let domain_fits = (3..=190).contains(&domain.len())
            && domain.contains('.')
            && domain.split('.').all(|label| {
                (1..=63).contains(&label.len())
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
        if local_fits && domain_fits { Ok(Self(text)) } else { Err(EmailError::Malformed) }
    }

    /// A link that writes to it. Signs that an address may have and a link reads otherwise (RFC 6068, 2), as `?` and `&`,
    /// are escaped, so that it names this address and nothing else.
    pub fn mailto(&self) -> String {
        let (local, host) = self.as_str().rsplit_once('@').unwrap_or_default();
        let mut link = "mailto:".to_owned();
        super::finder::escape_into(&mut link, local);
        link.push('@');
        super::finder::escape_into(&mut link, host);
        link
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_addresses_of_every_day() {
        for typed in ["wren@example.org", " Wren@Example.ORG ", "a.b+c@mail.example.co.uk", "o'neil@example.org"] {
            assert!(Email::parse(typed).is_ok(), "{typed}");
        }
        assert_eq!(Email::parse(" Wren@Example.ORG ").unwrap().as_str(), "wren@example.org");
    }

    #[test]
    fn a_link_names_the_address_and_nothing_else() {
        let link = |typed: &str| Email::parse(typed).unwrap().mailto();
        assert_eq!(link("wren.a@example.org"), "mailto:wren.a@example.org");
        assert_eq!(link("a?bcc=all&x%y@example.org"), "mailto:a%3Fbcc%3Dall%26x%25y@example.org");
    }

    #[test]
    fn refuses_what_is_none() {
        assert_eq!(Email::parse("  "), Err(EmailError::Empty));
        for typed in [
            "wren",
            "wren@",
            "@example.org",
            "wren@example",
            "a b@example.org",
            "a@b@example.org",
            "a@-x.org",
            "a@x..org",
            ".a@example.org",
            "a..b@example.org",
            "a@example.org\r\nBcc: c@example.org",
            "a\0@example.org",
        ] {
            assert_eq!(Email::parse(typed), Err(EmailError::Malformed), "{typed:?}");
        }
    }
}
