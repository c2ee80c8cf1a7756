//! Our own texts, compiled in: curricula, agreements and the pages that everybody may read, as Markdown with TOML front matter between lines of `+++`.
//!
//! To add a unit, put its file beside the others and name it in `content/files.rs`; the version of its curriculum
//! changes with it, and groups that are running keep the one they began with. A test parses every file, so a mistake
//! cannot reach a running program.

use crate::{
    domain::{
        agreement::AgreementKind,
        curriculum::{Mode, Unit},
    },
    server::state::{hex, sha256},
};
use serde::{Deserialize, de::DeserializeOwned};
use std::sync::LazyLock;
use thiserror::Error;

mod files;
mod markdown;
pub mod pages;
pub mod texts;

pub use markdown::to_html;

/// A curriculum as it was compiled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Curriculum {
    /// Its word in addresses, practice files and the database.
    pub slug: String,
    /// First 16 hex digits of SHA-256 over its files.
    pub version: String,
    /// Title.
    pub title: String,
    /// Rolling or closed.
    pub mode: Mode,
    /// One or two sentences; may hold `{topic}`, where the group's topic goes.
    pub summary: String,
    /// What stands before the first unit, as Markdown; may hold `{topic}`.
    pub introduction: String,
    /// The weeks, in order.
    pub units: Vec<Unit>,
}

/// A text that is signed before a seat is confirmed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgreementText {
    /// Which one.
    pub kind: AgreementKind,
    /// The day of this wording.
    pub version: String,
    /// Title.
    pub title: String,
    /// What the link to the whole text is called.
    pub whole: String,
    /// The words beside the box that is ticked.
    pub label: String,
    /// The text in a few sentences.
    pub short: Vec<String>,
    /// The whole text, as HTML that is safe to embed.
    pub body_html: String,
    /// SHA-256 (hex) of the whole text as written; kept with each signature.
    pub hash: String,
}

/// Why a file of ours cannot be read.
#[derive(Debug, Error)]
pub enum ContentError {
    /// There is no front matter.
    #[error("{0}: the text must begin with front matter between two lines of +++")]
    NoFrontMatter(&'static str),
    /// The front matter is not what it should be.
    #[error("{0}: {1}")]
    FrontMatter(&'static str, String),
    /// A curriculum without a unit.
    #[error("{0}: a curriculum needs a unit")]
    NoUnits(&'static str),
}

/// The name of a file below `src/content/` and its text.
type File = (&'static str, &'static str);

/// The curricula. Empty only if a file cannot be read, which the tests of this module exclude.
pub fn curricula() -> &'static [Curriculum] {
    static READ: LazyLock<Vec<Curriculum>> = LazyLock::new(|| or_none(read_curricula()));
    &READ
}

/// One of the curricula.
pub fn find_curriculum(slug: &str) -> Option<&'static Curriculum> {
    curricula().iter().find(|curriculum| curriculum.slug == slug)
}

/// The agreements, in the order in which they are read. Empty only if a file cannot be read, which the tests exclude.
pub fn agreements() -> &'static [AgreementText] {
    static READ: LazyLock<Vec<AgreementText>> = LazyLock::new(|| or_none(read_agreements()));
    &READ
}

fn or_none<T>(read: Result<Vec<T>, ContentError>) -> Vec<T> {
    read.unwrap_or_else(|error| {
        tracing::error!(%error, "our own content cannot be read");
        Vec::new()
    })
}

