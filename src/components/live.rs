//! Seat counts that stay right while a page is open.
//!
//! A page says which groups it shows. While it is visible, one stream of the server brings their counts, whole words and
//! all, so that nothing is formatted here; a hidden page has none, because a browser has few connections for a site. The
//! browser comes back by itself after an interruption; where it gives up, because the server has said no, this tries
//! again later and later. Without script a page is as right as it was when it loaded.
//!
//! Changes are shown and not announced: a number that somebody else changes must not interrupt whoever is listening.

use crate::{
    api::groups::{LiveSeats, SeatLine},
    paths,
};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::{cell::Cell, collections::HashMap, rc::Rc, time::Duration};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Event, EventSource, MessageEvent};

/// The counts that have come since the page was loaded.
#[derive(Clone, Copy, Debug)]
pub struct Live(RwSignal<HashMap<String, LiveSeats>>);

impl Live {
    /// Follows the groups of a page for as long as the component lives that calls this.
    ///
    /// Whenever `slugs` changes, what has come is forgotten: the page has just been given newer counts.
    pub fn follow(slugs: impl Fn() -> Vec<String> + 'static) -> Self {
        let known = RwSignal::new(HashMap::new());
        let shown = RwSignal::new(Vec::new());
        let is_hidden = RwSignal::new(false);
        let again = Trigger::new();
        let failures = StoredValue::new(0_u32);
        // Effects run in browsers only, so the server knows nothing of all this.
        Effect::new(move |_| {
            known.set(HashMap::new());
            shown.set(slugs());
        });
        Effect::new(move |_| {
            is_hidden.set(document().hidden());
            let listening = window_event_listener_untyped("visibilitychange", move |_| {
                is_hidden.set(document().hidden());
            });
            on_cleanup(move || listening.remove());
        });
        Effect::new(move |_| {
            again.track();
            let slugs = shown.get();
            if !is_hidden.get() && !slugs.is_empty() {
                // Closed before the next one is opened, and when the page is left.
                StoredValue::new_local(Stream::open(&slugs, known, failures, again));
            }
        });
        Self(known)
    }

    /// The newest line of a group; `shown` is what the page was given, for one reader.
    pub fn line(self, slug: String, shown: SeatLine) -> Memo<SeatLine> {
        Memo::new(move |_| {
            self.0.with(|known| match known.get(&slug) {
                Some(live) => SeatLine { counts: live.seats.counts.read_by(shown.counts.yours), ..live.seats.clone() },
                None => shown.clone(),
            })
        })
    }

    /// Whether a seat of a group could be held now.
    pub fn can_hold(self, slug: String, shown: bool) -> Memo<bool> {
        Memo::new(move |_| self.0.with(|known| known.get(&slug).map_or(shown, |live| live.can_hold)))
    }

    /// The newest sentence about a group's seats.
    pub fn sentence(self, slug: String, shown: String) -> Memo<String> {
        Memo::new(move |_| self.0.with(|known| known.get(&slug).map_or(&shown, |live| &live.sentence).clone()))
    }
}

/// A stream that is open, until it is dropped.
struct Stream {
    source: Option<EventSource>,
    waiting: Rc<Cell<Option<TimeoutHandle>>>,
    _message: Closure<dyn Fn(MessageEvent)>,
    _error: Closure<dyn Fn(Event)>,
}

impl Stream {
    fn open(
        slugs: &[String],
        known: RwSignal<HashMap<String, LiveSeats>>,
        failures: StoredValue<u32>,
        again: Trigger,
    ) -> Self {
        let source = EventSource::new(&paths::live_seats(slugs)).ok();
        let waiting = Rc::new(Cell::new(None));
        let message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            // A newer server may say something that this program does not understand; a reload will.
            if let Ok(changed) = leptos::serde_json::from_str::<Vec<LiveSeats>>(&text) {
                failures.set_value(0);
                known.update(|known| known.extend(changed.into_iter().map(|seats| (seats.slug.clone(), seats))));
            }
        });
        let error = {
            let (source, waiting) = (source.clone(), Rc::clone(&waiting));
            Closure::<dyn Fn(Event)>::new(move |_: Event| {
                let gave_up = source.as_ref().is_some_and(|source| source.ready_state() == EventSource::CLOSED);
                if gave_up {
                    let count = failures.get_value();
                    failures.set_value(count + 1);
                    waiting.set(set_timeout_with_handle(move || again.notify(), pause(count)).ok());
                }
            })
        };
        if let Some(source) = &source {
            source.set_onmessage(Some(message.as_ref().unchecked_ref()));
            source.set_onerror(Some(error.as_ref().unchecked_ref()));
        }
        Self { source, waiting, _message: message, _error: error }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(source) = &self.source {
            source.set_onmessage(None);
            source.set_onerror(None);
            source.close();
        }
        if let Some(waiting) = self.waiting.take() {
            waiting.clear();
        }
    }
}

/// Longer after each failure, up to a minute or two, and for each browser a little different: they all lost the server in
/// the same moment.
fn pause(failures: u32) -> Duration {
    Duration::from_secs(2 << failures.min(5)).mul_f64(1.0 + js_sys::Math::random())
}
