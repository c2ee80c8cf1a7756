//! Calendar files as another program reads them: `PyPI`'s `icalendar`, in the environment that `make test` makes for it.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

/// Reads a file from its standard input and says what is in it. The zones get a name that nobody else knows, so that the
/// instants follow from the rules in the file alone.
const READER: &str = r#"
import datetime, icalendar, json, sys
raw = sys.stdin.buffer.read().replace(b"\r\n", b"\n").replace(b"\n ", b"")
calendar = icalendar.Calendar.from_ical(raw.replace(b"America/", b"Own/").replace(b"\n", b"\r\n"))
utc = lambda at: at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
print(json.dumps({
    "method": calendar.get("METHOD"),
    "zones": [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")],
    "errors": [str(error) for one in calendar.walk() for error in one.errors],
    "events": [{
        "starts_at": utc(event["DTSTART"].dt),
        "ends_at": utc(event["DTEND"].dt),
        "zone": str(event["DTSTART"].params["TZID"]),
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "status": str(event["STATUS"]),
    } for event in calendar.walk("VEVENT")],
}))
"#;

/// A file.
#[derive(Deserialize, Debug)]
pub struct Read {
    pub method: Option<String>,
    pub zones: Vec<String>,
    errors: Vec<String>,
    pub events: Vec<ReadEvent>,
}

/// An event in it.
#[derive(Deserialize, Debug)]
pub struct ReadEvent {
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub zone: String,
    pub uid: String,
    pub sequence: u32,
    pub status: String,
}

/// The Python that `TEST_PYTHON` names. `make test` sets it, so that there nothing is left out; whoever runs one test by hand
/// needs no such environment, and a machine that judges changes must have it.
pub fn python() -> Option<std::ffi::OsString> {
    let python = std::env::var_os("TEST_PYTHON");
    if python.is_none() {
        assert!(std::env::var_os("CI").is_none(), "TEST_PYTHON is not set: run .make/rust-tests.sh, which makes it");
        eprintln!("TEST_PYTHON is not set: no other program looks at this");
    }
    python
}

/// Reads a file; nothing without that Python.
pub fn read(file: &str) -> Option<Read> {
    let mut python = Command::new(python()?)
        .args(["-I", "-c", READER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the Python of the tests");
    python.stdin.take().unwrap().write_all(file.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "it cannot be read: {file}");
    let read: Read = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read.errors, [""; 0], "{file}");
    assert!(read.events.iter().all(|event| read.zones.contains(&event.zone)), "each zone has its rules: {file}");
    Some(read)
}
