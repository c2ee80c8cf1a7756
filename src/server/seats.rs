//! The member's seats in one place, and releasing one.

use super::{
    answer, auth, catalog, line,
    line::letters::{self, ReleasedBy},
    reader::{self, ReaderZone},
    reserve::{next_step, parse_key},
    show::{face, in_words, rhythm_of, row},
    state::{App, new_key},
    times::{beside, clock_at, day_of, long_day, month_day, near_moment, span, zone_label},
    waiting::{lines, place_words},
};
use crate::{
    api::{
        program::OpenHold,
        seats::{EndedGroup, MyLine, MyOffer, MySeat, ReleasePage, SeatMeeting, SeatsPage},
    },
    domain::{
        catalog::GroupFacts,
        eligibility::{Eligibility, Step},
        finder::FinderQuery,
        group::Status,
        ids::{AccountId, GroupId, MeetingId},
        line::Line,
        listing::Listing,
        waiting::LATE_HOURS,
    },
    error::AppError,
    paths,
    store::{
        Actor, Tx, absences,
        groups::{self, Scope},
        idempotency, locks, meetings,
        members::{self, Profile},
        offers::{self, OfferStatus},
        releases, reservations, seats,
        sessions::{Member, Signed, TokenHash},
        waiting::LinePlace,
    },
};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::{Tz, UTC};
use std::collections::HashSet;

/// Coming meetings of a seat.
const COMING: i64 = 4;
/// Groups that are named where one has ended.
const FITTING: usize = 3;

/// What every part of the page needs.
struct Ground {
    member: Member,
    profile: Profile,
    reader: ReaderZone,
    now: DateTime<Utc>,
    absent: HashSet<MeetingId>,
}

/// Her seats, holds, offers and lines. Therapists and the office have none.
pub async fn page(app: &App) -> Result<SeatsPage, AppError> {
    let signed = auth::signed(app).await?.ok_or(AppError::SignInNeeded)?;
    let reader = reader::zone(app, None, Some(signed.id())).await?;
    let mut page = SeatsPage {
        is_member: false,
        seats: Vec::new(),
        holds: Vec::new(),
        offers: Vec::new(),
        lines: Vec::new(),
        ended: Vec::new(),
        zone: reader.shown(app),
        form: answer::form(app, paths::SEATS),
    };
    let Some(member) = Signed::into_member(signed) else { return Ok(page) };
    page.is_member = true;
    let (reads, now) = (app.store.reads(), app.now());
    let ground = Ground {
        profile: members::profile(reads, member.id()).await?,
        absent: absences::coming_of(reads, member.id(), now).await?,
        member,
        reader,
        now,
    };
    let id = ground.member.id();
    let mut listings = groups::listings(reads, Scope::SeatsOf(id), Some(id), now, reader.zone).await?;
    listings.sort_by_key(|listing| listing.next.map(|next| next.starts_at));
    for listing in &listings {
        if listing.seats.yours > 0 {
            page.seats.push(seat(app, &ground, listing).await?);
        } else if let Some(hold) = seats::hold_of(reads, id, listing.id).await?.filter(|hold| !hold.is_offer) {
            page.holds.push(OpenHold {
                title: listing.title.clone(),
                until: clock_at(hold.until, reader.zone),
                path: next_step(reads, &ground.member, &ground.profile, &listing.slug).await?,
            });
        }
    }
    for offer in offers::find_open(reads, id).await? {
        let Some(listing) = listings.iter().find(|listing| listing.id == offer.group) else { continue };
        page.offers.push(MyOffer {
            id: offer.id.to_string(),
            slug: listing.slug.clone(),
            title: listing.title.clone(),
            rhythm: rhythm_of(listing, reader.zone),
            until: near_moment(offer.ends_at, now, reader.zone),
            zone_label: zone_label(reader.zone),
            accepted: offer.status == OfferStatus::Accepted,
            path: paths::offer(offer.id),
        });
    }
    for (place, listing) in lines(app, &ground.member).await? {
        page.lines.push(my_line(&ground, &place, &listing));
    }
    page.ended = ended(app, &ground).await?;
    Ok(page)
}

