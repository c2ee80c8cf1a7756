//! What people are told about seats and lines. No sentence names a topic, a title, a leader or another member.

use super::zone_of;
use crate::{
    domain::{
        ids::{AccountId, EntryId, OfferId, ReservationId},
        letter::Tie,
        listing::Listing,
        series::weekday_name,
        waiting::Waiter,
    },
    mail::notice::NoticeKind,
    paths,
    server::{
        calendar,
        notices::{self, Said},
        state::App,
        times::{beside, clock_at, day_of, long_day, rhythm, weekday_at, zone_label},
    },
    store::{
        Conn, Failure, accounts, meetings,
        offers::{self, Passed},
    },
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// Tells a member; an account without an address is told nothing.
async fn send(conn: &mut Conn, app: &App, to: AccountId, said: Said<'_>) -> Result<(), Failure> {
    let Some(email) = accounts::email_of(&mut *conn, to).await? else { return Ok(()) };
    notices::send(conn, app, email, said).await
}

/// The same with her coming meetings in the group as they stand now, for her calendar.
async fn send_with_dates(
    conn: &mut Conn,
    app: &App,
    listing: &Listing,
    to: AccountId,
    said: Said<'_>,
) -> Result<(), Failure> {
    let Some(email) = accounts::email_of(&mut *conn, to).await? else { return Ok(()) };
    let dates = calendar::of_group(&mut *conn, app, to, listing.id).await?;
    notices::send_with(conn, app, email, said, dates).await
}

/// "a circle on Tuesdays", on the reader's wall.
pub fn circle(listing: &Listing, zone: Tz) -> String {
    let day = listing.next.map_or(listing.weekday, |next| weekday_at(next.usual_at, zone));
    format!("a circle on {}s", weekday_name(day))
}

/// "Wednesday, November 25, 9:00 AM Eastern".
pub fn moment(at: DateTime<Utc>, zone: Tz) -> String {
    format!("{}, {} {}", long_day(day_of(at, zone)), clock_at(at, zone), zone_label(zone))
}

/// When the group meets, on the reader's wall and on its own.
fn weekly(listing: &Listing, zone: Tz) -> Vec<(&'static str, String)> {
    let Some(next) = listing.next else { return Vec::new() };
    let group_zone: Tz = listing.zone.parse().unwrap_or(zone);
    let there = beside(next.usual_at, zone, group_zone).map(|there| ("That is", there));
    std::iter::once(("When", rhythm(next.usual_at, listing.minutes, zone))).chain(there).collect()
}

/// A seat is held for her. The mail leaves only while it is: nobody is told of an offer that is over.
pub async fn offer_made(
    conn: &mut Conn,
    app: &App,
    listing: &Listing,
    member: AccountId,
    offer: OfferId,
    ends_at: DateTime<Utc>,
) -> Result<(), Failure> {
    let Some(email) = accounts::email_of(&mut *conn, member).await? else { return Ok(()) };
    let zone = zone_of(&mut *conn, member).await?;
    let until = moment(ends_at, zone);
    let seconds = (ends_at - offers::clock(&mut *conn).await?).num_seconds();
    let mut facts = weekly(listing, zone);
    let free_from = meetings::first_of_offer(&mut *conn, offer, app.now()).await?;
    facts.extend(free_from.map(|first| ("First meeting", moment(first, zone))));
    facts.push(("Held until", until));
    notices::send_tied(
        conn,
        app,
        email,
        Said {
            kind: NoticeKind::OfferMade,
            event: offer.to_string(),
            words: vec![
                format!("A seat is free in {}, and you are next. It is held for you until the time below.", circle(listing, zone)),
                "Take it or say no, as it suits you. The first time you say no or do not answer, you keep your place in line. The second time, your place ends.".to_owned(),
            ],
            facts,
            link: "See the seat",
            path: &paths::offer(offer),
            seconds: u32::try_from(seconds).ok().map(|seconds| seconds.max(1)),
        },
        Tie::Offer(offer),
    )
    .await
}

/// How an offer came to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Over {
    /// She said no.
    Declined,
    /// It was not confirmed in time.
    Expired,
}

/// An offer is over.
pub async fn offer_over(
    conn: &mut Conn,
    app: &App,
    listing: &Listing,
    passed: &Passed,
    over: Over,
) -> Result<(), Failure> {
    let zone = zone_of(&mut *conn, passed.member).await?;
    let circle = circle(listing, zone);
    let first = match over {
        Over::Declined => format!("You said no to a seat in {circle}. It goes on to the next in line."),
        Over::Expired => format!(
            "The seat that was held for you in {circle} was not confirmed in time. It goes on to the next in line."
        ),
    };
    let second = if passed.keeps_place {
        "You keep your place in line and hear from us when another seat comes free."
    } else {
        "It was the second time, so your place in this line has ended. You can join it again at its end."
    };
    send(
        conn,
        app,
        passed.member,
        Said {
            kind: NoticeKind::OfferOver,
            event: passed.id.to_string(),
            words: vec![first, second.to_owned()],
            facts: weekly(listing, zone),
            link: "See your seats and lines",
            path: paths::SEATS,
            seconds: None,
        },
    )
    .await
}

