//! Therapists: who they are, where they may practise, and which groups they lead.

use super::{
    fitting::{Now, count},
    linked_data::{breadcrumbs, graph, practice, practice_id},
    state::App,
    times::{day_of, short_date},
};
use crate::{
    api::{
        groups::{AuthorityRow, Face},
        text::HeadText,
        therapists::{TherapistPage, TherapistRow, TherapistsPage},
    },
    domain::{catalog::GroupFacts, eligibility::list_and, listing::Leader},
    error::AppError,
    paths,
    store::{
        groups::{PublishedAuthority, authorities},
        practice as practices,
        therapists::{self, Therapist},
    },
};
use serde_json::json;

/// An authority as a line of a table.
pub fn authority_row(authority: &PublishedAuthority) -> AuthorityRow {
    AuthorityRow {
        state: authority.state.name().to_owned(),
        license: if authority.kind == "compact" {
            format!("{} by compact, {}", authority.title, authority.number)
        } else {
            format!("{}, {}", authority.title, authority.number)
        },
        valid: format!("{} to {}", short_date(authority.valid_from), short_date(authority.valid_to)),
        checked: short_date(authority.checked_on),
    }
}

fn face_of(leader: &Leader, held: &[PublishedAuthority]) -> Face {
    let mut states: Vec<_> = held.iter().map(|authority| authority.state.name()).collect();
    states.dedup();
    Face {
        initials: leader.initials(),
        number: u32::try_from(leader.number).unwrap_or_default(),
        name: leader.full(),
        first_name: leader.first_name().to_owned(),
        profession: if states.is_empty() {
            leader.profession.clone()
        } else {
            format!("{} in {}", leader.profession, list_and(states.into_iter()))
        },
    }
}

/// Her groups, by the next meeting.
fn groups_of<'a>(now: &'a Now, leader: &Leader) -> Vec<&'a GroupFacts> {
    now.groups().iter().filter(|group| group.leader == leader.id && group.meets()).collect()
}

/// Whether she is shown: she leads a group, or may practise somewhere today.
pub async fn is_listed(app: &App, now: &Now, therapist: &Therapist) -> Result<bool, AppError> {
    if !groups_of(now, &therapist.leader).is_empty() {
        return Ok(true);
    }
    let today = day_of(now.at, now.reader.zone);
    Ok(!authorities(app.store.reads(), therapist.leader.id, today).await?.is_empty())
}

/// All who lead a group or may practise somewhere today, by name.
pub async fn list(app: &App) -> Result<TherapistsPage, AppError> {
    let now = Now::read(app).await?;
    let today = day_of(now.at, now.reader.zone);
    let mut rows = Vec::new();
    for therapist in therapists::find_all(app.store.reads()).await? {
        let held = authorities(app.store.reads(), therapist.leader.id, today).await?;
        let groups = groups_of(&now, &therapist.leader);
        if !held.is_empty() || !groups.is_empty() {
            rows.push(TherapistRow {
                url: paths::therapist(&therapist.slug),
                face: face_of(&therapist.leader, &held),
                groups: count(&groups),
            });
        }
    }
    Ok(TherapistsPage {
        head: HeadText {
            title: "The therapists who lead our groups".to_owned(),
            description: "Who leads our groups: their licenses, the states in which they may practice, how they work, and the groups of each with their free seats.".to_owned(),
            path: paths::THERAPISTS.to_owned(),
            data: graph(&[breadcrumbs(&app.settings.public_url, &[("Therapists", paths::THERAPISTS)])]),
        },
        rows,
    })
}

/// The page of one therapist.
pub async fn page(app: &App, slug: &str) -> Result<TherapistPage, AppError> {
    let therapist = therapists::find(app.store.reads(), slug).await?.ok_or(AppError::NotFound)?;
    let now = Now::read(app).await?;
    let held = authorities(app.store.reads(), therapist.leader.id, day_of(now.at, now.reader.zone)).await?;
    let groups = groups_of(&now, &therapist.leader);
    let face = face_of(&therapist.leader, &held);
    let base = &app.settings.public_url;
    let path = paths::therapist(&therapist.slug);
    let practice_row = practices::find(app.store.reads()).await?;
    let credentials: Vec<_> = held
        .iter()
        .map(|authority| {
            json!({
                "@type": "EducationalOccupationalCredential",
                "credentialCategory": authority.kind,
                "name": authority.title,
                "identifier": authority.number,
                "validIn": { "@type": "State", "name": authority.state.name() },
                "validFrom": authority.valid_from.to_string(),
                "expires": authority.valid_to.to_string(),
            })
        })
        .collect();
    let data = graph(&[
        json!({
            "@type": "Person",
            "name": therapist.leader.name,
            "honorificSuffix": therapist.leader.credentials,
            "jobTitle": therapist.leader.profession,
            "url": format!("{base}{path}"),
            "worksFor": practice_id(base),
            "hasCredential": credentials,
        }),
        practice(base, practice_row.as_ref()),
        breadcrumbs(base, &[("Therapists", paths::THERAPISTS), (&face.name, &path)]),
    ]);
    let title = match groups.len() {
        0 => format!("{} leads no group at the moment", face.first_name),
        _ => format!("Groups with {}", face.first_name),
    };
    Ok(TherapistPage {
        head: HeadText {
            title: format!("{}, therapist for online groups", face.name),
            description: format!(
                "{}: {}. License numbers and how long they are valid, how {} works, and the groups with their days and free seats.",
                face.name, face.profession, face.first_name
            ),
            path,
            data,
        },
        words: therapist.words,
        approach: therapist.approach,
        authorities: held.iter().map(authority_row).collect(),
        is_listed: !held.is_empty() || !groups.is_empty(),
        groups: {
            let all = (paths::GROUPS.to_owned(), "See all groups".to_owned());
            now.laid_out(&title, &now.in_full(app, &groups).await?, all)
        },
        face,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::place::UsState;

    #[test]
    fn an_authority_says_its_days_with_their_years() {
        let row = authority_row(&PublishedAuthority {
            state: UsState::parse("NY").unwrap(),
            kind: "license".to_owned(),
            title: "Psychologist".to_owned(),
            number: "027411".to_owned(),
            valid_from: "2026-09-01".parse().unwrap(),
            valid_to: "2028-08-31".parse().unwrap(),
            checked_on: "2026-11-02".parse().unwrap(),
        });
        assert_eq!((row.valid.as_str(), row.checked.as_str()), ("Sep 1, 2026 to Aug 31, 2028", "Nov 2, 2026"));
    }
}
