//! The pages about topics, process groups and the DBT skills group.

use crate::{
    api::{
        groups::{Face, GroupRow},
        text::{Drawing, HeadText, PageLink, TextSection},
    },
    error::AppError,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A topic in the list of topics.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TopicRow {
    /// Slug; it chooses the mark.
    pub slug: String,
    /// Where its page is.
    pub url: String,
    /// Name.
    pub name: String,
    /// "4 groups, 3 with free seats".
    pub groups: String,
}

/// The list of topics.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TopicsPage {
    /// Head.
    pub head: HeadText,
    /// The ten topics.
    pub topics: Vec<TopicRow>,
    /// Process groups and the DBT skills group.
    pub others: Vec<TopicRow>,
}

/// Fitting groups on a page of text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FittingGroups {
    /// "Groups with free seats", or what there is instead.
    pub title: String,
    /// Rows.
    pub rows: Vec<GroupRow>,
    /// The finder's question for them, as a query string; it holds where none is there.
    pub wish: String,
    /// Address and words of the finder with all of them.
    pub all: (String, String),
    /// "Eastern".
    pub zone_label: String,
}

/// A topic's page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TopicPage {
    /// Head.
    pub head: HeadText,
    /// Drawing beside the heading.
    pub drawing: Drawing,
    /// Heading.
    pub name: String,
    /// The sentence below it.
    pub lead: String,
    /// Whether the page has a way out at once.
    pub exit: bool,
    /// The text.
    pub sections: Vec<TextSection>,
    /// Questions and answers.
    pub questions: Vec<(String, String)>,
    /// Fitting groups.
    pub groups: FittingGroups,
    /// Articles.
    pub read: Vec<PageLink>,
}

/// One of the twelve weeks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Week {
    /// "Week 3".
    pub name: String,
    /// Title.
    pub title: String,
    /// Part of the curriculum.
    pub module: String,
    /// Its skills, with the addresses of their cards.
    pub skills: Vec<PageLink>,
}

/// A therapist in a line of a page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LeaderLine {
    /// Where her page is.
    pub url: String,
    /// Face and name.
    pub face: Face,
    /// Her own words; may be empty.
    pub words: String,
}

/// Where a group that is running stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Position {
    /// The group's page.
    pub url: String,
    /// Title.
    pub title: String,
    /// "Tuesdays, 7:00 to 8:15 PM Eastern".
    pub rhythm: String,
    /// "Week 7 of 12: Changing a feeling".
    pub now: String,
    /// "Tuesday, November 24".
    pub next: String,
    /// "The first week comes again on January 12, 2027."
    pub again: String,
}

/// The page of the DBT skills group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DbtPage {
    /// Head.
    pub head: HeadText,
    /// Drawing beside the heading.
    pub drawing: Drawing,
    /// Heading.
    pub name: String,
    /// The sentence below it.
    pub lead: String,
    /// The text.
    pub sections: Vec<TextSection>,
    /// Questions and answers.
    pub questions: Vec<(String, String)>,
    /// The groups.
    pub groups: FittingGroups,
    /// Articles.
    pub read: Vec<PageLink>,
    /// The twelve weeks.
    pub weeks: Vec<Week>,
    /// Who leads.
    pub leaders: Vec<LeaderLine>,
    /// Where each running group stands.
    pub positions: Vec<Position>,
    /// When a round begins next: group's address, title, and the day.
    pub starts: Vec<PageLink>,
}

/// The list of topics.
#[server(endpoint = "topics/list")]
pub async fn get_topics() -> Result<TopicsPage, AppError> {
    use crate::server::{answer, state::App, topics};
    let app = expect_context::<App>();
    answer::answered(topics::list(&app).await)
}

/// The page of a topic, or of process groups.
#[server(endpoint = "topics/get")]
pub async fn get_topic(slug: String) -> Result<TopicPage, AppError> {
    use crate::server::{answer, state::App, topics};
    let app = expect_context::<App>();
    answer::answered(topics::page(&app, &slug).await)
}

/// The page of the DBT skills group.
#[server(endpoint = "topics/dbt-skills")]
pub async fn get_dbt_skills() -> Result<DbtPage, AppError> {
    use crate::server::{answer, state::App, topics};
    let app = expect_context::<App>();
    answer::answered(topics::dbt_page(&app).await)
}
