//! Reads `.eml` files back: enough of RFC 5322 and MIME for the mails that we write ourselves. For `/dev/mail` and
//! tests only; mails of others never come here.

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// A mail that was read.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Eml {
    headers: Vec<(String, String)>,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// The calendar file.
    pub calendar: Option<String>,
}

impl Eml {
    /// Reads a mail. What cannot be read stays empty: a list of files must not break over one of them.
    pub fn parse(bytes: &[u8]) -> Self {
        let raw = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let (headers, body) = split(&raw);
        let mut eml = Self::default();
        eml.collect(&headers, body, 0);
        eml.headers = headers.into_iter().map(|(name, value)| (name, decoded_words(&value))).collect();
        eml
    }

    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Six digits that stand alone in the text: the code of a sign-in mail.
    pub fn code(&self) -> Option<&str> {
        self.text.lines().map(str::trim).find(|line| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit()))
    }

    fn collect(&mut self, headers: &[(String, String)], body: &str, depth: u8) {
        let kind = find(headers, "content-type").unwrap_or("text/plain").to_ascii_lowercase();
        if kind.starts_with("multipart/") && depth < 5 {
            // Boundaries keep their case, so they are read from the header as it stands.
            let original = find(headers, "content-type").unwrap_or_default();
            let Some((_, boundary)) = original.split_once("boundary=") else { return };
            let boundary = boundary.split(';').next().unwrap_or_default().trim().trim_matches('"');
            let whole = format!("\n{body}");
            for part in whole.split(&format!("\n--{boundary}")).skip(1) {
                if part.starts_with("--") {
                    break;
                }
                let (headers, body) = split(part.trim_start_matches([' ', '\t']).trim_start_matches('\n'));
                self.collect(&headers, body, depth + 1);
            }
            return;
        }
        let body = decode(body, find(headers, "content-transfer-encoding").unwrap_or("7bit"));
        if kind.starts_with("text/html") {
            self.html = body;
        } else if kind.starts_with("text/calendar") {
            self.calendar = Some(body);
        } else if kind.starts_with("text/plain") {
            self.text = body;
        }
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Headers with folded lines joined, and what follows them.
fn split(raw: &str) -> (Vec<(String, String)>, &str) {
    let (head, body) = raw.split_once("\n\n").unwrap_or((raw, ""));
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in head.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    (headers, body)
}

fn decode(body: &str, encoding: &str) -> String {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "base64" => {
            let packed: String = body.split_whitespace().collect();
            String::from_utf8_lossy(&BASE64_STANDARD.decode(packed).unwrap_or_default()).replace("\r\n", "\n")
        }
        "quoted-printable" => quoted_printable(body),
        _ => body.to_owned(),
    }
}

fn quoted_printable(body: &str) -> String {
    let mut bytes = Vec::with_capacity(body.len());
    let mut rest = body.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'=' {
            bytes.push(first);
        } else if let Some(joined) = after.strip_prefix(b"\n") {
            rest = joined;
        } else if let Some(byte) = after.get(..2).and_then(hex_byte) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// `=?utf-8?b?…?=`, which is what our mail library writes where a header is not plain ASCII.
fn decoded_words(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, encoded)) = rest.split_once("=?utf-8?b?") {
        let Some((packed, after)) = encoded.split_once("?=") else { break };
        // White space between two encoded words belongs to nobody.
        if out.is_empty() || !before.trim().is_empty() {
            out.push_str(before);
        }
        out.push_str(&String::from_utf8_lossy(&BASE64_STANDARD.decode(packed).unwrap_or_default()));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_encodings_and_nested_parts() {
        let eml = Eml::parse(
            b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\nTo: a@example.org\r\n\
              Content-Type: multipart/mixed;\r\n boundary=\"O-1\"\r\n\r\n--O-1\r\n\
              Content-Type: multipart/alternative; boundary=\"i2\"\r\n\r\n--i2\r\n\
              Content-Type: text/plain; charset=utf-8\r\n\
              Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=\r\n=C3=9Fe\r\n\r\n  482913\r\n--i2\r\n\
              Content-Type: text/html; charset=utf-8\r\n\
              Content-Transfer-Encoding: base64\r\n\r\nPHA+\r\naGk8L3A+\r\n--i2--\r\n--O-1--\r\n",
        );
        assert_eq!(eml.header("subject"), Some("Grüße"));
        assert_eq!(eml.text, "Grüße\n\n  482913");
        assert_eq!(eml.html, "<p>hi</p>");
        assert_eq!(eml.code(), Some("482913"));
    }

    #[test]
    fn broken_files_are_read_as_far_as_they_go() {
        for broken in [
            &b""[..],
            b"\xff\xfe",
            b"Content-Type: multipart/mixed\n\n--x",
            b"Content-Transfer-Encoding: base64\n\n!!",
            b"a: b\n\n=Z=\n=",
        ] {
            Eml::parse(broken);
        }
    }
}
