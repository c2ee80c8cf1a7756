//! The DBT skills group: what it is, who leads it, the twelve weeks, where each group stands, when a round begins.

use crate::{
    api::topics::{DbtPage as Dbt, LeaderLine, Position, Week, get_dbt_skills},
    components::{
        face::{Avatar, FaceSize},
        frame::{Around, Frame},
        head::{LinkedData, PageHead, Picture},
        icon::{Icon, IconName},
        loaded::loaded,
        text::{Drawn, Fitting, Links, Questions, ReadMore, Sections, SubscribeLike},
    },
    paths,
};
use leptos::prelude::*;

/// The page.
#[component]
pub fn DbtSkillsPage() -> impl IntoView {
    let page = Resource::new(|| (), |()| get_dbt_skills());
    view! {
        <Frame around=Around::Public current=paths::DBT_SKILLS>
            {loaded(page, |page| view! { <Content page /> }.into_any())}
        </Frame>
    }
}

#[component]
fn Content(page: Dbt) -> impl IntoView {
    let wish = page.groups.wish.clone();
    view! {
        <PageHead head=page.head.clone() picture=Picture::Steps />
        <LinkedData data=page.head.data />
        <section class="topichead">
            <div class="wrap topicgrid">
                <div>
                    <h1>{page.name}</h1>
                    <p class="lead">{page.lead}</p>
                    <p class="gap"><a class="button" href="#groups" rel="external">"See days and free seats"<Icon name=IconName::Down /></a></p>
                </div>
                <Drawn drawing=page.drawing />
            </div>
        </section>
        <div class="wrap"><Sections sections=page.sections /></div>
        <Fitting groups=page.groups />
        <div class="wrap end">
            <Positions positions=page.positions />
            {(!page.starts.is_empty())
                .then(|| {
                    view! {
                        <section class="part margin">
                            <h2>"Next first weeks"</h2>
                            <div>
                                <p class="prose gapped">"You need not wait for one. If you would like to begin at the beginning, these are the days."</p>
                                <Links links=page.starts />
                            </div>
                        </section>
                    }
                })}
            <Leaders leaders=page.leaders />
            <Weeks weeks=page.weeks />
            <SubscribeLike wish />
            <Questions questions=page.questions />
            <ReadMore read=page.read />
        </div>
    }
}

/// Where each running group is this week.
#[component]
fn Positions(positions: Vec<Position>) -> impl IntoView {
    (!positions.is_empty()).then(|| {
        view! {
            <section class="part margin">
                <h2>"Where the groups are now"</h2>
                <ul class="lines">
                    {positions
                        .into_iter()
                        .map(|position| {
                            view! {
                                <li><a href=position.url>
                                    <span>
                                        <b>{position.title}</b>
                                        <small>{position.rhythm}</small>
                                        <small>{format!("{}, on {}.", position.now, position.next)}</small>
                                        <small>{position.again}</small>
                                    </span>
                                    <Icon name=IconName::Arrow go=true />
                                </a></li>
                            }
                        })
                        .collect_view()}
                </ul>
            </section>
        }
    })
}

#[component]
fn Leaders(leaders: Vec<LeaderLine>) -> impl IntoView {
    (!leaders.is_empty()).then(|| {
        view! {
            <section class="part margin">
                <h2>"Who leads it"</h2>
                <div class="flow flow-l">
                    {leaders
                        .into_iter()
                        .map(|leader| {
                            view! {
                                <div class="therapist">
                                    <Avatar initials=leader.face.initials id=leader.face.number size=FaceSize::Large />
                                    <div class="flow flow-s">
                                        <h3><a href=leader.url>{leader.face.name}</a></h3>
                                        <p class="muted">{leader.face.profession}</p>
                                        {(!leader.words.is_empty())
                                            .then(|| view! { <blockquote class="letter"><p>"“" {leader.words} "”"</p></blockquote> })}
                                    </div>
                                </div>
                            }
                        })
                        .collect_view()}
                </div>
            </section>
        }
    })
}

/// The twelve weeks, with links to the cards of their skills.
#[component]
fn Weeks(weeks: Vec<Week>) -> impl IntoView {
    view! {
        <section class="part margin">
            <h2>"The twelve weeks"</h2>
            <ol class="weeks">
                {weeks
                    .into_iter()
                    .map(|week| {
                        let skills = week
                            .skills
                            .into_iter()
                            .map(|skill| view! { <li><a href=skill.url>{skill.name}</a></li> })
                            .collect_view();
                        view! {
                            <li>
                                <div>
                                    <b>{format!("{}: {}", week.name, week.title)}</b>
                                    <small>{week.module}</small>
                                    <ul class="inrow">{skills}</ul>
                                </div>
                            </li>
                        }
                    })
                    .collect_view()}
            </ol>
        </section>
    }
}
