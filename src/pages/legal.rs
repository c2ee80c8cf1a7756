//! Privacy, terms, the notice of privacy practices, accessibility. The first has the table of who sees what.

use crate::{
    api::legal::{LegalPage as Legal, get_legal},
    components::{
        frame::{Around, Frame},
        head::{LinkedData, PageHead, Picture},
        loaded::loaded,
    },
    domain::who_sees::{TABLE, WHO},
    paths,
};
use leptos::prelude::*;

/// Privacy.
#[component]
pub fn PrivacyPage() -> impl IntoView {
    view! { <LegalPage path=paths::PRIVACY /> }
}

/// Terms.
#[component]
pub fn TermsPage() -> impl IntoView {
    view! { <LegalPage path=paths::TERMS /> }
}

/// The notice of privacy practices.
#[component]
pub fn NoticePage() -> impl IntoView {
    view! { <LegalPage path=paths::NOTICE /> }
}

/// Accessibility.
#[component]
pub fn AccessibilityPage() -> impl IntoView {
    view! { <LegalPage path=paths::ACCESSIBILITY /> }
}

/// The section after which the table stands.
const TABLE_AFTER: &str = "Who sees what";

#[component]
fn LegalPage(path: &'static str) -> impl IntoView {
    let text = Resource::new(|| (), move |()| get_legal(path.trim_start_matches('/').to_owned()));
    view! {
        <Frame around=Around::Public current=path>{loaded(text, |text| view! { <Content text /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(text: Legal) -> impl IntoView {
    view! {
        <PageHead head=text.head.clone() picture=Picture::Circle />
        <LinkedData data=text.head.data />
        <div class="wrap top">
            <h1>{text.name}</h1>
            <p class="lead">{text.lead}</p>
            <p class="muted small gap">{text.version}</p>
        </div>
        <div class="wrap end">
            {text
                .sections
                .into_iter()
                .map(|section| {
                    let with_table = section.title == TABLE_AFTER;
                    view! {
                        <section class="part margin">
                            <h2>{section.title}</h2>
                            <div class="prose" inner_html=section.html></div>
                            {with_table.then(|| view! { <WhoSees /> })}
                        </section>
                    }
                })
                .collect_view()}
        </div>
    }
}

#[component]
fn WhoSees() -> impl IntoView {
    view! {
        <div class="scroll whosees" tabindex="0" role="group" aria-label="Who sees what">
            <table class="table">
                <caption class="hidden">"Who sees what"</caption>
                <thead><tr>
                    <th scope="col">"What"</th>
                    {WHO.map(|who| view! { <th scope="col">{who}</th> }).collect_view()}
                </tr></thead>
                <tbody>
                    {TABLE
                        .map(|(what, cells)| {
                            view! {
                                <tr>
                                    <th scope="row">{what}</th>
                                    {cells.map(|cell| view! { <td class:muted=cell == "no">{cell}</td> }).collect_view()}
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
}
