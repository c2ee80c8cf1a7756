//! What the public pages say: topics, articles, skill cards. A page is a few fields and sections, each with its heading.

use super::{ContentError, File, files, markdown::section_html, or_none, split};
use crate::domain::topic::Topic;
use chrono::NaiveDate;
use serde::Deserialize;
use std::sync::LazyLock;

/// A part of a page with a heading of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// Heading.
    pub title: String,
    /// What stands below it, as HTML that is safe to embed.
    pub html: String,
}

/// A question with its answer.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Question.
    pub question: String,
    /// Answer, plain text.
    pub answer: String,
}

/// The text of a topic's page, of the page of process groups, or of the DBT skills group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TopicText {
    /// Last part of its address.
    pub slug: String,
    /// Its name in lists and as heading.
    pub name: String,
    /// What a search engine shows as its title.
    pub title: String,
    /// What a search engine shows below the title.
    pub description: String,
    /// The sentence under the heading.
    pub lead: String,
    /// Whether the page has a way out at once.
    pub exit: bool,
    /// Articles to read next, by slug.
    pub read: Vec<String>,
    /// Questions.
    pub questions: Vec<Question>,
    /// The text.
    pub sections: Vec<Section>,
}

/// Where something is known from.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Author, title, year.
    pub title: String,
    /// Its address; empty where there is none.
    pub url: String,
}

/// An article.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Article {
    /// Last part of its address.
    pub slug: String,
    /// Its name in lists and as heading.
    pub name: String,
    /// What a search engine shows as its title.
    pub title: String,
    /// What a search engine shows below the title.
    pub description: String,
    /// The sentence under the heading.
    pub lead: String,
    /// Reading time.
    pub minutes: u8,
    /// The day of this wording.
    pub written: NaiveDate,
    /// Query string of the finder for the groups it leads to; empty for all with free seats.
    pub groups: String,
    /// What that link is called.
    pub groups_label: String,
    /// Articles to read next, by slug.
    pub read: Vec<String>,
    /// Sources.
    pub sources: Vec<Source>,
    /// The text.
    pub sections: Vec<Section>,
}

/// One step of a skill.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// A letter of the skill's name, or a number.
    pub mark: String,
    /// Name.
    pub name: String,
    /// What to do.
    pub text: String,
}

/// A skill card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SkillCard {
    /// Last part of its address.
    pub slug: String,
    /// Its name in lists and as heading.
    pub name: String,
    /// What a search engine shows as its title.
    pub title: String,
    /// What a search engine shows below the title.
    pub description: String,
    /// Part of the curriculum: "Distress tolerance".
    pub module: String,
    /// Week of the curriculum, from 1.
    pub week: u8,
    /// When it helps.
    pub when: String,
    /// What to be careful about; may be empty.
    pub care: String,
    /// Small things to practice.
    pub practice: Vec<String>,
    /// The steps.
    pub steps: Vec<Step>,
    /// An example.
    pub sections: Vec<Section>,
}

/// All pages about topics. Empty only if a file cannot be read, which the tests exclude; so are the others.
pub fn topics() -> &'static [TopicText] {
    static READ: LazyLock<Vec<TopicText>> = LazyLock::new(|| or_none(read_all(&files::TOPICS, read_topic)));
    &READ
}

/// The page of one of the ten topics, or of process groups.
pub fn find_topic(slug: &str) -> Option<&'static TopicText> {
    topics().iter().find(|topic| topic.slug == slug && slug != DBT_SKILLS)
}

/// Slug of the text about process groups.
pub const PROCESS_GROUPS: &str = "process-groups";
/// Slug of the text about the DBT skills group, which has an address of its own.
pub const DBT_SKILLS: &str = "dbt-skills";

/// The text about the DBT skills group.
pub fn dbt_skills() -> Option<&'static TopicText> {
    topics().iter().find(|topic| topic.slug == DBT_SKILLS)
}

/// All articles.
pub fn articles() -> &'static [Article] {
    static READ: LazyLock<Vec<Article>> = LazyLock::new(|| or_none(read_all(&files::ARTICLES, read_article)));
    &READ
}

/// One article.
pub fn find_article(slug: &str) -> Option<&'static Article> {
    articles().iter().find(|article| article.slug == slug)
}

/// All skill cards, by week.
pub fn skills() -> &'static [SkillCard] {
    static READ: LazyLock<Vec<SkillCard>> = LazyLock::new(|| or_none(read_all(&files::SKILLS, read_skill)));
    &READ
}

/// One skill card.
pub fn find_skill(slug: &str) -> Option<&'static SkillCard> {
    skills().iter().find(|card| card.slug == slug)
}

