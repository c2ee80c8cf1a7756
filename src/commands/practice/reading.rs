//! Reads TOML tables by hand instead of by serde, which stops at the first mistake: here every mistake is collected,
//! with its line.

use crate::domain::{
    email::Email,
    finder::is_zone_name,
    line::{Line, LineError},
};
use chrono::{NaiveDate, NaiveTime};
use std::{cell::RefCell, collections::BTreeMap, fmt, ops::RangeInclusive};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Something in the file that is not right.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mistake {
    /// Line of the file, from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// The lines of a file, and what was found to be wrong in it.
#[derive(Debug)]
pub struct Report {
    /// Byte at which each line after the first begins.
    breaks: Vec<usize>,
    mistakes: RefCell<Vec<Mistake>>,
}

impl Report {
    /// An empty report about a text.
    pub fn new(text: &str) -> Self {
        Self { breaks: text.match_indices('\n').map(|(at, _)| at + 1).collect(), mistakes: RefCell::default() }
    }

    /// The line in which a byte lies.
    pub fn line(&self, byte: usize) -> usize {
        self.breaks.partition_point(|begin| *begin <= byte) + 1
    }

    /// Notes a mistake.
    pub fn say(&self, line: usize, message: impl Into<String>) {
        self.mistakes.borrow_mut().push(Mistake { line, message: message.into() });
    }

    /// All mistakes in the order of their lines.
    pub fn into_mistakes(self) -> Vec<Mistake> {
        let mut mistakes = self.mistakes.into_inner();
        mistakes.sort();
        mistakes.dedup();
        mistakes
    }
}

/// Where the fields of one table stand.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    head: usize,
    fields: BTreeMap<String, usize>,
}

impl Lines {
    /// The line of the table's head.
    pub fn head(&self) -> usize {
        self.head
    }

    /// The line of a field, or of the head if there is no such field.
    pub fn of(&self, key: &str) -> usize {
        self.fields.get(key).copied().unwrap_or(self.head)
    }
}

