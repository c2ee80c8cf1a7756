//! What one member sees this week.

use crate::{api::groups::ZoneShown, domain::seat_counts::SeatCounts, error::AppError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A day of the strip.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StripDay {
    /// "Tue".
    pub name: String,
    /// "7 PM" where she meets.
    pub meets: String,
    /// Whether it is today.
    pub today: bool,
}

/// The unit of the week.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UnitShown {
    /// "week 3 of 8".
    pub position: String,
    /// Title.
    pub title: String,
    /// One line.
    pub summary: String,
    /// "4 minutes to read".
    pub reading: String,
    /// The text, as sanitised HTML of our own content.
    pub html: String,
    /// Skills of the week.
    pub skills: Vec<String>,
    /// Small things to try.
    pub homework: Vec<String>,
    /// A question to bring.
    pub question: String,
}

/// One of her seats.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SeatShown {
    /// Slug.
    pub slug: String,
    /// Title.
    pub title: String,
    /// "You meet tonight at 7:00 PM."
    pub headline: String,
    /// "Tuesday, November 24".
    pub day: String,
    /// "Tuesdays, 7:00 to 8:15 PM Eastern".
    pub rhythm: String,
    /// "7:00 PM Eastern for the group".
    pub beside: Option<String>,
    /// Leader's name.
    pub leader: String,
    /// Leader's first name.
    pub leader_first_name: String,
    /// Seats.
    pub counts: SeatCounts,
    /// Number in the middle of the ring.
    pub ring_count: u16,
    /// Word under it: "days to go".
    pub ring_word: String,
    /// "CG 7Q4 M2X".
    pub reference: String,
    /// Forming: "It starts when one more has joined."
    pub forming: Option<String>,
    /// Unit of the week.
    pub unit: UnitShown,
}

/// A hold that waits to be confirmed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenHold {
    /// Title of the group.
    pub title: String,
    /// Path of the next step.
    pub path: String,
    /// "7:14 PM".
    pub until: String,
}

/// A group that a therapist leads.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LedGroup {
    /// Slug.
    pub slug: String,
    /// Title.
    pub title: String,
    /// "Tuesdays, 7:00 to 8:15 PM Eastern".
    pub rhythm: String,
}

/// The program.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProgramPage {
    /// Name she chose, if she has.
    pub name: Option<String>,
    /// Her seats, by the next meeting.
    pub seats: Vec<SeatShown>,
    /// Holds.
    pub holds: Vec<OpenHold>,
    /// The week ahead.
    pub strip: Vec<StripDay>,
    /// Lines of the group agreement.
    pub agreement: Vec<String>,
    /// The practice's phone: this site has no room to meet in, so whoever does not know how to join calls. Empty where there is
    /// none.
    pub phone: String,
    /// Zone.
    pub zone: ZoneShown,
    /// Whether she is a member: therapists and office have no program.
    pub is_member: bool,
    /// The groups of a therapist.
    pub leads: Vec<LedGroup>,
}

/// The program of whoever is signed in.
#[server(endpoint = "program/get")]
pub async fn get_program() -> Result<ProgramPage, AppError> {
    use crate::{
        paths,
        server::{answer, program, state::App},
    };
    let app = expect_context::<App>();
    answer::answered(answer::or_sign_in(program::page(&app).await, paths::PROGRAM))
}
