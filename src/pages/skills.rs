//! Skill cards: the list by week, and one, which prints on one page.

use crate::{
    api::learn::{SkillPage as Skill, SkillsPage as Skills, get_skill, get_skills},
    components::{
        frame::{Around, Frame},
        head::{LinkedData, PageHead, Picture},
        icon::{Icon, IconName},
        loaded::loaded,
        subscribe_form::SubscribeAside,
        text::{Drawn, Links},
    },
    domain::{finder::FinderQuery, group::Kind},
    paths,
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The list.
#[component]
pub fn SkillsPage() -> impl IntoView {
    let skills = Resource::new(|| (), |()| get_skills());
    view! {
        <Frame around=Around::Public current=paths::SKILLS>
            {loaded(skills, |skills| view! { <List skills /> }.into_any())}
        </Frame>
    }
}

#[component]
fn List(skills: Skills) -> impl IntoView {
    view! {
        <PageHead head=skills.head.clone() picture=Picture::Skills />
        <LinkedData data=skills.head.data />
        <div class="wrap top">
            <a class="back" href=paths::LEARN><Icon name=IconName::Back />"Learn"</a>
            <h1>"Skill cards"</h1>
            <p class="lead">
                "The skills of the twelve weeks, each on one page to read or to print. They belong to the "
                <a href=paths::DBT_SKILLS>"DBT skills group"</a> ", and you need no seat to use them."
            </p>
        </div>
        <div class="wrap end">
            {skills
                .weeks
                .into_iter()
                .map(|week| {
                    view! {
                        <section class="part margin">
                            <h2>{week.name}<small>{week.module}</small></h2>
                            <Links links=week.cards />
                        </section>
                    }
                })
                .collect_view()}
            <SubscribeAside wish=skills_groups() class="part margin noprint" />
        </div>
    }
}

/// The groups in which the skills are learned.
fn skills_groups() -> FinderQuery {
    FinderQuery { kinds: vec![Kind::Skills], ..FinderQuery::default() }
}

/// One card.
#[component]
pub fn SkillPage() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")).unwrap_or_default());
    let skill = Resource::new(move || slug.get(), get_skill);
    view! {
        <Frame around=Around::Public current=paths::SKILLS>
            {loaded(skill, |skill| view! { <Content skill /> }.into_any())}
        </Frame>
    }
}

#[component]
fn Content(skill: Skill) -> impl IntoView {
    let printed = if skill.printed_by.is_empty() {
        "A skill card of Common Ground".to_owned()
    } else {
        format!("A skill card of {}", skill.printed_by)
    };
    let is_long = skill.name.chars().count() > 12;
    view! {
        <PageHead head=skill.head.clone() picture=Picture::Skills />
        <LinkedData data=skill.head.data />
        <p class="onlyprint">{printed}</p>
        <article class="skill">
            <div class="wrap narrow top">
                <a class="back" href=paths::SKILLS><Icon name=IconName::Back />"All skills"</a>
                <p class="kind">{format!("{} · week {}", skill.module, skill.week)}</p>
                <h1 class:long=is_long>{skill.name}</h1>
                <p class="lead">{skill.when}</p>
                <Drawn drawing=skill.drawing />
            </div>
            <div class="wrap narrow">
                <ol class="letters">
                    {skill
                        .steps
                        .into_iter()
                        .map(|step| {
                            view! {
                                <li>
                                    <span class="big" aria-hidden="true">{step.mark}</span>
                                    <div><h2>{step.name}</h2><p>{step.text}</p></div>
                                </li>
                            }
                        })
                        .collect_view()}
                </ol>
                {skill
                    .sections
                    .into_iter()
                    .map(|section| {
                        view! {
                            <section class="part"><h2>{section.title}</h2><div class="prose" inner_html=section.html></div></section>
                        }
                    })
                    .collect_view()}
                <section class="part">
                    <h2>"Practice"</h2>
                    <ul class="todo">
                        {skill
                            .practice
                            .into_iter()
                            .map(|text| view! { <li><span class="mark"></span><div><p>{text}</p></div></li> })
                            .collect_view()}
                    </ul>
                    {(!skill.care.is_empty())
                        .then(|| {
                            view! {
                                <p class="note plain care"><Icon name=IconName::Alert /><span><b>"Take care. "</b>{skill.care}</span></p>
                            }
                        })}
                </section>
                <section class="part noprint">
                    <h2>"Learn it with others"</h2>
                    <p class="prose">
                        "A group practices these skills together for twelve weeks, with a therapist as instructor. It is open to every state."
                    </p>
                    <div class="row gap">
                        <a class="button" href=paths::DBT_SKILLS>"About the DBT skills group"<Icon name=IconName::Arrow /></a>
                    </div>
                </section>
                {(!skill.beside.is_empty())
                    .then(|| {
                        view! {
                            <section class="part noprint"><h2>"From the same week"</h2><Links links=skill.beside /></section>
                        }
                    })}
                <SubscribeAside wish=skills_groups() />
                <p class="end small muted noprint">
                    "A card is no treatment. If a moment is too big for it, "<a href=paths::HELP_NOW>"get help now"</a>"."
                </p>
            </div>
        </article>
    }
}
