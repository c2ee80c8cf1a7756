//! The errors a user can meet: serialisable, one message each. They say what happened to the user, never which
//! layer failed; what failed inside is logged where it happened.

use crate::{api::json::Body, domain::about::FieldError};
use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a user can be told.
#[derive(Clone, PartialEq, Eq, Debug, Error, Serialize, Deserialize)]
pub enum AppError {
    /// Something typed does not fit; each message stands at its field.
    #[error("Please look at the marked fields.")]
    Fields(Vec<FieldError>),
    /// Nobody is signed in, or the session has ended.
    #[error("Please sign in first. What you have written is still here.")]
    SignInNeeded,
    /// Signed in, but not allowed.
    #[error("This page is not for your account.")]
    Forbidden,
    /// There is no such page or thing.
    #[error("There is nothing at this address.")]
    NotFound,
    /// A rule of eligibility says no; the sentence names the reason and the way out.
    #[error("{0}")]
    NotEligible(String),
    /// Where she is or her age must be asked first.
    #[error("We need to ask you something first.")]
    AskFirst,
    /// No free seat.
    #[error("All seats of this group are taken at the moment.")]
    GroupFull,
    /// A free seat goes to whoever waits first.
    #[error("Somebody is waiting for the next seat of this group, and nobody overtakes.")]
    SomebodyWaits,
    /// A free seat that she could hold: there is nothing to wait for.
    #[error("A seat is free for you right now, so there is no need to wait. Hold it on this group's page.")]
    SeatFree,
    /// She holds a seat here, or is offered one.
    #[error("A seat in this group is being held for you already. Go on with it, or let it go first.")]
    HeldHere,
    /// She waits here already.
    #[error("You are in the line of this group already.")]
    InLine,
    /// Five lines at a time.
    #[error("You wait in five groups already, which is as many as one person can. Leave one line first.")]
    TooManyLines,
    /// The offer was declined, has ended, or its group has.
    #[error("This offer is over. Your seats and lines show where you stand.")]
    OfferOver,
    /// The meeting has begun, was cancelled, or is not one of hers.
    #[error("This meeting has begun or does not take place, so nothing can be changed for it.")]
    MeetingBegun,
    /// The group takes nobody new: it is closed, or past the week in which one can begin.
    #[error("This group takes no new members at the moment.")]
    GroupNotOpen,
    /// She has a seat here already.
    #[error("You already have a seat in this group.")]
    SeatedHere,
    /// Three holds at a time.
    #[error("You hold three seats already. Confirm one or let one go, then you can hold this one.")]
    TooManyHolds,
    /// Three fresh holds on one group in a day.
    #[error("You have held a seat in this group three times today. Please try again tomorrow, or call us.")]
    HeldTooOften,
    /// Three reservations.
    #[error("You have three reserved seats already, which is as many as one person can have.")]
    TooManyReservations,
    /// Another of her groups meets at that time.
    #[error("You have a seat in “{0}” at the same time.")]
    Clash(String),
    /// The hold has lapsed and no seat is left.
    #[error("The time of your hold is over and the seat went to somebody else. Your answers are still here.")]
    HoldExpired,
    /// Renewed ten times.
    #[error("This seat has been held as long as it can be. Please confirm it or let it go.")]
    RenewedTooOften,
    /// A step before this one is not finished.
    #[error("Something is still missing. We have opened the step where it is.")]
    StepMissing,
    /// The typed code is not the one that was mailed.
    #[error("This is not the code from our last mail. Please look again: six digits.")]
    CodeWrong,
    /// The code is used, too old, or was tried too often, or was asked for in another browser.
    #[error("This code does not work any more. Please ask for a new one.")]
    CodeOver,
    /// The address gets the weekly mail by a subscription of its own.
    #[error("This address is on the list already, so nothing was changed. Open the link in a mail that came there.")]
    AddressTaken,
    /// Too many requests.
    #[error("That was a lot at once. Please wait {0} seconds and try again.")]
    TooMany(u32),
    /// The database is away; nothing was lost.
    #[error("Something on our side does not answer. Please try again in a moment; what you have written is safe.")]
    Unavailable,
    /// The form did not arrive whole.
    #[error("This form did not reach us whole. Please try again.")]
    BadRequest,
    /// Something on our side is broken.
    #[error("Something on our side went wrong. We have been told.")]
    Internal,
}

impl AppError {
    /// The HTTP status that says the same.
    pub fn status(&self) -> u16 {
        match self {
            Self::Fields(_) | Self::AskFirst | Self::StepMissing | Self::CodeWrong | Self::CodeOver => 422,
            Self::SignInNeeded => 401,
            Self::Forbidden | Self::NotEligible(_) => 403,
            Self::NotFound => 404,
            Self::GroupFull
            | Self::SomebodyWaits
            | Self::GroupNotOpen
            | Self::SeatFree
            | Self::HeldHere
            | Self::InLine
            | Self::TooManyLines
            | Self::OfferOver
            | Self::MeetingBegun
            | Self::SeatedHere
            | Self::TooManyHolds
            | Self::HeldTooOften
            | Self::TooManyReservations
            | Self::Clash(_)
            | Self::HoldExpired
            | Self::RenewedTooOften
            | Self::AddressTaken => 409,
            Self::TooMany(_) => 429,
            Self::Unavailable => 503,
            Self::BadRequest => 400,
            Self::Internal => 500,
        }
    }

    /// Seconds after which trying again makes sense, for `Retry-After`.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooMany(seconds) => Some(*seconds),
            Self::Unavailable => Some(5),
            _ => None,
        }
    }

    /// Whether it says that no seat is left for her: then the line is the way.
    pub fn is_about_no_seat(&self) -> bool {
        matches!(self, Self::GroupFull | Self::SomebodyWaits | Self::HoldExpired)
    }

    /// An error at one field.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Fields(vec![FieldError::new(field, message)])
    }
}

impl FromServerFnError for AppError {
    type Encoder = Body;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Unavailable,
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::Deserialization(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_) => Self::BadRequest,
            // A proxy or an old page: the texts of these errors are for developers and stay out of the browser.
            _ => Self::Internal,
        }
    }
}
