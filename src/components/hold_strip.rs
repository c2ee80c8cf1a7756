//! The strip above the steps: until when the seat is held, how long that is, and a way to hold it longer.
//!
//! The server says how many seconds are left, by the database's clock; the browser only counts down. Without script the
//! strip says the end and the whole minutes that were left when the page was made. An offer cannot be held longer: its strip
//! leads back to the offer instead.

use super::seat_ring::{RingSize, SeatRing};
use crate::api::reserve::{HoldStrip, LetGoHold, RenewHold};
use leptos::{form::ActionForm, prelude::*};
use leptos_router::hooks::use_location;
use std::time::Duration;

/// "8 minutes left", "less than a minute left", "the time is over"; of an offer "about 11 hours left".
fn left(seconds: u32) -> String {
    match seconds.div_ceil(60) {
        minutes @ 120.. => format!("about {} hours left", (minutes + 30) / 60),
        0 => "the time is over".to_owned(),
        1 if seconds < 60 => "less than a minute left".to_owned(),
        1 => "1 minute left".to_owned(),
        minutes => format!("{minutes} minutes left"),
    }
}

/// The strip.
#[component]
pub fn HoldStripView(
    /// What it says.
    hold: HoldStrip,
    /// Slug of the group.
    slug: String,
    /// Id of the step's form. Without script "Hold longer" sends it, so that nothing typed is lost.
    #[prop(optional)]
    form: Option<&'static str>,
) -> impl IntoView {
    let renew = ServerAction::<RenewHold>::new();
    let let_go = ServerAction::<LetGoHold>::new();
    let location = use_location();
    let seconds = RwSignal::new(hold.seconds_left);
    let until = RwSignal::new(hold.until.clone());
    let can_renew = RwSignal::new(hold.can_renew);
    // Only a change of the words is announced: that is once a minute.
    let words = Memo::new(move |_| left(seconds.get()));
    // What was left, and when that was: counted from there and not tick by tick, since a sleeping phone skips ticks.
    let mark = RwSignal::new((hold.seconds_left, 0.0));
    Effect::new(move |_| {
        if let Some(Ok(renewed)) = renew.value().get() {
            until.set(renewed.until);
            can_renew.set(renewed.can_renew);
            seconds.set(renewed.seconds_left);
            mark.set((renewed.seconds_left, js_sys::Date::now()));
        }
    });
    Effect::new(move |_| {
        mark.update(|mark| mark.1 = js_sys::Date::now());
        let ticking = set_interval_with_handle(
            move || {
                let (first, at) = mark.get_untracked();
                let passed = ((js_sys::Date::now() - at) / 1000.0).max(0.0);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a cast from f64 saturates, and nothing here is negative"
                )]
                let passed = passed as u32;
                seconds.set(first.saturating_sub(passed));
            },
            Duration::from_secs(1),
        );
        if let Ok(ticking) = ticking {
            on_cleanup(move || ticking.clear());
        }
    });
    let problem = move || {
        renew.value().get().and_then(Result::err).map(|error| view! { <p class="error">{error.to_string()}</p> })
    };
    let pending = renew.pending();
    let (slug_renew, slug_go) = (slug.clone(), slug);
    if hold.lapsed {
        return view! {
            <section class="hold" aria-label="Your hold">
                <div class="wrap narrow">
                    <SeatRing counts=hold.counts size=RingSize::Bar />
                    <p>
                        <b>"The time is over."</b>
                        " "
                        <span class="muted">"Your answers are kept. If a seat is still free, it is yours when you confirm."</span>
                    </p>
                </div>
            </section>
        }
        .into_any();
    }
    view! {
        <section class="hold" aria-label="Your hold">
            <div class="wrap narrow">
                <SeatRing counts=hold.counts size=RingSize::Bar />
                <p>
                    <b>"Your seat is held until " {until} "."</b>
                    " "
                    <span class="muted" role="timer" aria-live="polite">{words}</span>
                </p>
                <div class="row">
                    <Show when=move || can_renew.get()>
                        {
                            let slug = slug_renew.clone();
                            match form {
                                Some(form) => view! {
                                    <button
                                        class="act"
                                        type="submit"
                                        form=form
                                        name="renew"
                                        value="true"
                                        aria-busy=move || pending.get().then_some("true")
                                        on:click=move |event| {
                                            event.prevent_default();
                                            renew.dispatch(RenewHold { slug: slug.clone(), back: String::new() });
                                        }
                                    >
                                        "Hold longer"
                                    </button>
                                }
                                .into_any(),
                                None => view! {
                                    <ActionForm action=renew attr:class="inline">
                                        <input type="hidden" name="slug" value=slug />
                                        <input type="hidden" name="back" value=move || location.pathname.get() />
                                        <button class="act" type="submit" aria-busy=move || pending.get().then_some("true")>
                                            "Hold longer"
                                        </button>
                                    </ActionForm>
                                }
                                .into_any(),
                            }
                        }
                    </Show>
                    {match hold.offer {
                        // Letting an offer go has a meaning for her place in line, which its own page says first.
                        Some(offer) => view! { <a class="act muted" href=offer>"See the offer"</a> }.into_any(),
                        None => view! {
                            <ActionForm action=let_go attr:class="inline">
                                <input type="hidden" name="slug" value=slug_go />
                                <button class="act muted" type="submit">"Let it go"</button>
                            </ActionForm>
                        }
                        .into_any(),
                    }}
                </div>
                {problem}
            </div>
            <progress
                class="thread"
                max=hold.of_seconds.to_string()
                value=move || seconds.get().to_string()
                aria-label="Time left of your hold"
            >
                {words}
            </progress>
        </section>
    }
    .into_any()
}
