//! Before the hold: where will you be, are you 18. Nothing is held by looking at this page.

use crate::{
    api::reserve::{HoldPage as Data, HoldSeat, get_hold_page},
    components::{
        error_summary::ErrorSummary,
        field::FieldMessage,
        form_state::form_state,
        frame::{Around, Frame},
        icon::{Icon, IconName},
        loaded::loaded,
        seat_ring::{RingCenter, RingSize, SeatRing},
        state_select::StateField,
        submit::Submit,
    },
    paths,
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};

/// The page.
#[component]
pub fn HoldPage() -> impl IntoView {
    let page = Resource::new(super::slug(), get_hold_page);
    view! {
        <Title text="Hold a seat" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let action = ServerAction::<HoldSeat>::new();
    let form = form_state(page.form, move || action.value().get());
    let group = page.group;
    let free = group.seats.counts.free();
    let center = RingCenter { count: u16::from(free), word: if free == 1 { "seat free" } else { "seats free" } };
    let ticked = form.with_untracked(|form| form.value("adult") == "true");
    let ask_adult = page.ask_adult;
    view! {
        <div class="wrap narrow top end">
            <a class="back" href=paths::group(&group.slug)><Icon name=IconName::Back />{group.title.clone()}</a>
            <h1>"A seat for you"</h1>
            <p class="lead">{group.title.clone()} ", " {group.rhythm.clone()} ", with " {group.leader.name.clone()} "."</p>
            <div class="offer-ring">
                <SeatRing counts=group.seats.counts size=RingSize::Page center=center forming=group.seats.forming />
            </div>
            {match page.refusal {
                Some((reason, instead)) => view! {
                    <p class="note"><Icon name=IconName::Circle /><span>{reason}</span></p>
                    <div class="stack">
                        {instead.map(|(url, words)| view! { <a class="button" href=url>{words}<Icon name=IconName::Arrow /></a> })}
                    </div>
                }
                .into_any(),
                None => view! {
                    <ErrorSummary form />
                    <ActionForm action attr:class="flow-form" attr:novalidate="">
                        <input type="hidden" name="slug" value=group.slug />
                        <input type="hidden" name="key" value=page.key />
                        {page
                            .ask_place
                            .then(|| {
                                view! {
                                    <StateField
                                        form
                                        label="Where will you be during the meetings?"
                                        hint="The state you are in when we meet, not the one on your license."
                                        first=page.leader_states
                                    />
                                }
                            })}
                        {ask_adult
                            .then(|| {
                                view! {
                                    <div class="field" class:bad=move || form.with(|form| form.error("adult").is_some())>
                                        <FieldMessage form name="adult" />
                                        <label class="choice solo">
                                            <input
                                                type="checkbox"
                                                id="adult"
                                                name="adult"
                                                value="true"
                                                checked=ticked
                                                aria-describedby=move || form.with(|form| form.error("adult")).map(|_| "adult-error")
                                            />
                                            <span>"I am 18 or older"</span>
                                        </label>
                                    </div>
                                }
                            })}
                        <Submit label="Hold a seat" class="button seat" pending=action.pending() />
                        <p class="small muted">
                            "We hold it for " {page.hold_words} " while you answer a few questions. You pay nothing today."
                        </p>
                    </ActionForm>
                }
                .into_any(),
            }}
        </div>
    }
}
