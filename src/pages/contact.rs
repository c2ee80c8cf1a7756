//! A question to the practice: one form, and the page that says it has arrived.

use crate::{
    api::{
        contact::{AskPractice, ContactPage as Data, get_contact},
        text::HeadText,
    },
    components::{
        error_summary::ErrorSummary,
        field::TextField,
        form_state::form_state,
        frame::{Around, Frame},
        head::{PageHead, Picture},
        icon::{Icon, IconName},
        loaded::loaded,
        submit::Submit,
        text_area::TextAreaField,
    },
    paths,
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};

/// The page with the form.
#[component]
pub fn ContactPage() -> impl IntoView {
    let page = Resource::new(|| (), |()| get_contact());
    let head = HeadText {
        title: "Ask the practice".to_owned(),
        description:
            "A question before you reserve a seat? Write to the practice, or call. The office answers by e-mail."
                .to_owned(),
        path: paths::CONTACT.to_owned(),
        data: String::new(),
    };
    view! {
        <PageHead head picture=Picture::Circle />
        <Frame around=Around::Public current=paths::CONTACT>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let action = ServerAction::<AskPractice>::new();
    let form = form_state(page.form, move || action.value().get());
    let call = paths::call(&page.phone);
    view! {
        <div class="wrap narrow top end flow-l flow">
            <h1>"Ask us something"</h1>
            <p class="lead">"About groups, times, prices or how this works. The office reads it and answers by e-mail."</p>
            <p class="note">
                <Icon name=IconName::Circle />
                <span>
                    "Please write nothing about your health here; if your question needs it, call us. If you are in danger or need somebody now, "
                    <a href=paths::HELP_NOW>"help is here"</a> "."
                </span>
            </p>
            <ErrorSummary form />
            <ActionForm action attr:class="flow flow-l" attr:novalidate="">
                <input type="hidden" name="key" value=page.key />
                <TextField
                    form
                    name="name"
                    label="Your name"
                    hint="A first name is enough."
                    autocomplete="given-name"
                    maxlength=80
                />
                <TextField
                    form
                    name="email"
                    label="Your e-mail address"
                    hint="The answer goes there. We use it for nothing else."
                    kind="email"
                    autocomplete="email"
                    inputmode="email"
                />
                <TextAreaField form name="question" label="Your question" maxlength=1000 />
                <Submit label="Send the question" icon=IconName::Mail pending=action.pending() />
            </ActionForm>
            {(!page.phone.is_empty())
                .then(|| {
                    view! {
                        <p class="muted">
                            "Or call " <a href=call>{page.phone.clone()}</a> ". " {page.name} ", " {page.address} "."
                        </p>
                    }
                })}
        </div>
    }
}

/// The question has arrived.
#[component]
pub fn ContactSentPage() -> impl IntoView {
    view! {
        <Title text="Your question has arrived" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Public>
            <div class="wrap narrow top end flow-l flow">
                <h1>"We have your question."</h1>
                <p class="lead">"The office answers to the address you gave. You can close this page."</p>
                <p><a class="act" href=paths::GROUPS>"Look at the groups"<Icon name=IconName::Arrow /></a></p>
                <p class="muted">
                    "If it cannot wait, call us: our number stands "
                    <a href=paths::CONTACT>"under the form"</a>
                    ". If you are in danger or need somebody now, "
                    <a href=paths::HELP_NOW>"help is here"</a> "."
                </p>
            </div>
        </Frame>
    }
}