async fn seat(app: &App, ground: &Ground, listing: &Listing) -> Result<MySeat, AppError> {
    let reads = app.store.reads();
    let reservation = reservations::find(reads, ground.member.id(), listing.id).await?.ok_or(AppError::NotFound)?;
    let first = match reservation.first_meeting {
        Some(first) => meetings::find(reads, first).await?.map(|meeting| meeting.starts_at),
        None => None,
    };
    let zone = ground.reader.zone;
    let group_zone: Tz = listing.zone.parse().unwrap_or(zone);
    let closes_on = groups::details(reads, listing.id).await?.closes_on;
    let coming = meetings::coming(reads, listing.id, ground.now, COMING).await?;
    let shown = coming
        .into_iter()
        .filter(|meeting| first.is_none_or(|first| meeting.starts_at >= first))
        .filter(|meeting| closes_on.is_none_or(|last| day_of(meeting.starts_at, group_zone) <= last))
        .map(|meeting| SeatMeeting {
            id: meeting.id.to_string(),
            day: long_day(day_of(meeting.starts_at, zone)),
            time: format!(
                "{} {}",
                span(meeting.starts_at.with_timezone(&zone).time(), listing.minutes),
                zone_label(zone)
            ),
            beside: beside(meeting.starts_at, zone, group_zone),
            absent: ground.absent.contains(&meeting.id),
        })
        .collect();
    let note = match listing.status {
        Status::Forming { reserved, minimum } if reserved < minimum => Some(format!(
            "This circle is forming: {} of the {} people it needs have a seat.",
            in_words(reserved),
            in_words(minimum)
        )),
        Status::Closed => closes_on.map(|last| format!("This circle ends on {}.", month_day(last))),
        _ => None,
    };
    Ok(MySeat {
        slug: listing.slug.clone(),
        title: listing.title.clone(),
        leader: face(listing),
        rhythm: rhythm_of(listing, zone),
        reference: reservation.reference,
        counts: listing.seats,
        note,
        meetings: shown,
        release: paths::release(&listing.slug),
    })
}

fn my_line(ground: &Ground, place: &LinePlace, listing: &Listing) -> MyLine {
    let whole = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    let (position, of) = (whole(place.position), whole(place.of));
    let note = match listing.eligibility(Step::Hold, ground.profile.place, ground.profile.age()) {
        Eligibility::NotEligible(reason) => {
            Some(format!("Seats pass you by for now. {}", reason.sentence(listing.leader.first_name())))
        }
        Eligibility::Unknown(_) => {
            Some("Seats pass you by until we know where you are and that you are 18 or older.".to_owned())
        }
        Eligibility::Eligible if place.declines > 0 => {
            Some("You said no to one seat, or did not answer. A second time ends your place in this line.".to_owned())
        }
        Eligibility::Eligible => None,
    };
    MyLine {
        slug: listing.slug.clone(),
        title: listing.title.clone(),
        rhythm: rhythm_of(listing, ground.reader.zone),
        position,
        of,
        words: place_words(position, of),
        note,
    }
}

/// Groups of hers that end or have ended lately, with others that fit.
async fn ended(app: &App, ground: &Ground) -> Result<Vec<EndedGroup>, AppError> {
    let reads = app.store.reads();
    let id = ground.member.id();
    let groups_closed = releases::closed_groups_of(reads, id).await?;
    if groups_closed.is_empty() {
        return Ok(Vec::new());
    }
    let zone = ground.reader.zone;
    let current = catalog::current(app).await?;
    let wish = FinderQuery { place: ground.profile.place, ..FinderQuery::default() };
    let hers = groups::listings(reads, Scope::SeatsOf(id), Some(id), ground.now, zone).await?;
    let is_hers = |group| hers.iter().any(|one| one.id == group && one.seats.yours > 0);
    let mut found = Vec::new();
    for group in groups_closed {
        let Some(closed) = groups::listings(reads, Scope::Id(group), Some(id), ground.now, zone).await?.pop() else {
            continue;
        };
        let closes_on = groups::details(reads, group).await?.closes_on;
        let today = day_of(ground.now, closed.zone.parse().unwrap_or(zone));
        let words = match closes_on {
            Some(last) if last >= today => format!("It ends on {}.", long_day(last)),
            Some(last) => format!("It ended on {}.", long_day(last)),
            None => "It has ended.".to_owned(),
        };
        let fits = |one: &&GroupFacts| one.is_related_to(&closed) && one.can_hold() && !is_hers(one.id);
        let nearest: Vec<_> = current.groups.find(&wish, &zone).into_iter().filter(fits).take(FITTING).collect();
        let fitting = current.in_full(app, &nearest, Some(id), zone).await?;
        let fitting = fitting.iter().filter_map(|listing| row(listing, ground.now, zone, true)).collect();
        found.push(EndedGroup { title: closed.title, words, fitting });
    }
    Ok(found)
}

