//! In which zone a reader sees times, and why: `zone` in the query, else her profile, else the cookie `tz` that her
//! browser set, else the practice's zone.

use super::{
    answer, reply,
    state::App,
    times::{CHOICES, parse_zone, zone_label},
};
use crate::{
    api::groups::ZoneShown,
    domain::{ids::AccountId, practice::Practice},
    error::AppError,
    store::{members, practice},
};
use chrono_tz::Tz;

/// Name of the cookie in which the browser tells its zone; necessary, no consent needed.
pub const ZONE_COOKIE: &str = "tz";
/// The form that chooses a zone, wherever it stands.
pub const ZONE_FORM: &str = "zone";

/// A reader's zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReaderZone {
    /// The zone.
    pub zone: Tz,
    /// Whether it is hers: chosen, from her profile, or told by her browser.
    pub is_readers: bool,
}

impl ReaderZone {
    /// What pages show of it, and what was wrong with the last choice.
    pub fn shown(self, app: &App) -> ZoneShown {
        let form = answer::form(app, ZONE_FORM);
        let name = self.zone.name().to_owned();
        let label = zone_label(self.zone);
        let mut choices: Vec<_> =
            CHOICES.iter().map(|(name, words)| ((*name).to_owned(), (*words).to_owned())).collect();
        if choices.iter().all(|(known, _)| *known != name) {
            choices.push((name.clone(), label.clone()));
        }
        let problem = form.error("zone").or(form.message);
        ZoneShown { name, label, is_readers: self.is_readers, choices, problem }
    }
}

/// The zone of this request. `asked` is the `zone` of the page's query string; what is not a zone is ignored.
pub async fn zone(app: &App, asked: Option<&str>, account: Option<AccountId>) -> Result<ReaderZone, AppError> {
    let readers = |zone| ReaderZone { zone, is_readers: true };
    if let Some(zone) = asked.and_then(parse_zone) {
        return Ok(readers(zone));
    }
    if let Some(account) = account {
        let profile = members::profile(app.store.reads(), account).await?;
        if let Some(zone) = profile.zone.as_deref().and_then(parse_zone) {
            return Ok(readers(zone));
        }
    }
    if let Some(zone) = reply::cookie(ZONE_COOKIE).as_deref().and_then(parse_zone) {
        return Ok(readers(zone));
    }
    let practice = practice::find(app.store.reads()).await?;
    Ok(ReaderZone { zone: practice_zone(practice.as_ref()), is_readers: false })
}

/// The zone of whoever told none: the practice's, else the one that a practice begins with.
pub fn practice_zone(practice: Option<&Practice>) -> Tz {
    practice.and_then(|practice| parse_zone(&practice.zone)).unwrap_or(chrono_tz::America::New_York)
}
