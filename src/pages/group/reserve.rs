//! The ring of a group's page, the words, and the one button: a seat, an offer, or the line.

use crate::{
    api::{
        groups::{GroupPage as Group, SeatAction, get_group},
        reserve::HoldSeat,
        waiting::{JoinLine, LeaveLine, LineShown},
    },
    components::{
        icon::{Icon, IconName},
        line::{JoinForm, LeaveForm, Refused},
        live::Live,
        seat_ring::{RingCenter, RingSize, SeatRing},
        seats::Seats,
        submit::Submit,
    },
    paths,
};
use leptos::{form::ActionForm, prelude::*, task::spawn_local};
use leptos_router::hooks::{use_navigate, use_query_map};

/// How the reader stands to a seat and to the line.
#[derive(Clone, PartialEq)]
pub struct Standing {
    action: SeatAction,
    line: LineShown,
}

/// How she stands: asked again when the last seat goes, and when the first comes free.
pub fn live_standing(live: Live, group: &Group) -> RwSignal<Standing> {
    let standing = RwSignal::new(Standing { action: group.action.clone(), line: group.line.clone() });
    let can_hold = live.can_hold(group.slug.clone(), group.can_hold);
    let (slug, query) = (group.slug.clone(), use_query_map());
    Effect::new(move |before: Option<bool>| {
        let now = can_hold.get();
        if before.is_some_and(|before| before != now) {
            let text = |key: &str| query.with_untracked(|query| query.get(key)).unwrap_or_default();
            let asked = get_group(slug.clone(), text("state"), text("zone"));
            spawn_local(async move {
                if let Ok(page) = asked.await {
                    // Whoever has left the page meanwhile is shown nothing.
                    let _ = standing.try_set(Standing { action: page.action, line: page.line });
                }
            });
        }
        now
    });
    standing
}

/// What the reader can do here.
#[derive(Clone, PartialEq)]
enum Way {
    /// Something about a seat.
    Seat(SeatAction),
    /// A seat is offered to her; the path of the offer.
    Offer(String),
    /// She waits.
    Waits,
    /// She can wait.
    Join {
        /// Where she could go instead.
        instead: Option<(String, String)>,
    },
}

impl Way {
    fn of(standing: &Standing) -> Self {
        let line = &standing.line;
        match &standing.action {
            SeatAction::GoOn { path } if line.offer.as_ref() == Some(path) => Self::Offer(path.clone()),
            SeatAction::No { .. } if line.position.is_some() => Self::Waits,
            SeatAction::No { instead, .. } if line.can_join => Self::Join { instead: instead.clone() },
            action => Self::Seat(action.clone()),
        }
    }

    /// Whether its button stands in the bar of a phone.
    fn is_in_bar(&self) -> bool {
        !matches!(self, Self::Seat(SeatAction::Seated | SeatAction::No { .. }))
    }
}

