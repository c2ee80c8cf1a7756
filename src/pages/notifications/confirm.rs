//! The page that a mailed link opens. Opening it changes nothing, since mail scanners follow links; its button says yes.

use super::still;
use crate::{
    api::{
        form::FormState,
        notifications::{ConfirmPage as Data, LinkShown, PressConfirm, get_confirm},
    },
    components::{
        error_summary::ErrorSummary,
        frame::{Around, Frame},
        icon::{Icon, IconName},
        loaded::loaded,
        submit::Submit,
    },
    domain::subscription::CONSENT_TEXT,
    paths,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

/// The page.
#[component]
pub fn ConfirmPage() -> impl IntoView {
    let params = use_params_map();
    let token = move || params.with(|params| params.get("token")).unwrap_or_default();
    let page = Resource::new(token, get_confirm);
    view! {
        <Title text="Your weekly mail" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let form = page.form;
    match page.link {
        LinkShown::Over => view! {
            <div class="wrap narrow top end flow flow-l">
                <h1>"This link does not work any more."</h1>
                <p class="lead">"It is too old, or a newer mail has replaced it. Nothing was changed."</p>
                <a class="button quiet" href=paths::NOTIFICATIONS>"Ask for a new one"<Icon name=IconName::Arrow /></a>
            </div>
        }
        .into_any(),
        LinkShown::Confirmed { preferences } => view! {
            <div class="wrap narrow top end flow flow-l">
                <h1>"You are on the list."</h1>
                <p class="lead">
                    "A mail comes when there are new meeting times for you, at most one a week. The first one comes within a week, with all that fits then."
                </p>
                <a class="button quiet" href=preferences>"Change what you hear of, or when"<Icon name=IconName::Arrow /></a>
                <p class="muted">"Every mail has a link that ends it with one tap, however old the mail is."</p>
            </div>
        }
        .into_any(),
        LinkShown::Ask { facts } => view! {
            <Ask form heading="Shall we write to you?" label="Yes, write to me" icon=IconName::Check>
                <p class="lead">"At most once a week, when there are new meeting times with a free seat."</p>
                <p class="consent">"By pressing the button you say: “" {CONSENT_TEXT} "”"</p>
                <dl class="facts">
                    {facts
                        .into_iter()
                        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
                        .collect_view()}
                </dl>
                <p class="muted">"If you did not ask for this, close the page. No mail will come."</p>
            </Ask>
        }
        .into_any(),
        LinkShown::Address { email } => view! {
            <Ask form heading="Shall your weekly mail come here?" label="Yes, to this address" icon=IconName::Mail>
                <p class="lead">
                    "Somebody who gets our weekly mail elsewhere wants it at " <b>{email}</b> " from now on. If that was not you, close the page."
                </p>
                <p class="consent">"By pressing the button you say: “" {CONSENT_TEXT} "”"</p>
            </Ask>
        }
        .into_any(),
    }
}

#[component]
fn Ask(
    form: FormState,
    heading: &'static str,
    label: &'static str,
    icon: IconName,
    children: Children,
) -> impl IntoView {
    let form = still(form);
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    view! {
        <div class="wrap narrow top end flow flow-l">
            <h1>{heading}</h1>
            <ErrorSummary form />
            {children()}
            <form class="inline" method="post" action=PressConfirm::url()>
                <input type="hidden" name="token" value=token />
                <Submit label icon />
            </form>
        </div>
    }
}
