//! The program: what one member sees this week, computed from facts and the time.

use super::{
    auth, content, reader, reserve,
    show::{face, in_words, rhythm_of},
    state::App,
    times::{beside, clock_at, day_of, long_day, near_day, near_moment},
};
use crate::{
    api::program::{LedGroup, OpenHold, ProgramPage, SeatShown, StripDay, UnitShown},
    domain::{
        agreement::AgreementKind, curriculum::unit_at, group::Status, ids::AccountId, listing::Listing, topic::Topic,
    },
    error::AppError,
    store::{
        curricula,
        groups::{self, Scope},
        meetings, members, practice, reservations, seats,
        sessions::{Member, Signed},
        therapists,
    },
};
use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;

/// The program of whoever asks.
pub async fn page(app: &App) -> Result<ProgramPage, AppError> {
    let signed = auth::signed(app).await?.ok_or(AppError::SignInNeeded)?;
    let reader = reader::zone(app, None, Some(signed.id())).await?;
    let agreement = content::agreements()
        .iter()
        .filter(|text| text.kind == AgreementKind::Group)
        .flat_map(|text| text.short.clone())
        .collect();
    let mut page = ProgramPage {
        name: None,
        seats: Vec::new(),
        holds: Vec::new(),
        strip: Vec::new(),
        agreement,
        zone: reader.shown(app),
        phone: String::new(),
        is_member: false,
        leads: Vec::new(),
    };
    let account = signed.id();
    let Some(member) = Signed::into_member(signed) else {
        page.leads = led_by(app, account, reader.zone).await?;
        return Ok(page);
    };
    page.is_member = true;
    let (reads, now) = (app.store.reads(), app.now());
    let profile = members::profile(reads, member.id()).await?;
    page.name.clone_from(&profile.display_name);
    let mut listings =
        groups::listings(reads, Scope::SeatsOf(member.id()), Some(member.id()), now, reader.zone).await?;
    listings.sort_by_key(|listing| listing.next.map(|next| next.starts_at));
    for listing in &listings {
        if listing.seats.yours > 0 {
            page.seats.push(seat(app, &member, listing, now, reader.zone).await?);
        } else if let Some(hold) = seats::hold_of(reads, member.id(), listing.id).await? {
            page.holds.push(OpenHold {
                title: listing.title.clone(),
                path: reserve::where_to(app, &member, &profile, &listing.slug, &hold).await?,
                until: clock_at(hold.until, reader.zone),
            });
        }
    }
    let mine: Vec<_> = listings.iter().filter(|listing| listing.seats.yours > 0).collect();
    page.phone = practice::phone(reads).await?;
    page.strip = strip(app, &mine, now, reader.zone).await?;
    Ok(page)
}

/// The groups that a therapist leads, by their next meeting; the office leads none.
async fn led_by(app: &App, account: AccountId, zone: Tz) -> Result<Vec<LedGroup>, AppError> {
    let reads = app.store.reads();
    let Some(therapist) = therapists::of_account(reads, account).await? else { return Ok(Vec::new()) };
    let mut listings = groups::listings(reads, Scope::Listed, None, app.now(), zone).await?;
    listings.retain(|listing| listing.leader.id == therapist);
    listings.sort_by_key(|listing| listing.next.map(|next| next.starts_at));
    let led =
        |listing: Listing| LedGroup { rhythm: rhythm_of(&listing, zone), slug: listing.slug, title: listing.title };
    Ok(listings.into_iter().map(led).collect())
}

