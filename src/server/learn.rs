//! Articles and skill cards: our own content, laid out for their pages.

use super::{
    content::pages::{self, Article, Section, SkillCard},
    drawings,
    lengths::with_lengths,
    linked_data::{self, breadcrumbs, graph, practice_id},
    show::{capital, in_words},
    state::App,
    times::full_date,
};
use crate::{
    api::{
        learn::{ArticlePage, LearnPage, SkillPage, SkillStep, SkillWeek, SkillsPage},
        text::{HeadText, PageLink, TextSection},
    },
    error::AppError,
    paths,
    store::practice,
};
use serde_json::json;

/// Sections as pages show them.
pub fn shown(sections: &[Section]) -> Vec<TextSection> {
    sections.iter().map(|section| TextSection { title: section.title.clone(), html: section.html.clone() }).collect()
}

/// Links to articles, with the time that each takes.
pub fn read_more(slugs: &[String]) -> Vec<PageLink> {
    slugs
        .iter()
        .filter_map(|slug| pages::find_article(slug))
        .map(|article| PageLink {
            url: paths::article(&article.slug),
            name: article.name.clone(),
            about: minutes(article.minutes),
        })
        .collect()
}

/// "Five minutes".
fn minutes(count: u8) -> String {
    if count == 1 { "One minute".to_owned() } else { format!("{} minutes", capital(&in_words(count))) }
}

/// The list of articles.
pub fn list(app: &App) -> LearnPage {
    let link = |article: &Article| PageLink {
        url: paths::article(&article.slug),
        name: article.name.clone(),
        about: article.lead.clone(),
    };
    let base = &app.settings.public_url;
    LearnPage {
        head: HeadText {
            title: "Learn about group therapy online".to_owned(),
            description: "Short articles in plain words: what a first meeting is like, how to choose a group, what a license means, what stays private, and what you need at home.".to_owned(),
            path: paths::LEARN.to_owned(),
            data: graph(&[breadcrumbs(base, &[("Learn", paths::LEARN)])]),
        },
        articles: pages::articles().iter().map(link).collect(),
        skills: format!("{} skill cards, each on one page that you can print", pages::skills().len()),
    }
}

/// An article. Without a database the practice is left out of what machines read, for the article must be there.
pub async fn article(app: &App, slug: &str) -> Result<ArticlePage, AppError> {
    let article = pages::find_article(slug).ok_or(AppError::NotFound)?;
    let practice = practice::find(app.store.reads()).await.unwrap_or_default();
    let base = &app.settings.public_url;
    let path = paths::article(&article.slug);
    let data = graph(&[
        json!({
            "@type": "Article",
            "headline": article.title,
            "description": article.description,
            "datePublished": article.written.to_string(),
            "inLanguage": "en-US",
            "mainEntityOfPage": format!("{base}{path}"),
            "publisher": practice_id(base),
        }),
        linked_data::practice(base, practice.as_ref()),
        breadcrumbs(base, &[("Learn", paths::LEARN), (&article.name, &path)]),
    ]);
    let query = if article.groups.is_empty() { "open=true" } else { &article.groups };
    Ok(ArticlePage {
        head: HeadText { title: article.title.clone(), description: article.description.clone(), path, data },
        name: article.name.clone(),
        lead: article.lead.clone(),
        about: format!("{} to read · written {}", minutes(article.minutes), full_date(article.written)),
        sections: shown(&article.sections)
            .into_iter()
            .map(|section| TextSection { html: with_lengths(&section.html, &app.settings.durations), ..section })
            .collect(),
        sources: article.sources.iter().map(|source| (source.title.clone(), source.url.clone())).collect(),
        groups: (format!("{}?{query}", paths::GROUPS), article.groups_label.clone()),
        read: read_more(&article.read),
    })
}

fn card_link(card: &SkillCard) -> PageLink {
    PageLink { url: paths::skill(&card.slug), name: card.name.clone(), about: card.when.clone() }
}

/// The cards of a week.
pub fn cards_of(week: u8) -> impl Iterator<Item = &'static SkillCard> {
    pages::skills().iter().filter(move |card| card.week == week)
}

/// The list of skill cards.
pub fn skills(app: &App) -> SkillsPage {
    let base = &app.settings.public_url;
    let weeks = pages::skills().chunk_by(|one, next| one.week == next.week).map(|cards| {
        let mut modules: Vec<_> = cards.iter().map(|card| card.module.as_str()).collect();
        modules.dedup();
        SkillWeek {
            name: format!("Week {}", cards[0].week),
            module: modules.join(", "),
            cards: cards.iter().map(card_link).collect(),
        }
    });
    SkillsPage {
        head: HeadText {
            title: "DBT skill cards, one page each".to_owned(),
            description: "The skills of our twelve-week DBT skills group, each on one page in plain words: when it helps, the steps, an example, and something to practice. Free to print.".to_owned(),
            path: paths::SKILLS.to_owned(),
            data: graph(&[breadcrumbs(base, &[("Learn", paths::LEARN), ("Skill cards", paths::SKILLS)])]),
        },
        weeks: weeks.collect(),
    }
}

/// A skill card. What is printed names the practice; without a database it is left out, for the card must be there.
pub async fn skill(app: &App, slug: &str) -> Result<SkillPage, AppError> {
    let card = pages::find_skill(slug).ok_or(AppError::NotFound)?;
    let practice = practice::find(app.store.reads()).await.unwrap_or_default();
    let base = &app.settings.public_url;
    let path = paths::skill(&card.slug);
    let steps: Vec<_> = card
        .steps
        .iter()
        .zip(1_u8..)
        .map(|(step, position)| {
            json!({ "@type": "HowToStep", "position": position, "name": step.name, "text": step.text })
        })
        .collect();
    let data = graph(&[
        json!({
            "@type": "HowTo",
            "name": card.name,
            "description": card.description,
            "inLanguage": "en-US",
            "step": steps,
        }),
        breadcrumbs(base, &[("Learn", paths::LEARN), ("Skill cards", paths::SKILLS), (&card.name, &path)]),
    ]);
    Ok(SkillPage {
        head: HeadText { title: card.title.clone(), description: card.description.clone(), path, data },
        drawing: drawings::skill(&card.slug, &card.module),
        module: card.module.clone(),
        week: card.week,
        name: card.name.clone(),
        when: card.when.clone(),
        care: card.care.clone(),
        steps: card
            .steps
            .iter()
            .map(|step| SkillStep { mark: step.mark.clone(), name: step.name.clone(), text: step.text.clone() })
            .collect(),
        sections: shown(&card.sections),
        practice: card.practice.clone(),
        printed_by: practice.map(|practice| practice.name).unwrap_or_default(),
        beside: cards_of(card.week).filter(|other| other.slug != card.slug).map(card_link).collect(),
    })
}
