//! What members are reminded of and told of their meetings. No sentence names a topic, a title, a leader or another member.

use super::{
    calendar,
    line::{
        letters::{circle, moment},
        zone_of,
    },
    notices::{self, Said},
    state::App,
    times::{beside, month_day},
};
use crate::{
    domain::{letter::Tie, listing::Listing, reminder::Before},
    mail::notice::NoticeKind,
    paths,
    store::{
        Conn, Failure, accounts, calendar_feeds,
        reminders::{Changed, DueMeeting, EndingOffer, ToTell},
    },
};
use chrono_tz::Tz;

/// Reminds a member of a meeting. The mail is tied to the meeting and the seat as they are now, and its event is this start of
/// it: a meeting that moves is another one to remind of. It names the day, since it may leave later than it was written.
pub async fn of_meeting(conn: &mut Conn, app: &App, before: Before, due: &DueMeeting) -> Result<(), Failure> {
    let Some(email) = accounts::email_of(&mut *conn, due.member).await? else { return Ok(()) };
    let (zone, now) = (zone_of(&mut *conn, due.member).await?, app.now());
    let when = moment(due.starts_at, zone);
    let (kind, words) = match before {
        Before::Day => (
            NoticeKind::MeetingDay,
            vec![
                format!("A circle of yours meets on {when}."),
                "If you cannot come, tell us on the page of your seats. Your seat stays yours.".to_owned(),
            ],
        ),
        Before::Hour => (
            NoticeKind::MeetingHour,
            vec![
                format!("A circle of yours begins on {when}. Your program has the text of the week."),
                "A quiet room where nobody can listen in helps you and the others.".to_owned(),
            ],
        ),
    };
    let group_zone: Tz = due.group_zone.parse().unwrap_or(zone);
    let there = beside(due.starts_at, zone, group_zone).map(|there| ("That is", there));
    let said = Said {
        kind,
        event: format!("{}:{}:{}", due.meeting, due.starts_at.timestamp(), due.member),
        words,
        facts: std::iter::once(("When", when)).chain(there).collect(),
        link: "Open your program",
        path: paths::PROGRAM,
        seconds: Some(before.seconds_left(due.starts_at, now)),
    };
    let tie = Tie::Meeting { meeting: due.meeting, sequence: due.sequence, reservation: due.reservation };
    notices::send_tied(conn, app, email, said, tie).await
}

/// Reminds somebody that the time for an offered seat is nearly over.
pub async fn of_offer(
    conn: &mut Conn,
    app: &App,
    listing: &Listing,
    ending: &EndingOffer,
    zone: Tz,
) -> Result<(), Failure> {
    let Some(email) = accounts::email_of(&mut *conn, ending.member).await? else { return Ok(()) };
    let seconds = (ending.ends_at - ending.now).num_seconds();
    let said = Said {
        kind: NoticeKind::OfferEnding,
        event: ending.offer.to_string(),
        words: vec![
            format!(
                "A seat in {} is held for you until {}. Then it goes on to the next in line.",
                circle(listing, zone),
                moment(ending.ends_at, zone)
            ),
            "Take it or say no, as it suits you.".to_owned(),
        ],
        facts: vec![("Held until", moment(ending.ends_at, zone))],
        link: "See the seat",
        path: &paths::offer(ending.offer),
        seconds: u32::try_from(seconds).ok().map(|seconds| seconds.max(1)),
    };
    notices::send_tied(conn, app, email, said, Tie::Offer(ending.offer)).await
}

/// Tells a member which of her coming meetings have another time or do not take place. Nothing where none is hers.
///
/// It leaves only while she has the seat, and until the last of them begins: one that is over by then stands there with its
/// date, and the others are still of use.
pub async fn of_changes(
    conn: &mut Conn,
    app: &App,
    listing: &Listing,
    to: ToTell,
    changes: &[Changed],
) -> Result<(), Failure> {
    let ToTell { member, reservation, first } = to;
    let hers: Vec<_> = changes.iter().filter(|one| first.is_none_or(|first| one.starts_at >= first)).collect();
    let (Some(one), Some(last), Some(email)) =
        (hers.first(), hers.last(), accounts::email_of(&mut *conn, member).await?)
    else {
        return Ok(());
    };
    let seconds = (last.starts_at - app.now()).num_seconds().max(1);
    let zone = zone_of(&mut *conn, member).await?;
    let fact = |one: &&Changed| {
        let at = moment(one.starts_at, zone);
        if one.is_on { ("Meets at", format!("{at} (week of {})", month_day(one.week))) } else { ("Does not meet", at) }
    };
    let mut events = calendar_feeds::coming_of_group(&mut *conn, member, listing.id, app.now()).await?;
    events.retain(|event| hers.iter().any(|one| one.meeting == event.id));
    let said = Said {
        kind: NoticeKind::MeetingChanged,
        event: format!("{}:{}:{member}", one.meeting, one.sequence),
        words: vec![
            format!("The dates of {} have changed. These hold now.", circle(listing, zone)),
            "All other dates stay as they were, and so does your seat.".to_owned(),
        ],
        facts: hers.iter().map(fact).collect(),
        link: "See your seats",
        path: paths::SEATS,
        seconds: u32::try_from(seconds).ok(),
    };
    let calendar = calendar::attachment(app, &events);
    notices::send_tied_with(conn, app, email, said, Tie::Seat(reservation), calendar).await
}
