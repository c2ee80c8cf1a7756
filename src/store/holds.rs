//! Holding a seat, in two round trips: [`look`] reads who asks, [`take`] does all of it or nothing. What the rules ask of the
//! group ([`group`]) is the same for everybody and may have been read before. Then the plain case takes one ([`at_once`]).
//!
//! The program judges what it has seen ([`crate::domain::door`]); the database proves the member again, takes the locks,
//! judges what it alone can know (limits, seats, the clock), and refuses to go on where what was judged is not so any more:
//! then the program looks again. So nobody has to keep locks while the program thinks, and the rules of the program stay
//! in the program.

use super::{
    Conn, Failure,
    groups::{mode, read_authorities},
    locks,
    members::{Profile, columns, place_of},
    named_constraint,
    sessions::{Member, Signed, TokenHash},
    waiting::read_line,
};
use crate::{
    domain::{
        curriculum::Mode,
        door::Door,
        eligibility::{Age, Authority, Step},
        group::{ConfirmMode, Kind},
        ids::{AccountId, GroupId, IdempotencyKey},
        place::{Place, UsState},
        seat::{FRESH_HOLDS_A_DAY, HOLDS_AT_A_TIME, RESERVATIONS},
        waiting::Line,
    },
    error::AppError,
};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::Value;
use std::sync::Arc;

/// Whose wish it is, by which form, where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wish {
    /// Her session.
    pub token: TokenHash,
    /// Drawn with the form.
    pub key: IdempotencyKey,
    /// The group's slug.
    pub slug: String,
}

/// What one look shows.
#[derive(Debug)]
pub enum Seen {
    /// The same form was answered before, with this.
    Answered(String),
    /// What there is to judge.
    Ground(Box<Ground>),
}

/// A group, as far as a hold depends on it. It may be kept: [`take`] refuses to act on it where it is not so any more.
#[derive(Clone, PartialEq, Debug)]
pub struct GroupSeen {
    /// The group.
    pub id: GroupId,
    kind: Kind,
    is_closed: bool,
    confirm: ConfirmMode,
    mode: Mode,
    held: u32,
    authorities: Vec<Authority>,
    next_day: Option<NaiveDate>,
    line: Line,
    /// The end of the meeting that would be her first, on the calendar's clock.
    until: Option<DateTime<Utc>>,
    /// Where somebody who says that she is of age may be to hold a seat, by [`Place::value`].
    places: Vec<&'static str>,
    /// Versions of what was seen.
    version: String,
    line_seen: Option<Value>,
}

impl GroupSeen {
    /// What decides who may come in.
    pub fn door(&self) -> Door<'_> {
        Door {
            kind: self.kind,
            is_closed: self.is_closed,
            confirm: self.confirm,
            mode: self.mode,
            held: self.held,
            authorities: &self.authorities,
            next_day: self.next_day,
            // A line that cannot be read counts as one that nobody may pass.
            waiting: u32::try_from(self.line.waiters.len())
                .unwrap_or(u32::MAX)
                .max(u32::from(self.line_seen.is_some())),
            line: &self.line,
        }
    }

    /// Whether it may be judged again at `now` as it stands here. A line moves with every offer and every answer to one, so
    /// a group with one is read anew for everybody; and after a meeting the next one counts.
    pub fn is_good_at(&self, now: DateTime<Utc>) -> bool {
        self.line_seen.is_none() && self.until.is_some_and(|until| now < until)
    }
}

/// A group and a member, as far as a hold depends on them.
#[derive(Debug)]
pub struct Ground {
    /// Who is signed in.
    pub member: Member,
    /// What is known of her.
    pub profile: Profile,
    /// The group.
    pub group: Arc<GroupSeen>,
    /// Whether any seat is free, whoever may have it.
    pub is_any_free: bool,
    /// When it is judged, on the calendar's clock.
    at: DateTime<Utc>,
    member_version: Option<String>,
}

