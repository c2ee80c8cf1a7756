//! A group's page: what happens, for whom, who leads, when, and what can be done about a seat.

use super::{
    auth, content,
    finder::refusal,
    group_data::group_data,
    learn::read_more,
    reader::{self, ReaderZone},
    reserve,
    show::{capital, face, in_words, lasting, rhythm_of, seat_line, seats_sentence},
    state::{App, new_key},
    therapists::authority_row,
    times::{beside, clock_at, day_of, near_moment, short_day},
    topics, waiting,
};
use crate::{
    api::{
        groups::{ComingMeeting, GroupPage, OutlineUnit, SeatAction},
        text::HeadText,
    },
    domain::{
        agreement::AgreementKind,
        curriculum::unit_at,
        eligibility::{Eligibility, Step, list_and, list_or, states_on},
        finder::FinderQuery,
        group::{ConfirmMode, Kind, Status, price_a_meeting},
        listing::Listing,
        place::Place,
    },
    error::AppError,
    paths,
    store::{
        curricula,
        groups::{self, Scope},
        meetings,
        members::{self, Profile},
        practice, reservations, seats,
        sessions::Member,
        therapists,
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

/// Coming meetings on the page.
const COMING: i64 = 4;

/// The page of one group.
pub async fn page(app: &App, slug: &str, state: &str, zone: &str) -> Result<GroupPage, AppError> {
    let now = app.now();
    let reads = app.store.reads();
    let signed = auth::signed(app).await?;
    let account = signed.as_ref().map(crate::store::sessions::Signed::id);
    let reader = reader::zone(app, (!zone.is_empty()).then_some(zone), account).await?;
    // The weekly mail names a group by its id, so that a link in it does not say what it is about.
    let listing = match slug.parse() {
        Ok(id) => groups::listings(reads, Scope::Id(id), account, now, reader.zone).await?.pop(),
        Err(_) => groups::find(reads, slug, account, now, reader.zone).await?,
    };
    let listing = listing.ok_or(AppError::NotFound)?;
    let details = groups::details(reads, listing.id).await?;
    let curriculum = curricula::find(reads, &details.curriculum_slug, &details.curriculum_version)
        .await?
        .ok_or(AppError::Internal)?;
    let group_zone: Tz = listing.zone.parse().unwrap_or(reader.zone);
    let day = listing.next.map_or_else(|| day_of(now, group_zone), |next| next.group_day);
    let coming = match listing.next {
        Some(_) => meetings::coming(reads, listing.id, now, COMING).await?,
        None => Vec::new(),
    };
    let units = curriculum.units.len();
    let unit_of = |ahead: usize| {
        let number = unit_at(curriculum.mode, listing.held + u32::try_from(ahead).unwrap_or(0), listing.units);
        let title = usize::try_from(number)
            .ok()
            .and_then(|n| curriculum.units.get(n - 1))
            .map_or("", |unit| unit.title.as_str());
        format!("Week {number}: {title}")
    };
    let now_unit = unit_at(curriculum.mode, listing.held, listing.units);
    let member = signed.and_then(crate::store::sessions::Signed::into_member);
    let profile = match &member {
        Some(member) => members::profile(reads, member.id()).await?,
        None => Profile::default(),
    };
    let place = Place::parse(state).or(profile.place);
    let action = action(app, &listing, member.as_ref(), &profile, place).await?;
    let line = waiting::shown(app, &listing, member.as_ref(), &profile, place).await?;
    let rhythm = rhythm_of(&listing, reader.zone);
    let practice = practice::find(reads).await?;
    Ok(GroupPage {
        head: HeadText {
            title: if rhythm.is_empty() { listing.title.clone() } else { format!("{}, {rhythm}", listing.title) },
            description: listing.summary.clone(),
            path: paths::group(&listing.slug),
            data: group_data(&app.settings.public_url, &listing, &coming, practice.as_ref()),
        },
        leader_url: therapists::slug_of(reads, listing.leader.id).await?.map(|slug| paths::therapist(&slug)),
        about: topics::page_of_group(listing.kind, listing.topic),
        read: read_more(&["first-meeting", "what-you-need"].map(ToOwned::to_owned)),
        slug: listing.slug.clone(),
        title: listing.title.clone(),
        kind: listing.kind,
        topic: listing.topic,
        lead: lead(&listing, rhythm, reader.zone, group_zone),
        leader: face(&listing),
        words: details.words,
        approach: details.approach,
        authorities: groups::authorities(reads, listing.leader.id, day)
            .await?
            .into_iter()
            .map(|authority| authority_row(&authority))
            .collect(),
        happens: details
            .happens
            .split("\n\n")
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
            .collect(),
        for_whom: for_whom(&listing, day, details.for_whom),
        questions: details.questions.into_iter().map(|question| (question.q, question.a)).collect(),
        coming: coming
            .iter()
            .enumerate()
            .map(|(ahead, meeting)| ComingMeeting {
                day: short_day(day_of(meeting.starts_at, reader.zone)),
                time: clock_at(meeting.starts_at, reader.zone),
                unit: unit_of(ahead),
            })
            .collect(),
        outline_title: format!("{} weeks", capital(&in_words(u8::try_from(units).unwrap_or(u8::MAX)))),
        outline: curriculum
            .units
            .iter()
            .zip(1_u32..)
            .map(|(unit, number)| OutlineUnit {
                title: unit.title.clone(),
                summary: unit.summary.clone(),
                when: match number.cmp(&now_unit) {
                    std::cmp::Ordering::Less => -1,
                    std::cmp::Ordering::Equal => 0,
                    std::cmp::Ordering::Greater => 1,
                },
            })
            .collect(),
        agreement: content::agreements()
            .iter()
            .filter(|text| text.kind == AgreementKind::Group)
            .flat_map(|text| text.short.clone())
            .collect(),
        seats: seat_line(&listing),
        seats_sentence: seats_sentence(&listing),
        terms_sentence: terms_sentence(&listing, now, reader),
        price: price_a_meeting(listing.price_cents),
        hold_words: lasting(app.settings.durations.hold),
        can_hold: listing.can_hold(),
        action,
        line,
        elsewhere: elsewhere(&listing),
        zone: reader.shown(app),
        back: back(place),
        meets: listing.next.is_some(),
        has_closed: listing.status == Status::Closed,
    })
}

/// What it is, and when it meets. A group without a next meeting says nothing of when.
fn lead(listing: &Listing, rhythm: String, reader: Tz, group_zone: Tz) -> String {
    let beside = listing.next.and_then(|next| beside(next.usual_at, reader, group_zone));
    let when = Some(rhythm).filter(|rhythm| !rhythm.is_empty());
    when.into_iter().chain(beside).fold(listing.summary.clone(), |lead, words| format!("{lead} {words}."))
}

/// For whom it is. `day` is that of the next meeting, or today.
fn for_whom(listing: &Listing, day: NaiveDate, own: Vec<String>) -> Vec<String> {
    let states = states_on(&listing.authorities, day);
    let first = match listing.kind {
        Kind::Skills => "You are 18 or older and in the United States during the meetings.".to_owned(),
        Kind::Process | Kind::Therapy if states.is_empty() => format!(
            "You are 18 or older, and during the meetings you are in a state where {} may practice.",
            listing.leader.first_name()
        ),
        Kind::Process | Kind::Therapy => format!(
            "You are 18 or older and in {} during the meetings.",
            list_or(states.iter().map(|state| state.name()))
        ),
    };
    std::iter::once(first).chain(own).collect()
}

fn terms_sentence(listing: &Listing, now: DateTime<Utc>, reader: ReaderZone) -> String {
    let next = listing.next.map(|next| format!("Next meeting {}. ", near_moment(next.starts_at, now, reader.zone)));
    format!("{}{}.", next.unwrap_or_default(), price_a_meeting(listing.price_cents))
}

fn elsewhere(listing: &Listing) -> Option<String> {
    let next = listing.next?;
    if listing.kind == Kind::Skills {
        return None;
    }
    let (first, states) = (listing.leader.first_name(), states_on(&listing.authorities, next.group_day));
    // Whether there is one that meets is not asked for here: the finder knows.
    let skills =
        "there may be a DBT skills group for you: it teaches, it does not treat, and it is open to every state.";
    Some(if states.is_empty() {
        format!("{first} may not see people in any state at the moment. Wherever you live, {skills}")
    } else {
        format!(
            "{first} may work with people in {}. In every other state {skills}",
            list_and(states.iter().map(|state| state.name()))
        )
    })
}

fn back(place: Option<Place>) -> (String, String) {
    let query = FinderQuery { place, page: 1, ..FinderQuery::default() };
    let words = match place {
        Some(Place::In(state)) => format!("Groups in {}", state.name()),
        _ => "All groups".to_owned(),
    };
    (paths::finder(&query), words)
}

/// The finder with skills groups only: what is open to whoever may not join here.
pub fn skills_groups(place: Option<Place>) -> (String, String) {
    let query = FinderQuery { place, kinds: vec![Kind::Skills], page: 1, ..FinderQuery::default() };
    (paths::finder(&query), "See the skills groups".to_owned())
}

/// Other groups with free seats on the same topic, or all.
fn other_groups(listing: &Listing, place: Option<Place>) -> (String, String) {
    let query = FinderQuery {
        place,
        topics: listing.topic.into_iter().collect(),
        open: true,
        page: 1,
        ..FinderQuery::default()
    };
    (paths::finder(&query), "See groups with free seats".to_owned())
}

/// Groups like one that takes nobody new: of its topic, or of its kind where it has none.
fn groups_like_it(listing: &Listing, place: Option<Place>) -> (String, String) {
    let query = FinderQuery { place, page: 1, ..FinderQuery::default() };
    match (listing.topic, listing.kind) {
        (Some(topic), _) => {
            (paths::finder(&FinderQuery { topics: vec![topic], ..query }), "See other groups on this topic".to_owned())
        }
        (None, Kind::Process) => {
            (paths::finder(&FinderQuery { kinds: vec![Kind::Process], ..query }), "See other process groups".to_owned())
        }
        (None, kind) => {
            (paths::finder(&FinderQuery { kinds: vec![kind], ..query }), "See other groups like it".to_owned())
        }
    }
}

async fn action(
    app: &App,
    listing: &Listing,
    member: Option<&Member>,
    profile: &Profile,
    place: Option<Place>,
) -> Result<SeatAction, AppError> {
    let reads = app.store.reads();
    if let Some(member) = member {
        if reservations::find(reads, member.id(), listing.id).await?.is_some() {
            return Ok(SeatAction::Seated);
        }
        if let Some(hold) = seats::hold_of(reads, member.id(), listing.id).await? {
            let path = reserve::where_to(app, member, profile, &listing.slug, &hold).await?;
            return Ok(SeatAction::GoOn { path });
        }
    }
    if let Some(refusal) = why_not(app, listing, member, place, profile).await? {
        return Ok(refusal);
    }
    let known =
        member.is_some() && listing.eligibility(Step::Hold, profile.place, profile.age()) == Eligibility::Eligible;
    Ok(if known && place == profile.place { SeatAction::Hold { key: new_key().to_string() } } else { SeatAction::Ask })
}

/// Why no seat can be held here now, with a way out; `None` where one can.
pub async fn why_not(
    app: &App,
    listing: &Listing,
    member: Option<&Member>,
    place: Option<Place>,
    profile: &Profile,
) -> Result<Option<SeatAction>, AppError> {
    let no = |reason: String, instead| Ok(Some(SeatAction::No { reason, instead: Some(instead) }));
    let first = listing.leader.first_name();
    if listing.status == Status::Closed {
        return no(seats_sentence(listing), groups_like_it(listing, place));
    }
    if listing.next.is_none() {
        return no(
            "No meeting is planned at the moment, so there is no seat to reserve.".to_owned(),
            other_groups(listing, place),
        );
    }
    if let Some(reason) = refusal(listing, Step::Browse, place, profile.age()) {
        return no(reason, skills_groups(place));
    }
    if !listing.takes_members() {
        return no(
            "This group is past its second week, and a closed circle takes nobody new until its next round.".to_owned(),
            other_groups(listing, place),
        );
    }
    if listing.confirm == ConfirmMode::AfterLook {
        let phone = practice::phone(app.store.reads()).await?;
        return no(
            format!(
                "{first} first talks with everybody who wants to join, so a seat here cannot be reserved on this site. Call {phone}, and we find a time to talk."
            ),
            other_groups(listing, place),
        );
    }
    if listing.seats.free() > 0 && listing.open_seats(member.map(Member::id)) == 0 {
        return no(
            "Somebody waits for the next seat here, and nobody overtakes.".to_owned(),
            other_groups(listing, place),
        );
    }
    if listing.seats.free() == 0 {
        let reason = if listing.seats.held > 0 {
            "All seats are taken or on hold. Holds are short; one may come free."
        } else {
            "All seats are taken at the moment."
        };
        return no(reason.to_owned(), other_groups(listing, place));
    }
    Ok(None)
}
