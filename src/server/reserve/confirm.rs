//! Step 3, confirming, and the confirmation.

use super::{Ground, brief, current_texts, ground, parse_key, strip};
use crate::{
    api::reserve::{CheckPage, ConfirmedPage},
    domain::{
        curriculum::unit_at,
        eligibility::{Ask, Eligibility, Step},
        group::Status,
        letter::host_of,
        listing::Listing,
        place::Place,
        series::weekday_name,
    },
    error::AppError,
    mail,
    paths::{self, ReserveStep, reserve_step},
    server::{
        answer, auth, calendar, reader, reply,
        show::{in_words, practice_line},
        state::{App, new_key, random},
        times::{beside, clock_at, day_of, full_date, long_day, near_day, rhythm, weekday_at, zone_label},
        waiting,
    },
    store::{
        Actor, Conn, Tx, agreements, curricula, groups, idempotency, locks, meetings, members, outbox, practice,
        reservations::{self, Reservation},
        seats,
        sessions::Member,
    },
};
use chrono_tz::Tz;

/// What step 3 shows.
pub async fn check_page(app: &App, slug: &str) -> Result<CheckPage, AppError> {
    let ground = ground(app, slug).await?;
    let hold = strip(app, &ground).await?;
    let reads = app.store.reads();
    let signed = agreements::signed_at(reads, ground.member.id(), &current_texts()).await?;
    let (true, Some(signed)) = (ground.profile.is_complete(), signed) else {
        reply::go(&super::next_step(reads, &ground.member, &ground.profile, slug).await?);
        return Err(AppError::StepMissing);
    };
    let profile = &ground.profile;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let answers = vec![
        ("Name in the group".to_owned(), text(&profile.display_name)),
        ("Legal name".to_owned(), text(&profile.legal_name)),
        ("Phone".to_owned(), text(&profile.phone)),
        ("Where you will be".to_owned(), profile.place.map(|place| place.name().to_owned()).unwrap_or_default()),
        ("Born".to_owned(), profile.born_on.map(full_date).unwrap_or_default()),
        (
            "In an emergency we call".to_owned(),
            format!("{}, {}", text(&profile.contact_name), text(&profile.contact_phone)),
        ),
    ];
    let day = match near_day(signed, app.now(), ground.zone).as_str() {
        "Tonight" | "Today" => format!("today at {}", clock_at(signed, ground.zone)),
        _ => format!("on {}", long_day(day_of(signed, ground.zone))),
    };
    Ok(CheckPage {
        group: brief(&ground),
        hold,
        billing: practice::find(reads).await?.map(|practice| practice.billing).unwrap_or_default(),
        answers,
        agreements: format!("Group agreement, telehealth and privacy: agreed {day}."),
        form: answer::form(app, &reserve_step(slug, ReserveStep::Check)),
        line: waiting::shown(app, &ground.listing, Some(&ground.member), profile, profile.place).await?,
        key: new_key().to_string(),
    })
}

/// Makes the seat hers; gives the path to go to. Same key, same answer, one seat.
pub async fn confirm(app: &App, slug: &str, key: &str) -> Result<String, AppError> {
    let key = parse_key(key)?;
    let (token, slug, app_in) = (auth::token(app), slug.to_owned(), app.clone());
    let zone = match auth::signed(app).await? {
        Some(signed) => reader::zone(app, None, Some(signed.id())).await?.zone,
        None => return Err(AppError::SignInNeeded),
    };
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let now = app.now();
        let member = auth::prove_member(&mut tx, token).await?;
        if let Some(path) = idempotency::first_answer::<String>(&mut tx, &member, "confirm", key).await? {
            return Ok((tx, path));
        }
        let group = groups::find(&mut *tx, &slug, Some(member.id()), now, zone).await?.ok_or(AppError::NotFound)?.id;
        let done = reserve_step(&slug, ReserveStep::Confirmed);
        let lock = locks::shared(&mut tx, group).await?;
        seats::one_at_a_time(&mut tx, &member).await?;
        if reservations::find(&mut *tx, member.id(), group).await?.is_some() {
            return Ok((tx, done));
        }
        let listing = groups::find(&mut *tx, &slug, Some(member.id()), now, zone).await?.ok_or(AppError::NotFound)?;
        let profile = members::profile(&mut *tx, member.id()).await?;
        if !profile.is_complete() || agreements::signed_at(&mut *tx, member.id(), &current_texts()).await?.is_none() {
            let path = super::next_step(&mut *tx, &member, &profile, &slug).await?;
            return Ok((tx, path));
        }
        may_confirm(&listing, profile.place, profile.age())?;
        if !listing.door().takes_reservations() {
            return Err(AppError::GroupNotOpen);
        }
        let first = listing.next.map(|next| next.id);
        let among = listing.open_to(Some(member.id()));
        let reservation =
            reservations::confirm(&mut tx, &lock, &member, group, first, among.as_deref(), now, new_reference).await?;
        write_mail(&mut tx, &app, &member, &listing, &reservation, zone).await?;
        idempotency::keep(&mut tx, &member, "confirm", key, &done).await?;
        Ok((tx, done))
    };
    let path = app.store.write::<_, AppError, _, _>(Actor::Visitor, work).await?;
    mail::hint();
    Ok(path)
}

