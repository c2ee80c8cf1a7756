//! What the public pages of text have in common: what the head says, sections, what to read next.

use serde::{Deserialize, Serialize};

/// What search engines and whoever shares a page are told.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct HeadText {
    /// Title, without the name of the site.
    pub title: String,
    /// One or two sentences.
    pub description: String,
    /// The page's own path, without any query.
    pub path: String,
    /// Structured data (schema.org) as JSON that is safe to embed. It goes into the document that the server renders and is
    /// not sent a second time: no browser needs it.
    #[serde(skip)]
    pub data: String,
}

/// A part of a page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TextSection {
    /// Heading.
    pub title: String,
    /// Sanitised HTML of our own content.
    pub html: String,
}

/// A drawing that accompanies words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Drawing {
    /// Its `viewBox`.
    pub view_box: String,
    /// What is inside of the `<svg>`.
    pub shapes: String,
}

/// A link to another page with a few words about it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PageLink {
    /// Where it leads.
    pub url: String,
    /// Its name.
    pub name: String,
    /// "Five minutes", or what it is about.
    pub about: String,
}
