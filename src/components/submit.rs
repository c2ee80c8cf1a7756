//! The button that sends a form: label left, sign right. While it is on its way the label stays and the sign becomes a
//! small ring.

use super::{
    icon::{Icon, IconName},
    seat_ring::{RingSize, SeatRing},
};
use crate::domain::seat_counts::SeatCounts;
use leptos::prelude::*;

/// A submit button.
#[component]
pub fn Submit(
    /// Label.
    label: &'static str,
    /// Class: "button", "button seat" for taking a seat, "button quiet" for the other thing.
    #[prop(default = "button")]
    class: &'static str,
    /// Sign.
    #[prop(default = IconName::Arrow)]
    icon: IconName,
    /// Whether the form is on its way.
    #[prop(optional, into)]
    pending: Signal<bool>,
) -> impl IntoView {
    view! {
        <button class=class type="submit" aria-busy=move || pending.get().then_some("true")>
            {label}
            {move || {
                if pending.get() {
                    view! { <SeatRing counts=SeatCounts::filled(8) size=RingSize::Bar waiting=true /> }.into_any()
                } else {
                    view! { <Icon name=icon /> }.into_any()
                }
            }}
        </button>
    }
}
