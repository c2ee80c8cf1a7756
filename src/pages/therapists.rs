//! The list of therapists, and the page of one.

use crate::{
    api::therapists::{TherapistPage as Therapist, TherapistsPage as Therapists, get_therapist, get_therapists},
    components::{
        authorities::Authorities,
        face::{Avatar, FaceSize},
        frame::{Around, Frame},
        head::{LinkedData, PageHead, Picture},
        icon::{Icon, IconName},
        loaded::loaded,
        text::Fitting,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_params_map;

/// The list.
#[component]
pub fn TherapistsPage() -> impl IntoView {
    let therapists = Resource::new(|| (), |()| get_therapists());
    view! {
        <Frame around=Around::Public current=paths::THERAPISTS>
            {loaded(therapists, |therapists| view! { <List therapists /> }.into_any())}
        </Frame>
    }
}

#[component]
fn List(therapists: Therapists) -> impl IntoView {
    view! {
        <PageHead head=therapists.head.clone() picture=Picture::Therapists />
        <LinkedData data=therapists.head.data />
        <div class="wrap top">
            <h1>"Therapists"</h1>
            <p class="lead">
                "Everybody who leads a group here is licensed. A license is for a state, so each page says where its therapist may practice, and until when. "
                <a href=paths::article("licences-and-states")>"Why states matter"</a>
            </p>
        </div>
        <div class="wrap end">
            <ul class="people">
                {therapists
                    .rows
                    .into_iter()
                    .map(|row| {
                        view! {
                            <li>
                                <a href=row.url>
                                    <Avatar initials=row.face.initials id=row.face.number />
                                    <span><b>{row.face.name}</b><small>{row.face.profession}</small><small>{row.groups}</small></span>
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </div>
    }
}

/// One of them.
#[component]
pub fn TherapistPage() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("slug")).unwrap_or_default());
    let therapist = Resource::new(move || slug.get(), get_therapist);
    view! {
        <Frame around=Around::Public current=paths::THERAPISTS>
            {loaded(therapist, |therapist| view! { <Content therapist /> }.into_any())}
        </Frame>
    }
}

#[component]
fn Content(therapist: Therapist) -> impl IntoView {
    let first_name = therapist.face.first_name;
    view! {
        <PageHead head=therapist.head.clone() picture=Picture::Therapists />
        <LinkedData data=therapist.head.data />
        {(!therapist.is_listed).then(|| view! { <Meta name="robots" content="noindex" /> })}
        <div class="wrap top">
            <a class="back" href=paths::THERAPISTS><Icon name=IconName::Back />"All therapists"</a>
            <div class="therapist person">
                <Avatar initials=therapist.face.initials id=therapist.face.number size=FaceSize::Large />
                <div>
                    <h1>{therapist.face.name}</h1>
                    <p class="lead">{therapist.face.profession}</p>
                </div>
            </div>
        </div>
        <div class="wrap">
            {(!therapist.words.is_empty())
                .then(|| {
                    view! {
                        <section class="part margin">
                            <h2>"In " {first_name.clone()} "’s words"</h2>
                            <blockquote class="letter prose"><p>"“" {therapist.words} "”"</p></blockquote>
                        </section>
                    }
                })}
            {(!therapist.approach.is_empty())
                .then(|| {
                    view! { <section class="part margin"><h2>"How " {first_name.clone()} " works"</h2><p class="prose">{therapist.approach}</p></section> }
                })}
            <section class="part margin">
                <h2>"Where " {first_name} " may practice"</h2>
                {if therapist.authorities.is_empty() {
                    view! { <p class="prose">"Nowhere at the moment, as far as our records say. So nobody can be treated by them here."</p> }
                        .into_any()
                } else {
                    view! { <div class="flow"><Authorities rows=therapist.authorities /><Check /></div> }.into_any()
                }}
            </section>
        </div>
        <Fitting groups=therapist.groups />
        <div class="wrap end"></div>
    }
}

/// Anybody can look a license up, and should know how.
#[component]
fn Check() -> impl IntoView {
    view! {
        <p class="prose small muted">
            "You can look up each number in the register of the state’s licensing board. How, and what a license says: "
            <a href=paths::article("licences-and-states")>"licenses and states"</a> "."
        </p>
    }
}
