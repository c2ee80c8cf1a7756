//! The pages about topics, process groups and the DBT skills group: our own text, and the groups that fit it now.

use super::{
    content,
    content::pages::{self, PROCESS_GROUPS, TopicText, topic_of},
    drawings,
    fitting::{Now, count},
    learn::{cards_of, read_more, shown},
    linked_data::{breadcrumbs, graph, practice, practice_id, questions},
    reader::ReaderZone,
    show::{face, rhythm_of},
    state::App,
    times::{day_of, full_date, long_day},
};
use crate::{
    api::{
        text::{HeadText, PageLink},
        topics::{DbtPage, LeaderLine, Position, TopicPage, TopicRow, TopicsPage, Week},
    },
    domain::{
        curriculum::unit_at,
        finder::FinderQuery,
        group::{Kind, Status},
        listing::Listing,
        topic::Topic,
    },
    error::AppError,
    paths,
    store::{meetings, practice as practices, therapists},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

/// Rows of groups on a topic's page.
const ROWS: usize = 4;
/// Meetings looked at for the next first week: more than any round has.
const AHEAD: i64 = 16;

/// Slug of the compiled curriculum of the DBT skills group.
const CURRICULUM: &str = "dbt-skills";

/// The finder's wish that belongs to a text.
fn wish(text: &TopicText) -> FinderQuery {
    let query = FinderQuery { page: 1, ..FinderQuery::default() };
    match topic_of(text) {
        Some(topic) => FinderQuery { topics: vec![topic], ..query },
        None if text.slug == PROCESS_GROUPS => FinderQuery { kinds: vec![Kind::Process], ..query },
        None => FinderQuery { kinds: vec![Kind::Skills], ..query },
    }
}

/// Where the page of a text is.
pub fn path_of(text: &TopicText) -> String {
    if text.slug == pages::DBT_SKILLS { paths::DBT_SKILLS.to_owned() } else { paths::topic(&text.slug) }
}

fn asked(text: &TopicText) -> Vec<(String, String)> {
    text.questions.iter().map(|question| (question.question.clone(), question.answer.clone())).collect()
}

fn asked_data(text: &TopicText) -> serde_json::Value {
    questions(text.questions.iter().map(|question| (question.question.as_str(), question.answer.as_str())))
}

/// The list of topics.
pub async fn list(app: &App) -> Result<TopicsPage, AppError> {
    let now = Now::read(app).await?;
    let line = |text: &TopicText| TopicRow {
        slug: text.slug.clone(),
        url: path_of(text),
        name: text.name.clone(),
        groups: count(&now.find(&wish(text))),
    };
    let (topics, others): (Vec<_>, Vec<_>) = pages::topics().iter().partition(|text| topic_of(text).is_some());
    Ok(TopicsPage {
        head: HeadText {
            title: "Topics of our online therapy groups".to_owned(),
            description: "Ten topics, from anxiety to trauma, each with what a group can add, questions and answers, and the groups that meet on it with their free seats.".to_owned(),
            path: paths::TOPICS.to_owned(),
            data: graph(&[breadcrumbs(&app.settings.public_url, &[("Topics", paths::TOPICS)])]),
        },
        topics: topics.into_iter().map(line).collect(),
        others: others.into_iter().map(line).collect(),
    })
}

/// The page of a topic, or of process groups.
pub async fn page(app: &App, slug: &str) -> Result<TopicPage, AppError> {
    let text = pages::find_topic(slug).ok_or(AppError::NotFound)?;
    let now = Now::read(app).await?;
    let base = &app.settings.public_url;
    let path = path_of(text);
    let data = graph(&[asked_data(text), breadcrumbs(base, &[("Topics", paths::TOPICS), (text.name.as_str(), &path)])]);
    Ok(TopicPage {
        head: HeadText { title: text.title.clone(), description: text.description.clone(), path, data },
        drawing: drawings::topic(&text.slug),
        name: text.name.clone(),
        lead: text.lead.clone(),
        exit: text.exit,
        sections: shown(&text.sections),
        questions: asked(text),
        groups: now.fitting(app, &wish(text), ROWS).await?,
        read: read_more(&text.read),
    })
}

/// The page of the DBT skills group.
pub async fn dbt_page(app: &App) -> Result<DbtPage, AppError> {
    let text = pages::dbt_skills().ok_or(AppError::NotFound)?;
    let now = Now::read(app).await?;
    let base = &app.settings.public_url;
    let mut skills: Vec<_> = now.groups().iter().filter(|group| group.kind == Kind::Skills).collect();
    skills.sort_by_key(|group| group.slug());
    let skills = now.in_full(app, &skills).await?;

    let mut positions = Vec::new();
    let mut starts: Vec<(NaiveDate, PageLink)> = Vec::new();
    for listing in &skills {
        let coming = meetings::coming(app.store.reads(), listing.id, now.at, AHEAD).await?;
        let day = |at: DateTime<Utc>| day_of(at, now.reader.zone);
        let first = coming
            .iter()
            .zip(0_u32..)
            .find(|(_, ahead)| unit_at(listing.mode, listing.held + ahead, listing.units) == 1)
            .map(|(meeting, _)| day(meeting.starts_at));
        if let Some(first) = first {
            let link =
                PageLink { url: paths::group(&listing.slug), name: listing.title.clone(), about: full_date(first) };
            starts.push((first, link));
        }
        let is_running = matches!(listing.status, Status::Open) && listing.held > 0;
        if let (true, Some(next)) = (is_running, listing.next) {
            positions.push(position(listing, day(next.starts_at), first, now.reader));
        }
    }
    starts.sort_by_key(|(day, _)| *day);

    let practice_row = practices::find(app.store.reads()).await?;
    let data = graph(&[
        json!({
            "@type": "Course",
            "name": text.name,
            "description": text.description,
            "inLanguage": "en-US",
            "url": format!("{base}{}", paths::DBT_SKILLS),
            "provider": practice_id(base),
            "hasCourseInstance": skills
                .iter()
                .map(|listing| {
                    json!({
                        "@type": "CourseInstance",
                        "name": listing.title,
                        "courseMode": "online",
                        "url": format!("{base}{}", paths::group(&listing.slug)),
                        "instructor": { "@type": "Person", "name": listing.leader.full() },
                    })
                })
                .collect::<Vec<_>>(),
        }),
        practice(base, practice_row.as_ref()),
        asked_data(text),
        breadcrumbs(base, &[(text.name.as_str(), paths::DBT_SKILLS)]),
    ]);
    Ok(DbtPage {
        head: HeadText {
            title: text.title.clone(),
            description: text.description.clone(),
            path: paths::DBT_SKILLS.to_owned(),
            data,
        },
        drawing: drawings::topic(&text.slug),
        name: text.name.clone(),
        lead: text.lead.clone(),
        sections: shown(&text.sections),
        questions: asked(text),
        groups: now.fitting(app, &wish(text), usize::MAX).await?,
        read: read_more(&text.read),
        weeks: weeks(),
        leaders: leaders(app, &skills).await?,
        positions,
        starts: starts.into_iter().map(|(_, link)| link).collect(),
    })
}

fn position(listing: &Listing, next: NaiveDate, first: Option<NaiveDate>, reader: ReaderZone) -> Position {
    let unit = unit_at(listing.mode, listing.held, listing.units);
    let title = weeks().into_iter().nth(usize::try_from(unit).unwrap_or(1) - 1).map(|week| week.title);
    Position {
        url: paths::group(&listing.slug),
        title: listing.title.clone(),
        rhythm: rhythm_of(listing, reader.zone),
        now: format!("Week {unit} of {}: {}", listing.units, title.unwrap_or_default()),
        next: long_day(next),
        again: match first {
            Some(first) if first == next => "This is the first week of a round.".to_owned(),
            Some(first) => format!("The first week comes again on {}.", full_date(first)),
            None => String::new(),
        },
    }
}

/// The weeks with their skills.
fn weeks() -> Vec<Week> {
    let units = content::find_curriculum(CURRICULUM).map(|curriculum| curriculum.units.as_slice()).unwrap_or_default();
    units
        .iter()
        .zip(1_u8..)
        .map(|(unit, number)| Week {
            name: format!("Week {number}"),
            title: unit.title.clone(),
            module: unit.module.clone(),
            skills: cards_of(number)
                .map(|card| PageLink {
                    url: paths::skill(&card.slug),
                    name: card.name.clone(),
                    about: card.when.clone(),
                })
                .collect(),
        })
        .collect()
}

/// Who leads these groups, each once.
async fn leaders(app: &App, skills: &[Listing]) -> Result<Vec<LeaderLine>, AppError> {
    let known = therapists::find_all(app.store.reads()).await?;
    let leads = |id| skills.iter().find(|listing| listing.leader.id == id);
    Ok(known
        .into_iter()
        .filter_map(|therapist| {
            let listing = leads(therapist.leader.id)?;
            Some(LeaderLine { url: paths::therapist(&therapist.slug), face: face(listing), words: therapist.words })
        })
        .collect())
}

/// The finder with this topic, or the topic's own page: what a group's page links to.
pub fn page_of_group(kind: Kind, topic: Option<Topic>) -> (String, String) {
    match (kind, topic) {
        (Kind::Skills, _) => (paths::DBT_SKILLS.to_owned(), "About the DBT skills group".to_owned()),
        (Kind::Process, _) => (paths::topic(PROCESS_GROUPS), "About process groups".to_owned()),
        (Kind::Therapy, Some(topic)) => {
            (paths::topic(topic.slug()), format!("About groups on {}", topic.in_sentence()))
        }
        (Kind::Therapy, None) => (paths::TOPICS.to_owned(), "All topics".to_owned()),
    }
}
