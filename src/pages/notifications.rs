//! The weekly list: asking for it, and what follows from its mails. All forms are plain ones, posted as they are with and
//! without script, since most of these pages are opened once from a mail.

use crate::{
    api::{
        form::FormState,
        notifications::{Subscribe, SubscribePage as Data, get_sent, get_subscribe},
        text::HeadText,
    },
    components::{
        dev_mail::DevMail,
        error_summary::ErrorSummary,
        field::TextField,
        frame::{Around, Frame},
        head::{PageHead, Picture},
        icon::{Icon, IconName},
        loaded::loaded,
        submit::Submit,
        wish_fields::{ChoiceField, PlaceField, TimeFields, TopicFields},
    },
    domain::subscription::CONSENT_TEXT,
    paths,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_location;

mod confirm;
mod own_data;
mod preferences;
mod unsubscribe;

pub use confirm::ConfirmPage;
pub use own_data::OwnDataPage;
pub use preferences::PreferencesPage;
pub use unsubscribe::UnsubscribePage;

/// The page that asks for an address; its query string is a wish of the finder.
#[component]
pub fn SubscribePage() -> impl IntoView {
    let location = use_location();
    let page = Resource::new(move || location.search.get(), get_subscribe);
    let head = HeadText {
        title: "New meeting times by mail".to_owned(),
        description:
            "One mail a week at most, when there are new group meeting times with free seats. Choose days, times and state; end it with one tap."
                .to_owned(),
        path: paths::NOTIFICATIONS.to_owned(),
        data: String::new(),
    };
    view! {
        <PageHead head picture=Picture::Circle />
        <Frame around=Around::Public current=paths::NOTIFICATIONS>
            {loaded(page, |page| view! { <Content page /> }.into_any())}
        </Frame>
    }
}

/// A form whose state does not change while the page is open.
fn still(form: FormState) -> Signal<FormState> {
    Signal::stored(form)
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let form = still(page.form);
    view! {
        <div class="wrap narrow top">
            <h1>"We write when there is a seat."</h1>
            <p class="lead">
                "At most one mail a week, with new meeting times that have a free seat. When there is nothing new, no mail comes."
            </p>
            <ErrorSummary form />
        </div>
        <form class="wrap narrow end notifications" method="post" action=Subscribe::url() novalidate>
            <section class="part">
                <TextField
                    form
                    name="email"
                    label="Your e-mail address"
                    hint="We ask there first whether you want this. The rest of this page you may leave as it is."
                    kind="email"
                    autocomplete="email"
                    inputmode="email"
                    class="input mid"
                    maxlength=254
                />
            </section>
            <section class="part"><TimeFields form /></section>
            <section class="part"><TopicFields form /></section>
            <section class="part">
                <PlaceField form first=page.first_states />
                <ChoiceField
                    form
                    name="zone"
                    label="Your time zone"
                    hint="Days and times above are meant in it."
                    options=page.zones
                />
            </section>
            <p class="consent">"By sending this I say: “" {CONSENT_TEXT} "”"</p>
            <p class="small muted">
                "The mail itself names no topic. " <a href=paths::PRIVACY>"What we keep, and for how long"</a>
            </p>
            <div class="stack"><Submit label="Ask me by mail" icon=IconName::Mail /></div>
        </form>
    }
}

/// A mail is on its way; the same page for every address.
#[component]
pub fn SentPage() -> impl IntoView {
    let dev_mail = Resource::new(|| (), |()| get_sent());
    view! {
        <Title text="Please look in your mail" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Public>
            {loaded(dev_mail, |dev_mail| view! { <Sent dev_mail /> }.into_any())}
        </Frame>
    }
}

#[component]
fn Sent(dev_mail: bool) -> impl IntoView {
    view! {
        <div class="wrap narrow top end flow flow-l">
            <h1>"Please look in your mail."</h1>
            <p class="lead">
                "A mail is on its way to the address you typed. It has a link to a page with one button. Nothing comes before you press it."
            </p>
            {dev_mail.then(|| view! { <DevMail /> })}
            <p class="muted">
                "No mail after some minutes? Look where your mail program puts what it does not know. We write to an address at most once an hour. "
                <a href=paths::NOTIFICATIONS>"Type the address again"</a>
            </p>
            <p><a class="act" href=paths::GROUPS>"Look at the groups"<Icon name=IconName::Arrow /></a></p>
        </div>
    }
}
