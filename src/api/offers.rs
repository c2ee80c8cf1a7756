//! An offer: a seat that is held for the first in line. Reading, accepting, declining.

use crate::{
    api::{
        form::FormState,
        groups::{Face, SeatLine, ZoneShown},
    },
    error::AppError,
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Where an offer stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum OfferState {
    /// Waits for an answer, or was accepted and the steps are not finished.
    Open,
    /// The seat is hers.
    Taken,
    /// She declined.
    Declined,
    /// Its time is over, or the group has ended.
    Over,
}

/// The page of an offer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OfferPage {
    /// Id, for the forms.
    pub id: String,
    /// Slug of the group.
    pub slug: String,
    /// Title of the group.
    pub title: String,
    /// Leader.
    pub leader: Face,
    /// "Tuesdays, 7:00 to 8:15 PM Eastern".
    pub rhythm: String,
    /// "7:00 PM Eastern for the group", where it differs.
    pub beside: Option<String>,
    /// Her first meeting: "Tuesday, December 1 at 7:00 PM"; empty when none is planned.
    pub first_meeting: String,
    /// "$45 a meeting".
    pub price: String,
    /// Seats.
    pub seats: SeatLine,
    /// Until when the seat is held: "tomorrow at 9:00 AM", for the middle of a sentence.
    pub until: String,
    /// "Eastern", the zone of that time.
    pub zone_label: String,
    /// Whether no offer ends at night.
    pub quiet: bool,
    /// The same as an instant, for the countdown.
    pub until_at: DateTime<Utc>,
    /// Seconds left, by the database's clock; 0 when it is over.
    pub seconds_left: u32,
    /// Where it stands.
    pub state: OfferState,
    /// Whether she has accepted.
    pub accepted: bool,
    /// Where to go on: the next missing step once accepted, the confirmation once taken.
    pub go_on: Option<String>,
    /// Whether declining now keeps her place in line.
    pub decline_keeps_place: bool,
    /// What declining means, in one or two sentences.
    pub decline_means: String,
    /// Zone.
    pub zone: ZoneShown,
    /// What stood in the way of an answer without script.
    pub form: FormState,
}

/// An offer of hers.
#[server(endpoint = "offers/get")]
pub async fn get_offer(id: String) -> Result<OfferPage, AppError> {
    use crate::{
        paths,
        server::{answer, offers, state::App},
    };
    let app = expect_context::<App>();
    let here = offers::path(&id).unwrap_or_else(|| paths::SEATS.to_owned());
    answer::answered(answer::or_sign_in(offers::page(&app, &id).await, &here))
}

/// Accepts an offer; leads to the first step that is missing. The seat stays hers to the end of the offer, at least for
/// the time of two holds.
#[server(endpoint = "offers/accept")]
pub async fn accept_offer(id: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{answer, offers, reply, state::App},
    };
    let app = expect_context::<App>();
    let here = offers::path(&id).unwrap_or_else(|| paths::SEATS.to_owned());
    let result = offers::accept(&app, &id).await.map(|next| reply::go(&next));
    answer::formed(&app, &here, &here, [], answer::or_sign_in(result, &here))
}

/// Declines an offer; leads to `/seats`. Twice is as good as once.
#[server(endpoint = "offers/decline")]
pub async fn decline_offer(id: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{answer, offers, reply, state::App},
    };
    let app = expect_context::<App>();
    let here = offers::path(&id).unwrap_or_else(|| paths::SEATS.to_owned());
    let result = offers::decline(&app, &id).await.map(|()| reply::go(paths::SEATS));
    answer::formed(&app, &here, &here, [], answer::or_sign_in(result, &here))
}
