//! Home: what this is, the circle of the next group, the state question, what comes next, three steps, topics.

use crate::{
    api::{
        home::{Circle, HomePage as Home, get_home},
        text::HeadText,
    },
    components::{
        frame::{Around, Frame},
        group_row::GroupRowView,
        head::{LinkedData, PageHead, Picture},
        icon::{Icon, IconName},
        loaded::loaded,
        scene::{Scene, ScenePlace},
        state_select::StateOptions,
        subscribe_form::SubscribePart,
        topic_mark::TopicMark,
    },
    domain::{finder::FinderQuery, topic::Topic},
    paths,
};
use leptos::prelude::*;

/// The page.
#[component]
pub fn HomePage() -> impl IntoView {
    let home = Resource::new(|| (), |()| get_home());
    let head = HeadText {
        title: "Online group therapy".to_owned(),
        description: "Group therapy from home: a few people and a licensed therapist, at the same time each week. Find a group, reserve a seat.".to_owned(),
        path: paths::HOME.to_owned(),
        data: String::new(),
    };
    view! {
        <PageHead head picture=Picture::Circle />
        <Frame around=Around::Public current=paths::HOME>{loaded(home, |home| view! { <Content home /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(home: Home) -> impl IntoView {
    view! {
        <LinkedData data=home.data />
        <section class="hero">
            <div class="wrap hero-text">
                <h1>"A small circle, a steady hour, every week."</h1>
                <p class="lead">
                    "Group therapy from home: a few people and a licensed therapist, at the same time each week."
                </p>
            </div>
            <div class="hero-ground">
                <div class="wrap hero-in">
                    <figure class="hero-scene"><Picture circle=home.circle.clone() /></figure>
                    <form class="hero-form" action=paths::GROUPS>
                        <div class="field">
                            <label for="state">"Where are you right now?"</label>
                            <span class="hint" id="state-hint">
                                "A therapist may only treat people who are in a state where they are licensed. So we ask this first."
                            </span>
                            <select class="select" id="state" name="state" aria-describedby="state-hint">
                                <option value="" selected>"Choose your state"</option>
                                <StateOptions first=home.practice_states chosen=String::new() />
                            </select>
                        </div>
                        <button class="button" type="submit">"Show groups I can join"<Icon name=IconName::Arrow /></button>
                    </form>
                    {home
                        .circle
                        .map(|circle| {
                            view! {
                                <p class="hero-now">
                                    "This circle is real: " <a href=paths::group(&circle.slug)>{circle.title}</a> " "
                                    {circle.sentence}
                                </p>
                            }
                        })}
                </div>
            </div>
        </section>
        {(!home.next.is_empty())
            .then(|| {
                let words = if home.groups == 1 { "The one group".to_owned() } else { format!("All {} groups", home.groups) };
                view! {
                    <section class="part">
                        <div class="wrap">
                            <h2>"Next meetings with free seats"</h2>
                            <p class="muted small">"All times are " {home.zone_label} "."</p>
                            <ul class="slots">
                                {home.next.into_iter().map(|row| view! { <GroupRowView row /> }).collect_view()}
                            </ul>
                            <p class="gap"><a class="act" href=paths::GROUPS>{words}<Icon name=IconName::Arrow /></a></p>
                        </div>
                    </section>
                }
            })}
        <section class="part" id="how">
            <div class="wrap how">
                <h2>"How it works"</h2>
                <ol class="steps">
                    <li><div>
                        <h3>"Find a time you can keep"</h3>
                        <p>"Same weekday, same hour, same people. Choose by topic, evening and state."</p>
                    </div></li>
                    <li><div>
                        <h3>"Reserve your seat"</h3>
                        <p>"We hold it for some minutes while you answer a few questions. It is yours when you confirm."</p>
                    </div></li>
                    <li><div>
                        <h3>"Meet, and practice in between"</h3>
                        <p>"Each week has one theme, one skill and one small thing to try. Your therapist sees only what you share."</p>
                    </div></li>
                </ol>
                <figure class="how-quote">
                    <blockquote class="letter">
                        <p>"You may always pass, and you do not have to say why."</p>
                    </blockquote>
                    <figcaption>
                        "From " <a href=format!("{}#group", paths::AGREEMENTS)>"the agreement"</a> " that everybody in a group signs"
                    </figcaption>
                </figure>
            </div>
        </section>
        <section class="part" id="topics">
            <div class="wrap">
                <h2>"What brings people here"</h2>
                <ul class="topics">
                    {Topic::ALL
                        .into_iter()
                        .map(|topic| {
                            view! {
                                <li><a href=paths::topic(topic.slug())><TopicMark topic /><span>{topic.name()}</span></a></li>
                            }
                        })
                        .collect_view()}
                </ul>
            </div>
        </section>
        <div class="wrap end"><SubscribePart wish=FinderQuery::default() /></div>
    }
}

#[component]
fn Picture(circle: Option<Circle>) -> impl IntoView {
    match circle {
        Some(circle) => view! { <Scene place=ScenePlace::Home counts=circle.counts label=circle.alt /> }.into_any(),
        None => view! { <Scene place=ScenePlace::Empty label="A circle of chairs that waits for its first group." /> }
            .into_any(),
    }
}
