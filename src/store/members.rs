//! What a member told us of herself.

use super::{Conn, Failure, accounts, audit, sessions::Member};
use crate::domain::{
    about::{About, AboutTyped, Phone},
    eligibility::Age,
    ids::AccountId,
    line::Line,
    place::{Place, UsState},
    profile::{ProfileAnswers, ProfileTyped},
};
use chrono::{Datelike as _, NaiveDate};
use serde_json::json;

/// What is known of a member.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Profile {
    /// Chosen name.
    pub display_name: Option<String>,
    /// Legal name.
    pub legal_name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Where she is during meetings.
    pub place: Option<Place>,
    /// "I am 18 or older."
    pub says_adult: bool,
    /// Date of birth.
    pub born_on: Option<NaiveDate>,
    /// IANA zone.
    pub zone: Option<String>,
    /// Emergency contact.
    pub contact_name: Option<String>,
    /// Emergency contact's phone.
    pub contact_phone: Option<String>,
}

impl Profile {
    /// What is known of her age.
    pub fn age(&self) -> Age {
        match (self.born_on, self.says_adult) {
            (Some(born), _) => Age::Born(born),
            (None, true) => Age::SaysAdult,
            (None, false) => Age::Unknown,
        }
    }

    /// Whether every answer of "about you" is there.
    pub fn is_complete(&self) -> bool {
        self.display_name.is_some()
            && self.legal_name.is_some()
            && self.phone.is_some()
            && self.place.is_some()
            && self.born_on.is_some()
            && self.contact_name.is_some()
            && self.contact_phone.is_some()
    }

    /// The answers as they would be typed, for a form that is opened again.
    pub fn as_typed(&self) -> AboutTyped {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let birth = |part: fn(NaiveDate) -> String| self.born_on.map(part).unwrap_or_default();
        AboutTyped {
            display_name: text(&self.display_name),
            legal_name: text(&self.legal_name),
            phone: text(&self.phone),
            state: self.place.map(|place| place.value().to_owned()).unwrap_or_default(),
            birth_month: birth(|date| date.month().to_string()),
            birth_day: birth(|date| date.day().to_string()),
            birth_year: birth(|date| date.year().to_string()),
            contact_name: text(&self.contact_name),
            contact_phone: text(&self.contact_phone),
        }
    }
}

impl Profile {
    /// The answers as they would be typed into the form that changes them. `zone` stands where none was chosen.
    pub fn as_profile(&self, zone: &str) -> ProfileTyped {
        let about = self.as_typed();
        ProfileTyped {
            display_name: about.display_name,
            legal_name: about.legal_name,
            phone: about.phone,
            state: about.state,
            zone: self.zone.clone().unwrap_or_else(|| zone.to_owned()),
            contact_name: about.contact_name,
            contact_phone: about.contact_phone,
        }
    }
}

/// The profile of an account; empty when nothing was told yet.
pub async fn profile(executor: impl sqlx::PgExecutor<'_>, account: AccountId) -> Result<Profile, Failure> {
    let row = sqlx::query!(
        "select display_name, legal_name, phone, state, outside_us, says_adult, born_on, zone, contact_name, contact_phone
         from members where account_id = $1",
        account.0
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map_or_else(Profile::default, |row| Profile {
        display_name: row.display_name,
        legal_name: row.legal_name,
        phone: row.phone,
        place: place_of(row.state.as_deref(), row.outside_us),
        says_adult: row.says_adult,
        born_on: row.born_on,
        zone: row.zone,
        contact_name: row.contact_name,
        contact_phone: row.contact_phone,
    }))
}

/// Keeps what the hold page asked: where she is, and that she is of age.
pub async fn keep_hold_answers(
    conn: &mut Conn,
    member: &Member,
    place: Option<Place>,
    says_adult: bool,
) -> Result<(), Failure> {
    let (state, outside) = columns(place);
    sqlx::query_scalar!(
        r#"select keep_hold_answers($1, $2, $3, $4, $5) is null as "kept!""#,
        member.id().0,
        place.is_some(),
        state,
        outside,
        says_adult
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Keeps the answers of "about you".
pub async fn keep_about(conn: &mut Conn, member: &Member, about: &About) -> Result<(), Failure> {
    accounts::stay(&mut *conn, member.id()).await?;
    let (state, outside) = columns(Some(about.place));
    sqlx::query!(
        "insert into members (account_id, display_name, legal_name, phone, state, outside_us, says_adult, born_on, contact_name, contact_phone)
         values ($1, $2, $3, $4, $5, $6, true, $7, $8, $9)
         on conflict (account_id) do update set
           display_name = excluded.display_name, legal_name = excluded.legal_name, phone = excluded.phone, state = excluded.state,
           outside_us = excluded.outside_us, says_adult = true, born_on = excluded.born_on, contact_name = excluded.contact_name,
           contact_phone = excluded.contact_phone, updated_at = now()",
        member.id().0,
        about.display_name.as_str(),
        about.legal_name.as_str(),
        about.phone.as_str(),
        state,
        outside,
        about.born_on,
        about.contact_name.as_str(),
        about.contact_phone.as_str()
    )
    .execute(&mut *conn)
    .await?;
    audit::record(conn, "about you kept", member.id(), json!({})).await
}

/// Keeps the profile as she changed it. The audit row names the fields that changed and never what stands in them.
pub async fn keep_profile(
    conn: &mut Conn,
    member: &Member,
    answers: &ProfileAnswers,
    zone: &str,
    changed: &[&str],
) -> Result<(), Failure> {
    let (state, outside) = columns(answers.place);
    sqlx::query!(
        "insert into members (account_id, display_name, legal_name, phone, state, outside_us, zone, contact_name, contact_phone)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (account_id) do update set
           display_name = excluded.display_name, legal_name = excluded.legal_name, phone = excluded.phone, state = excluded.state,
           outside_us = excluded.outside_us, zone = excluded.zone, contact_name = excluded.contact_name,
           contact_phone = excluded.contact_phone, updated_at = now()",
        member.id().0,
        answers.display_name.as_ref().map(Line::as_str),
        answers.legal_name.as_ref().map(Line::as_str),
        answers.phone.as_ref().map(Phone::as_str),
        state,
        outside,
        zone,
        answers.contact_name.as_ref().map(Line::as_str),
        answers.contact_phone.as_ref().map(Phone::as_str)
    )
    .execute(&mut *conn)
    .await?;
    audit::record(conn, "profile changed", member.id(), json!({ "fields": changed })).await
}

/// Keeps the zone she chose, or the one her browser told when none was kept yet.
pub async fn keep_zone(conn: &mut Conn, account: AccountId, zone: &str, only_if_unknown: bool) -> Result<(), Failure> {
    accounts::stay(&mut *conn, account).await?;
    sqlx::query!(
        "insert into members (account_id, zone) values ($1, $2)
         on conflict (account_id) do update
         set zone = case when $3 then coalesce(members.zone, excluded.zone) else excluded.zone end, updated_at = now()",
        account.0,
        zone,
        only_if_unknown
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A place as its columns say it.
pub(super) fn place_of(state: Option<&str>, outside_us: bool) -> Option<Place> {
    if outside_us { Some(Place::OutsideUs) } else { state.and_then(UsState::parse).map(Place::In) }
}

/// The columns of a place.
pub(super) fn columns(place: Option<Place>) -> (Option<&'static str>, bool) {
    match place {
        Some(Place::In(state)) => (Some(state.code()), false),
        Some(Place::OutsideUs) => (None, true),
        None => (None, false),
    }
}
