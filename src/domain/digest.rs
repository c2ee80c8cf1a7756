//! The weekly mail of new meeting times: when it is due, which stretch of time it tells of, and what of that is new to
//! whom.
//!
//! The windows of a subscriber follow one another without a gap: each begins where the one before it ended, the first when
//! she confirmed, and each ends at her hour of her weekday. So whatever happens falls into one of them, also while she has
//! paused (what she missed is in the window that ends after the pause) and while no program ran (then one window covers all
//! of it).

use crate::domain::{
    eligibility::states_on,
    finder::FinderQuery,
    group::Kind,
    ids::GroupId,
    listing::Listing,
    place::UsState,
    series::{WEEK, instant_of},
    wishes::Wishes,
};
use chrono::{DateTime, Datelike as _, Days, NaiveTime, TimeDelta, TimeZone, Timelike as _, Utc, Weekday};

/// Groups that one mail tells of at most.
pub const MOST: usize = 12;

/// Groups that are looked out for one mail: also without her own, of which there are a dozen at most, they fill it, and one more
/// shows that there are more.
pub const ENOUGH: usize = 3 * MOST;

/// Hours that lie between two of her mails at least, whatever happened to her zone, her weekday or our clock.
pub const APART_HOURS: i64 = 24;

/// Seconds for which a window that is over is left alone. What happened shortly before its end is stamped at the end of its
/// transaction (`group_news_settle`), before that is committed; by now it is.
pub const SETTLE_SECONDS: i64 = 15;

/// The hour of the week at which somebody hears, on the walls of her zone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct WeekHour {
    /// Day of the week.
    pub weekday: Weekday,
    /// Hour of the day, 0–23.
    pub hour: u8,
}

impl WeekHour {
    /// From the numbers that are stored: the ISO day, and the hour.
    pub fn parse(weekday: i16, hour: i16) -> Option<Self> {
        let weekday = *WEEK.get(usize::try_from(weekday.checked_sub(1)?).ok()?)?;
        let hour = u8::try_from(hour).ok().filter(|hour| *hour < 24)?;
        Some(Self { weekday, hour })
    }

    /// The ISO day as it is stored.
    pub fn iso_day(self) -> i16 {
        i16::try_from(self.weekday.number_from_monday()).unwrap_or(1)
    }

    /// The last time it came, `now` included.
    pub fn last<Z: TimeZone>(self, zone: &Z, now: DateTime<Utc>) -> DateTime<Utc> {
        let today = now.with_timezone(zone).date_naive();
        let back = 7 + today.weekday().num_days_from_monday() - self.weekday.num_days_from_monday();
        // A wall time that does not exist moves forward, and so perhaps behind now.
        let mut day = today - Days::new(u64::from(back % 7));
        loop {
            let at = instant_of(day.and_time(self.time()), zone);
            if at <= now {
                return at;
            }
            day = day - Days::new(7);
        }
    }

    /// The next time it comes.
    pub fn next<Z: TimeZone>(self, zone: &Z, now: DateTime<Utc>) -> DateTime<Utc> {
        let today = now.with_timezone(zone).date_naive();
        let ahead = 7 + self.weekday.num_days_from_monday() - today.weekday().num_days_from_monday();
        let mut day = today + Days::new(u64::from(ahead % 7));
        loop {
            let at = instant_of(day.and_time(self.time()), zone);
            if at > now {
                return at;
            }
            day = day + Days::new(7);
        }
    }

    /// The end of the window that is to be looked at now. One that was missed is made up for, unless the next is less than a
    /// day away: that one covers both.
    pub fn due<Z: TimeZone>(self, zone: &Z, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let soon = self.next(zone, now) - now < TimeDelta::hours(APART_HOURS);
        (!soon).then(|| self.last(zone, now - TimeDelta::seconds(SETTLE_SECONDS)))
    }

    fn time(self) -> NaiveTime {
        NaiveTime::MIN.with_hour(u32::from(self.hour)).unwrap_or(NaiveTime::MIN)
    }
}

/// A stretch of time of which one subscriber is told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Window {
    /// What happened after this moment …
    pub starts_at: DateTime<Utc>,
    /// … and until this one.
    pub ends_at: DateTime<Utc>,
    /// Whether it is her first since she confirmed: then she hears of all that fits.
    pub is_first: bool,
}

