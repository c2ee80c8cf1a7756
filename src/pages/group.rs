//! A group's page: what happens here, for whom, who leads, when, and a seat.

use crate::{
    api::{
        groups::{GroupPage as Group, SeatAction, get_group},
        reserve::HoldSeat,
    },
    components::{
        face::{Avatar, FaceSize},
        frame::{Around, Frame},
        icon::{Icon, IconName},
        live::Live,
        loaded::loaded,
        seat_ring::{RingCenter, RingSize, SeatRing},
        seats::Seats,
        submit::Submit,
        zone_line::ZoneLine,
    },
    paths,
};
use leptos::{form::ActionForm, prelude::*, task::spawn_local};
use leptos_meta::{Link, Meta, Title};
use leptos_router::hooks::{use_params_map, use_query_map};

/// The page.
#[component]
pub fn GroupPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let text = |key: &str| query.with(|query| query.get(key)).unwrap_or_default();
        (params.with(|params| params.get("slug")).unwrap_or_default(), text("state"), text("zone"))
    });
    let group = Resource::new(move || asked.get(), |(slug, state, zone)| get_group(slug, state, zone));
    view! {
        <Frame around=Around::Public current=paths::GROUPS>{loaded(group, |group| view! { <Content group /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(group: Group) -> impl IntoView {
    let bar = group.clone();
    let title = format!("{}, {}", group.title, group.rhythm);
    let ended = group.has_ended;
    // One that has ended has no seats any more that could change.
    let followed: Vec<_> = (!ended).then(|| group.slug.clone()).into_iter().collect();
    let live = Live::follow(move || followed.clone());
    let action = live_action(live, &group);
    let paragraphs = |texts: Vec<String>| texts.into_iter().map(|text| view! { <p>{text}</p> }).collect_view();
    let lines = |texts: Vec<String>| texts.into_iter().map(|text| view! { <li>{text}</li> }).collect_view();
    view! {
        <Title text=title />
        <Meta name="description" content=group.summary.clone() />
        <Link rel="canonical" href=paths::group(&group.slug) />
        {ended.then(|| view! { <Meta name="robots" content="noindex" /> })}
        <div class="wrap top">
            <a class="back" href=group.back.0.clone()><Icon name=IconName::Back />{group.back.1.clone()}</a>
            <div class="split grouphead">
                <div class="grouptitle">
                    <h1>{group.title.clone()}</h1>
                    <p class="lead">
                        {group.summary.clone()} " " {group.rhythm.clone()} "."
                        {group.beside.clone().map(|beside| format!(" {beside}."))}
                    </p>
                    <p class="who">
                        <Avatar initials=group.leader.initials.clone() id=group.leader.number />
                        <span class="w"><b>{group.leader.name.clone()}</b><span>{group.leader.profession.clone()}</span></span>
                    </p>
                    <ZoneLine zone=group.zone.clone() />
                </div>
                <Reserve group=group.clone() live action />
                <div class="groupbody">
                    <section class="part margin"><h2>"What happens here"</h2><div class="prose">{paragraphs(group.happens)}</div></section>
                    <section class="part margin">
                        <h2>"Who it is for"</h2>
                        <div class="prose">
                            <ul>{lines(group.for_whom)}</ul>
                            <p class="muted">
                                "It is not for a crisis. If you are in one, "<a href=paths::HELP_NOW>"get help now"</a>"."
                            </p>
                        </div>
                    </section>
                    <section class="part margin">
                        <h2>"Your therapist"</h2>
                        <div class="therapist">
                            <Avatar initials=group.leader.initials.clone() id=group.leader.number size=FaceSize::Large />
                            <div class="flow">
                                <h3>{group.leader.name.clone()}</h3>
                                {(!group.words.is_empty())
                                    .then(|| view! { <blockquote class="letter"><p>"“" {group.words.clone()} "”"</p></blockquote> })}
                                <p>{group.approach.clone()}</p>
                                <div class="scroll" tabindex="0" role="group" aria-label="Licenses">
                                    <table class="table">
                                        <caption class="hidden">"Licenses"</caption>
                                        <thead><tr>
                                            <th scope="col">"State"</th><th scope="col">"License"</th>
                                            <th scope="col">"Valid to"</th><th scope="col">"We checked"</th>
                                        </tr></thead>
                                        <tbody>
                                            {group
                                                .authorities
                                                .into_iter()
                                                .map(|row| {
                                                    view! {
                                                        <tr>
                                                            <th scope="row">{row.state}</th><td>{row.license}</td>
                                                            <td class="num">{row.valid_to}</td><td class="num">{row.checked}</td>
                                                        </tr>
                                                    }
                                                })
                                                .collect_view()}
                                        </tbody>
                                    </table>
                                </div>
                            </div>
                        </div>
                    </section>
                    <section class="part margin">
                        <h2>"Coming meetings"</h2>
                        <ul class="dates">
                            {group
                                .coming
                                .into_iter()
                                .map(|meeting| {
                                    view! { <li><b>{meeting.day}</b><span>{meeting.time}</span><span>{meeting.unit}</span></li> }
                                })
                                .collect_view()}
                        </ul>
                    </section>
                    <section class="part margin">
                        <h2>{group.outline_title}</h2>
                        <ol class="weeks">
                            {group
                                .outline
                                .into_iter()
                                .map(|unit| {
                                    let class = match unit.when {
                                        -1 => "past",
                                        0 => "now",
                                        _ => "",
                                    };
                                    let here = (unit.when == 0).then_some("step");
                                    view! {
                                        <li class=class aria-current=here>
                                            <span><b>{unit.title}</b><small>{unit.summary}</small></span>
                                        </li>
                                    }
                                })
                                .collect_view()}
                        </ol>
                    </section>
                    <section class="part margin">
                        <h2>"What we agree on"</h2>
                        <div class="prose">
                            <ul>{lines(group.agreement)}</ul>
                            <p><a href=format!("{}#group", paths::AGREEMENTS)>"Read the whole agreement"</a></p>
                        </div>
                    </section>
                    <section class="part margin">
                        <h2>"Questions"</h2>
                        <div>
                            {group
                                .questions
                                .into_iter()
                                .map(|(question, answer)| {
                                    view! { <details class="ask"><summary>{question}</summary><p>{answer}</p></details> }
                                })
                                .collect_view()}
                        </div>
                    </section>
                    {group
                        .elsewhere
                        .map(|elsewhere| {
                            view! {
                                <section class="part margin end">
                                    <h2>"You live elsewhere?"</h2>
                                    <div class="prose">
                                        <p>{elsewhere}</p>
                                        <p><a href="/groups?kind=skills">"See the DBT skills groups"</a></p>
                                    </div>
                                </section>
                            }
                        })}
                </div>
            </div>
        </div>
        <ReserveBar group=bar live action />
    }
}

/// The ring, the words and the one button.
#[component]
fn Reserve(group: Group, live: Live, action: RwSignal<SeatAction>) -> impl IntoView {
    let line = live.line(group.slug.clone(), group.seats.clone());
    let sentence = live.sentence(group.slug.clone(), group.seats_sentence.clone());
    let counts = Signal::derive(move || line.with(|line| line.counts));
    let forming = Signal::derive(move || line.with(|line| line.forming));
    let center = Signal::derive(move || {
        let free = counts.get().free();
        RingCenter { count: u16::from(free), word: if free == 1 { "seat free" } else { "seats free" } }
    });
    let hold = ServerAction::<HoldSeat>::new();
    let can = move || action.with(is_possible);
    let slug = group.slug.clone();
    view! {
        <aside class="reserve" aria-label="Reserve a seat">
            <SeatRing counts size=RingSize::Page center forming />
            <p class="reserve-text">{sentence} " " {group.terms_sentence.clone()}</p>
            {move || view! { <Act action=action.get() slug=slug.clone() hold /> }}
            {move || can().then(|| view! { <p class="small muted">"We hold it for ten minutes. You pay nothing today."</p> })}
        </aside>
    }
}

/// On a phone: the same button in a bar at the bottom, so that it is never out of reach.
#[component]
fn ReserveBar(group: Group, live: Live, action: RwSignal<SeatAction>) -> impl IntoView {
    let hold = ServerAction::<HoldSeat>::new();
    let line = live.line(group.slug.clone(), group.seats.clone());
    move || {
        let slug = group.slug.clone();
        action.with(is_possible).then(|| {
            view! {
                <div class="reservebar">
                    <div class="wrap">
                        <Seats line size=RingSize::Bar />
                        <Act action=action.get() slug hold small=true />
                    </div>
                </div>
            }
        })
    }
}

/// What she can do about a seat: asked again when the last one goes, and when the first comes free.
fn live_action(live: Live, group: &Group) -> RwSignal<SeatAction> {
    let action = RwSignal::new(group.action.clone());
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
                    let _ = action.try_set(page.action);
                }
            });
        }
        now
    });
    action
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
            {move || {
                let wrong = (!small).then(|| hold.value().get().and_then(Result::err)).flatten();
                wrong.map(|error| view! { <p class="error" role="alert"><Icon name=IconName::Alert /><span>{error.to_string()}</span></p> })
            }}
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
