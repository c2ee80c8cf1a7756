//! Mails as another program reads them: Python's `email`, which is on every machine that runs the tests.

use common_ground::{
    domain::letter::OutboxMail,
    mail::message::{build, sender},
    server::state::new_key,
};
use serde_json::Value;
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

/// Reads a mail from its standard input and says what is in it.
const READER: &str = r#"
import email, email.policy, json, sys
raw = sys.stdin.buffer.read()
mail = email.message_from_bytes(raw, policy=email.policy.default)
head = raw.split(b"\r\n\r\n", 1)[0]
parts = [part for part in mail.walk() if not part.is_multipart()]
print(json.dumps({
    "ascii": all(byte < 128 for byte in head),
    "longest": max(len(line) for line in raw.split(b"\r\n")),
    "names": mail.keys(),
    "headers": {name: str(value) for name, value in mail.items()},
    "kinds": [part.get_content_type() for part in parts],
    "texts": [part.get_content() for part in parts if part.get_content_type().startswith("text/")],
    "from": [[one.display_name, one.addr_spec] for one in mail["from"].addresses],
    "to": [[one.display_name, one.addr_spec] for one in mail["to"].addresses],
    "defects": [str(defect) for part in mail.walk() for defect in part.defects],
}))
"#;

fn read(bytes: &[u8]) -> Value {
    let mut python = Command::new("python3")
        .args(["-I", "-c", READER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3, which `make setup` brings");
    python.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A mail of ours as whoever gets it may expect it: both twins, a head of ASCII alone, lines that every server carries, and
/// nothing that a strict reader stumbles over.
pub fn whole(bytes: &[u8]) -> Value {
    let found = read(bytes);
    assert_eq!(found["ascii"], true, "{found}");
    assert!(found["longest"].as_u64().unwrap() <= 998, "{found}");
    assert_eq!(found["defects"], serde_json::json!([]), "{found}");
    let kinds: Vec<_> = found["kinds"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect();
    assert!(kinds.starts_with(&["text/plain", "text/html"]) && kinds.len() <= 3, "{found}");
    assert!(found["texts"].as_array().unwrap().iter().all(|text| !text.as_str().unwrap().trim().is_empty()), "{found}");
    for name in ["From", "To", "Subject", "Date", "Message-ID"] {
        assert!(found["headers"][name].as_str().is_some_and(|value| !value.is_empty()), "{name}: {found}");
    }
    found
}

fn mail(subject: &str) -> OutboxMail {
    let id = new_key();
    OutboxMail {
        id,
        kind: "digest".to_owned(),
        to: "reader@example.org".to_owned(),
        subject: subject.to_owned(),
        text: "Times – Žofia, 李 🌊\n".to_owned(),
        html: "<p>Times – Žofia, 李 🌊</p>".to_owned(),
        shared: None,
        calendar: Some("BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n".to_owned()),
        unsubscribe_url: Some(format!("https://circles.example.org/unsubscribe/{}", "Ab_-9".repeat(30))),
        message_id: format!("<{id}@circles.example.org>"),
        created_at: "2026-11-30T14:00:00Z".parse().unwrap(),
        attempts: 1,
    }
}

#[test]
fn every_name_and_subject_reads_back_and_headers_are_ascii() {
    for words in
        ["Žofia", "李", "🌊 New times 🌊", "Žofia 李 🌊 Žofia", "plain", "\"quoted\" <a@b>, c", "=?utf-8?b?8J+Mig==?="]
    {
        let from = sender(&format!("\"{}\" <hello@example.org>", words.replace('"', "\\\""))).unwrap();
        let mail = mail(words);
        let bytes = build(&from, &mail).unwrap().formatted();
        let found = read(&bytes);
        assert_eq!(found["ascii"], true, "{found}");
        assert!(found["longest"].as_u64().unwrap() <= 998, "{found}");
        assert_eq!(found["defects"], serde_json::json!([]), "{found}");
        // What looks like an encoded word is one to whoever reads it; nothing of it becomes a header.
        if !words.starts_with("=?") {
            assert_eq!(found["headers"]["Subject"].as_str(), Some(words), "{found}");
            assert_eq!(found["from"], serde_json::json!([[words, "hello@example.org"]]), "{found}");
        }
        assert_eq!(found["to"], serde_json::json!([["", "reader@example.org"]]));
        assert_eq!(found["kinds"], serde_json::json!(["text/plain", "text/html", "text/calendar"]));
        assert_eq!(found["texts"][0].as_str().map(|text| text.replace("\r\n", "\n")), Some(mail.text.clone()));
        assert!(found["texts"][1].as_str().unwrap().contains("Žofia, 李 🌊"));
        let url = mail.unsubscribe_url.as_ref().unwrap();
        assert_eq!(found["headers"]["List-Unsubscribe"].as_str(), Some(format!("<{url}>").as_str()));
        assert_eq!(found["headers"]["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
        assert_eq!(found["headers"]["Message-ID"].as_str(), Some(mail.message_id.as_str()));
        let names: Vec<_> = found["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(
            names,
            [
                "From",
                "To",
                "Subject",
                "Date",
                "Message-ID",
                "Auto-Submitted",
                "List-Unsubscribe",
                "List-Unsubscribe-Post",
                "List-Id",
                "Precedence",
                "MIME-Version",
                "Content-Type"
            ]
        );
    }
}

#[test]
fn a_line_break_makes_no_header() {
    let from = sender("Common Ground <hello@example.org>").unwrap();
    for bad in [
        "New times\r\nBcc: b@example.org",
        "New times\nBcc: b@example.org",
        "New times\rBcc: b@example.org",
        "Žofia\r\n\r\nbody",
    ] {
        assert!(!build(&from, &mail(bad)).unwrap_err().retry, "{bad:?}");
        assert!(sender(&format!("{bad} <hello@example.org>")).is_err(), "{bad:?}");
        let url = Some(format!("https://circles.example.org/{bad}"));
        assert!(build(&from, &OutboxMail { unsubscribe_url: url, ..mail("New times") }).is_err(), "{bad:?}");
    }
}
