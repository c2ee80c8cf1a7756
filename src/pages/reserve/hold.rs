//! Before the hold: where will you be, are you 18. Nothing is held by looking at this page.

use crate::{
    api::{
        form::FormState,
        reserve::{HoldPage as Data, HoldSeat, get_hold_page},
        waiting::JoinLine,
    },
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
    domain::place::UsState,
    error::AppError,
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
    let hold = ServerAction::<HoldSeat>::new();
    let join = ServerAction::<JoinLine>::new();
    let form = form_state(page.form, move || hold.value().get().or_else(|| join.value().get()));
    let (group, line) = (page.group, page.line);
    let is_full = page.refusal.is_some();
    let heading = if is_full && line.can_join { "A place in line" } else { "A seat for you" };
    let free = group.seats.counts.free();
    let center = if is_full && line.waiting > 0 {
        RingCenter { count: u16::try_from(line.waiting).unwrap_or(u16::MAX), word: "in line" }
    } else {
        RingCenter { count: u16::from(free), word: if free == 1 { "seat free" } else { "seats free" } }
    };
    // Where the last seat went while she answered, the page that comes next time has the line.
    let just_full = move || hold.value().get().and_then(Result::err).as_ref().is_some_and(AppError::is_about_no_seat);
    let again = paths::reserve(&group.slug);
    let slug = group.slug.clone();
    view! {
        <div class="wrap narrow top end">
            <a class="back" href=paths::group(&group.slug)><Icon name=IconName::Back />{group.title.clone()}</a>
            <h1>{heading}</h1>
            <p class="lead">
                {if group.meets() { format!("{}, {}", group.title, group.rhythm) } else { group.title.clone() }}
                ", with " {group.leader.name.clone()} "."
            </p>
            // Without a meeting there is no seat to show.
            {group
                .meets()
                .then(|| {
                    view! {
                        <div class="offer-ring">
                            <SeatRing counts=group.seats.counts size=RingSize::Page center=center forming=group.seats.forming />
                        </div>
                    }
                })}
            {match page.refusal {
                Some((reason, instead)) if line.position.is_some() => view! {
                    <p class="note seat"><Icon name=IconName::Circle /><span>{reason} " You are " <b>{line.words}</b> "."</span></p>
                    <div class="stack">
                        <a class="button" href=paths::SEATS>"My seats and lines"<Icon name=IconName::Arrow /></a>
                        {instead.map(|(url, words)| view! { <a class="button quiet" href=url>{words}<Icon name=IconName::Arrow /></a> })}
                    </div>
                }
                .into_any(),
                Some((reason, instead)) if line.can_join => view! {
                    <p class="note">
                        <Icon name=IconName::Circle />
                        <span>{reason} {(!line.words.is_empty()).then(|| format!(" {}.", line.words))}</span>
                    </p>
                    <ErrorSummary form />
                    <ActionForm action=join attr:class="flow-form" attr:novalidate="">
                        <input type="hidden" name="slug" value=slug />
                        <input type="hidden" name="key" value=line.key />
                        {line
                            .ask
                            .then(|| {
                                view! { <Questions form place=true adult=page.ask_adult first=page.leader_states /> }
                            })}
                        <Submit label="Join the line" pending=join.pending() />
                        <p class="small muted">{line.means}</p>
                    </ActionForm>
                    {instead.map(|(url, words)| view! { <p><a class="act" href=url>{words}</a></p> })}
                }
                .into_any(),
                Some((reason, instead)) => view! {
                    <p class="note"><Icon name=IconName::Circle /><span>{reason}</span></p>
                    <div class="stack">
                        {instead.map(|(url, words)| view! { <a class="button" href=url>{words}<Icon name=IconName::Arrow /></a> })}
                    </div>
                }
                .into_any(),
                None => view! {
                    <ErrorSummary form />
                    <Show when=just_full>
                        <p><a class="act" href=again.clone() rel="external">"See the line of this group"<Icon name=IconName::Arrow /></a></p>
                    </Show>
                    <ActionForm action=hold attr:class="flow-form" attr:novalidate="">
                        <input type="hidden" name="slug" value=slug />
                        <input type="hidden" name="key" value=page.key />
                        <Questions form place=page.ask_place adult=page.ask_adult first=page.leader_states />
                        <Submit label="Hold a seat" class="button seat" pending=hold.pending() />
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

/// Where she is and whether she is of age: asked before a hold and before a place in line, as far as it is unknown.
#[component]
fn Questions(form: Signal<FormState>, place: bool, adult: bool, first: Vec<UsState>) -> impl IntoView {
    let ticked = form.with_untracked(|form| form.value("adult") == "true");
    view! {
        {place
            .then(|| {
                view! {
                    <StateField
                        form
                        label="Where will you be during the meetings?"
                        hint="The state you are in when we meet, not the one on your license."
                        first
                    />
                }
            })}
        {adult
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
    }
}
