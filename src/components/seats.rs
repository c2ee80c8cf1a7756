//! The ring and the words beside it.

use super::seat_ring::{RingSize, SeatRing};
use crate::api::groups::SeatLine;
use leptos::prelude::*;

/// Ring and words.
#[component]
pub fn Seats(
    /// What they say.
    line: SeatLine,
    /// How large the ring is.
    #[prop(default = RingSize::List)]
    size: RingSize,
) -> impl IntoView {
    view! {
        <p class="seats">
            <SeatRing counts=line.counts size forming=line.forming />
            <span>
                <b>{line.text}</b>
                " "
                {(!line.sub.is_empty()).then(|| view! { <span class="sub">{line.sub.clone()}</span> })}
            </span>
        </p>
    }
}