/// What releasing means. Whoever has no seat here is told that there is nothing at this address.
pub async fn release_page(app: &App, slug: &str) -> Result<ReleasePage, AppError> {
    let member = auth::member(app).await?;
    let zone = reader::zone(app, None, Some(member.id())).await?.zone;
    let (reads, now) = (app.store.reads(), app.now());
    let listing = groups::find(reads, slug, Some(member.id()), now, zone).await?.ok_or(AppError::NotFound)?;
    reservations::find(reads, member.id(), listing.id).await?.ok_or(AppError::NotFound)?;
    let next = listing.next.map(|next| next.starts_at);
    let mut means = vec![
        "Your seat is free for somebody else at once. You cannot take it back.".to_owned(),
        "You do not take part in its meetings any more. What you wrote for yourself stays yours.".to_owned(),
    ];
    if next.is_some_and(|at| at <= now + Duration::hours(LATE_HOURS)) {
        means.push("The next meeting is close. Whoever takes your seat begins after it.".to_owned());
    }
    means.push(match listing.waiting {
        0 => "If you want to come back, you can reserve a seat again while one is free.".to_owned(),
        1 => "One person is in line for it. If you want to come back, you wait behind.".to_owned(),
        n => format!("{n} people are in line for it. If you want to come back, you wait behind them."),
    });
    Ok(ReleasePage {
        slug: listing.slug.clone(),
        title: listing.title.clone(),
        leader: face(&listing),
        rhythm: rhythm_of(&listing, zone),
        next_meeting: next.map(|at| near_moment(at, now, zone)).unwrap_or_default(),
        means,
        key: new_key().to_string(),
        form: answer::form(app, &paths::release(slug)),
    })
}

/// Releases her seat, and offers it to the next in line in the same breath. The same key twice is one release; without a
/// seat there is nothing to release.
pub async fn release(app: &App, slug: &str, key: &str) -> Result<(), AppError> {
    let key = parse_key(key)?;
    let (token, app_in, slug) = (auth::token(app), app.clone(), slug.to_owned());
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let now = app.now();
        let member = auth::prove_member(&mut tx, token).await?;
        if idempotency::first_answer::<bool>(&mut tx, &member, "release", key).await?.is_some() {
            return Ok((tx, ()));
        }
        let group = groups::find(&mut *tx, &slug, None, now, UTC).await?.ok_or(AppError::NotFound)?.id;
        let lock = locks::exclusive(&mut tx, group).await?;
        let listing = line::listing(&mut tx, &app, group).await?.ok_or(AppError::NotFound)?;
        let released = releases::by_member(&mut tx, &lock, &member, group, now).await?.ok_or(AppError::NotFound)?;
        letters::released(&mut tx, &app, &listing, member.id(), released.reservation, ReleasedBy::Herself).await?;
        line::pass_on(&mut tx, &lock, &app, group).await?;
        idempotency::keep(&mut tx, &member, "release", key, &true).await?;
        Ok::<_, AppError>((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await?;
    line::hint(app).await;
    Ok(())
}

/// The leader of a group ends a member's seat, with a reason for the records; she is told without it. The proof is read in
/// the transaction. Without a seat there is nothing to end.
pub async fn release_by_leader(
    app: &App,
    token: Option<TokenHash>,
    group: GroupId,
    member: AccountId,
    reason: Line<300>,
) -> Result<(), AppError> {
    let app_in = app.clone();
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let leader = auth::prove_therapist(&mut tx, token).await?;
        let lock = locks::exclusive(&mut tx, group).await?;
        let listing = line::listing(&mut tx, &app, group).await?.ok_or(AppError::NotFound)?;
        let released = releases::by_leader(&mut tx, &lock, &leader, group, member, &reason, app.now()).await?;
        let released = released.ok_or(AppError::NotFound)?;
        letters::released(&mut tx, &app, &listing, member, released.reservation, ReleasedBy::Practice).await?;
        line::pass_on(&mut tx, &lock, &app, group).await?;
        Ok::<_, AppError>((tx, ()))
    };
    app.store.write(Actor::Visitor, work).await?;
    line::hint(app).await;
    Ok(())
}
