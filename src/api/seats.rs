//! The member's seats in one place: what she has, holds, waits for and is offered; releasing a seat; absences.

use crate::{
    api::{
        form::FormState,
        groups::{Face, GroupRow, ZoneShown},
        program::OpenHold,
    },
    domain::seat_counts::SeatCounts,
    error::AppError,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A coming meeting of one of her seats.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SeatMeeting {
    /// Id, for the forms of absences.
    pub id: String,
    /// "Tuesday, December 1".
    pub day: String,
    /// "7:00 to 8:15 PM Eastern".
    pub time: String,
    /// "6:00 PM Central for the group", where it differs.
    pub beside: Option<String>,
    /// Whether she told that she will be away.
    pub absent: bool,
}

/// A seat that she has reserved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MySeat {
    /// Slug.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Leader.
    pub leader: Face,
    /// "Tuesdays, 7:00 to 8:15 PM Eastern".
    pub rhythm: String,
    /// "CG 7Q4 M2X".
    pub reference: String,
    /// Seats, with hers marked.
    pub counts: SeatCounts,
    /// "The circle is forming …", or "The circle ends on …".
    pub note: Option<String>,
    /// The next meetings, soonest first.
    pub meetings: Vec<SeatMeeting>,
    /// Path of the page that releases it.
    pub release: String,
}

/// A seat that is offered to her.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MyOffer {
    /// Id.
    pub id: String,
    /// Slug.
    pub slug: String,
    /// Title.
    pub title: String,
    /// "Tuesdays, 7:00 to 8:15 PM Eastern".
    pub rhythm: String,
    /// "tomorrow at 9:00 AM".
    pub until: String,
    /// "Eastern".
    pub zone_label: String,
    /// Whether she has accepted and the steps are not finished.
    pub accepted: bool,
    /// Path of its page.
    pub path: String,
}

/// A line in which she waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MyLine {
    /// Slug.
    pub slug: String,
    /// Title.
    pub title: String,
    /// "Tuesdays, 7:00 to 8:15 PM Eastern".
    pub rhythm: String,
    /// Her place, from 1.
    pub position: u32,
    /// People in line.
    pub of: u32,
    /// "3rd of 5 in line".
    pub words: String,
    /// "You declined once. A second time ends your place in this line.", or why seats pass her by.
    pub note: Option<String>,
}

/// A group of hers that has ended, or will.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EndedGroup {
    /// Title.
    pub title: String,
    /// "It ends after the meeting of December 8."
    pub words: String,
    /// Groups that fit her, of the same topic or kind, in which a seat is free.
    pub fitting: Vec<GroupRow>,
}

/// Her seats, holds, offers, lines.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SeatsPage {
    /// Whether she is a member; the others have no seats.
    pub is_member: bool,
    /// Seats.
    pub seats: Vec<MySeat>,
    /// Holds.
    pub holds: Vec<OpenHold>,
    /// Offers.
    pub offers: Vec<MyOffer>,
    /// Lines.
    pub lines: Vec<MyLine>,
    /// Groups that have ended.
    pub ended: Vec<EndedGroup>,
    /// Zone.
    pub zone: ZoneShown,
    /// What stood in the way of the last form without script.
    pub form: FormState,
}

/// Her seats, holds, offers and lines.
#[server(endpoint = "seats/page")]
pub async fn get_seats() -> Result<SeatsPage, AppError> {
    use crate::{
        paths,
        server::{answer, seats, state::App},
    };
    let app = expect_context::<App>();
    answer::answered(answer::or_sign_in(seats::page(&app).await, paths::SEATS))
}

/// What releasing a seat means, before the button that does it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReleasePage {
    /// Slug.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Leader.
    pub leader: Face,
    /// "Tuesdays, 7:00 to 8:15 PM Eastern".
    pub rhythm: String,
    /// "Tuesday, December 1 at 7:00 PM": the meeting that she would miss first; empty when none is planned.
    pub next_meeting: String,
    /// What it means, one sentence each.
    pub means: Vec<String>,
    /// Drawn for this page.
    pub key: String,
    /// What stood in the way.
    pub form: FormState,
}

/// What releasing a seat means.
#[server(endpoint = "seats/release-page")]
pub async fn get_release(slug: String) -> Result<ReleasePage, AppError> {
    use crate::{
        paths,
        server::{answer, seats, state::App},
    };
    let app = expect_context::<App>();
    answer::answered(answer::or_sign_in(seats::release_page(&app, &slug).await, &paths::release(&slug)))
}

/// Releases her seat at once; leads to `/seats`. The same key twice is one release.
#[server(endpoint = "seats/release")]
pub async fn release_seat(slug: String, #[server(default)] key: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{answer, reply, seats, state::App},
    };
    let app = expect_context::<App>();
    let here = paths::release(&slug);
    let result = seats::release(&app, &slug, &key).await.map(|()| reply::go(paths::SEATS));
    answer::formed(&app, &here, &here, [], answer::or_sign_in(result, &here))
}

/// Tells that she will miss a meeting; without script leads to `/seats`. It frees no seat.
#[server(endpoint = "absences/tell")]
pub async fn tell_absence(meeting: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{absences, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let result = absences::tell(&app, &meeting).await.map(|()| reply::go_plain(paths::SEATS));
    answer::formed(&app, paths::SEATS, paths::SEATS, [], answer::or_sign_in(result, paths::SEATS))
}

/// Takes an absence back, until the meeting begins; without script leads to `/seats`.
#[server(endpoint = "absences/take-back")]
pub async fn take_back_absence(meeting: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{absences, answer, reply, state::App},
    };
    let app = expect_context::<App>();
    let result = absences::take_back(&app, &meeting).await.map(|()| reply::go_plain(paths::SEATS));
    answer::formed(&app, paths::SEATS, paths::SEATS, [], answer::or_sign_in(result, paths::SEATS))
}
