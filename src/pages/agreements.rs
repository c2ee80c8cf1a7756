//! The three agreements, whole, as they are signed: open to everybody.

use crate::{
    api::{
        agreements::{WholeAgreement, get_agreements},
        text::HeadText,
    },
    components::{
        frame::{Around, Frame},
        head::{PageHead, Picture},
        loaded::loaded,
    },
    paths,
};
use leptos::prelude::*;

/// The page.
#[component]
pub fn AgreementsPage() -> impl IntoView {
    let texts = Resource::new(|| (), |()| get_agreements());
    let head = HeadText {
        title: "The agreements of our groups".to_owned(),
        description: "The three texts that everybody signs before a first meeting, whole: about the group, about meeting by video, and about privacy. In plain words.".to_owned(),
        path: paths::AGREEMENTS.to_owned(),
        data: String::new(),
    };
    view! {
        <PageHead head picture=Picture::Circle />
        <Frame around=Around::Public current=paths::AGREEMENTS>
            {loaded(texts, |texts| view! { <Content texts /> }.into_any())}
        </Frame>
    }
}

#[component]
fn Content(texts: Vec<WholeAgreement>) -> impl IntoView {
    view! {
        <div class="wrap top">
            <h1>"Agreements"</h1>
            <p class="lead">"The three texts that you sign before your first meeting, whole."</p>
        </div>
        <div class="wrap end">
            {texts
                .into_iter()
                .map(|text| {
                    view! {
                        <section class="part margin" id=text.id>
                            <h2>{text.title}</h2>
                            <p class="muted small">{text.version}</p>
                            <div class="prose" inner_html=text.html></div>
                        </section>
                    }
                })
                .collect_view()}
        </div>
    }
}
