//! The list of topics, and the page of one.

use crate::{
    api::topics::{TopicPage as Topic, TopicRow, TopicsPage as Topics, get_topic, get_topics},
    components::{
        frame::{Around, Frame},
        head::{LinkedData, PageHead, Picture},
        loaded::loaded,
        text::{Drawn, Fitting, Questions, ReadMore, Sections, SubscribeLike},
        topic_mark::{OtherMark, TopicMark},
    },
    domain::topic::Topic as Subject,
    paths,
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The list.
#[component]
pub fn TopicsPage() -> impl IntoView {
    let topics = Resource::new(|| (), |()| get_topics());
    view! {
        <Frame around=Around::Public current=paths::TOPICS>
            {loaded(topics, |topics| view! { <List topics /> }.into_any())}
        </Frame>
    }
}

#[component]
fn List(topics: Topics) -> impl IntoView {
    view! {
        <PageHead head=topics.head.clone() picture=Picture::Topics />
        <LinkedData data=topics.head.data />
        <div class="wrap top">
            <h1>"Topics"</h1>
            <p class="lead">"Each page says what it can look like, what a group adds, and which groups meet on it."</p>
        </div>
        <div class="wrap"><ul class="topics">{topics.topics.into_iter().map(row).collect_view()}</ul></div>
        <section class="part end">
            <div class="wrap">
                <h2>"Groups without one topic"</h2>
                <ul class="topics">{topics.others.into_iter().map(row).collect_view()}</ul>
            </div>
        </section>
    }
}

fn row(row: TopicRow) -> impl IntoView {
    let mark = match Subject::parse(&row.slug) {
        Some(topic) => view! { <TopicMark topic /> }.into_any(),
        None => view! { <OtherMark of_skills=row.url == paths::DBT_SKILLS /> }.into_any(),
    };
    view! {
        <li><a href=row.url>{mark}<span>{row.name}<small>{row.groups}</small></span></a></li>
    }
}

/// One topic, or process groups.
#[component]
pub fn TopicPage() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")).unwrap_or_default());
    let topic = Resource::new(move || slug.get(), get_topic);
    view! {
        <Frame around=Around::Public current=paths::TOPICS>
            {loaded(topic, |topic| view! { <Content topic /> }.into_any())}
        </Frame>
    }
}

#[component]
fn Content(topic: Topic) -> impl IntoView {
    let wish = topic.groups.wish.clone();
    view! {
        <PageHead head=topic.head.clone() picture=Picture::Topics />
        <LinkedData data=topic.head.data />
        {topic.exit.then(|| view! { <crate::components::exit::Exit /> })}
        <section class="topichead">
            <div class="wrap topicgrid">
                <div><h1>{topic.name}</h1><p class="lead">{topic.lead}</p></div>
                <Drawn drawing=topic.drawing />
            </div>
        </section>
        <div class="wrap"><Sections sections=topic.sections /></div>
        <Fitting groups=topic.groups />
        <div class="wrap end"><SubscribeLike wish /><Questions questions=topic.questions /><ReadMore read=topic.read /></div>
    }
}
