//! Groups as visitors find them.

use crate::{
    api::{
        json::Json,
        text::{HeadText, PageLink},
        waiting::LineShown,
    },
    domain::{facets::Facets, finder::FinderQuery, group::Kind, place::UsState, seat_counts::SeatCounts, topic::Topic},
    error::AppError,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A therapist's drawn face and name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Face {
    /// Initials.
    pub initials: String,
    /// Number that draws the avatar.
    pub number: u32,
    /// "Ruth Okafor, PsyD".
    pub name: String,
    /// "Ruth".
    pub first_name: String,
    /// "Licensed psychologist in New Jersey and New York".
    pub profession: String,
}

/// The ring and the words beside it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SeatLine {
    /// Counts for the ring.
    pub counts: SeatCounts,
    /// Whether the group is forming.
    pub forming: bool,
    /// "3 seats free".
    pub text: String,
    /// "of 8".
    pub sub: String,
}

/// Seats that have changed while a page is open, the same for everybody; an event of the stream has a list of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LiveSeats {
    /// Last part of the group's address.
    pub slug: String,
    /// What stands beside the ring. The counts name no reader's own seat.
    pub seats: SeatLine,
    /// "Three of eight seats are free."
    pub sentence: String,
    /// Whether a seat could be held now: one is free, and nobody waits for it.
    pub can_hold: bool,
}

/// A group in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GroupRow {
    /// Last part of its address.
    pub slug: String,
    /// Title.
    pub title: String,
    /// "7:00" of the next meeting, in the viewer's zone.
    pub hour: String,
    /// "PM".
    pub half: String,
    /// Small words under the time: "7:30 PM Central for the group", or the day where no heading says it.
    pub under_time: Option<String>,
    /// "Anxiety · therapy group".
    pub about: String,
    /// "75 minutes, $45".
    pub terms: String,
    /// Leader.
    pub leader: Face,
    /// Seats.
    pub seats: SeatLine,
}

/// The groups of one day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DaySection {
    /// "Tonight"; empty where the order is not by day.
    pub name: String,
    /// "Tuesday, November 24".
    pub date: String,
    /// Groups.
    pub rows: Vec<GroupRow>,
}

/// In which zone times are shown, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ZoneShown {
    /// IANA name.
    pub name: String,
    /// "Eastern".
    pub label: String,
    /// Whether it is the reader's own: chosen, from her profile, or told by her browser.
    pub is_readers: bool,
    /// Zones to choose from: IANA name and words.
    pub choices: Vec<(String, String)>,
    /// Why the zone that was just chosen cannot be shown.
    pub problem: Option<String>,
}

/// A way out of an empty result.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Relaxation {
    /// "Any day".
    pub words: String,
    /// Where it leads.
    pub url: String,
    /// "2 groups".
    pub count: String,
}

/// What somebody's state means for what she sees.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// One or two sentences.
    pub words: String,
    /// Whether it says that she cannot join what others can.
    pub limits: bool,
}

/// The finder's page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FinderPage {
    /// Groups, by day.
    pub sections: Vec<DaySection>,
    /// How many fit in all.
    pub count: u32,
    /// Pages in all.
    pub pages: u32,
    /// The page shown.
    pub page: u32,
    /// What the state means for her.
    pub notice: Option<Notice>,
    /// Ways out when nothing fits.
    pub relaxations: Vec<Relaxation>,
    /// Zone.
    pub zone: ZoneShown,
    /// States in which a therapist of the practice may practise, first in the list of states.
    pub practice_states: Vec<UsState>,
    /// How many groups each choice would leave.
    pub facets: Facets,
}

/// Groups that fit.
#[server(endpoint = "groups/find", output = Json)]
pub async fn find_groups(query: String) -> Result<FinderPage, AppError> {
    use crate::server::{answer, finder, state::App};
    let app = expect_context::<App>();
    answer::answered(finder::page(&app, &read_query(&query)).await)
}

/// Reads a query string that a page or a link wrote.
pub fn read_query(text: &str) -> FinderQuery {
    let pairs: Vec<(String, String)> = text
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (unescape(key), unescape(value)))
        .collect();
    FinderQuery::from_pairs(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

/// Undoes the encoding of query strings; what is not valid stays as it is.
fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut found = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let escaped = (bytes[i] == b'%')
            .then(|| text.get(i + 1..i + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok()))
            .flatten();
        if let Some(byte) = escaped {
            found.push(byte);
            i += 3;
        } else {
            found.push(if bytes[i] == b'+' { b' ' } else { bytes[i] });
            i += 1;
        }
    }
    String::from_utf8_lossy(&found).into_owned()
}