fn read_all<T>(files: &[File], read: fn(File) -> Result<T, ContentError>) -> Result<Vec<T>, ContentError> {
    files.iter().map(|file| read(*file)).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicHead {
    slug: String,
    name: String,
    title: String,
    description: String,
    lead: String,
    exit: bool,
    read: Vec<String>,
    questions: Vec<Question>,
}

fn read_topic(file: File) -> Result<TopicText, ContentError> {
    let (head, body) = split::<TopicHead>(file)?;
    Ok(TopicText {
        slug: head.slug,
        name: head.name,
        title: head.title,
        description: head.description,
        lead: head.lead,
        exit: head.exit,
        read: head.read,
        questions: head.questions,
        sections: sections(body),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArticleHead {
    slug: String,
    name: String,
    title: String,
    description: String,
    lead: String,
    minutes: u8,
    written: NaiveDate,
    groups: String,
    groups_label: String,
    read: Vec<String>,
    sources: Vec<Source>,
}

fn read_article(file: File) -> Result<Article, ContentError> {
    let (head, body) = split::<ArticleHead>(file)?;
    Ok(Article {
        slug: head.slug,
        name: head.name,
        title: head.title,
        description: head.description,
        lead: head.lead,
        minutes: head.minutes,
        written: head.written,
        groups: head.groups,
        groups_label: head.groups_label,
        read: head.read,
        sources: head.sources,
        sections: sections(body),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SkillHead {
    slug: String,
    name: String,
    title: String,
    description: String,
    module: String,
    week: u8,
    when: String,
    care: String,
    practice: Vec<String>,
    steps: Vec<Step>,
}

fn read_skill(file: File) -> Result<SkillCard, ContentError> {
    let (head, body) = split::<SkillHead>(file)?;
    Ok(SkillCard {
        slug: head.slug,
        name: head.name,
        title: head.title,
        description: head.description,
        module: head.module,
        week: head.week,
        when: head.when,
        care: head.care,
        practice: head.practice,
        steps: head.steps,
        sections: sections(body),
    })
}

/// The body of a file: each heading of the first level begins a section.
pub fn sections(body: &str) -> Vec<Section> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in body.lines() {
        if let Some(title) = line.strip_prefix("# ") {
            found.push((title.trim().to_owned(), String::new()));
        } else if let Some((_, text)) = found.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    found.into_iter().map(|(title, text)| Section { title, html: section_html(&text) }).collect()
}

/// The topic that a page is about; process groups and the DBT skills group have none.
pub fn topic_of(text: &TopicText) -> Option<Topic> {
    Topic::parse(&text.slug)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What a search engine cuts off nobody reads.
    fn assert_head(slug: &str, title: &str, description: &str) {
        assert!((20..=60).contains(&title.chars().count()), "{slug}: {title}");
        assert!((90..=165).contains(&description.chars().count()), "{slug}: {description}");
    }

    #[test]
    fn every_topic_has_its_page() {
        let topics = read_all(&files::TOPICS, read_topic).unwrap();
        let slugs: Vec<_> = topics.iter().map(|text| text.slug.as_str()).collect();
        let expected: Vec<_> = Topic::ALL.into_iter().map(Topic::slug).chain([PROCESS_GROUPS, DBT_SKILLS]).collect();
        assert_eq!(slugs, expected);
        for text in &topics {
            assert_head(&text.slug, &text.title, &text.description);
            assert!(text.sections.len() >= 3 && text.questions.len() >= 4, "{}", text.slug);
            assert_eq!(text.exit, ["trauma-and-ptsd", "relationship-issues"].contains(&text.slug.as_str()));
        }
    }

    #[test]
    fn every_article_parses() {
        for article in read_all(&files::ARTICLES, read_article).unwrap() {
            assert_head(&article.slug, &article.title, &article.description);
            assert!(article.sections.len() >= 3 && article.minutes > 0, "{}", article.slug);
            assert!(!article.groups_label.is_empty(), "{}", article.slug);
        }
    }

    #[test]
    fn what_to_read_next_exists() {
        for slug in topics().iter().flat_map(|text| &text.read).chain(articles().iter().flat_map(|text| &text.read)) {
            assert!(find_article(slug).is_some(), "{slug}");
        }
    }

    #[test]
    fn every_skill_card_parses_and_every_week_has_some() {
        let cards = read_all(&files::SKILLS, read_skill).unwrap();
        assert!(cards.is_sorted_by_key(|card| card.week));
        assert_eq!(cards.iter().map(|card| card.week).collect::<BTreeSet<_>>(), (1..=12).collect());
        for card in &cards {
            assert_head(&card.slug, &card.title, &card.description);
            assert!(card.steps.len() >= 3 && !card.practice.is_empty(), "{}", card.slug);
            assert_eq!(card.sections.len(), 1, "{}", card.slug);
        }
    }

    /// Titles of the twelve weeks that are no skill to practice: they have no card, and stand in the text of their week.
    const WITHOUT_A_CARD: [(usize, &str); 2] = [(1, "agreements"), (9, "mindfulness")];

    #[test]
    fn each_skill_of_a_week_has_its_card_in_that_week() {
        let class = super::super::curricula().iter().find(|curriculum| curriculum.slug == DBT_SKILLS).unwrap();
        for (unit, week) in class.units.iter().zip(1_u8..) {
            let taught: BTreeSet<_> = unit.skills.iter().map(String::as_str).collect();
            let cards: BTreeSet<_> =
                skills().iter().filter(|card| card.week == week).map(|card| card.name.as_str()).collect();
            assert_eq!(taught, cards, "week {week}");
        }
        for (week, title) in WITHOUT_A_CARD {
            let text = class.units[week - 1].body.to_lowercase();
            assert!(text.contains(title), "week {week} says nothing of {title}");
            assert!(!skills().iter().any(|card| card.name.to_lowercase().contains(title)), "{title} has a card now");
        }
    }

    #[test]
    fn a_body_is_cut_at_its_headings() {
        let found = sections("lost\n# One\n\nText.\n\n## Below\n\nMore.\n# Two\n- a\n");
        let found: Vec<_> =
            found.iter().map(|section| (section.title.as_str(), section.html.replace('\n', ""))).collect();
        assert_eq!(
            found,
            [("One", "<p>Text.</p><h3>Below</h3><p>More.</p>".to_owned()), ("Two", "<ul><li>a</li></ul>".to_owned())]
        );
    }
}