/// The fields of one table while they are read. What is read is known; [`Fields::finish`] refuses the rest.
pub struct Fields<'a> {
    report: &'a Report,
    table: &'a DeTable<'a>,
    lines: Lines,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The fields of a table whose head begins at a byte.
    pub fn new(report: &'a Report, table: &'a DeTable<'a>, head: usize) -> Self {
        let fields = table.iter().map(|(key, _)| (key.get_ref().to_string(), report.line(key.span().start))).collect();
        Self { report, table, lines: Lines { head: report.line(head), fields }, known: Vec::new() }
    }

    /// Where the fields stand.
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Notes a mistake at a field.
    pub fn wrong(&self, key: &str, message: impl Into<String>) {
        self.report.say(self.lines.of(key), message);
    }

    /// Refuses fields that were not asked for, and gives back where the others stand.
    pub fn finish(self) -> Lines {
        for (key, line) in &self.lines.fields {
            if !self.known.contains(&key.as_str()) {
                self.report.say(*line, format!("“{key}” is not known here; known are {}", self.known.join(", ")));
            }
        }
        self.lines
    }

    /// A field as it stands, if it is there.
    pub fn find(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.table.get(key)
    }

    fn required(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        let value = self.find(key);
        if value.is_none() {
            self.wrong(key, format!("“{key}” is missing"));
        }
        value
    }

    fn text(&mut self, key: &'static str) -> Option<&'a str> {
        let text = self.required(key)?.get_ref().as_str();
        if text.is_none() {
            self.wrong(key, format!("“{key}” must be a text in quotes"));
        }
        text
    }

    /// A text whose meaning `parse` knows; `expected` says what it may be.
    pub fn parsed<T>(&mut self, key: &'static str, expected: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text(key)?;
        let value = parse(text);
        if value.is_none() {
            self.wrong(key, format!("“{key}” is {expected}, not “{}”", text.escape_debug()));
        }
        value
    }

    /// One line of text.
    pub fn line<const MAX: usize>(&mut self, key: &'static str) -> Option<String> {
        let text = self.text(key)?;
        self.clean::<MAX>(key, text, self.lines.of(key))
    }

    fn clean<const MAX: usize>(&self, key: &str, text: &str, line: usize) -> Option<String> {
        match Line::<MAX>::parse(text) {
            Ok(clean) => Some(clean.into_string()),
            Err(error) => {
                self.report.say(line, format!("“{key}” {}", said(error)));
                None
            }
        }
    }

    /// Paragraphs, separated by empty lines. An optional one that is not there is empty.
    pub fn paragraphs(&mut self, key: &'static str, optional: bool) -> Option<String> {
        if optional && !self.table.contains_key(key) {
            self.known.push(key);
            return Some(String::new());
        }
        let text = self.text(key)?;
        let mut paragraphs = vec![String::new()];
        for line in text.lines().map(str::trim_end) {
            if line.is_empty() {
                paragraphs.push(String::new());
            } else {
                let clean = self.clean::<4000>(key, line, self.lines.of(key))?;
                if let Some(paragraph) = paragraphs.last_mut() {
                    if !paragraph.is_empty() {
                        paragraph.push(' ');
                    }
                    paragraph.push_str(&clean);
                }
            }
        }
        paragraphs.retain(|paragraph| !paragraph.is_empty());
        if paragraphs.is_empty() && !optional {
            self.wrong(key, format!("“{key}” {}", said(LineError::Empty)));
            return None;
        }
        Some(paragraphs.join("\n\n"))
    }

    /// A list of lines of text; one that is not there is empty.
    pub fn lines_of_text<const MAX: usize>(&mut self, key: &'static str) -> Option<Vec<String>> {
        let Some(value) = self.find(key) else { return Some(Vec::new()) };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(key, format!("“{key}” must be a list of texts, as in [\"…\", \"…\"]"));
            return None;
        };
        // All items are looked at, so that every mistake is found.
        let read: Vec<_> = array
            .iter()
            .map(|item| {
                let line = self.report.line(item.span().start);
                let Some(text) = item.get_ref().as_str() else {
                    self.report.say(line, format!("“{key}” must hold texts in quotes only"));
                    return None;
                };
                self.clean::<MAX>(key, text, line)
            })
            .collect();
        read.into_iter().collect()
    }

    /// The tables of a list; none if it is not there.
    pub fn tables(&mut self, key: &'static str) -> Vec<Fields<'a>> {
        let Some(value) = self.find(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(key, format!("“{key}” must be a list of tables"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in array {
            match item.get_ref().as_table() {
                Some(table) => tables.push(Fields::new(self.report, table, item.span().start)),
                None => self.report.say(self.report.line(item.span().start), format!("“{key}” must hold tables only")),
            }
        }
        tables
    }

    /// A whole number within a range; `default` stands for one that is not there, if there is a default.
    pub fn number(&mut self, key: &'static str, range: RangeInclusive<i64>, default: Option<i64>) -> Option<i64> {
        let value = if default.is_some() { self.find(key) } else { self.required(key) };
        let Some(value) = value else { return default };
        let number = value.get_ref().as_integer().and_then(|n| i64::from_str_radix(n.as_str(), n.radix()).ok());
        match number {
            Some(number) if range.contains(&number) => Some(number),
            Some(number) => {
                self.wrong(
                    key,
                    format!("“{key}” must lie between {} and {}, not {number}", range.start(), range.end()),
                );
                None
            }
            None => {
                self.wrong(key, format!("“{key}” must be a whole number"));
                None
            }
        }
    }

    /// A day, with or without quotes.
    pub fn date(&mut self, key: &'static str) -> Option<NaiveDate> {
        let value = self.required(key)?.get_ref();
        let text = match value {
            DeValue::Datetime(moment) if moment.time.is_none() => moment.to_string(),
            other => other.as_str().unwrap_or_default().to_owned(),
        };
        let date = text.parse().ok().filter(|date| (date_of(1900)..date_of(2200)).contains(&Some(*date)));
        if date.is_none() {
            self.wrong(key, format!("“{key}” must be a day that exists, as in 2026-11-24"));
        }
        date
    }

    /// A time of day in quotes.
    pub fn time(&mut self, key: &'static str) -> Option<NaiveTime> {
        self.parsed(key, "a time of day as in \"19:00\"", |text| {
            (text.len() == 5).then(|| NaiveTime::parse_from_str(text, "%H:%M").ok()).flatten()
        })
    }

    /// The name of an IANA zone.
    pub fn zone(&mut self, key: &'static str) -> Option<chrono_tz::Tz> {
        self.parsed(key, "an IANA zone as in \"America/New_York\"", |text| {
            if is_zone_name(text) { text.parse().ok() } else { None }
        })
    }

    /// An e-mail address, in lower case.
    pub fn email(&mut self, key: &'static str) -> Option<String> {
        self.parsed(key, "an e-mail address as in \"ruth@example.org\"", |text| {
            Email::parse(text).ok().map(|email| email.as_str().to_owned())
        })
    }

    /// A word for addresses.
    pub fn slug(&mut self, key: &'static str) -> Option<String> {
        self.parsed(key, "a word for addresses of small letters, digits and single hyphens, at most 60", |text| {
            let clean = text.len() <= 60
                && text
                    .split('-')
                    .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
            clean.then(|| text.to_owned())
        })
    }
}

fn date_of(year: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, 1, 1)
}

/// What is wrong with a line, as the end of a sentence.
fn said(error: LineError) -> String {
    match error {
        LineError::Empty => "is empty".to_owned(),
        LineError::TooLong(most) => format!("is longer than {most} characters"),
        LineError::Control => "has a line break or another character that cannot be kept".to_owned(),
    }
}
