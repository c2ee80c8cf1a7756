//! The parts of a page of text: sections, questions, what to read next, fitting groups.

use super::{
    group_row::GroupRowView,
    icon::{Icon, IconName},
    subscribe_form::SubscribePart,
};
use crate::api::{
    groups::read_query,
    text::{Drawing, PageLink, TextSection},
    topics::FittingGroups,
};
use leptos::prelude::*;

/// A drawing that came with the page.
#[component]
pub fn Drawn(
    /// The drawing.
    drawing: Drawing,
) -> impl IntoView {
    view! { <svg class="drawing" viewBox=drawing.view_box aria-hidden="true" inner_html=drawing.shapes></svg> }
}

/// Sections, their headings at the side where there is room.
#[component]
pub fn Sections(
    /// The sections.
    sections: Vec<TextSection>,
) -> impl IntoView {
    sections
        .into_iter()
        .map(|section| {
            view! {
                <section class="part margin">
                    <h2>{section.title}</h2>
                    <div class="prose" inner_html=section.html></div>
                </section>
            }
        })
        .collect_view()
}

/// Questions that open.
#[component]
pub fn Questions(
    /// Questions and answers.
    questions: Vec<(String, String)>,
) -> impl IntoView {
    view! {
        <section class="part margin">
            <h2>"Questions"</h2>
            <div>
                {questions
                    .into_iter()
                    .map(|(question, answer)| {
                        view! { <details class="ask"><summary>{question}</summary><p>{answer}</p></details> }
                    })
                    .collect_view()}
            </div>
        </section>
    }
}

/// Lines that each lead to another page.
#[component]
pub fn Links(
    /// The links.
    links: Vec<PageLink>,
) -> impl IntoView {
    view! {
        <ul class="lines">
            {links
                .into_iter()
                .map(|link| {
                    view! {
                        <li><a href=link.url>
                            <span><b>{link.name}</b><small>{link.about}</small></span>
                            <Icon name=IconName::Arrow go=true />
                        </a></li>
                    }
                })
                .collect_view()}
        </ul>
    }
}

/// What to read next.
#[component]
pub fn ReadMore(
    /// Articles.
    read: Vec<PageLink>,
) -> impl IntoView {
    (!read.is_empty()).then(|| {
        view! {
            <section class="part margin"><h2>"Read more"</h2><Links links=read /></section>
        }
    })
}

/// The short form of the weekly list on a page about what a question to the finder asks for.
#[component]
pub fn SubscribeLike(
    /// A query string, or a link that has one.
    wish: String,
) -> impl IntoView {
    let query = wish.rsplit('?').next().unwrap_or_default();
    view! { <SubscribePart wish=read_query(query) /> }
}

/// Groups that fit the page, as they are now.
#[component]
pub fn Fitting(
    /// The groups.
    groups: FittingGroups,
) -> impl IntoView {
    let zone = format!("All times are {}.", groups.zone_label);
    view! {
        <section class="part" id="groups">
            <div class="wrap">
                <div class="row spread">
                    <h2>{groups.title}</h2>
                    <a class="act" href=groups.all.0>{groups.all.1}<Icon name=IconName::Arrow /></a>
                </div>
                {(!groups.rows.is_empty())
                    .then(|| {
                        view! {
                            <p class="muted small">{zone}</p>
                            <ul class="slots">
                                {groups.rows.into_iter().map(|row| view! { <GroupRowView row /> }).collect_view()}
                            </ul>
                        }
                    })}
            </div>
        </section>
    }
}