/// The ring, the words and the one button.
#[component]
pub fn Reserve(
    group: Group,
    live: Live,
    standing: RwSignal<Standing>,
    join: ServerAction<JoinLine>,
    hold: ServerAction<HoldSeat>,
) -> impl IntoView {
    if group.has_closed {
        return view! { <NoSeats group standing hold /> }.into_any();
    }
    let line = live.line(group.slug.clone(), group.seats.clone());
    let sentence = live.sentence(group.slug.clone(), group.seats_sentence.clone());
    let counts = Signal::derive(move || line.with(|line| line.counts));
    let forming = Signal::derive(move || line.with(|line| line.forming));
    let way = Memo::new(move |_| standing.with(Way::of));
    let center = Signal::derive(move || {
        let waiting = standing.with(|standing| standing.line.waiting);
        way.with(|way| match way {
            Way::Offer(_) => RingCenter { count: 1, word: "seat, for you" },
            Way::Waits | Way::Join { .. } if waiting > 0 => {
                RingCenter { count: u16::try_from(waiting).unwrap_or(u16::MAX), word: "in line" }
            }
            _ => {
                let free = counts.get().free();
                RingCenter { count: u16::from(free), word: if free == 1 { "seat free" } else { "seats free" } }
            }
        })
    });
    let class = move || if way.with(Way::is_in_bar) { "reserve barred" } else { "reserve" };
    let meets = group.meets;
    let label = move || {
        if !meets {
            return "How this group stands";
        }
        if way.with(|way| matches!(way, Way::Waits | Way::Join { .. })) { "The line" } else { "Reserve a seat" }
    };
    view! {
        <aside class=class aria-label=label>
            {if meets {
                view! {
                    <SeatRing counts size=RingSize::Page center forming />
                    <p class="reserve-text">{sentence} " " {group.terms_sentence.clone()}</p>
                }
                .into_any()
            } else {
                // Where nothing can be done, the reason says it.
                let says_no = move || way.with(|way| matches!(way, Way::Seat(SeatAction::No { .. })));
                view! { <Show when=move || !says_no()><p class="reserve-text">{sentence}</p></Show> }.into_any()
            }}
            {move || {
                let group = group.clone();
                let line = standing.with(|standing| standing.line.clone());
                match way.get() {
                    Way::Seat(action) => {
                        let can = is_possible(&action);
                        view! {
                            <Act action slug=group.slug hold />
                            {can.then(|| view! { <p class="small muted">"We hold it for " {group.hold_words} ". You pay nothing today."</p> })}
                        }
                            .into_any()
                    }
                    Way::Offer(path) => view! {
                        <a class="button seat" href=path>"See your offer"<Icon name=IconName::Arrow /></a>
                        <p class="small muted">"You were first in line. The seat is held for you."</p>
                    }
                    .into_any(),
                    Way::Waits => view! { <Waits slug=group.slug title=group.title line /> }.into_any(),
                    Way::Join { instead } => view! {
                        <Join slug=group.slug key=line.key ask=line.ask join />
                        <p class="small muted">{line.means}</p>
                        {instead.map(|(url, words)| view! { <p><a class="act" href=url>{words}</a></p> })}
                    }
                    .into_any(),
                }
            }}
        </aside>
    }
    .into_any()
}

/// A closed group: how it stands, and where others like it are. Whoever has a seat finds it until the last meeting.
#[component]
fn NoSeats(group: Group, standing: RwSignal<Standing>, hold: ServerAction<HoldSeat>) -> impl IntoView {
    let action = standing.with_untracked(|standing| standing.action.clone());
    let has_seat = action == SeatAction::Seated;
    view! {
        <aside class="reserve" aria-label="How this group stands">
            {has_seat
                .then(|| {
                    view! { <p class="note"><Icon name=IconName::Circle /><span>{group.seats_sentence}</span></p> }
                })}
            <Act action slug=group.slug hold />
        </aside>
    }
}

/// On a phone: the same button in a bar at the bottom, so that it is never out of reach. Its wishes are those of the ring, which
/// says what stood in the way.
#[component]
pub fn ReserveBar(
    group: Group,
    live: Live,
    standing: RwSignal<Standing>,
    join: ServerAction<JoinLine>,
    hold: ServerAction<HoldSeat>,
) -> impl IntoView {
    let line = live.line(group.slug.clone(), group.seats.clone());
    move || {
        let (slug, Standing { line: shown, .. }) = (group.slug.clone(), standing.get());
        let way = standing.with(Way::of);
        way.is_in_bar().then(|| {
            let words = matches!(way, Way::Waits).then_some(shown.words);
            let line = Signal::derive(move || {
                let mut seats = line.get();
                if let Some(words) = words.clone() {
                    seats.sub = std::mem::replace(&mut seats.text, words);
                }
                seats
            });
            view! {
                <div class="reservebar">
                    <div class="wrap">
                        <Seats line size=RingSize::Bar />
                        {match way {
                            Way::Seat(action) => view! { <Act action slug hold small=true /> }.into_any(),
                            Way::Offer(path) => view! {
                                <a class="button seat small" href=path>"See your offer"<Icon name=IconName::Arrow /></a>
                            }
                            .into_any(),
                            Way::Waits => view! {
                                <a class="button quiet small" href=paths::SEATS>"My seats"<Icon name=IconName::Arrow /></a>
                            }
                            .into_any(),
                            Way::Join { .. } => view! {
                                <Join slug key=shown.key ask=shown.ask join small=true />
                            }
                            .into_any(),
                        }}
                    </div>
                </div>
            }
        })
    }
}

