//! A group's page: what happens here, for whom, who leads, when, and a seat.

use crate::{
    api::{
        groups::{ComingMeeting, GroupPage as Group, OutlineUnit, get_group, read_query},
        reserve::HoldSeat,
        waiting::JoinLine,
    },
    components::{
        authorities::Authorities,
        face::{Avatar, FaceSize},
        frame::{Around, Frame},
        head::{LinkedData, PageHead, Picture},
        icon::{Icon, IconName},
        live::Live,
        loaded::loaded,
        subscribe_form::SubscribePart,
        text::{Links, Questions},
        zone_line::ZoneLine,
    },
    domain::{finder::FinderQuery, place::Place},
    paths,
};
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};
use reserve::{Reserve, ReserveBar, live_standing};

mod reserve;

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
    // Groups like this one, where the reader said that she is.
    let like = FinderQuery {
        topics: group.topic.into_iter().collect(),
        kinds: if group.topic.is_none() { vec![group.kind] } else { Vec::new() },
        place: use_query_map().with_untracked(|query| query.get("state")).as_deref().and_then(Place::parse),
        ..FinderQuery::default()
    };
    let (closed, ended) = (group.has_closed, group.has_ended());
    let (back, back_words) = back_to_list(&group);
    // A closed group has no seats any more that could change.
    let followed: Vec<_> = (!closed).then(|| group.slug.clone()).into_iter().collect();
    let live = Live::follow(move || followed.clone());
    let standing = live_standing(live, &group);
    let (join, hold) = (ServerAction::<JoinLine>::new(), ServerAction::<HoldSeat>::new());
    let paragraphs = |texts: Vec<String>| texts.into_iter().map(|text| view! { <p>{text}</p> }).collect_view();
    let lines = |texts: Vec<String>| texts.into_iter().map(|text| view! { <li>{text}</li> }).collect_view();
    view! {
        <PageHead head=group.head.clone() picture=Picture::Circle />
        <LinkedData data=group.head.data.clone() />
        {closed.then(|| view! { <Meta name="robots" content="noindex" /> })}
        <div class="wrap top">
            <a class="back" href=back><Icon name=IconName::Back />{back_words}</a>
            <div class="split grouphead">
                <div class="grouptitle">
                    <h1>{group.title.clone()}</h1>
                    <p class="lead">{group.lead.clone()}</p>
                    <p class="who">
                        <Avatar initials=group.leader.initials.clone() id=group.leader.number />
                        <span class="w"><b>{group.leader.name.clone()}</b><span>{group.leader.profession.clone()}</span></span>
                    </p>
                    {(!ended).then(|| view! { <ZoneLine zone=group.zone.clone() /> })}
                </div>
                <Reserve group=group.clone() live standing join hold />
                <div class="groupbody">
                    {(!ended)
                        .then(|| {
                            view! {
                                <section class="part margin">
                                    <h2>"What happens here"</h2>
                                    <div class="prose">{paragraphs(group.happens)}</div>
                                </section>
                                <section class="part margin">
                                    <h2>"Who it is for"</h2>
                                    <div class="prose">
                                        <ul>{lines(group.for_whom)}</ul>
                                        <p class="muted">
                                            "It is not for a crisis. If you are in one, "<a href=paths::HELP_NOW>"get help now"</a>"."
                                        </p>
                                    </div>
                                </section>
                            }
                        })}
                    <section class="part margin">
                        <h2>{if ended { "Who led it" } else { "Your therapist" }}</h2>
                        <div class="therapist">
                            <Avatar initials=group.leader.initials.clone() id=group.leader.number size=FaceSize::Large />
                            <div class="flow">
                                <h3>
                                    {match group.leader_url {
                                        Some(url) => view! { <a href=url>{group.leader.name.clone()}</a> }.into_any(),
                                        None => view! { <span>{group.leader.name.clone()}</span> }.into_any(),
                                    }}
                                </h3>
                                {(!group.words.is_empty())
                                    .then(|| view! { <blockquote class="letter"><p>"“" {group.words.clone()} "”"</p></blockquote> })}
                                <p>{group.approach.clone()}</p>
                                <Authorities rows=group.authorities />
                            </div>
                        </div>
                    </section>
                    {(!group.coming.is_empty()).then(|| view! { <Coming meetings=group.coming /> })}
                    {(!ended)
                        .then(|| {
                            view! {
                                <Outline title=group.outline_title units=group.outline />
                                <section class="part margin">
                                    <h2>"What we agree on"</h2>
                                    <div class="prose">
                                        <ul>{lines(group.agreement)}</ul>
                                        <p><a href=format!("{}#group", paths::AGREEMENTS)>"Read the whole agreement"</a></p>
                                    </div>
                                </section>
                                <Questions questions=group.questions />
                            }
                        })}
                    <SubscribePart wish=like />
                    <section class="part margin">
                        <h2>"Read more"</h2>
                        <div>
                            <ul class="lines">
                                <li><a href=group.about.0>
                                    <span><b>{group.about.1}</b></span><Icon name=IconName::Arrow go=true />
                                </a></li>
                            </ul>
                            <Links links=group.read />
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
                                        <p><a href=paths::DBT_SKILLS>"About the DBT skills group"</a></p>
                                    </div>
                                </section>
                            }
                        })}
                </div>
            </div>
        </div>
        <ReserveBar group=bar live standing join hold />
    }
}

/// Back to the list that she came from, as she left it: its wishes came along in the address. Whoever came from elsewhere is
/// led to the groups where she lives.
fn back_to_list(group: &Group) -> (String, String) {
    let wish = read_query(&use_location().search.get_untracked());
    if wish.to_query().is_empty() {
        return group.back.clone();
    }
    let words = match wish.place {
        Some(Place::In(state)) => format!("Groups in {}", state.name()),
        _ => "Back to the list".to_owned(),
    };
    (paths::finder(&wish), words)
}

/// The next dates.
#[component]
fn Coming(meetings: Vec<ComingMeeting>) -> impl IntoView {
    view! {
        <section class="part margin">
            <h2>"Coming meetings"</h2>
            <ul class="dates">
                {meetings
                    .into_iter()
                    .map(|meeting| {
                        view! { <li><b>{meeting.day}</b><span>{meeting.time}</span><span>{meeting.unit}</span></li> }
                    })
                    .collect_view()}
            </ul>
        </section>
    }
}

/// The weeks of its curriculum, and where it is.
#[component]
fn Outline(title: String, units: Vec<OutlineUnit>) -> impl IntoView {
    view! {
        <section class="part margin">
            <h2>{title}</h2>
            <ol class="weeks">
                {units
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
    }
}
