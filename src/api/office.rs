//! Pages of the office.

use crate::error::AppError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// One round over everybody whose hour had come.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RunShown {
    /// "Monday, December 7, 9:00 AM".
    pub when: String,
    /// What is to be said of it besides: that it is under way, or did not finish.
    pub note: String,
    /// Mails that have left, that wait, that were given up, that nobody wanted any more, and subscribers for whom nothing was
    /// new.
    pub counts: [String; 5],
}

/// What was mailed in one week.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WeekShown {
    /// "December 7".
    pub monday: String,
    /// Mails.
    pub mails: String,
    /// Subscribers for whom nothing was new.
    pub skipped: String,
}

/// A mail as it would go out now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MailShown {
    /// For whom it is written like this.
    pub title: String,
    /// Subject; nothing where there would be no mail.
    pub subject: String,
    /// The plain text, or why there is none.
    pub text: String,
    /// Where its HTML is shown; nothing where there would be no mail.
    pub html: String,
}

/// The page about the weekly mails.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DigestsPage {
    /// The state of things in a sentence.
    pub sentence: String,
    /// The last rounds, the newest first.
    pub runs: Vec<RunShown>,
    /// The last weeks in a sentence.
    pub weeks_sentence: String,
    /// The last weeks, the oldest first.
    pub weeks: Vec<WeekShown>,
    /// The same as a drawing: what stands inside of its `<svg>`.
    pub chart: String,
    /// When the next rounds are, and how many hear then.
    pub next: Vec<(String, String)>,
    /// "Times are Eastern."
    pub zone_words: String,
    /// What the mail looks like.
    pub mails: Vec<MailShown>,
}

/// The weekly mails, for the office.
#[server(endpoint = "office/digests-page")]
pub async fn get_digests() -> Result<DigestsPage, AppError> {
    use crate::{
        paths,
        server::{answer, digests::office, state::App},
    };
    let app = expect_context::<App>();
    answer::answered(answer::or_sign_in(office::page(&app).await, paths::OFFICE_DIGESTS))
}
