//! The one task that finds out which seats have changed.
//!
//! It glances at the database's snapshot, more often where it speaks for all instances, counts where that has moved or
//! where a hold has just lapsed, and publishes the words of the groups whose counts are others than before. Titles,
//! meetings and what else the words depend on are read anew from time to time.

use super::{Live, board::Board};
use crate::{
    api::groups::LiveSeats,
    domain::{group::Status, ids::GroupId, listing::Listing, seat_counts::SeatCounts},
    server::{
        show::{seat_line, seats_sentence},
        state::{hex, random},
    },
    store::{
        Failure,
        groups::{Scope, listings},
        live::{Mark, Tally, Watch},
    },
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// Between two looks of the instance that speaks.
const SPEAKING: Duration = Duration::from_millis(200);
/// Between two looks of the others, if no hint comes: with what a look and the way to the browser take, less than the
/// second that is promised.
const LISTENING: Duration = Duration::from_millis(500);
/// A look that takes long is followed by a pause of so many times its length, so that looking is never the load.
const EASE: u32 = 4;
/// How long a look may take before the connection counts as lost.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two attempts to reach a database that is away.
const AGAIN: Duration = Duration::from_millis(500);
/// How old the words may be that depend on the calendar and not on seats.
const FRESH: Duration = Duration::from_secs(30);
/// How long it goes on when nobody listens any more: somebody may only be loading the next page.
pub const LINGER: Duration = Duration::from_secs(10);
/// For the end of a connection that may hang.
const CLOSING: Duration = Duration::from_secs(1);

/// What the task knows. The next one begins anew, with a board of another origin: what has changed while nobody listened
/// is no change of that one's, so whoever comes back then gets everything.
struct Known {
    board: Arc<Board>,
    groups: HashMap<GroupId, Listing>,
    tallies: HashMap<GroupId, Tally>,
    /// The snapshot at which the seats were counted.
    snapshot: String,
    /// When the groups were read.
    read_at: Option<Instant>,
    /// When a hold lapses.
    lapses_at: Option<Instant>,
}

impl Known {
    fn nothing() -> Self {
        Self {
            board: Arc::new(Board::new(&hex(&random::<6>()))),
            groups: HashMap::new(),
            tallies: HashMap::new(),
            snapshot: String::new(),
            read_at: None,
            lapses_at: None,
        }
    }
}

/// Runs while somebody listens.
pub async fn run(live: Live) {
    let mut known = Known::nothing();
    let mut complained = false;
    loop {
        if let Ok(mut watch) = Watch::open(&live.0.app.store).await {
            let ended = follow(&live, &mut watch, &mut known, &mut complained).await;
            let _ = timeout(CLOSING, watch.close()).await;
            match ended {
                Ok(()) => return,
                Err(error) => tracing::debug!(%error, "the live counts wait"),
            }
        }
        if !complained {
            complained = true;
            tracing::warn!("live counts stand still until the database answers");
        }
        // Another database may be there next time, whose snapshots mean something else.
        known.snapshot.clear();
        tokio::select! {
            () = live.0.draining.begun() => {}
            () = sleep(AGAIN) => {}
        }
        if (!live.is_heard() || live.0.draining.has_begun()) && live.end_ticking() {
            return;
        }
    }
}

/// Looks again and again over one session, until nobody listens.
async fn follow(live: &Live, watch: &mut Watch, known: &mut Known, complained: &mut bool) -> Result<(), Failure> {
    let slow = |_| Failure::Away("no answer in time".to_owned());
    let mut heard_at = Instant::now();
    loop {
        let began = Instant::now();
        let mark = timeout(PATIENCE, look(live, watch, known)).await.map_err(slow)??;
        if std::mem::take(complained) {
            tracing::info!("live counts move again");
        }
        if live.is_heard() {
            heard_at = began;
        }
        if (heard_at + LINGER <= began || live.0.draining.has_begun()) && live.end_ticking() {
            return Ok(());
        }
        let pace = if mark.speaks { SPEAKING } else { LISTENING };
        let mut until = began + pace.max((began.elapsed() * EASE).min(LISTENING));
        if let Some(lapses_at) = known.lapses_at {
            until = until.min(lapses_at);
        }
        tokio::select! {
            () = live.0.draining.begun() => {}
            hint = tokio::time::timeout_at(until, watch.hint()) => hint.unwrap_or(Ok(()))?,
        }
    }
}

/// One look, and what it brings to light.
async fn look(live: &Live, watch: &mut Watch, known: &mut Known) -> Result<Mark, Failure> {
    let mark = watch.mark().await?;
    let now = Instant::now();
    let has_lapsed = known.lapses_at.is_some_and(|at| at <= now);
    let is_stale = known.read_at.is_none_or(|at| at + FRESH <= now);
    if mark.snapshot == known.snapshot && !has_lapsed && !is_stale {
        return Ok(mark);
    }
    let (tallies, lapse) = watch.tallies().await?;
    // A moment later: at its very end a hold is over, and the clocks of two machines run apart a little.
    known.lapses_at = lapse.map(|lapse| now + lapse + Duration::from_millis(5));
    let tallies: HashMap<_, _> = tallies.into_iter().map(|tally| (tally.group, tally)).collect();
    let is_new = tallies.keys().any(|group| !known.groups.contains_key(group));
    // With a line it matters who waits in it, which is not counted.
    let is_waited_for =
        tallies.iter().any(|(group, tally)| tally.waiting > 0 && known.tallies.get(group) != Some(tally));
    if is_stale || is_new || is_waited_for {
        let listed = listings(watch.connection(), Scope::Listed, None, live.0.app.now(), chrono_tz::UTC).await?;
        // Those that have ended stay, for whoever still has their page open.
        known.groups.extend(listed.into_iter().map(|listing| (listing.id, listing)));
        known.read_at = Some(now);
    }
    let mut lines = Vec::new();
    for (group, listing) in &mut known.groups {
        let tally = tallies.get(group);
        if is_stale || is_new || tally != known.tallies.get(group) {
            count(listing, tally);
            lines.push(line(listing));
        }
    }
    known.tallies = tallies;
    known.snapshot.clone_from(&mark.snapshot);
    // The first board is published also where there is no group: whoever waits for it may listen.
    let next = known.board.with(lines);
    let is_first = live.0.board.borrow().is_none();
    if let Some(next) = next {
        known.board = Arc::new(next);
    } else if !is_first {
        return Ok(mark);
    }
    live.0.board.send_replace(Some(Arc::clone(&known.board)));
    if mark.speaks && !is_first {
        watch.tell().await?;
    }
    Ok(mark)
}

/// Brings a group to what was counted. One that is not counted any more has ended.
fn count(listing: &mut Listing, tally: Option<&Tally>) {
    let Some(tally) = tally else {
        listing.status = Status::Closed;
        return;
    };
    listing.status = tally.status;
    listing.waiting = tally.waiting;
    listing.seats =
        SeatCounts { capacity: tally.capacity, reserved: tally.reserved, held: tally.held, yours: 0, offered: 0 };
}

/// What is sent about a group: what its card and its page show of the seats, and nothing about anybody.
fn line(listing: &Listing) -> (String, String) {
    let seats = LiveSeats {
        slug: listing.slug.clone(),
        seats: seat_line(listing),
        sentence: seats_sentence(listing),
        can_hold: listing.can_hold(),
    };
    // Names, numbers and texts: this cannot fail.
    (listing.slug.clone(), serde_json::to_string(&seats).unwrap_or_default())
}
