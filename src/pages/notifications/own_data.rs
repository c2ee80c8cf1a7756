//! What is stored about a subscriber, to read; with the file, and the way to have it erased.

use super::still;
use crate::{
    api::{
        account::data::DataSection,
        notifications::own_data::{OwnDataPage as Data, Wipe, get_own_data},
    },
    components::{
        error_summary::ErrorSummary,
        field::FieldMessage,
        frame::{Around, Frame},
        icon::{Icon, IconName},
        loaded::loaded,
        submit::Submit,
    },
    paths,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

/// The page.
#[component]
pub fn OwnDataPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    let around = if token.is_empty() { Around::Member } else { Around::Public };
    let page = Resource::new(move || token.clone(), get_own_data);
    view! {
        <Title text="What we keep about your weekly mail" />
        <Meta name="robots" content="noindex" />
        <Frame around>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let form = still(page.form);
    let token = page.token;
    let file = if token.is_empty() {
        view! {
            <p><a class="act" href=paths::ACCOUNT_DATA>"Take it along with all of your account’s data"<Icon name=IconName::Arrow /></a></p>
        }
        .into_any()
    } else {
        view! {
            <form class="inline" method="post" action=paths::notifications_file(&token)>
                <Submit label="Take it along as a file" icon=IconName::Download />
            </form>
        }
        .into_any()
    };
    view! {
        <div class="wrap top end account">
            <a class="back" href=paths::own_notifications(&token)><Icon name=IconName::Back />"Your weekly mail"</a>
            <h1>"What we keep about your weekly mail"</h1>
            <p class="lead">"All that we keep about you, list by list. Times are " {page.zone_label} "."</p>
            <ErrorSummary form />
            {file}
            {page.sections.into_iter().map(|section| view! { <Section section /> }).collect_view()}
            <section class="part margin">
                <h2>"Erase it"</h2>
                <form class="flow" method="post" action=Wipe::url()>
                    <input type="hidden" name="token" value=token />
                    <p>
                        "Your address, your choices and the text of our mails are erased at once, and the weekly mail ends. What stays is a fingerprint of the address, from which nobody can read it: with it we notice if somebody brings the address again, and do not write. You can ask for the mail again yourself."
                    </p>
                    <div class="field" class:bad=move || form.with(|form| form.error("sure").is_some())>
                        <FieldMessage form name="sure" />
                        <label class="choice solo">
                            <input type="checkbox" id="sure" name="sure" value="true" />
                            <span>"Yes, erase everything"</span>
                        </label>
                    </div>
                    <Submit label="Erase" class="button quiet" icon=IconName::Cross />
                </form>
            </section>
        </div>
    }
}

#[component]
fn Section(section: DataSection) -> impl IntoView {
    let rows = section.rows.into_iter().map(|row| {
        let values =
            row.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view();
        view! { <li><dl>{values}</dl></li> }
    });
    view! {
        <section class="part margin">
            <h2>{section.title}</h2>
            <div>
                <p class="muted">{section.why}</p>
                <ul class="stored">{rows.collect_view()}</ul>
            </div>
        </section>
    }
}
