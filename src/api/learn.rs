//! Articles and skill cards.

use crate::{
    api::text::{Drawing, HeadText, PageLink, TextSection},
    error::AppError,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The list of articles.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LearnPage {
    /// Head.
    pub head: HeadText,
    /// Articles, each with its lead.
    pub articles: Vec<PageLink>,
    /// How many skill cards there are: "33 skill cards".
    pub skills: String,
}

/// An article.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ArticlePage {
    /// Head.
    pub head: HeadText,
    /// Heading.
    pub name: String,
    /// The sentence below it.
    pub lead: String,
    /// "Five minutes to read · written November 24, 2026".
    pub about: String,
    /// The text.
    pub sections: Vec<TextSection>,
    /// Sources: what, and its address, which may be empty.
    pub sources: Vec<(String, String)>,
    /// The groups that it leads to: address and words.
    pub groups: (String, String),
    /// Articles to read next.
    pub read: Vec<PageLink>,
}

/// The skills of one week.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SkillWeek {
    /// "Week 3".
    pub name: String,
    /// Part of the curriculum.
    pub module: String,
    /// Cards, each with when it helps.
    pub cards: Vec<PageLink>,
}

/// The list of skill cards.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SkillsPage {
    /// Head.
    pub head: HeadText,
    /// By week.
    pub weeks: Vec<SkillWeek>,
}

/// A step of a skill.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SkillStep {
    /// A letter or a number.
    pub mark: String,
    /// Name.
    pub name: String,
    /// What to do.
    pub text: String,
}

/// A skill card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SkillPage {
    /// Head.
    pub head: HeadText,
    /// Drawing below the heading.
    pub drawing: Drawing,
    /// "Distress tolerance".
    pub module: String,
    /// Week of the curriculum.
    pub week: u8,
    /// Heading.
    pub name: String,
    /// When it helps.
    pub when: String,
    /// What to be careful about; may be empty.
    pub care: String,
    /// Steps.
    pub steps: Vec<SkillStep>,
    /// The example.
    pub sections: Vec<TextSection>,
    /// Small things to practice.
    pub practice: Vec<String>,
    /// The practice that prints it.
    pub printed_by: String,
    /// The other cards of the same week.
    pub beside: Vec<PageLink>,
}

/// The list of articles.
#[server(endpoint = "learn/list")]
pub async fn get_learn() -> Result<LearnPage, AppError> {
    use crate::server::{answer, learn, state::App};
    let app = expect_context::<App>();
    answer::answered(Ok(learn::list(&app)))
}

/// An article.
#[server(endpoint = "learn/get")]
pub async fn get_article(slug: String) -> Result<ArticlePage, AppError> {
    use crate::server::{answer, learn, state::App};
    let app = expect_context::<App>();
    answer::answered(learn::article(&app, &slug).await)
}

/// The list of skill cards.
#[server(endpoint = "skills/list")]
pub async fn get_skills() -> Result<SkillsPage, AppError> {
    use crate::server::{answer, learn, state::App};
    let app = expect_context::<App>();
    answer::answered(Ok(learn::skills(&app)))
}

/// A skill card.
#[server(endpoint = "skills/get")]
pub async fn get_skill(slug: String) -> Result<SkillPage, AppError> {
    use crate::server::{answer, learn, state::App};
    let app = expect_context::<App>();
    answer::answered(learn::skill(&app, &slug).await)
}