/// One of the coming meetings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ComingMeeting {
    /// "Tue, Nov 24".
    pub day: String,
    /// "7:00 PM".
    pub time: String,
    /// "Week 3: What worry wants".
    pub unit: String,
}

/// One unit of the outline.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OutlineUnit {
    /// Title.
    pub title: String,
    /// One line.
    pub summary: String,
    /// −1 past, 0 the unit of the next meeting, 1 still to come.
    pub when: i8,
}

/// An authority in the leader's table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AuthorityRow {
    /// "New York".
    pub state: String,
    /// "Psychologist, 027411".
    pub license: String,
    /// "Aug 3, 2026 to Aug 2, 2028": the first day and the last.
    pub valid: String,
    /// "Nov 2, 2026".
    pub checked: String,
}

/// What the reader can do about a seat.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum SeatAction {
    /// Go to the page that asks what must be asked, then hold.
    Ask,
    /// Everything is known: hold at once.
    Hold {
        /// Drawn for this page.
        key: String,
    },
    /// She holds a seat already.
    GoOn {
        /// Path of her next step.
        path: String,
    },
    /// She has one.
    Seated,
    /// Not possible, why and what instead.
    No {
        /// The reason in one sentence.
        reason: String,
        /// Where she could go instead.
        instead: Option<(String, String)>,
    },
}

/// A group's page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GroupPage {
    /// Head.
    pub head: HeadText,
    /// Slug.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Kind.
    pub kind: Kind,
    /// Topic.
    pub topic: Option<Topic>,
    /// The summary, how it meets where it does, and the group's own time where that differs.
    pub lead: String,
    /// Leader.
    pub leader: Face,
    /// Where the leader's page is.
    pub leader_url: Option<String>,
    /// Address and name of the page about its topic or kind.
    pub about: (String, String),
    /// Articles.
    pub read: Vec<PageLink>,
    /// Leader's words.
    pub words: String,
    /// Leader's approach.
    pub approach: String,
    /// Authorities.
    pub authorities: Vec<AuthorityRow>,
    /// Paragraphs.
    pub happens: Vec<String>,
    /// For whom.
    pub for_whom: Vec<String>,
    /// Questions and answers.
    pub questions: Vec<(String, String)>,
    /// Coming meetings.
    pub coming: Vec<ComingMeeting>,
    /// "Twelve weeks".
    pub outline_title: String,
    /// Units.
    pub outline: Vec<OutlineUnit>,
    /// Lines of the group agreement.
    pub agreement: Vec<String>,
    /// Seats.
    pub seats: SeatLine,
    /// "Three of eight seats are free."
    pub seats_sentence: String,
    /// "Next meeting tonight at 7:00 PM. $45 a meeting."
    pub terms_sentence: String,
    /// "$45 a meeting".
    pub price: String,
    /// How long a hold lasts: "ten minutes".
    pub hold_words: String,
    /// Whether a seat could be held now by somebody who may: one is free, and nobody waits for it.
    pub can_hold: bool,
    /// What can be done.
    pub action: SeatAction,
    /// The line, where one can wait.
    pub line: LineShown,
    /// "Ruth may work with people in New York and New Jersey. …"
    pub elsewhere: Option<String>,
    /// Zone.
    pub zone: ZoneShown,
    /// To the finder, for whoever did not come from it, with words.
    pub back: (String, String),
    /// Whether it is closed: it takes nobody new, and has ended or meets a few more times.
    pub has_closed: bool,
    /// Whether a meeting is planned. Without one there is no seat to speak of.
    pub meets: bool,
}

impl GroupPage {
    /// Whether it has ended: it is closed and meets no more.
    pub fn has_ended(&self) -> bool {
        self.has_closed && !self.meets
    }
}

/// A group's page, for whoever asks; `state` and `zone` as in the query string.
#[server(endpoint = "groups/get")]
pub async fn get_group(
    slug: String,
    #[server(default)] state: String,
    #[server(default)] zone: String,
) -> Result<GroupPage, AppError> {
    use crate::server::{answer, group_page, state::App};
    let app = expect_context::<App>();
    answer::answered(group_page::page(&app, &slug, &state, &zone).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_strings_are_read_as_browsers_write_them() {
        let query = read_query("?q=after+a%20loss&topic=anxiety&bad=%zz&zone=America%2FNew_York");
        assert_eq!(query.words, "after a loss");
        assert_eq!(query.zone.as_deref(), Some("America/New_York"));
        assert_eq!(unescape("%zz%C3%A9%"), "%zzé%");
    }
}