/// The one action of a full group: at once where everything is known, else by the page that asks.
#[component]
fn Join(
    slug: String,
    key: String,
    ask: bool,
    join: ServerAction<JoinLine>,
    #[prop(optional)] small: bool,
) -> impl IntoView {
    let class = if small { "button small" } else { "button" };
    if ask {
        view! {
            <a class=class href=paths::reserve(&slug) rel="external">"Join the line"<Icon name=IconName::Arrow /></a>
        }
        .into_any()
    } else {
        view! { <JoinForm slug key small join /> }.into_any()
    }
}

/// Her place, and the way out.
#[component]
fn Waits(slug: String, title: String, line: LineShown) -> impl IntoView {
    let leave = ServerAction::<LeaveLine>::new();
    let navigate = use_navigate();
    Effect::new(move |_| {
        if matches!(leave.value().get(), Some(Ok(()))) {
            navigate(paths::SEATS, leptos_router::NavigateOptions::default());
        }
    });
    view! {
        <p class="note seat"><Icon name=IconName::Circle /><span>"You are " <b>{line.words}</b> "."</span></p>
        <p class="small muted">{line.means}</p>
        <a class="button quiet" href=paths::SEATS>"My seats and lines"<Icon name=IconName::Arrow /></a>
        <LeaveForm slug title leave />
        <Refused answer=Signal::derive(move || leave.value().get()) />
    }
}

/// Whether a seat can be taken, or gone on with.
fn is_possible(action: &SeatAction) -> bool {
    matches!(action, SeatAction::Ask | SeatAction::Hold { .. } | SeatAction::GoOn { .. })
}

#[component]
fn Act(action: SeatAction, slug: String, hold: ServerAction<HoldSeat>, #[prop(optional)] small: bool) -> impl IntoView {
    let class = if small { "button seat small" } else { "button seat" };
    let label = if small { "Reserve" } else { "Reserve a seat" };
    match action {
        SeatAction::Ask => view! {
            <a class=class href=paths::reserve(&slug) rel="external">{label}<Icon name=IconName::Arrow /></a>
        }
        .into_any(),
        SeatAction::Hold { key } => view! {
            <ActionForm action=hold attr:class="inline">
                <input type="hidden" name="slug" value=slug />
                <input type="hidden" name="key" value=key />
                <Submit label class pending=hold.pending() />
            </ActionForm>
            {(!small).then(|| view! { <Refused answer=Signal::derive(move || hold.value().get()) /> })}
        }
        .into_any(),
        SeatAction::GoOn { path } => {
            view! { <a class=class href=path>{if small { "Go on" } else { "Go on with your seat" }}<Icon name=IconName::Arrow /></a> }
                .into_any()
        }
        SeatAction::Seated => view! {
            <a class="button" href=paths::PROGRAM>"You have a seat here"<Icon name=IconName::Arrow /></a>
        }
        .into_any(),
        SeatAction::No { reason, instead } => view! {
            <p class="note"><Icon name=IconName::Circle /><span>{reason}</span></p>
            {instead.map(|(url, words)| view! { <a class="button quiet" href=url>{words}<Icon name=IconName::Arrow /></a> })}
        }
        .into_any(),
    }
}
