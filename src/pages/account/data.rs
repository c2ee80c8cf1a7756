//! Everything that is stored about her, to read; the file has all of it.

use super::Back;
use crate::{
    api::account::data::{DataPage as Data, DataSection, get_data},
    components::{
        frame::{Around, Frame},
        icon::IconName,
        loaded::loaded,
        submit::Submit,
    },
    paths,
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};

/// The page.
#[component]
pub fn DataPage() -> impl IntoView {
    let page = Resource::new(|| (), |()| get_data());
    view! {
        <Title text="What is stored about you" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Member>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let nothing = page.empty.join(" · ");
    view! {
        <div class="wrap top end account">
            <Back />
            <h1>"What is stored about you"</h1>
            <p class="lead">"All that we keep about you, list by list. Times are " {page.zone_label} "."</p>
            <form class="inline" method="post" action=paths::ACCOUNT_DATA_FILE>
                <Submit label="Take it along as a file" icon=IconName::Download />
            </form>
            <p class="small muted">
                "The file is JSON, a format that other programs read. Keep it where nobody else looks: it says that you have a seat, and where. Not in it, and not on this page: secrets that only exist as a fingerprint, what a therapist noted for the practice when ending a seat, the record of a group’s meetings, which names nobody, and a therapist’s own psychotherapy notes."
            </p>
            <p class="small muted">
                "Questions to the practice are here if you were signed in when you asked; those that were only sent with your address are not, because anybody can type an address."
            </p>
            {page.sections.into_iter().map(|section| view! { <Section section /> }).collect_view()}
            {(!nothing.is_empty())
                .then(|| {
                    view! {
                        <section class="part margin">
                            <h2>"Nothing is stored here"</h2>
                            <p class="muted">{nothing}</p>
                        </section>
                    }
                })}
        </div>
    }
}

#[component]
fn Section(section: DataSection) -> impl IntoView {
    let more = match section.more {
        0 => None,
        1 => Some("One older row is in the file.".to_owned()),
        n => Some(format!("{n} older rows are in the file.")),
    };
    view! {
        <section class="part margin">
            <h2>{section.title}</h2>
            <div>
                <p class="muted">{section.why}</p>
                <ul class="stored">
                    {section
                        .rows
                        .into_iter()
                        .map(|row| {
                            view! {
                                <li>
                                    <dl>
                                        {row
                                            .into_iter()
                                            .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
                                            .collect_view()}
                                    </dl>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
                {more.map(|more| view! { <p class="small muted">{more}</p> })}
            </div>
        </section>
    }
}
