//! Her account: what we know of her in one place, with the ways to change it, take it along or end it.

use super::{
    answer, auth, catalog,
    line::letters::moment,
    reader,
    show::row,
    state::App,
    times::{full_date, zone_label},
};
use crate::{
    api::account::{AccountPage, HurtSeat},
    domain::{
        catalog::GroupFacts,
        eligibility::{Eligibility, Step},
        finder::FinderQuery,
        listing::Listing,
        series::weekday_name,
        subscription::SubscriptionStatus,
    },
    error::AppError,
    paths,
    store::{
        address_changes, calendar_feeds,
        groups::{self, Scope},
        members::{self, Profile},
        sessions::{Member, own},
        subscribers::{self, Subscriber, Whose},
    },
};
use chrono_tz::Tz;

pub mod address;
pub mod data;
pub mod deletion;
pub mod feed;
pub mod fresh;
pub mod letters;
pub mod mails;
pub mod profile;
pub mod sessions;

/// Groups that are named where a seat does not fit any more.
const FITTING: usize = 3;

/// The page `/account`. Therapists and the office have an address and devices, and nothing else here.
pub async fn page(app: &App) -> Result<AccountPage, AppError> {
    let signed = auth::signed(app).await?.ok_or(AppError::SignInNeeded)?;
    let reads = app.store.reads();
    let mut form = answer::form(app, paths::ACCOUNT);
    let devices = own::living(reads, &signed).await?.len();
    let mut page = AccountPage {
        is_member: false,
        email: signed.email().as_str().to_owned(),
        about: Vec::new(),
        devices: if devices == 1 { "This device only".to_owned() } else { format!("{devices} devices") },
        new_email: None,
        weekly: String::new(),
        has_feed: false,
        hurt: Vec::new(),
        said: answer::said(&mut form),
    };
    let Some(member) = signed.into_member() else { return Ok(page) };
    page.is_member = true;
    let profile = members::profile(reads, member.id()).await?;
    let zone = reader::zone(app, None, Some(member.id())).await?.zone;
    page.about = about(&profile, zone);
    page.new_email = address_changes::open_of(reads, member.id()).await?.map(|change| change.new_email);
    page.weekly = weekly(subscribers::find(reads, Whose::Address(member.email())).await?.as_ref());
    page.has_feed = calendar_feeds::made_at(reads, member.id()).await?.is_some();
    page.hurt = hurt(app, &member, &profile, zone).await?;
    Ok(page)
}

/// How the weekly mail stands.
fn weekly(subscriber: Option<&Subscriber>) -> String {
    match subscriber {
        Some(found) if found.status == SubscriptionStatus::Confirmed => {
            format!("Comes on {}s when there is something new", weekday_name(found.rhythm.weekday))
        }
        _ => "Off".to_owned(),
    }
}

/// What she told us, as she told it.
fn about(profile: &Profile, zone: Tz) -> Vec<(String, String)> {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "Not told yet".to_owned());
    let contact = match (&profile.contact_name, &profile.contact_phone) {
        (Some(name), Some(phone)) => format!("{name}, {phone}"),
        _ => "Not told yet".to_owned(),
    };
    let born = profile.born_on.map_or_else(|| "Not told yet".to_owned(), full_date);
    [
        ("Name in the group", text(&profile.display_name)),
        ("Legal name", text(&profile.legal_name)),
        ("Born", born),
        ("Phone", text(&profile.phone)),
        ("Where you are during meetings", text(&profile.place.map(|place| place.name().to_owned()))),
        ("Your time zone", zone_label(zone)),
        ("In an emergency", contact),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Her seats that she cannot use as things stand: her state has changed, or the leader's authority ends.
async fn hurt(app: &App, member: &Member, profile: &Profile, zone: Tz) -> Result<Vec<HurtSeat>, AppError> {
    let (reads, now) = (app.store.reads(), app.now());
    let seats = groups::listings(reads, Scope::SeatsOf(member.id()), Some(member.id()), now, zone).await?;
    let hurt: Vec<_> = hurt_among(&seats, profile).collect();
    if hurt.is_empty() {
        return Ok(Vec::new());
    }
    let current = catalog::current(app).await?;
    let query = FinderQuery { place: profile.place, ..FinderQuery::default() };
    let is_hers = |id| seats.iter().any(|seat| seat.id == id && seat.seats.yours > 0);
    // Without a place nobody is eligible anywhere.
    let fits = |one: &&GroupFacts| profile.place.is_some() && one.can_hold() && !is_hers(one.id);
    let found: Vec<_> = current.groups.find(&query, &zone).into_iter().filter(fits).collect();
    let mut shown = Vec::new();
    for (seat, reason) in hurt {
        // Nearest first: the same topic or kind, then skills, which are open to every state.
        let (related, others): (Vec<_>, Vec<_>) = found.iter().copied().partition(|one| one.is_related_to(seat));
        let nearest: Vec<_> = related.into_iter().chain(others).take(FITTING).collect();
        let fitting = current.in_full(app, &nearest, Some(member.id()), zone).await?;
        shown.push(HurtSeat {
            title: seat.title.clone(),
            reason,
            from: seat.next.map(|next| moment(next.starts_at, zone)).unwrap_or_default(),
            fitting: fitting.iter().filter_map(|one| row(one, now, zone, true)).collect(),
            finder: paths::finder(&query),
            release: paths::release(&seat.slug),
        });
    }
    Ok(shown)
}

/// Of these groups those in which she has a seat and may not join the next meeting, with the reason.
fn hurt_among<'a>(seats: &'a [Listing], profile: &Profile) -> impl Iterator<Item = (&'a Listing, String)> {
    let (place, age) = (profile.place, profile.age());
    seats.iter().filter(|seat| seat.seats.yours > 0 && seat.next.is_some()).filter_map(move |seat| {
        match seat.eligibility(Step::Join, place, age) {
            Eligibility::NotEligible(reason) => Some((seat, reason.sentence(seat.leader.first_name()))),
            Eligibility::Eligible | Eligibility::Unknown(_) => None,
        }
    })
}