/// The group as it stands at `now`.
pub async fn group(conn: &mut Conn, slug: &str, now: DateTime<Utc>) -> Result<Option<GroupSeen>, Failure> {
    // Postgres refuses a NUL; a slug never has one.
    if slug.contains('\0') {
        return Ok(None);
    }
    let row = sqlx::query!(
        r#"select g.id, g.xmin::text as "version!", g.kind, g.status, g.confirm, g.zone, c.mode as "mode?",
             coalesce((select json_agg(json_build_object('state', r.state, 'valid_from', r.valid_from, 'valid_to', r.valid_to))
                       from authorities r where r.therapist_id = g.leader_id), '[]') as "authorities!",
             (select count(*) from meetings h where h.group_id = g.id and h.status = 'scheduled' and h.ends_at <= $2
                and h.starts_at >= g.cycle_began_on and h.starts_at <= $2) as "held!",
             n.starts_at as "starts_at?", n.ends_at as "ends_at?",
             case when exists (select from waiting_entries w where w.group_id = g.id and w.ended_at is null)
               then group_line(g.id) end as line
           from groups g
           left join curricula c on c.slug = g.curriculum_slug and c.version = g.curriculum_version
           left join lateral (select m.starts_at, m.ends_at from meetings m where m.group_id = g.id and m.status = 'scheduled'
             and m.ends_at > $2 and (g.closes_on is null or m.starts_at < g.closes_on + 1) order by m.starts_at limit 1) n on true
           where g.slug = $1"#,
        slug,
        now
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(kind) = Kind::parse(&row.kind) else { return Ok(None) };
    let zone: Option<Tz> = row.zone.parse().ok();
    let mut seen = GroupSeen {
        id: GroupId(row.id),
        confirm: ConfirmMode::parse(&row.confirm).unwrap_or(ConfirmMode::AfterLook),
        kind,
        is_closed: !matches!(row.status.as_str(), "forming" | "open"),
        mode: mode(row.mode.as_deref().unwrap_or_default()),
        held: u32::try_from(row.held).unwrap_or_default(),
        authorities: read_authorities(row.authorities),
        next_day: row.starts_at.zip(zone).map(|(at, zone)| at.with_timezone(&zone).date_naive()),
        line: row.line.clone().map(read_line).unwrap_or_default(),
        until: row.ends_at,
        places: Vec::new(),
        version: row.version,
        line_seen: row.line,
    };
    seen.places = places(&seen.door());
    Ok(Some(seen))
}

/// Where somebody of age may be to hold a seat; nowhere where none are held.
fn places(door: &Door<'_>) -> Vec<&'static str> {
    let all = UsState::all().map(Place::In).chain([Place::OutsideUs]);
    let may = |place: &Place| door.eligibility(Step::Hold, Some(*place), Age::SaysAdult).is_eligible();
    if door.takes_reservations() { all.filter(may).map(Place::value).collect() } else { Vec::new() }
}

/// What became of the plain case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AtOnce {
    /// She holds a seat.
    Held,
    /// She might, and none is left.
    Full,
    /// It is not the plain case: nothing was done.
    Look,
}

/// Holds a seat in one round trip, by a group that was read before, for somebody who has told where she is and that she is of
/// age and no more, and who sits nowhere. `typed`: what the form says of the place; another one is not plain.
pub async fn at_once(
    conn: &mut Conn,
    wish: &Wish,
    group: &GroupSeen,
    typed: Option<Place>,
    seconds: u32,
    answer: &str,
    now: DateTime<Utc>,
) -> Result<AtOnce, Failure> {
    // A line is a case for judging.
    if group.places.is_empty() || group.line_seen.is_some() {
        return Ok(AtOnce::Look);
    }
    let outcome = sqlx::query_scalar!(
        "select outcome from hold_at_once($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, to_jsonb($11::text), $12)",
        &wish.token[..],
        wish.key.0,
        group.id.0,
        locks::key(group.id),
        group.version,
        now,
        group.until,
        &group.places as &[&str],
        typed.map(Place::value),
        f64::from(seconds),
        answer,
        HOLDS_AT_A_TIME
    )
    .fetch_one(conn)
    .await?;
    Ok(match outcome.as_deref() {
        Some("held") => AtOnce::Held,
        Some("full") => AtOnce::Full,
        _ => AtOnce::Look,
    })
}

/// Looks: who asks, and whether this form was answered before.
pub async fn look(
    conn: &mut Conn,
    wish: &Wish,
    group: Arc<GroupSeen>,
    now: DateTime<Utc>,
) -> Result<Result<Seen, AppError>, Failure> {
    let row = sqlx::query!(
        r#"select s.id as session_id, s.account_id, a.email, a.role, s.used_at < now() - interval '1 minute' as "stale!",
             k.answer as "answer?",
             exists (select from seats x where x.group_id = $3
               and (x.state = 'free' or x.state <> 'reserved' and x.held_until <= now())) as "is_any_free!",
             p.xmin::text as "member_version?", p.display_name as "display_name?", p.legal_name as "legal_name?", p.phone as "phone?",
             p.state as "state?", coalesce(p.outside_us, false) as "outside_us!", coalesce(p.says_adult, false) as "says_adult!",
             p.born_on as "born_on?", p.zone as "member_zone?", p.contact_name as "contact_name?", p.contact_phone as "contact_phone?"
           from sessions s
           join accounts a on a.id = s.account_id
           left join members p on p.account_id = s.account_id
           left join idempotency_keys k on k.member_id = s.account_id and k.action = 'hold' and k.key = $2
             and k.created_at > now() - interval '48 hours'
           where s.token_hash = $1 and s.revoked_at is null and s.expires_at > now()
             and s.used_at > now() - make_interval(secs => s.idle_seconds)"#,
        &wish.token[..],
        wish.key.0,
        group.id.0
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(Err(AppError::SignInNeeded)) };
    let signed = Signed::from_row(row.session_id, AccountId(row.account_id), &row.email, &row.role, row.stale);
    let Some(signed) = signed else { return Ok(Err(AppError::SignInNeeded)) };
    let Some(member) = signed.into_member() else { return Ok(Err(AppError::Forbidden)) };
    if let Some(answer) = row.answer {
        return Ok(Ok(Seen::Answered(read_answer(answer)?)));
    }
    let profile = Profile {
        display_name: row.display_name,
        legal_name: row.legal_name,
        phone: row.phone,
        place: place_of(row.state.as_deref(), row.outside_us),
        says_adult: row.says_adult,
        born_on: row.born_on,
        zone: row.member_zone,
        contact_name: row.contact_name,
        contact_phone: row.contact_phone,
    };
    Ok(Ok(Seen::Ground(Box::new(Ground {
        member,
        profile,
        group,
        is_any_free: row.is_any_free,
        at: now,
        member_version: row.member_version,
    }))))
}

/// What a hold does when it is taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taking<'a> {
    /// How long it lasts.
    pub seconds: u32,
    /// The seats that she may have without overtaking anybody; `None` where nobody waits.
    pub among: Option<&'a [i16]>,
    /// What the page before has asked and is not known yet: where she is, and that she is of age.
    pub told: Option<(Option<Place>, bool)>,
    /// Kept as the answer to this form.
    pub answer: &'a str,
}

