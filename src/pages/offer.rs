//! An offer: a seat is free for the first in line. One thing to do, and a second that costs nothing the first time.

use crate::{
    api::{
        offers::{AcceptOffer, DeclineOffer, OfferPage as Data, OfferState, get_offer},
        waiting::LeaveLine,
    },
    components::{
        error_summary::ErrorSummary,
        form_state::form_state,
        frame::{Around, Frame},
        icon::{Icon, IconName},
        line::LeaveForm,
        loaded::loaded,
        seat_ring::{RingCenter, RingSize, SeatRing},
        submit::Submit,
    },
    paths,
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};
use leptos_router::hooks::{use_navigate, use_params_map};

/// The page.
#[component]
pub fn OfferPage() -> impl IntoView {
    let params = use_params_map();
    let page = Resource::new(move || params.with(|params| params.get("id")).unwrap_or_default(), get_offer);
    view! {
        <Title text="A seat is free for you" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    match page.state {
        OfferState::Open => view! { <Open page /> }.into_any(),
        OfferState::Taken => view! {
            <Past
                heading="This seat is yours."
                words=format!("You have a seat in “{}”, {}.", page.title, page.rhythm)
                go_on=page.go_on
            />
        }
        .into_any(),
        OfferState::Declined => view! {
            <Past
                heading="You said no to this seat."
                words=format!("The seat in “{}” went to the next in line. Your seats show where you stand now.", page.title)
            />
        }
        .into_any(),
        OfferState::Over => view! {
            <Past
                heading="This offer is over."
                words=format!(
                    "The seat in “{}” was held until its time was over, and then went to the next in line. Your seats show where you stand now.",
                    page.title
                )
            />
        }
        .into_any(),
    }
}

/// The offer while it waits for an answer, or for the rest of the steps.
#[component]
fn Open(page: Data) -> impl IntoView {
    let accept = ServerAction::<AcceptOffer>::new();
    let decline = ServerAction::<DeclineOffer>::new();
    let leave = ServerAction::<LeaveLine>::new();
    let navigate = use_navigate();
    Effect::new(move |_| {
        if matches!(leave.value().get(), Some(Ok(()))) {
            navigate(paths::SEATS, leptos_router::NavigateOptions::default());
        }
    });
    let form = form_state(page.form, move || {
        [accept.value().get(), decline.value().get(), leave.value().get()].into_iter().flatten().find(Result::is_err)
    });
    let first = (!page.first_meeting.is_empty()).then(|| format!("Your first meeting is {}. ", page.first_meeting));
    let id = page.id.clone();
    let beside = page.beside.map(|beside| format!(" ({beside})"));
    view! {
        <div class="wrap narrow top end offer">
            {if page.accepted {
                view! {
                    <h1>"Your seat waits for you."</h1>
                    <p class="lead">
                        "You have said yes to " <b>{page.title.clone()}</b> ", " {page.rhythm} {beside} ", with " {page.leader.name}
                        ". A few answers are still missing."
                    </p>
                }
                .into_any()
            } else {
                view! {
                    <h1>"A seat is free for you."</h1>
                    <p class="lead">
                        "You are first in line for " <b>{page.title.clone()}</b> ", " {page.rhythm} {beside} ", with "
                        {page.leader.name} "."
                    </p>
                }
                .into_any()
            }}
            <ErrorSummary form />
            <div class="offer-ring">
                <SeatRing
                    counts=page.seats.counts
                    size=RingSize::Page
                    center=RingCenter { count: 1, word: "seat, for you" }
                    forming=page.seats.forming
                />
            </div>
            <p class="center">
                "It waits for you until " <b>{page.until} " " {page.zone_label}</b> "." {page.quiet.then_some(" We never let an offer end at night.")}
            </p>
            <p class="center muted small">{first} {page.price} "; nothing is charged here."</p>
            <div class="stack">
                {match page.go_on {
                    Some(path) => view! {
                        <a class="button seat" href=path>"Go on with your seat"<Icon name=IconName::Arrow /></a>
                    }
                    .into_any(),
                    None => view! {
                        <ActionForm action=accept attr:class="inline">
                            <input type="hidden" name="id" value=id />
                            <Submit label="Take the seat" class="button seat" pending=accept.pending() />
                        </ActionForm>
                    }
                    .into_any(),
                }}
                <ActionForm action=decline attr:class="inline">
                    <input type="hidden" name="id" value=page.id />
                    <button class="button quiet" type="submit" aria-busy=move || decline.pending().get().then_some("true")>
                        {if page.decline_keeps_place { "Not this time, keep my place" } else { "Not this time, and leave the line" }}
                    </button>
                </ActionForm>
            </div>
            <div class="center muted small">
                <p>{page.decline_means}</p>
                <LeaveForm slug=page.slug title=page.title leave />
            </div>
        </div>
    }
}

/// An offer that needs no answer any more.
#[component]
fn Past(heading: &'static str, words: String, #[prop(default = None)] go_on: Option<String>) -> impl IntoView {
    view! {
        <div class="wrap narrow top end flow flow-l">
            <h1>{heading}</h1>
            <p class="lead">{words}</p>
            <div class="stack">
                {match go_on {
                    Some(path) => view! {
                        <a class="button" href=path>"See the confirmation"<Icon name=IconName::Arrow /></a>
                        <a class="button quiet" href=paths::SEATS>"My seats"<Icon name=IconName::Arrow /></a>
                    }
                    .into_any(),
                    None => view! { <a class="button" href=paths::SEATS>"My seats"<Icon name=IconName::Arrow /></a> }.into_any(),
                }}
            </div>
        </div>
    }
}
