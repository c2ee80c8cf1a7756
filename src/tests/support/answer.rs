//! An answer, and what a page shows in it.

use axum::http::{HeaderMap, StatusCode, header::LOCATION};

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: String,
}

impl Answer {
    /// Where it sends the browser.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION).and_then(|value| value.to_str().ok())
    }

    /// The value of an input of the page, if it has one.
    pub fn input(&self, name: &str) -> Option<String> {
        self.body.split("<input").skip(1).find_map(|rest| {
            let tag = rest.split('>').next()?;
            tag.contains(&format!("name=\"{name}\"")).then(|| attribute(tag, "value").unwrap_or_default())
        })
    }

    /// The text in a text area.
    pub fn area(&self, name: &str) -> Option<String> {
        self.body.split("<textarea").skip(1).find_map(|rest| {
            let (tag, text) = rest.split_once('>')?;
            let text = text.split_once("</textarea>")?.0;
            tag.contains(&format!("name=\"{name}\"")).then(|| unescape(text))
        })
    }

    /// The value that a select has chosen.
    pub fn chosen(&self, name: &str) -> Option<String> {
        let select = self
            .body
            .split("<select")
            .skip(1)
            .find(|rest| rest.split('>').next().is_some_and(|tag| tag.contains(&format!("name=\"{name}\""))))?;
        let select = select.split("</select>").next()?;
        let option = select.split("<option").skip(1).find(|rest| {
            rest.split('>').next().is_some_and(|tag| tag.split_whitespace().any(|word| word.starts_with("selected")))
        })?;
        attribute(option.split('>').next()?, "value")
    }

    /// Whether a checkbox is ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.body.split("<input").skip(1).any(|rest| {
            let tag = rest.split('>').next().unwrap_or_default();
            tag.contains(&format!("name=\"{name}\"")) && tag.split_whitespace().any(|word| word.starts_with("checked"))
        })
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next().map(unescape)
}

/// The text that markup stands for.
fn unescape(markup: &str) -> String {
    markup
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
}