/// What became of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Taken {
    /// She holds a seat; one that she held already counts as it is.
    Held,
    /// A twin of this form was answered meanwhile, with this.
    Answered(String),
    /// What was judged is not so any more, and nothing was done.
    Moved,
}

/// Takes a seat, with its hold, its audit row and the answer: one statement, which is a transaction of its own unless it runs
/// in one.
///
/// Refused where she has a seat here, three holds, three fresh holds here today, three reservations, another group at
/// that time, or where no seat is left.
pub async fn take(
    conn: &mut Conn,
    wish: &Wish,
    seen: &Ground,
    taking: &Taking<'_>,
) -> Result<Result<Taken, AppError>, Failure> {
    let (place, says_adult) = taking.told.unwrap_or_default();
    let (state, is_outside) = columns(place);
    let row = sqlx::query!(
        r#"select outcome, first_answer, title
           from hold_seat($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, to_jsonb($17::text), $18, $19, $20)"#,
        &wish.token[..],
        wish.key.0,
        seen.group.id.0,
        locks::key(seen.group.id),
        seen.group.version,
        seen.member_version,
        seen.group.line_seen,
        seen.at,
        seen.group.until,
        taking.among,
        f64::from(taking.seconds),
        taking.told.is_some(),
        place.is_some(),
        state,
        is_outside,
        says_adult,
        taking.answer,
        RESERVATIONS,
        HOLDS_AT_A_TIME,
        FRESH_HOLDS_A_DAY
    )
    .fetch_one(conn)
    .await;
    let row = match row {
        Err(error) if named_constraint(&error) == Some("seats_member_key") => return Ok(Err(AppError::SeatedHere)),
        row => row?,
    };
    Ok(match row.outcome.as_deref() {
        Some("held") => Ok(Taken::Held),
        Some("answered") => Ok(Taken::Answered(read_answer(row.first_answer.unwrap_or_default())?)),
        Some("moved") => Ok(Taken::Moved),
        Some("not signed in") => Err(AppError::SignInNeeded),
        Some("seated here") => Err(AppError::SeatedHere),
        Some("reservations") => Err(AppError::TooManyReservations),
        Some("holds") => Err(AppError::TooManyHolds),
        Some("fresh holds") => Err(AppError::HeldTooOften),
        Some("clash") => Err(AppError::Clash(row.title.unwrap_or_default())),
        Some("full") => Err(AppError::GroupFull),
        other => return Err(Failure::Broken(format!("hold_seat says {other:?}"))),
    })
}

/// Whether the member has a seat in the group, of whatever kind.
pub async fn is_seated(conn: &mut Conn, seen: &Ground) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from seats where group_id = $1 and member_id = $2
             and (state = 'reserved' or state <> 'free' and held_until > now())) as "is_seated!""#,
        seen.group.id.0,
        seen.member.id().0
    )
    .fetch_one(conn)
    .await?)
}

/// The name of the group's leader.
pub async fn leader_name(conn: &mut Conn, seen: &Ground) -> Result<String, Failure> {
    Ok(sqlx::query_scalar!(
        "select t.name from groups g join therapists t on t.id = g.leader_id where g.id = $1",
        seen.group.id.0
    )
    .fetch_one(conn)
    .await?)
}

fn read_answer(answer: Value) -> Result<String, Failure> {
    serde_json::from_value(answer).map_err(|error| Failure::Broken(error.to_string()))
}