fn may_confirm(listing: &Listing, place: Option<Place>, age: crate::domain::eligibility::Age) -> Result<(), AppError> {
    match listing.eligibility(Step::Confirm, place, age) {
        Eligibility::Eligible => Ok(()),
        Eligibility::NotEligible(reason) => Err(AppError::NotEligible(reason.sentence(listing.leader.first_name()))),
        Eligibility::Unknown(Ask::Place | Ask::Adult | Ask::BirthDate) => Err(AppError::AskFirst),
    }
}

async fn write_mail(
    conn: &mut Conn,
    app: &App,
    member: &Member,
    listing: &Listing,
    reservation: &Reservation,
    zone: Tz,
) -> Result<(), AppError> {
    // A group that takes members has a next meeting: without one nobody is eligible.
    let Some(next) = listing.next else { return Err(AppError::GroupNotOpen) };
    // A seat that was released shortly before a meeting begins with the one after it.
    let first = match reservation.first_meeting.filter(|first| *first != next.id) {
        Some(first) => meetings::find(&mut *conn, first).await?.map_or(next.starts_at, |meeting| meeting.starts_at),
        None => next.starts_at,
    };
    let group_zone: Tz = listing.zone.parse().unwrap_or(zone);
    let practice = practice::find(&mut *conn).await?;
    let calendar = calendar::of_group(&mut *conn, app, member.id(), listing.id).await?;
    let forming = match listing.status {
        Status::Forming { minimum, .. } => {
            Some(format!("The circle is forming. It begins when {} people have a seat.", in_words(minimum)))
        }
        _ => None,
    };
    let first = format!("{}, {} {}", long_day(day_of(first, zone)), clock_at(first, zone), zone_label(zone));
    let letter = mail::seat_confirmed::letter(mail::seat_confirmed::SeatConfirmed {
        to: member.email().clone(),
        reservation: reservation.id,
        reference: &reservation.reference,
        weekday: weekday_at(next.usual_at, zone),
        weekly: &rhythm(next.usual_at, listing.minutes, zone),
        weekly_there: beside(next.usual_at, zone, group_zone).as_deref(),
        first_meeting: Some(&first),
        note: forming.as_deref(),
        program_url: &format!("{}{}", app.settings.public_url, paths::PROGRAM),
        calendar,
        practice: &practice_line(practice.as_ref()),
    });
    Ok(outbox::enqueue(conn, &letter, host_of(&app.settings.public_url)).await?)
}

/// What the confirmation shows. Whoever has no seat here is sent to where one can be held.
pub async fn confirmed_page(app: &App, slug: &str) -> Result<ConfirmedPage, AppError> {
    let ground = ground(app, slug).await?;
    let reads = app.store.reads();
    let Some(reservation) = reservations::find(reads, ground.member.id(), ground.listing.id).await? else {
        reply::go(&paths::group(slug));
        return Err(AppError::StepMissing);
    };
    let Ground { listing, zone, member, .. } = &ground;
    let next = listing.next.map(|next| next.starts_at);
    let details = groups::details(reads, listing.id).await?;
    let curriculum = curricula::find(reads, &details.curriculum_slug, &details.curriculum_version).await?;
    let number = unit_at(listing.mode, listing.held, listing.units);
    let unit = curriculum
        .and_then(|curriculum| {
            curriculum.units.get(usize::try_from(number).ok()?.checked_sub(1)?).map(|unit| unit.title.clone())
        })
        .unwrap_or_default();
    // Within a week its weekday says which day it is; after that only the date does.
    let day = next.map(|at| match near_day(at, app.now(), *zone).as_str() {
        "Tonight" | "Today" | "Tomorrow" => weekday_name(weekday_at(at, *zone)).to_owned(),
        day => day.to_owned(),
    });
    Ok(ConfirmedPage {
        group: brief(&ground),
        reference: reservation.reference,
        mailed_to: member.email().as_str().to_owned(),
        meets: next
            .zip(day.as_ref())
            .map_or_else(|| "When you meet".to_owned(), |(at, day)| format!("{day}, {}", clock_at(at, *zone))),
        before: format!("Before {}", day.as_deref().unwrap_or("you meet")),
        unit,
        phone: practice::phone(reads).await?,
        other_lines: waiting::related_lines(app, member, listing)
            .await?
            .into_iter()
            .map(|listing| listing.title)
            .collect(),
    })
}

/// Six characters that cannot be taken for one another, as they are read aloud: Crockford's base 32.
fn new_reference() -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bytes = random::<6>();
    let letters: String = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
    format!("CG {} {}", &letters[..3], &letters[3..])
}
