//! The member's seats in one place: what waits for an answer first, then what she has, then what she waits for.

use crate::{
    api::{
        seats::{EndedGroup, MyOffer, SeatsPage as Data, TakeBackAbsence, TellAbsence, get_seats},
        waiting::LeaveLine,
    },
    components::{
        error_summary::ErrorSummary,
        form_state::form_state,
        frame::{Around, Frame},
        group_row::GroupRowView,
        holds::Holds,
        icon::{Icon, IconName},
        loaded::loaded,
        scene::{Scene, ScenePlace},
        zone_line::ZoneLine,
    },
    error::AppError,
    paths,
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

mod line;
mod release;
mod seat;

pub use release::ReleasePage;

/// What can be changed on the page. The actions outlive what the page shows: it is asked for again after each change.
#[derive(Clone, Copy)]
struct Changes {
    tell: ServerAction<TellAbsence>,
    take_back: ServerAction<TakeBackAbsence>,
    leave: ServerAction<LeaveLine>,
    /// The last answer to any of them.
    answer: RwSignal<Option<Result<(), AppError>>>,
    /// The meeting whose button was pressed last, so that the focus can go back there.
    pressed: RwSignal<Option<String>>,
}

/// The page.
#[component]
pub fn SeatsPage() -> impl IntoView {
    let changes = Changes {
        tell: ServerAction::new(),
        take_back: ServerAction::new(),
        leave: ServerAction::new(),
        answer: RwSignal::new(None),
        pressed: RwSignal::new(None),
    };
    provide_context(changes);
    let changed = RwSignal::new(0_u32);
    let note = move |answer: Option<Result<(), AppError>>| {
        if let Some(answer) = answer {
            if answer.is_ok() {
                changed.update(|times| *times += 1);
            }
            changes.answer.set(Some(answer));
        }
    };
    Effect::new(move |_| note(changes.tell.value().get()));
    Effect::new(move |_| note(changes.take_back.value().get()));
    Effect::new(move |_| note(changes.leave.value().get()));
    let page = Resource::new(move || changed.get(), |_| get_seats());
    view! {
        <Title text="My seats" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Member current=paths::SEATS>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let changes = expect_context::<Changes>();
    let form = form_state(page.form, move || changes.answer.get());
    // What is shown is new after each change; whoever pressed a button finds the focus where she left it.
    Effect::new(move |_| {
        if let Some(id) = changes.pressed.get_untracked() {
            changes.pressed.set(None);
            seat::focus(&id);
        }
    });
    if page.seats.is_empty() && page.holds.is_empty() && page.offers.is_empty() && page.lines.is_empty() {
        return view! { <Nothing is_member=page.is_member ended=page.ended form /> }.into_any();
    }
    let (seats, lines) = (page.seats, page.lines);
    view! {
        <div class="wrap top end myseats">
            <h1>"My seats"</h1>
            <ErrorSummary form />
            {page.offers.into_iter().map(|offer| view! { <Offer offer /> }).collect_view()}
            <Holds holds=page.holds class="part margin" />
            {(!seats.is_empty())
                .then(|| {
                    view! {
                        <section class="part margin">
                            <h2>"Your seats"</h2>
                            <ul class="slots">{seats.into_iter().map(|seat| view! { <seat::Seat seat /> }).collect_view()}</ul>
                        </section>
                    }
                })}
            {(!lines.is_empty())
                .then(|| {
                    view! {
                        <section class="part margin">
                            <h2>"Where you wait"</h2>
                            <ul class="slots">{lines.into_iter().map(|line| view! { <line::Line line /> }).collect_view()}</ul>
                        </section>
                    }
                })}
            <Ended ended=page.ended />
            <section class="part"><ZoneLine zone=page.zone /></section>
        </div>
    }
    .into_any()
}

/// A seat that waits for her answer: the one clay button of the page.
#[component]
fn Offer(offer: MyOffer) -> impl IntoView {
    let (heading, label) = if offer.accepted {
        ("Your seat waits for you", "Go on with your seat")
    } else {
        ("A seat is free for you", "See your offer")
    };
    view! {
        <section class="part margin">
            <h2>{heading}</h2>
            <div class="flow">
                <p><b>{offer.title}</b> ", " {offer.rhythm} ". It waits for you until " <b>{offer.until} " " {offer.zone_label}</b> "."</p>
                <p><a class="button seat" href=offer.path>{label}<Icon name=IconName::Arrow /></a></p>
            </div>
        </section>
    }
}

/// Groups of hers that end, and others that fit.
#[component]
fn Ended(ended: Vec<EndedGroup>) -> impl IntoView {
    ended
        .into_iter()
        .map(|group| {
            let rows = group.fitting.into_iter().map(|row| view! { <GroupRowView row /> }).collect::<Vec<_>>();
            view! {
                <section class="part margin">
                    <h2>{group.title}</h2>
                    <div class="flow">
                        <p>{group.words} {(!rows.is_empty()).then_some(" These fit you and have a seat free.")}</p>
                        {if rows.is_empty() {
                            view! { <p><a class="act" href=paths::GROUPS>"Find another group"<Icon name=IconName::Arrow /></a></p> }
                                .into_any()
                        } else {
                            view! { <ul class="slots">{rows}</ul> }.into_any()
                        }}
                    </div>
                </section>
            }
        })
        .collect_view()
}

/// Before the first seat, and after the last one.
#[component]
fn Nothing(is_member: bool, ended: Vec<EndedGroup>, form: Signal<crate::api::form::FormState>) -> impl IntoView {
    view! {
        <div class="wrap narrow top flow flow-l">
            <figure class="figure"><Scene place=ScenePlace::Empty label="A circle of chairs that waits." /></figure>
            {if is_member {
                view! {
                    <h1>"You have no seat at the moment."</h1>
                    <ErrorSummary form />
                    <p class="lead">"When you hold a seat, have one or wait for one, you find it here."</p>
                    <a class="button" href=paths::GROUPS>"Find a group"<Icon name=IconName::Arrow /></a>
                }
                .into_any()
            } else {
                view! {
                    <h1>"Seats are for members."</h1>
                    <p class="lead">"You are signed in with an account of the practice. It holds no seats."</p>
                    <a class="button quiet" href=paths::GROUPS>"See the groups"<Icon name=IconName::Arrow /></a>
                }
                .into_any()
            }}
        </div>
        <div class="wrap end"><Ended ended /></div>
    }
}
