//! The weekly list from the side of whoever is on it: what she agrees to, where she stands, what her forms say, and when
//! she hears.

use crate::domain::{
    about::FieldError,
    finder::{FinderQuery, TimeOfDay},
    group::Kind,
    place::Place,
    series::{parse_weekday, weekday_code},
    topic::Topic,
    wishes::Wishes,
};
use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

/// The day on which the words of [`CONSENT_TEXT`] were written. It changes with them.
pub const CONSENT_VERSION: &str = "2026-11-29";

/// What somebody agrees to who subscribes. It stands at every form that asks for an address, and is kept with her yes.
pub const CONSENT_TEXT: &str = "Yes, write to me at most once a week when there are new meeting times, and keep my address and my choices for that. I can end it at any time with one tap.";

/// Weeks for which the weekly mail can be paused at once.
pub const PAUSE_WEEKS: u64 = 26;

/// Where a subscription stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum SubscriptionStatus {
    /// Asked for, and not confirmed yet.
    Pending,
    /// On the list.
    Confirmed,
    /// Ended by her.
    Unsubscribed,
    /// Ended by us: her mailbox takes no mail.
    Bounced,
}

impl SubscriptionStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Confirmed, Self::Unsubscribed, Self::Bounced];

    /// The word that is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Unsubscribed => "unsubscribed",
            Self::Bounced => "bounced",
        }
    }

    /// The status of a stored word.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// When she hears, on the wall of her zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rhythm {
    /// The day.
    pub weekday: Weekday,
    /// The hour of that day, 0 to 23.
    pub hour: u8,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self { weekday: Weekday::Mon, hour: 9 }
    }
}

impl Rhythm {
    /// Reads what a form says.
    pub fn parse(weekday: &str, hour: &str) -> Result<Self, Vec<FieldError>> {
        let day = parse_weekday(weekday).ok_or_else(|| FieldError::new("weekday", "Please choose a day."));
        let hour = hour
            .parse()
            .ok()
            .filter(|hour| *hour < 24)
            .ok_or_else(|| FieldError::new("hour", "Please choose an hour of the day."));
        match (day, hour) {
            (Ok(weekday), Ok(hour)) => Ok(Self { weekday, hour }),
            (day, hour) => Err([day.err(), hour.err()].into_iter().flatten().collect()),
        }
    }

    /// The next days on which she would hear, after `today`: a pause can end on each.
    pub fn days_after(self, today: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let ahead = (7 + self.weekday.num_days_from_monday() - today.weekday().num_days_from_monday()) % 7;
        let first = if ahead == 0 { 7 } else { u64::from(ahead) };
        (0..PAUSE_WEEKS).filter_map(move |week| today.checked_add_days(Days::new(first + 7 * week)))
    }
}

/// Until when the weekly mail rests: the first day on which she hears again.
pub fn parse_pause(typed: &str, today: NaiveDate) -> Result<NaiveDate, FieldError> {
    let last = today.checked_add_days(Days::new(7 * (PAUSE_WEEKS + 1)));
    typed
        .trim()
        .parse()
        .ok()
        .filter(|day| *day > today && last.is_some_and(|last| *day <= last))
        .ok_or_else(|| FieldError::new("until", "Please choose a day from the list, at most half a year ahead."))
}

/// Wishes as a form sends them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WishesTyped {
    /// Topics by their slugs.
    pub topics: Vec<String>,
    /// Kinds by their codes.
    pub kinds: Vec<String>,
    /// A state, "outside", or nothing.
    pub state: String,
    /// Days by their codes.
    pub days: Vec<String>,
    /// Times of day by their codes.
    pub times: Vec<String>,
    /// IANA name of the zone; empty where the form does not ask.
    pub zone: String,
}

impl WishesTyped {
    /// The same wishes as a form shows them.
    pub fn of(wishes: &Wishes, zone: &str) -> Self {
        Self {
            topics: wishes.topics.iter().map(|topic| topic.slug().to_owned()).collect(),
            kinds: wishes.kinds.iter().map(|kind| kind.code().to_owned()).collect(),
            state: wishes.place.map_or("", Place::value).to_owned(),
            days: wishes.days.iter().map(|day| weekday_code(*day).to_owned()).collect(),
            times: wishes.times.iter().map(|time| time.code().to_owned()).collect(),
            zone: zone.to_owned(),
        }
    }

