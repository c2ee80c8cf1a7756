//! One of her seats: the circle, the reference, the next meetings, the way to give it away.

use super::Changes;
use crate::{
    api::seats::{MySeat, SeatMeeting},
    components::{
        icon::{Icon, IconName},
        seat_ring::{RingSize, SeatRing},
    },
    pages::program::rhythm_with,
    paths,
};
use leptos::{form::ActionForm, prelude::*};
use wasm_bindgen::JsCast as _;

/// Gives the focus to the button with this id; an element that is gone or refuses it changes nothing.
pub fn focus(id: &str) {
    if let Some(button) = document().get_element_by_id(id)
        && let Ok(button) = button.dyn_into::<web_sys::HtmlElement>()
    {
        let _ = button.focus();
    }
}

/// The seat.
#[component]
pub fn Seat(seat: MySeat) -> impl IntoView {
    let meetings = seat.meetings;
    view! {
        <li class="mine">
            <SeatRing counts=seat.counts size=RingSize::List />
            <div>
                <h3><a href=paths::group(&seat.slug)>{seat.title.clone()}</a></h3>
                <p class="muted">{rhythm_with(&seat.rhythm, &seat.leader.name)} ". The seat with the dot is yours."</p>
                <p class="muted small">"Reference " <b class="ref">{seat.reference}</b></p>
                {seat.note.map(|note| view! { <p class="note plain"><Icon name=IconName::Circle /><span>{note}</span></p> })}
                {(!meetings.is_empty())
                    .then(|| {
                        view! {
                            <h4>"Coming meetings"</h4>
                            <ul class="dates">{meetings.into_iter().map(|meeting| view! { <Meeting meeting /> }).collect_view()}</ul>
                        }
                    })}
                <p><a class="act muted" href=seat.release>"Give this seat away" <span class="hidden">": " {seat.title}</span></a></p>
            </div>
        </li>
    }
}

/// A meeting to which she can come, or not.
#[component]
fn Meeting(meeting: SeatMeeting) -> impl IntoView {
    let changes = expect_context::<Changes>();
    let button = format!("absence-{}", meeting.id);
    let press = {
        let button = button.clone();
        move |_| changes.pressed.set(Some(button.clone()))
    };
    let of = format!(" on {}", meeting.day);
    view! {
        <li>
            <span>
                <b>{meeting.day}</b>
                <small>{meeting.time} {meeting.beside.map(|beside| format!(" · {beside}"))}</small>
                {meeting.absent.then(|| view! { <small class="away">"We know that you are away."</small> })}
            </span>
            {if meeting.absent {
                view! {
                    <ActionForm action=changes.take_back attr:class="inline">
                        <input type="hidden" name="meeting" value=meeting.id />
                        <button class="act" type="submit" id=button on:click=press>
                            "I can come after all" <span class="hidden">{of}</span>
                        </button>
                    </ActionForm>
                }
                .into_any()
            } else {
                view! {
                    <ActionForm action=changes.tell attr:class="inline">
                        <input type="hidden" name="meeting" value=meeting.id />
                        <button class="act" type="submit" id=button on:click=press>
                            "I can’t come" <span class="hidden">{of}</span>
                        </button>
                    </ActionForm>
                }
                .into_any()
            }}
        </li>
    }
}