fn read_curricula() -> Result<Vec<Curriculum>, ContentError> {
    files::CURRICULA.iter().map(|(head, units)| read_curriculum(*head, units)).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CurriculumHead {
    slug: String,
    title: String,
    mode: Mode,
    summary: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitHead {
    title: String,
    module: String,
    summary: String,
    skills: Vec<String>,
    minutes: u8,
    homework: Vec<String>,
    question: String,
}

fn read_curriculum(head: File, units: &[File]) -> Result<Curriculum, ContentError> {
    let (front, introduction) = split::<CurriculumHead>(head)?;
    if units.is_empty() {
        return Err(ContentError::NoUnits(head.0));
    }
    let read_unit = |file: &File| {
        let (front, body) = split::<UnitHead>(*file)?;
        Ok(Unit {
            title: front.title,
            module: front.module,
            summary: front.summary,
            skills: front.skills,
            minutes: front.minutes,
            homework: front.homework,
            question: front.question,
            body: body.to_owned(),
        })
    };
    Ok(Curriculum {
        version: version_of(std::iter::once(&head).chain(units)),
        slug: front.slug,
        title: front.title,
        mode: front.mode,
        summary: front.summary,
        introduction: introduction.to_owned(),
        units: units.iter().map(read_unit).collect::<Result<_, _>>()?,
    })
}

/// The length goes before each text, so that moving a line from one file to the next is a new version too.
fn version_of<'a>(files: impl Iterator<Item = &'a File>) -> String {
    let mut all = Vec::new();
    for (_, text) in files {
        all.extend_from_slice(text.len().to_string().as_bytes());
        all.push(b'\n');
        all.extend_from_slice(text.as_bytes());
    }
    let mut digits = hex(&sha256(&all));
    digits.truncate(16);
    digits
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgreementHead {
    version: String,
    title: String,
    whole: String,
    label: String,
    short: Vec<String>,
}

fn read_agreements() -> Result<Vec<AgreementText>, ContentError> {
    AgreementKind::ALL.into_iter().map(|kind| read_agreement(kind, files::agreement(kind))).collect()
}

fn read_agreement(kind: AgreementKind, file: File) -> Result<AgreementText, ContentError> {
    let (front, body) = split::<AgreementHead>(file)?;
    Ok(AgreementText {
        kind,
        version: front.version,
        title: front.title,
        whole: front.whole,
        label: front.label,
        short: front.short,
        body_html: markdown::section_html(body),
        hash: hex(&sha256(body.as_bytes())),
    })
}

/// Front matter and the text below it.
fn split<T: DeserializeOwned>((name, text): File) -> Result<(T, &'static str), ContentError> {
    let (front, body) = text
        .strip_prefix("+++\n")
        .and_then(|rest| rest.split_once("\n+++\n"))
        .ok_or(ContentError::NoFrontMatter(name))?;
    let front = toml::from_str(front).map_err(|error| ContentError::FrontMatter(name, error.to_string()))?;
    Ok((front, body.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_curriculum_parses() {
        let curricula = read_curricula().unwrap();
        let lengths: Vec<_> = curricula.iter().map(|c| (c.slug.as_str(), c.mode, c.units.len())).collect();
        assert_eq!(
            lengths,
            [("dbt-skills", Mode::Rolling, 12), ("living-with", Mode::Closed, 8), ("process", Mode::Closed, 8)]
        );
        for unit in curricula.iter().flat_map(|curriculum| &curriculum.units) {
            assert!(!unit.title.is_empty() && !unit.body.is_empty() && unit.minutes > 0, "{}", unit.title);
        }
    }

    #[test]
    fn every_file_of_the_folders_is_compiled_in() {
        let named: usize = files::CURRICULA.iter().map(|(_, units)| units.len() + 1).sum::<usize>()
            + AgreementKind::ALL.len()
            + files::TOPICS.len()
            + files::ARTICLES.len()
            + files::SKILLS.len()
            + files::LEGAL.len();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/content");
        let mut found = 0;
        let mut folders =
            ["curricula", "agreements", "topics", "learn", "skills", "legal"].map(|name| folder.join(name)).to_vec();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found += usize::from(path.extension().is_some_and(|extension| extension == "md"));
                }
            }
        }
        assert_eq!(named, found);
    }

    #[test]
    fn a_version_is_sixteen_digits_and_follows_every_change() {
        let version = |files: &[File]| version_of(files.iter());
        let one = version(&[("a", "first\n"), ("b", "second\n")]);
        assert_eq!(one.len(), 16);
        assert_ne!(one, version(&[("a", "first\n"), ("b", "second.\n")]));
        assert_ne!(one, version(&[("a", "first\nsecond\n"), ("b", "")]));
        assert_eq!(one, version(&[("c", "first\n"), ("d", "second\n")]));
    }

    #[test]
    fn every_agreement_parses() {
        let agreements = read_agreements().unwrap();
        assert_eq!(agreements.iter().map(|text| text.kind).collect::<Vec<_>>(), AgreementKind::ALL);
        for text in agreements {
            assert_eq!(text.hash.len(), 64);
            assert!(!text.short.is_empty() && text.body_html.contains("<h3>"), "{}", text.title);
        }
    }

    #[test]
    fn a_file_without_front_matter_is_refused_by_name() {
        let error = read_curriculum(("x.md", "no front matter"), &[]).unwrap_err().to_string();
        assert!(error.starts_with("x.md: "), "{error}");
        let typo = "+++\nslug = \"x\"\ntitle = \"x\"\nmode = \"closed\"\nsumary = \"\"\n+++\nText";
        assert!(read_curriculum(("x.md", typo), &[]).unwrap_err().to_string().contains("sumary"));
    }
}