/// Her turn came and she could not be offered the seat.
pub async fn skipped(conn: &mut Conn, app: &App, listing: &Listing, waiter: &Waiter) -> Result<(), Failure> {
    let zone = zone_of(&mut *conn, waiter.member).await?;
    send(
        conn,
        app,
        waiter.member,
        Said {
            kind: NoticeKind::LineSkipped,
            event: waiter.entry.to_string(),
            words: vec![
                format!(
                    "A seat came free in {} and it was your turn. As things stand you cannot take a seat there, so it goes to the next in line.",
                    circle(listing, zone)
                ),
                "You keep your place. Your seats and lines show what stands in the way.".to_owned(),
            ],
            facts: weekly(listing, zone),
            link: "See your seats and lines",
            path: paths::SEATS,
            seconds: None,
        },
    )
    .await
}

/// She is in line.
pub async fn joined(
    conn: &mut Conn,
    app: &App,
    listing: &Listing,
    member: AccountId,
    entry: EntryId,
    position: i64,
) -> Result<(), Failure> {
    let zone = zone_of(&mut *conn, member).await?;
    let mut facts = weekly(listing, zone);
    facts.push(("Your place", position.to_string()));
    send(
        conn,
        app,
        member,
        Said {
            kind: NoticeKind::LineJoined,
            event: entry.to_string(),
            words: vec![
                format!("You wait for a seat in {}. Nobody overtakes you.", circle(listing, zone)),
                "When a seat comes free and you are next, we hold it for you for about half a day and write to you. No offer ends in the night.".to_owned(),
            ],
            facts,
            link: "See your place",
            path: paths::SEATS,
            seconds: None,
        },
    )
    .await
}

/// Who released a seat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReleasedBy {
    /// She herself.
    Herself,
    /// The practice.
    Practice,
}

/// Her seat is released.
pub async fn released(
    conn: &mut Conn,
    app: &App,
    listing: &Listing,
    member: AccountId,
    reservation: ReservationId,
    by: ReleasedBy,
) -> Result<(), Failure> {
    let zone = zone_of(&mut *conn, member).await?;
    let circle = circle(listing, zone);
    let words = match by {
        ReleasedBy::Herself => vec![
            format!("You have given back your seat in {circle}. It is free for somebody else now."),
            "What you wrote for yourself stays yours. If you want to come back, you can reserve a seat again or wait for one.".to_owned(),
        ],
        ReleasedBy::Practice => vec![
            format!("Your seat in {circle} has been ended by the practice. Please call us if you want to talk about it."),
            "What you wrote for yourself stays yours.".to_owned(),
        ],
    };
    send_with_dates(
        conn,
        app,
        listing,
        member,
        Said {
            kind: NoticeKind::SeatReleased,
            event: reservation.to_string(),
            words,
            facts: weekly(listing, zone),
            link: "See your seats",
            path: paths::SEATS,
            seconds: None,
        },
    )
    .await
}

/// A forming group was decided: it begins as planned, or two weeks later.
pub async fn formed(
    conn: &mut Conn,
    app: &App,
    listing: &Listing,
    member: AccountId,
    reservation: ReservationId,
    first: Option<DateTime<Utc>>,
    moved: bool,
) -> Result<(), Failure> {
    let zone = zone_of(&mut *conn, member).await?;
    let circle = circle(listing, zone);
    let (kind, words) = if moved {
        (
            NoticeKind::GroupMoved,
            vec![
                format!(
                    "Not enough people have a seat yet in {circle}, so it begins two weeks later. Your seat stays yours."
                ),
                "It moves once. If there are still too few then, it does not begin, and we write to you.".to_owned(),
            ],
        )
    } else {
        (NoticeKind::GroupOpened, vec![format!("Enough people have a seat in {circle}. It begins as planned.")])
    };
    let mut facts = weekly(listing, zone);
    facts.extend(first.map(|first| ("First meeting", moment(first, zone))));
    let event = reservation.to_string();
    let said = Said { kind, event, words, facts, link: "See your seats", path: paths::SEATS, seconds: None };
    if moved { send_with_dates(conn, app, listing, member, said).await } else { send(conn, app, member, said).await }
}

/// A group ends: whoever had a seat, held one, was offered one or waited is told once.
pub async fn closed(
    conn: &mut Conn,
    app: &App,
    listing: &Listing,
    member: AccountId,
    last: Option<DateTime<Utc>>,
    has_seat: bool,
) -> Result<(), Failure> {
    let zone = zone_of(&mut *conn, member).await?;
    let circle = circle(listing, zone);
    let first = match (has_seat, last) {
        (true, Some(_)) => {
            format!("The practice ends {circle} in which you have a seat. Your seat stays yours to the last meeting.")
        }
        (true, None) => format!("The practice ends {circle} in which you have a seat. There are no more meetings."),
        (false, _) => {
            format!("The practice ends {circle} for which you held a seat or waited. There will be no seat any more.")
        }
    };
    let facts = last.filter(|_| has_seat).map(|last| ("Last meeting", moment(last, zone))).into_iter().collect();
    let said = Said {
        kind: NoticeKind::GroupClosed,
        event: format!("{}:{member}", listing.id),
        words: vec![first, "Your seats and lines show other circles that may fit you.".to_owned()],
        facts,
        link: "See what fits",
        path: paths::SEATS,
        seconds: None,
    };
    if has_seat { send_with_dates(conn, app, listing, member, said).await } else { send(conn, app, member, said).await }
}
