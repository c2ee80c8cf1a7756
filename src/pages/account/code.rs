//! A fresh code, on a device that stays signed in: first asked for, then typed.

use crate::{
    api::account::fresh::{AskFresh, EnterFresh, FreshPage as Data, get_fresh},
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
use leptos_router::hooks::use_query_map;

/// The page.
#[component]
pub fn CodePage() -> impl IntoView {
    let ask = ServerAction::<AskFresh>::new();
    provide_context(ask);
    let page = Resource::new(move || ask.version().get(), |_| get_fresh());
    view! {
        <Title text="A fresh code" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let ask = expect_context::<ServerAction<AskFresh>>();
    let enter = ServerAction::<EnterFresh>::new();
    let query = use_query_map();
    let next = query.with_untracked(|query| query.get("next")).unwrap_or_default();
    let (next_to_enter, is_asked) = (next.clone(), page.is_asked);
    let form = form_state(page.form, move || enter.value().get().or_else(|| ask.value().get()));
    view! {
        <div class="wrap narrow top end flow flow-l">
            <a class="back" href=paths::ACCOUNT><Icon name=IconName::Back />"Your account"</a>
            <h1>"Is it you?"</h1>
            <p class="lead">
                "This device stays signed in, so somebody else may hold it. Before your data, your address or your account is touched, please type a code that we mail to "
                <b>{page.email}</b> "."
            </p>
            <ErrorSummary form />
            {is_asked
                .then(|| {
                    view! {
                        <ActionForm action=enter attr:class="flow flow-l" attr:novalidate="">
                            <input type="hidden" name="next" value=next_to_enter />
                            <TextField
                                form
                                name="code"
                                label="The six digits"
                                class="code"
                                autocomplete="one-time-code"
                                inputmode="numeric"
                                maxlength=12
                            />
                            <Submit label="Go on" pending=enter.pending() />
                        </ActionForm>
                    }
                })}
            <ActionForm action=ask attr:class="inline">
                <input type="hidden" name="next" value=next />
                <Submit
                    label=if is_asked { "Mail a new code" } else { "Mail me a code" }
                    class=if is_asked { "button quiet" } else { "button" }
                    icon=IconName::Mail
                    pending=ask.pending()
                />
            </ActionForm>
            {page.dev_mail.then(|| view! { <DevMail /> })}
        </div>
    }
}
