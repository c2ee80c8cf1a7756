//! Articles: the list, and one.

use crate::{
    api::learn::{ArticlePage as Article, LearnPage as Learn, get_article, get_learn},
    components::{
        frame::{Around, Frame},
        head::{LinkedData, PageHead, Picture},
        icon::{Icon, IconName},
        loaded::loaded,
        subscribe_form::SubscribeAside,
        text::{Links, ReadMore, Sections, SubscribeLike},
    },
    domain::finder::FinderQuery,
    paths,
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The list.
#[component]
pub fn LearnPage() -> impl IntoView {
    let learn = Resource::new(|| (), |()| get_learn());
    view! {
        <Frame around=Around::Public current=paths::LEARN>
            {loaded(learn, |learn| view! { <List learn /> }.into_any())}
        </Frame>
    }
}

#[component]
fn List(learn: Learn) -> impl IntoView {
    view! {
        <PageHead head=learn.head.clone() picture=Picture::Learn />
        <LinkedData data=learn.head.data />
        <div class="wrap narrow top">
            <h1>"Learn"</h1>
            <p class="lead">"What a group is, what happens in it, and what you need. Each page takes about five minutes."</p>
        </div>
        <div class="wrap narrow end">
            <Links links=learn.articles />
            <section class="part">
                <h2>"Skill cards"</h2>
                <ul class="lines">
                    <li><a href=paths::SKILLS>
                        <span><b>"All skills, week by week"</b><small>{learn.skills}</small></span>
                        <Icon name=IconName::Arrow go=true />
                    </a></li>
                </ul>
            </section>
            <SubscribeAside wish=FinderQuery::default() />
        </div>
    }
}

/// One article.
#[component]
pub fn ArticlePage() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")).unwrap_or_default());
    let article = Resource::new(move || slug.get(), get_article);
    view! {
        <Frame around=Around::Public current=paths::LEARN>
            {loaded(article, |article| view! { <Content article /> }.into_any())}
        </Frame>
    }
}

#[component]
fn Content(article: Article) -> impl IntoView {
    let groups = article.groups.0.clone();
    view! {
        <PageHead head=article.head.clone() picture=Picture::Learn />
        <LinkedData data=article.head.data />
        <article class="article">
            <div class="wrap top">
                <a class="back" href=paths::LEARN><Icon name=IconName::Back />"Learn"</a>
                <h1>{article.name}</h1>
                <p class="lead">{article.lead}</p>
                <p class="muted small">{article.about}</p>
            </div>
            <div class="wrap">
                <Sections sections=article.sections />
                {(!article.sources.is_empty())
                    .then(|| {
                        view! {
                            <section class="part margin">
                                <h2>"Sources"</h2>
                                <div class="prose small">
                                    <ul>{article.sources.into_iter().map(source).collect_view()}</ul>
                                </div>
                            </section>
                        }
                    })}
            </div>
        </article>
        <div class="wrap end noprint">
            <section class="part margin">
                <h2>"When you are ready"</h2>
                <p><a class="button" href=article.groups.0>{article.groups.1}<Icon name=IconName::Arrow /></a></p>
            </section>
            <SubscribeLike wish=groups />
            <ReadMore read=article.read />
        </div>
    }
}

/// What is known from where; with its address, where it has one.
fn source((title, url): (String, String)) -> impl IntoView {
    view! {
        <li>
            {if url.is_empty() {
                view! { <span>{title}</span> }.into_any()
            } else {
                view! { <a href=url rel="noopener noreferrer">{title}</a> }.into_any()
            }}
        </li>
    }
}
