//! `group close`, `group offer`, `group cancel` and `group move`: what a practice decides about one group beside its file.

use super::Failed;
use crate::{
    domain::{email::Email, ids::GroupId, line::Line},
    server::{closing, one_meeting, out_of_turn, state::App, times},
    store::{
        Actor,
        groups::{Scope, listings},
    },
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use std::process::ExitCode;

/// Who hears of a change of one meeting.
const TOLD: &str = "Everybody with a seat is told by mail, but those who switched such mails off.";

/// Closes a group on a day.
pub async fn close(app: &App, slug: &str, on: NaiveDate) -> Result<ExitCode, Failed> {
    let (group, zone) = find(app, slug).await?;
    let today = times::day_of(app.now(), zone);
    if on < today {
        return Err(format!("{on} is past: where the group meets it is {today}.").into());
    }
    if !closing::close(app, Actor::Operator, group, on).await? {
        return Err(format!("{slug} is closed already.").into());
    }
    println!("{slug} closes on {on}. Nobody new can come, and everybody with a seat or in line is told.");
    Ok(ExitCode::SUCCESS)
}

/// Offers a seat out of turn.
pub async fn offer(app: &App, slug: &str, email: &str, reason: &str, add_seat: bool) -> Result<ExitCode, Failed> {
    let email = Email::parse(email).map_err(|error| format!("{email}: {error}"))?;
    let reason = Line::parse(reason).map_err(|error| format!("--reason: {error}"))?;
    let (group, _) = find(app, slug).await?;
    let seats = out_of_turn::offer(app, Actor::Operator, group, email, reason, add_seat)
        .await
        .map_err(|error| format!("Nothing was offered: {error}."))?;
    println!("A seat is held for her, and she is told by mail. The others keep their place.");
    if let Some(seats) = seats {
        println!(
            "{slug} has {seats} seats now: write that into the practice's file as well, before you load it again."
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Calls off the meeting of a day.
pub async fn cancel(app: &App, slug: &str, on: NaiveDate) -> Result<ExitCode, Failed> {
    let (group, zone) = find(app, slug).await?;
    let was = one_meeting::cancel(app, Actor::Operator, group, on)
        .await
        .map_err(|error| format!("Nothing was cancelled: {error}."))?;
    println!("{slug} does not meet on {}. {TOLD}", wall(was, zone));
    Ok(ExitCode::SUCCESS)
}

/// Puts the meeting of a day to another time.
pub async fn shift(app: &App, slug: &str, on: NaiveDate, to: NaiveDateTime) -> Result<ExitCode, Failed> {
    let (group, zone) = find(app, slug).await?;
    let moved = one_meeting::shift(app, Actor::Operator, group, on, to)
        .await
        .map_err(|error| format!("Nothing was moved: {error}."))?;
    println!("{slug} meets on {} instead of {}. {TOLD}", wall(moved.is, zone), wall(moved.was, zone));
    if moved.double > 0 {
        println!("Of its members {} have another meeting here at that time.", moved.double);
    }
    Ok(ExitCode::SUCCESS)
}

/// As a wall where the group meets shows it, with the zone named.
fn wall(at: DateTime<Utc>, zone: Tz) -> String {
    format!("{} ({zone})", at.with_timezone(&zone).format("%F %R"))
}

async fn find(app: &App, slug: &str) -> Result<(GroupId, Tz), Failed> {
    let mut found = listings(app.store.reads(), Scope::Slug(slug), None, app.now(), chrono_tz::UTC).await?;
    let listing = found.pop().ok_or_else(|| format!("{slug}: there is no such group."))?;
    Ok((listing.id, times::parse_zone(&listing.zone).unwrap_or(chrono_tz::America::New_York)))
}
