//! The finder's page and the home page: groups that fit, in words.

use super::{
    auth, catalog, linked_data, reader,
    show::{capital, face, in_words, row, sections},
    state::App,
    times::{near_moment, zone_label},
};
use crate::{
    api::{
        groups::{FinderPage, Notice, Relaxation},
        home::{Circle, HomePage},
    },
    domain::{
        catalog::{Catalog, GroupFacts, Search},
        eligibility::{Step, list_and},
        finder::{Filter, FinderQuery},
        group::Kind,
        listing::Listing,
        place::{Place, UsState},
        series::weekday_name,
    },
    error::AppError,
    paths,
    store::practice,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// Groups on a page.
const PAGE: usize = 20;
/// Groups that the home page names.
const NEXT: usize = 4;

/// The finder's page for a wish.
pub async fn page(app: &App, query: &FinderQuery) -> Result<FinderPage, AppError> {
    let account = auth::signed(app).await?.map(|signed| signed.id());
    let reader = reader::zone(app, query.zone.as_deref(), account).await?;
    let current = catalog::current(app).await?;
    let Search { found, facets } = current.groups.search(query, &reader.zone);
    let pages = found.len().div_ceil(PAGE).max(1);
    let page = usize::try_from(query.page).unwrap_or(1).clamp(1, pages);
    let shown: Vec<_> = found.iter().skip((page - 1) * PAGE).take(PAGE).copied().collect();
    let practice_states = current.groups.practice_states();
    let skills = query.place.is_some() && current.groups.all().iter().any(is_open_to_all);
    Ok(FinderPage {
        count: whole(found.len()),
        pages: whole(pages),
        page: whole(page),
        notice: notice(&practice_states, skills, query),
        relaxations: if found.is_empty() { ways_out(&current.groups, query, reader.zone) } else { Vec::new() },
        zone: reader.shown(app),
        practice_states,
        facets,
        sections: {
            let shown = current.in_full(app, &shown, account, reader.zone).await?;
            sections(&shown.iter().collect::<Vec<_>>(), query.sort, current.at, reader.zone)
        },
    })
}

/// Whether it is a skills group that meets: those are open to every state.
fn is_open_to_all(group: &GroupFacts) -> bool {
    group.kind == Kind::Skills && group.meets()
}

fn whole(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What the state means for her: why she sees these groups and no others. `states` are those in which a therapist of the
/// practice may practise; `skills` says whether there is a skills group to join.
fn notice(states: &[UsState], skills: bool, query: &FinderQuery) -> Option<Notice> {
    let notice = |words: String, limits| Some(Notice { words, limits });
    let Place::In(state) = query.place? else {
        let words = "Our groups can only be joined from inside the United States. “Help now” lists people you can reach from anywhere.";
        return notice(words.to_owned(), true);
    };
    let name = state.name();
    if states.contains(&state) {
        let words = format!("You see the groups whose therapist may practice in {name}");
        let and = if skills { ", and the skills groups, which are open to every state." } else { "." };
        return notice(words + and, false);
    }
    let why = if states.is_empty() {
        "At the moment no therapy group is open in any state.".to_owned()
    } else {
        format!(
            "A therapist may only treat people who are in a state where she is licensed. Ours are licensed in {}.",
            list_and(states.iter().map(|state| state.name()))
        )
    };
    let instead = if skills {
        format!(
            "In {name} you can join a DBT skills group: it teaches, it does not treat, and it is open to every state."
        )
    } else {
        format!("There is no group to join in {name} at the moment.")
    };
    notice(format!("{why} {instead}"), true)
}

fn ways_out(groups: &Catalog, query: &FinderQuery, zone: Tz) -> Vec<Relaxation> {
    let in_words = |count: usize| if count == 1 { "1 group".to_owned() } else { format!("{count} groups") };
    groups
        .relaxations(query, &zone)
        .into_iter()
        .take(4)
        .map(|way| {
            let mut words = way.filters.iter().map(|filter| given_up(filter, query)).collect::<Vec<_>>().join(", ");
            if let Some(first) = words.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            Relaxation { words, url: paths::finder(&way.query), count: in_words(way.count) }
        })
        .collect()
}

/// What is given up, in words that can follow one another.
fn given_up(filter: &Filter, query: &FinderQuery) -> String {
    match filter {
        Filter::Topic(_) => "any topic".to_owned(),
        Filter::Kind(_) => "any kind of group".to_owned(),
        Filter::Day(_) => "any day".to_owned(),
        Filter::Time(_) => "any time of day".to_owned(),
        Filter::Open => "groups without a free seat too".to_owned(),
        Filter::Words => format!("without the words “{}”", query.words),
    }
}

/// The home page: the real circle of the next group with a free seat, and what comes next.
pub async fn home(app: &App) -> Result<HomePage, AppError> {
    let account = auth::signed(app).await?.map(|signed| signed.id());
    let reader = reader::zone(app, None, account).await?;
    let current = catalog::current(app).await?;
    let now = current.at;
    let mut open = current.groups.find(&FinderQuery { open: true, ..FinderQuery::default() }, &reader.zone);
    open.truncate(NEXT);
    let open = current.in_full(app, &open, account, reader.zone).await?;
    let circle = open.first().map(|listing| circle(listing, now, reader.zone));
    let practice = practice::find(app.store.reads()).await?;
    Ok(HomePage {
        data: linked_data::graph(&[linked_data::practice(&app.settings.public_url, practice.as_ref())]),
        circle,
        next: open.iter().filter_map(|listing| row(listing, now, reader.zone, true)).collect(),
        groups: whole(current.groups.all().len()),
        practice_states: current.groups.practice_states(),
        zone_label: zone_label(reader.zone),
    })
}

fn circle(listing: &Listing, now: DateTime<Utc>, reader: chrono_tz::Tz) -> Circle {
    // What she could take is said; what is drawn, and told of the drawing, are the chairs that nobody has.
    let (open, free) = (listing.open_seats(None), listing.seats.free());
    let seats = if open == 1 { "one free seat".to_owned() } else { format!("{} free seats", in_words(open)) };
    let when = listing.next.map(|next| near_moment(next.starts_at, now, reader)).unwrap_or_default();
    let taken = listing.seats.capacity - free;
    Circle {
        slug: listing.slug.clone(),
        title: listing.title.clone(),
        counts: listing.seats,
        sentence: format!("meets {when} {} and has {seats}.", zone_label(reader)),
        alt: format!(
            "{} chairs in a circle. The therapist and {} of the members have theirs. {} near you {} free.",
            capital(&in_words(listing.seats.capacity.saturating_add(1))),
            in_words(taken),
            capital(&if free == 1 { "one chair".to_owned() } else { format!("{} chairs", in_words(free)) }),
            if free == 1 { "is" } else { "are" },
        ),
    }
}

/// Why somebody may not join, with the way out; `None` while she may or something must be asked.
pub fn refusal(
    listing: &Listing,
    step: Step,
    place: Option<Place>,
    age: crate::domain::eligibility::Age,
) -> Option<String> {
    match listing.eligibility(step, place, age) {
        crate::domain::eligibility::Eligibility::NotEligible(reason) => {
            Some(reason.sentence(&face(listing).first_name))
        }
        _ => None,
    }
}

/// "Tuesdays".
pub fn plural_day(listing: &Listing) -> String {
    format!("{}s", weekday_name(listing.weekday))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::show::tests::listing_with_line;

    #[test]
    fn the_circle_promises_the_seats_that_can_be_held() {
        let circle = circle(&listing_with_line("NY"), DateTime::UNIX_EPOCH, chrono_tz::America::New_York);
        assert!(circle.sentence.ends_with("and has one free seat."), "{}", circle.sentence);
        assert!(circle.alt.ends_with("Two chairs near you are free."), "{}", circle.alt);
    }

    #[test]
    fn a_state_is_explained_whatever_there_is() {
        let states = |codes: &[&str]| codes.iter().filter_map(|code| UsState::parse(code)).collect::<Vec<_>>();
        let said = |codes: &[&str], skills, place: &str| {
            let query = FinderQuery { place: Place::parse(place), ..FinderQuery::default() };
            notice(&states(codes), skills, &query).map(|notice| (notice.words, notice.limits))
        };
        assert_eq!(said(&["NY"], true, ""), None);
        let both = ["FL", "NY"];
        let here = "You see the groups whose therapist may practice in New York";
        let open = ", and the skills groups, which are open to every state.";
        assert_eq!(said(&both, true, "NY"), Some((format!("{here}{open}"), false)));
        assert_eq!(said(&both, false, "NY"), Some((format!("{here}."), false)));
        let why = "A therapist may only treat people who are in a state where she is licensed.";
        let ours = "Ours are licensed in Florida and New York.";
        let skills =
            "In Ohio you can join a DBT skills group: it teaches, it does not treat, and it is open to every state.";
        let none = "There is no group to join in Ohio at the moment.";
        assert_eq!(said(&both, true, "OH"), Some((format!("{why} {ours} {skills}"), true)));
        assert_eq!(said(&both, false, "OH"), Some((format!("{why} {ours} {none}"), true)));
        let nowhere = "At the moment no therapy group is open in any state.";
        assert_eq!(said(&[], true, "OH"), Some((format!("{nowhere} {skills}"), true)));
        assert_eq!(said(&[], false, "OH"), Some((format!("{nowhere} {none}"), true)));
        for codes in [&both[..], &[]] {
            let (words, limits) = said(codes, true, "outside").unwrap();
            assert!(words.starts_with("Our groups can only be joined from inside the United States.") && limits);
        }
    }
}
