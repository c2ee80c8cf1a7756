//! The texts about rights and duties: privacy, terms, the notice of privacy practices, accessibility.

use super::{ContentError, File, files, or_none, split};
use serde::Deserialize;
use std::sync::LazyLock;

/// One of these texts. It may hold `{practice}`, `{address}`, `{phone}` and `{email}`, and the names of
/// [`crate::server::lengths`].
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalText {
    /// Its address: `/privacy`.
    pub slug: String,
    /// Heading.
    pub name: String,
    /// What a search engine shows as its title.
    pub title: String,
    /// What a search engine shows below the title.
    pub description: String,
    /// The sentence under the heading.
    pub lead: String,
    /// The day of this wording.
    pub version: String,
    /// The text, as Markdown.
    #[serde(skip)]
    pub body: String,
}

/// All of them. Empty only if a file cannot be read, which the tests exclude.
pub fn legal() -> &'static [LegalText] {
    static READ: LazyLock<Vec<LegalText>> = LazyLock::new(|| or_none(files::LEGAL.iter().map(read).collect()));
    &READ
}

/// One of them.
pub fn find_legal(slug: &str) -> Option<&'static LegalText> {
    legal().iter().find(|text| text.slug == slug)
}

fn read(file: &File) -> Result<LegalText, ContentError> {
    let (text, body) = split::<LegalText>(*file)?;
    Ok(LegalText { body: body.to_owned(), ..text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::content::pages::sections;

    #[test]
    fn every_text_parses_and_names_only_what_is_put_in() {
        let texts: Vec<_> = files::LEGAL.iter().map(|file| read(file).unwrap()).collect();
        let slugs: Vec<_> = texts.iter().map(|text| text.slug.as_str()).collect();
        assert_eq!(slugs, ["privacy", "terms", "notice-of-privacy-practices", "accessibility"]);
        for text in &texts {
            assert!(sections(&text.body).len() >= 3, "{}", text.slug);
            assert!(text.version.parse::<chrono::NaiveDate>().is_ok(), "{}", text.slug);
            // What is for whoever runs the practice stands above the text, where no reader sees it.
            assert!(!text.body.contains("counsel") && !text.body.contains("template"), "{}", text.slug);
            for rest in text.body.split('{').skip(1) {
                let name = rest.split('}').next().unwrap();
                let known = ["practice", "address", "phone", "email", "hold", "offer", "code", "idle", "session"];
                assert!(known.contains(&name), "{}: {name}", text.slug);
            }
        }
    }

    /// The table of the page follows the section that speaks of it.
    #[test]
    fn the_text_on_privacy_has_the_place_of_its_table() {
        let text = find_legal("privacy").unwrap();
        assert!(sections(&text.body).iter().any(|section| section.title == "Who sees what"));
    }
}
