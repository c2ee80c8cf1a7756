//! The ring and the words beside it.

use super::seat_ring::{RingSize, SeatRing};
use crate::api::groups::SeatLine;
use leptos::prelude::*;

/// Ring and words.
#[component]
pub fn Seats(
    /// What they say; a signal where the page is live.
    #[prop(into)]
    line: Signal<SeatLine>,
    /// How large the ring is.
    #[prop(default = RingSize::List)]
    size: RingSize,
) -> impl IntoView {
    let counts = Signal::derive(move || line.with(|line| line.counts));
    let forming = Signal::derive(move || line.with(|line| line.forming));
    let text = move || line.with(|line| line.text.clone());
    let sub = move || {
        let sub = line.with(|line| line.sub.clone());
        (!sub.is_empty()).then(|| view! { <span class="sub">{sub}</span> })
    };
    view! {
        <p class="seats">
            <SeatRing counts size forming />
            <span>
                <b>{text}</b>
                " "
                {sub}
            </span>
        </p>
    }
}
