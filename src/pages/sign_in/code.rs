//! The page that asks for the six digits.

use crate::{
    api::sign_in::{CodePage as Data, EnterCode, RequestCode, get_code_page},
    components::{
        dev_mail::DevMail,
        error_summary::ErrorSummary,
        field::TextField,
        form_state::form_state,
        frame::{Around, Frame},
        icon::{Icon, IconName},
        loaded::loaded,
        submit::Submit,
    },
    paths,
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};

/// The page.
#[component]
pub fn CodePage() -> impl IntoView {
    let page = Resource::new(|| (), |()| get_code_page());
    view! {
        <Title text="Look in your mail" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let action = ServerAction::<EnterCode>::new();
    let again = ServerAction::<RequestCode>::new();
    let form = form_state(page.form, move || action.value().get());
    let Some((email, until)) = page.waiting else {
        return view! {
            <div class="wrap narrow top end flow flow-l">
                <h1>"No code is on its way"</h1>
                <p>"This browser has asked for none, or it was too long ago. A code works only where it was asked for."</p>
                <a class="button" href=paths::SIGN_IN>"Ask for a code"<Icon name=IconName::Arrow /></a>
            </div>
        }
        .into_any();
    };
    let address = email.clone();
    view! {
        <div class="wrap narrow top end flow flow-l">
            <a class="back" href=paths::SIGN_IN><Icon name=IconName::Back />"Use another address"</a>
            <h1>"Look in your mail"</h1>
            <p>
                "If " <b>{email}</b> " can receive mail, a code with six digits is on its way. It works until " {until}
                ", in this browser."
            </p>
            <ErrorSummary form />
            <ActionForm action attr:class="flow flow-l" attr:novalidate="">
                <TextField
                    form
                    name="code"
                    label="The six digits"
                    class="code"
                    autocomplete="one-time-code"
                    inputmode="numeric"
                    maxlength=12
                />
                <label class="choice solo">
                    <input type="checkbox" name="own_device" value="true" />
                    <span>
                        "This is my own device"
                        <small>"Then you stay signed in for two weeks. Leave it empty where others can pick it up."</small>
                    </span>
                </label>
                <Submit label="Sign in" pending=action.pending() />
            </ActionForm>
            {page.dev_mail.then(|| view! { <DevMail /> })}
            <div class="ask-plain">
                <details class="ask">
                    <summary>"Nothing came"</summary>
                    <div class="flow">
                        <p>
                            "Wait a minute, then look in the folder for unwanted mail. With a new code the old one stops working."
                        </p>
                        <ActionForm action=again attr:class="inline">
                            <input type="hidden" name="email" value=address />
                            <Submit label="Send a new code" class="button quiet small" icon=IconName::Mail pending=again.pending() />
                        </ActionForm>
                        {move || again.value().get().and_then(Result::err).map(|error| view! { <p class="error" role="alert">{error.to_string()}</p> })}
                    </div>
                </details>
            </div>
        </div>
    }
    .into_any()
}