impl Window {
    /// The window that ends at a moment, for somebody whose last one ended at `last`. None while that is less than a day ago,
    /// or when she confirmed later.
    pub fn of(confirmed_at: DateTime<Utc>, last: Option<DateTime<Utc>>, ends_at: DateTime<Utc>) -> Option<Self> {
        let last = last.filter(|last| *last >= confirmed_at);
        let apart = last.is_none_or(|last| ends_at - last >= TimeDelta::hours(APART_HOURS));
        let starts_at = last.unwrap_or(confirmed_at);
        (apart && starts_at < ends_at).then_some(Self { starts_at, ends_at, is_first: last.is_none() })
    }

    /// Whether something happened in it.
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        self.starts_at < at && at <= self.ends_at
    }
}

/// What makes a group new; what says most comes first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum News {
    /// It came on sale, or it was decided that it begins.
    Opened,
    /// It meets at another time.
    Moved,
    /// It was full, counting reservations, and is not any more.
    Freed,
}

impl News {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Opened, Self::Moved, Self::Freed];

    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Moved => "moved",
            Self::Freed => "freed",
        }
    }

    /// Reads the word.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|news| news.code() == code)
    }
}

/// Something that happened to a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Happened {
    /// To which.
    pub group: GroupId,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: News,
}

/// A group of which somebody may be told.
#[derive(Clone, PartialEq, Debug)]
pub struct NewGroup {
    /// The group, on the walls of her zone.
    pub listing: Listing,
    /// What made it new; nothing where all that fits is told.
    pub news: Option<News>,
}

/// The groups that are new in a window to anybody in this zone, soonest first: a walk-up could hold a seat, and something
/// happened to it.
pub fn new_groups<Z: TimeZone>(listings: &[Listing], happened: &[Happened], window: Window, zone: &Z) -> Vec<NewGroup> {
    let mut news: Vec<_> =
        happened.iter().filter(|one| window.holds(one.at)).map(|one| (one.group, one.what)).collect();
    news.sort_unstable();
    let found = listings.iter().filter_map(|listing| {
        let first = news.partition_point(|(group, _)| *group < listing.id);
        let news = news.get(first).filter(|(group, _)| *group == listing.id).map(|(_, what)| *what);
        let is_new = (window.is_first || news.is_some()) && listing.can_hold();
        is_new.then(|| NewGroup { listing: listing.seen_from(zone), news: news.filter(|_| !window.is_first) })
    });
    let mut found: Vec<_> = found.collect();
    found.sort_by(|a, b| {
        let key = |group: &NewGroup| group.listing.next.map(|next| next.starts_at);
        key(a).cmp(&key(b)).then_with(|| a.listing.slug.cmp(&b.listing.slug))
    });
    found
}

/// The states that a group is for, by name; nothing where it is for every state.
pub fn states(listing: &Listing) -> Option<Vec<UsState>> {
    match (listing.kind, listing.next) {
        (Kind::Skills, _) => None,
        (Kind::Process | Kind::Therapy, next) => {
            Some(next.map(|next| states_on(&listing.authorities, next.group_day)).unwrap_or_default())
        }
    }
}

/// Which of these groups fit somebody's wishes and the rule of eligibility, by their places; the first [`ENOUGH`]. Where she is
/// not known, those that everybody may join come first, and those that nobody may join are left out.
pub fn fitting(groups: &[NewGroup], wishes: &Wishes) -> Vec<usize> {
    // Whether a seat can be held was asked for all at once.
    let query = FinderQuery { open: false, ..wishes.query() };
    let fits = groups.iter().enumerate().filter(|(_, group)| group.listing.fits(&query));
    if wishes.place.is_some() {
        return fits.map(|(place, _)| place).take(ENOUGH).collect();
    }
    let (mut for_all, mut for_some) = (Vec::new(), Vec::new());
    for (place, group) in fits {
        match states(&group.listing) {
            None => for_all.push(place),
            Some(states) if !states.is_empty() => for_some.push(place),
            Some(_) => {}
        }
    }
    for_all.append(&mut for_some);
    for_all.truncate(ENOUGH);
    for_all
}

/// What one mail tells of.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Choice {
    /// The groups, by their places.
    pub places: Vec<usize>,
    /// Whether there are more that fit.
    pub has_more: bool,
}

/// Those of which she is told: without the groups in which she sits or waits, at most [`MOST`], in the order of the groups.
pub fn choose(groups: &[NewGroup], fitting: &[usize], hers: &[GroupId]) -> Choice {
    let others = fitting.iter().copied().filter(|place| !hers.contains(&groups[*place].listing.id));
    let mut places: Vec<_> = others.take(MOST + 1).collect();
    let has_more = places.len() > MOST;
    places.truncate(MOST);
    places.sort_unstable();
    Choice { places, has_more }
}

#[cfg(test)]
mod tests;