    /// The values by the names of their fields; several of one field are parted by commas, which none of them has.
    pub fn pairs(&self) -> [(&'static str, String); 6] {
        [
            ("topic", self.topics.join(",")),
            ("kind", self.kinds.join(",")),
            ("state", self.state.clone()),
            ("day", self.days.join(",")),
            ("time", self.times.join(",")),
            ("zone", self.zone.clone()),
        ]
    }

    /// Reads the wishes. What is chosen from boxes and is unknown is ignored, as in the finder; a state that is none is an
    /// error, because without it she would hear of groups that she may not join. The zone needs a list of zones.
    pub fn parse(&self) -> Result<Wishes, FieldError> {
        let place = Place::parse(self.state.trim());
        if place.is_none() && !self.state.trim().is_empty() {
            return Err(FieldError::new("state", "Please choose a state from the list, or leave it open."));
        }
        if place == Some(Place::OutsideUs) {
            // There would never be a mail.
            return Err(FieldError::new(
                "state",
                "Groups can only be joined from inside the United States. Please choose the state in which you will be, or leave it open.",
            ));
        }
        let known = |typed: &[String], key: &'static str| {
            FinderQuery::from_pairs(typed.iter().filter(|value| !value.is_empty()).map(|value| (key, value.as_str())))
        };
        let wishes = Wishes {
            topics: known(&self.topics, "topic").topics,
            kinds: known(&self.kinds, "kind").kinds,
            place,
            days: known(&self.days, "day").days,
            times: known(&self.times, "time").times,
        };
        Ok(wishes.in_order())
    }
}

/// Wishes in a few words, for whoever may see them; a name for each part, and what was chosen.
pub fn in_words(wishes: &Wishes) -> Vec<(&'static str, String)> {
    let list = |names: Vec<&'static str>, all: &str| if names.is_empty() { all.to_owned() } else { names.join(", ") };
    vec![
        ("Topics", list(wishes.topics.iter().map(|topic| Topic::name(*topic)).collect(), "All topics")),
        ("Kinds", list(wishes.kinds.iter().map(|kind| Kind::plural(*kind)).collect(), "All kinds of group")),
        ("Where you are", wishes.place.map_or_else(|| "Not told".to_owned(), |place| place.name().to_owned())),
        ("Days", list(wishes.days.iter().map(|day| super::series::weekday_name(*day)).collect(), "Every day")),
        ("Times", list(wishes.times.iter().map(|time| TimeOfDay::name(*time)).collect(), "Any time of day")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_pause_ends_on_a_day_on_which_she_hears() {
        let rhythm = Rhythm { weekday: Weekday::Mon, hour: 9 };
        let days: Vec<_> = rhythm.days_after(day("2026-11-29")).collect();
        assert_eq!((days[0], days[1], days.len()), (day("2026-11-30"), day("2026-12-07"), 26));
        assert_eq!(rhythm.days_after(day("2026-11-30")).next(), Some(day("2026-12-07")), "today is no pause");
        for end in days {
            assert_eq!(parse_pause(&end.to_string(), day("2026-11-29")), Ok(end));
        }
        for wrong in ["", "soon", "2026-11-29", "2026-11-28", "2027-06-29", "9999-12-31", "2026-02-30"] {
            assert_eq!(parse_pause(wrong, day("2026-11-29")).unwrap_err().field, "until", "{wrong}");
        }
    }

    #[test]
    fn what_a_form_says_becomes_wishes_and_back() {
        let typed = WishesTyped {
            topics: ["depression", "anxiety", "stars", "anxiety"].map(str::to_owned).into(),
            kinds: vec!["process".to_owned(), "secret".to_owned()],
            state: " ny ".to_owned(),
            days: vec!["fri".to_owned(), "mon".to_owned(), String::new()],
            times: vec!["evening".to_owned()],
            zone: "America/Chicago".to_owned(),
        };
        let wishes = typed.parse().unwrap();
        assert_eq!(wishes.topics, [Topic::Anxiety, Topic::Depression]);
        assert_eq!(wishes.days, [Weekday::Mon, Weekday::Fri]);
        let again = WishesTyped::of(&wishes, "America/Chicago");
        assert_eq!(again.parse().unwrap(), wishes);
        assert_eq!(again.pairs()[0], ("topic", "anxiety,depression".to_owned()));
        assert_eq!(WishesTyped::default().parse().unwrap(), Wishes::default());
        for (state, words) in [("Atlantis", "choose a state"), ("outside", "inside the United States")] {
            let wrong = WishesTyped { state: state.to_owned(), ..typed.clone() }.parse().unwrap_err();
            assert!(wrong.field == "state" && wrong.message.contains(words), "{wrong:?}");
        }
    }

    #[test]
    fn a_rhythm_is_a_day_and_an_hour() {
        assert_eq!(Rhythm::parse("mon", "9"), Ok(Rhythm::default()));
        let fields = |weekday, hour| -> Vec<String> {
            Rhythm::parse(weekday, hour).unwrap_err().into_iter().map(|error| error.field).collect()
        };
        assert_eq!(fields("", "24"), ["weekday", "hour"]);
        assert_eq!(fields("sun", "-1"), ["hour"]);
    }

    #[test]
    fn every_status_has_its_word() {
        for status in SubscriptionStatus::ALL {
            assert_eq!(SubscriptionStatus::parse(status.code()), Some(status));
        }
        assert_eq!(SubscriptionStatus::parse("gone"), None);
    }
}
