//! The three agreements, whole, as they are signed: open to everybody.

use crate::{
    api::agreements::{WholeAgreement, get_agreements},
    components::{
        frame::{Around, Frame},
        loaded::loaded,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// The page.
#[component]
pub fn AgreementsPage() -> impl IntoView {
    let texts = Resource::new(|| (), |()| get_agreements());
    view! {
        <Title text="Privacy and agreements" />
        <Meta name="description" content="What we keep, who sees what, and what everybody in a group agrees on, in plain words." />
        <Frame around=Around::Public current=paths::AGREEMENTS>
            {loaded(texts, |texts| view! { <Content texts /> }.into_any())}
        </Frame>
    }
}

#[component]
fn Content(texts: Vec<WholeAgreement>) -> impl IntoView {
    view! {
        <div class="wrap top">
            <h1>"Privacy and agreements"</h1>
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
