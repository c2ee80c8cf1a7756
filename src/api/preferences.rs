//! What a reader chose about how pages look, and who she is for the header. Plain forms, kept in cookies.

use crate::{api::json::Json, error::AppError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Who reads, as far as header and footer care.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Viewer {
    /// Nobody signed in.
    #[default]
    Visitor,
    /// A member.
    Member,
    /// A therapist.
    Therapist,
    /// The office.
    Office,
}

/// What header and footer show.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct FrameData {
    /// Who reads.
    pub viewer: Viewer,
    /// "Alder Street Group Practice, 214 Alder Street, Brooklyn, NY 11201."; empty while it is not known.
    pub practice: String,
}

/// What header and footer show. Never an error: they can be drawn for a visitor whatever happens.
#[server(endpoint = "preferences/frame", output = Json)]
pub async fn get_frame() -> Result<FrameData, AppError> {
    use crate::server::{preferences, state::App};
    let app = expect_context::<App>();
    Ok(preferences::frame(&app).await)
}

/// Chooses light, dark, or as the device has it.
#[server(endpoint = "preferences/scheme")]
pub async fn choose_scheme(#[server(default)] scheme: String, #[server(default)] back: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{preferences, reply, state::App},
    };
    let app = expect_context::<App>();
    preferences::keep_scheme(&app, &scheme);
    reply::go(paths::own_path(&back).unwrap_or(paths::HOME));
    Ok(())
}

/// Chooses the zone in which times are shown; a signed-in member's profile follows.
#[server(endpoint = "preferences/zone")]
pub async fn choose_zone(#[server(default)] zone: String, #[server(default)] back: String) -> Result<(), AppError> {
    use crate::{
        paths,
        server::{answer, preferences, reader::ZONE_FORM, reply, state::App},
    };
    let app = expect_context::<App>();
    let back = paths::own_path(&back).unwrap_or(paths::HOME);
    let kept = preferences::keep_zone(&app, &zone).await.map(|()| reply::go(back));
    answer::formed(&app, ZONE_FORM, back, [], kept)
}