async fn seat(
    app: &App,
    member: &Member,
    listing: &Listing,
    now: DateTime<Utc>,
    zone: Tz,
) -> Result<SeatShown, AppError> {
    let reads = app.store.reads();
    let details = groups::details(reads, listing.id).await?;
    let reference = reservations::find(reads, member.id(), listing.id)
        .await?
        .map(|reservation| reservation.reference)
        .unwrap_or_default();
    let group_zone: Tz = listing.zone.parse().unwrap_or(zone);
    let leader = face(listing);
    let at = listing.next.map(|next| next.starts_at);
    let (ring_count, ring_word) = at.map(|at| countdown(at, now, zone)).unwrap_or_default();
    Ok(SeatShown {
        slug: listing.slug.clone(),
        title: listing.title.clone(),
        headline: match at {
            Some(at) if at <= now => "You are meeting now.".to_owned(),
            Some(at) => match near_day(at, now, zone).as_str() {
                "Tonight" | "Today" | "Tomorrow" => format!("You meet {}.", near_moment(at, now, zone)),
                day => format!("You meet on {day} at {}.", clock_at(at, zone)),
            },
            None => "There is no meeting planned.".to_owned(),
        },
        day: at.map(|at| long_day(day_of(at, zone))).unwrap_or_default(),
        rhythm: rhythm_of(listing, zone),
        beside: listing.next.and_then(|next| beside(next.usual_at, zone, group_zone)),
        leader_first_name: leader.first_name,
        leader: leader.name,
        counts: listing.seats,
        ring_count,
        ring_word,
        reference,
        forming: match listing.status {
            Status::Forming { reserved, minimum } if reserved < minimum => Some(format!(
                "This circle is forming: {} of the {} people it needs have a seat. We tell you by mail how it goes on.",
                in_words(reserved),
                in_words(minimum)
            )),
            _ => None,
        },
        unit: unit(app, listing, &details).await?,
    })
}

/// How long until a meeting, as a number and a word for the middle of the ring.
fn countdown(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> (u16, String) {
    let minutes = (at - now).num_minutes();
    let days = (day_of(at, zone) - day_of(now, zone)).num_days();
    let (count, one, many) = match (minutes, days) {
        (..=0, _) => return (0, "minutes to go".to_owned()),
        (1..120, _) => (minutes, "minute to go", "minutes to go"),
        (_, 0) => (minutes / 60, "hour to go", "hours to go"),
        (_, days) => (days, "day to go", "days to go"),
    };
    (u16::try_from(count).unwrap_or(u16::MAX), if count == 1 { one } else { many }.to_owned())
}

async fn unit(app: &App, listing: &Listing, details: &groups::Details) -> Result<UnitShown, AppError> {
    let curriculum = curricula::find(app.store.reads(), &details.curriculum_slug, &details.curriculum_version)
        .await?
        .ok_or(AppError::Internal)?;
    let number = unit_at(curriculum.mode, listing.held, listing.units);
    let unit = usize::try_from(number)
        .ok()
        .and_then(|number| curriculum.units.get(number.checked_sub(1)?))
        .ok_or(AppError::Internal)?;
    let topic = listing.topic.map_or("what brought you here", Topic::in_sentence);
    let named = |text: &str| text.replace("{topic}", topic);
    Ok(UnitShown {
        position: format!("week {number} of {}", curriculum.units.len()),
        title: unit.title.clone(),
        summary: named(&unit.summary),
        reading: if unit.minutes == 1 { "One minute".to_owned() } else { format!("{} minutes", unit.minutes) },
        html: content::to_html(&named(&unit.body)),
        skills: unit.skills.clone(),
        homework: unit.homework.iter().map(|text| named(text)).collect(),
        question: named(&unit.question),
    })
}

/// Seven days from today on, with the hours at which she meets.
async fn strip(app: &App, listings: &[&Listing], now: DateTime<Utc>, zone: Tz) -> Result<Vec<StripDay>, AppError> {
    let today = day_of(now, zone);
    let mut days: Vec<StripDay> = (0..7)
        .map(|ahead| {
            let day = today + Days::new(ahead);
            StripDay { name: day.format("%a").to_string(), meets: String::new(), today: ahead == 0 }
        })
        .collect();
    for listing in listings {
        for meeting in meetings::coming(app.store.reads(), listing.id, now, 2).await? {
            let ahead = (day_of(meeting.starts_at, zone) - today).num_days();
            let Some(day) = usize::try_from(ahead).ok().and_then(|ahead| days.get_mut(ahead)) else { continue };
            day.meets = clock_at(meeting.starts_at, zone).replace(":00", "");
        }
    }
    Ok(days)
}
