//! What a subscriber hears of and when. A link from one of her mails opens it without signing in; a member finds it in her
//! account.

use super::still;
use crate::{
    api::{
        form::FormState,
        notifications::preferences::{
            ChangeAddress, EndPause, KeepPreferences, MailFreshLink, Opened, Pause, PreferencesPage as Data,
            StartAgain, Stop, get_preferences,
        },
    },
    components::{
        dev_mail::DevMail,
        error_summary::ErrorSummary,
        field::TextField,
        frame::{Around, Frame},
        icon::{Icon, IconName},
        loaded::loaded,
        submit::Submit,
        wish_fields::{ChoiceField, PlaceField, TimeFields, TopicFields},
    },
    domain::{
        series::{WEEK, weekday_code, weekday_name},
        subscription::{CONSENT_TEXT, SubscriptionStatus},
    },
    paths,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

/// The page.
#[component]
pub fn PreferencesPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    let around = if token.is_empty() { Around::Member } else { Around::Public };
    let page = Resource::new(move || token.clone(), get_preferences);
    view! {
        <Title text="Your weekly mail" />
        <Meta name="robots" content="noindex" />
        <Frame around>{loaded(page, |opened| view! { <Content opened /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(opened: Opened) -> impl IntoView {
    match opened {
        Opened::Page(page) => view! { <Preferences page=*page /> }.into_any(),
        Opened::Old { said, form } => view! { <Old said form /> }.into_any(),
        Opened::None => view! {
            <Nothing
                heading="No weekly mail goes here."
                words="There is nothing to change here. You can ask for it at any time."
                label="Ask for the weekly mail"
            />
        }
        .into_any(),
        Opened::Broken => view! {
            <Nothing
                heading="This link is not whole."
                words="Some mail programs cut long links. Please open it from the mail again, or type your address, and we mail you a link that works."
                label="Type my address"
            />
        }
        .into_any(),
    }
}

#[component]
fn Nothing(heading: &'static str, words: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <div class="wrap narrow top end flow flow-l">
            <h1>{heading}</h1>
            <p class="lead">{words}</p>
            <a class="button quiet" href=paths::NOTIFICATIONS>{label}<Icon name=IconName::Arrow /></a>
        </div>
    }
}

/// What was done just now; nothing where nothing was.
#[component]
fn Said(words: String) -> impl IntoView {
    (!words.is_empty()).then(|| {
        view! {
            <p class="note plain said" role="status"><Icon name=IconName::Check /><span>{words}</span></p>
        }
    })
}

/// A link that is too old to show anything.
#[component]
fn Old(said: String, form: FormState) -> impl IntoView {
    let form = still(form);
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    view! {
        <div class="wrap narrow top end flow flow-l">
            <h1>"This link has grown old."</h1>
            <p class="lead">
                "Links from our mails work for 30 days, so that an old mail in the wrong hands shows nothing. We can mail you a fresh one, to the address that gets the weekly mail now."
            </p>
            <Said words=said />
            <ErrorSummary form />
            <form class="inline" method="post" action=MailFreshLink::url()>
                <input type="hidden" name="token" value=token />
                <Submit label="Mail me a fresh link" icon=IconName::Mail />
            </form>
            <p class="muted">"The link that stops the weekly mail works from every mail, however old."</p>
        </div>
    }
}

#[component]
fn Preferences(page: Data) -> impl IntoView {
    let is_account = page.token.is_empty();
    let form = still(page.form.clone());
    let rest = page.clone();
    let token = page.token.clone();
    let details = form.with_untracked(|form| form.value("details") == "true");
    let days = WEEK.into_iter().map(|day| (weekday_code(day).to_owned(), weekday_name(day).to_owned())).collect();
    view! {
        <div class="wrap narrow top">
            {is_account.then(|| view! { <a class="back" href=paths::ACCOUNT><Icon name=IconName::Back />"Your account"</a> })}
            <h1>"Your weekly mail"</h1>
            <p class="lead">
                "For " <b>{page.email}</b> "."
                {(!is_account).then_some(" You came here from a mail, so you need no sign-in.")}
            </p>
            <Said words=page.said />
            <ErrorSummary form />
            <Standing status=page.status paused=page.paused token=token.clone() />
        </div>
        <form class="wrap narrow notifications" method="post" action=KeepPreferences::url() novalidate>
            <input type="hidden" name="token" value=token />
            <section class="part"><TimeFields form /></section>
            <section class="part">
                <TopicFields form />
                <PlaceField form first=page.first_states />
            </section>
            <section class="part">
                <fieldset>
                    <legend class="big">"When we write"</legend>
                    <div class="fields two">
                        <ChoiceField form name="weekday" label="Day" options=days />
                        <ChoiceField form name="hour" label="Around" options=page.hours />
                    </div>
                    <ChoiceField
                        form
                        name="zone"
                        label="Your time zone"
                        hint="Your days and times, and the hour of the mail, are meant in it."
                        options=page.zones
                    />
                </fieldset>
                <label class="choice solo">
                    <input type="checkbox" name="details" value="true" checked=details />
                    <span>
                        "Name topics and groups in the mail"
                        <small>
                            "Then anybody who sees your inbox, and every company that carries your mail, can read what you look for. We leave it out unless you ask."
                        </small>
                    </span>
                </label>
            </section>
            <div class="stack"><Submit label="Save" icon=IconName::Check /></div>
        </form>
        <Rest page=rest form />
    }
}

/// Where the subscription stands, if it is not simply on; with the button that changes that.
#[component]
fn Standing(status: SubscriptionStatus, paused: Option<String>, token: String) -> impl IntoView {
    let again = |token: String, words: &'static str| {
        view! {
            <div class="note underway">
                <Icon name=IconName::Mail />
                <div class="flow flow-s">
                    <p>{words}</p>
                    <p class="small muted">"Starting again means: “" {CONSENT_TEXT} "”"</p>
                    <form class="inline" method="post" action=StartAgain::url()>
                        <input type="hidden" name="token" value=token />
                        <button class="button small" type="submit">"Start again"</button>
                    </form>
                </div>
            </div>
        }
        .into_any()
    };
    match (status, paused) {
        (SubscriptionStatus::Unsubscribed, _) => again(token, "The weekly mail has stopped. Your choices are still here."),
        (SubscriptionStatus::Bounced, _) => {
            again(token, "Our last mails came back, so we stopped. If your mailbox works again, so can this.")
        }
        (SubscriptionStatus::Pending, _) => view! {
            <p class="note"><Icon name=IconName::Mail /><span>"We wait for your yes: please press the button of the page that our mail leads to."</span></p>
        }
        .into_any(),
        (SubscriptionStatus::Confirmed, Some(until)) => view! {
            <div class="note underway">
                <Icon name=IconName::Clock />
                <div class="flow flow-s">
                    <p>"It rests. It comes again from " <b>{until}</b> " on."</p>
                    <form class="inline" method="post" action=EndPause::url()>
                        <input type="hidden" name="token" value=token />
                        <button class="link" type="submit">"Let it come again now"</button>
                    </form>
                </div>
            </div>
        }
        .into_any(),
        (SubscriptionStatus::Confirmed, None) => ().into_any(),
    }
}

/// Rest, another address, what is kept, stop.
#[component]
fn Rest(page: Data, form: Signal<FormState>) -> impl IntoView {
    let token = page.token;
    let is_on = page.status == SubscriptionStatus::Confirmed;
    view! {
        <div class="wrap narrow end">
            {is_on
                .then(|| {
                    view! {
                        <section class="part">
                            <h2>"Let it rest"</h2>
                            <form class="flow" method="post" action=Pause::url()>
                                <input type="hidden" name="token" value=token.clone() />
                                <ChoiceField form name="until" label="No mail before" options=page.pauses />
                                <Submit label="Pause" class="button quiet" icon=IconName::Clock />
                            </form>
                        </section>
                    }
                })}
            <section class="part">
                <h2>"Another address"</h2>
                {page
                    .new_email
                    .map(|new| view! { <p class="note plain"><Icon name=IconName::Mail /><span>"We wait for a yes from " <b>{new}</b> "."</span></p> })}
                <form class="flow" method="post" action=ChangeAddress::url() novalidate>
                    <input type="hidden" name="token" value=token.clone() />
                    <TextField
                        form
                        name="email"
                        label="The new address"
                        hint="It gets a mail with a link. When it has said yes, this address is told."
                        kind="email"
                        autocomplete="email"
                        inputmode="email"
                        class="input mid"
                        maxlength=254
                    />
                    <Submit label="Write to the new address" class="button quiet" icon=IconName::Mail />
                </form>
                {page.dev_mail.then(|| view! { <DevMail /> })}
            </section>
            <section class="part">
                <h2>"What we keep, and the end of it"</h2>
                <ul class="lines">
                    <li><a href=paths::own_notifications_data(&token)>
                        <span><b>"See, take along or erase what you keep about me"</b></span><Icon name=IconName::Arrow go=true />
                    </a></li>
                </ul>
                {(page.status != SubscriptionStatus::Unsubscribed)
                    .then(|| {
                        view! {
                            <form class="gap2" method="post" action=Stop::url()>
                                <input type="hidden" name="token" value=token />
                                <Submit label="Stop the weekly mail" class="button quiet" icon=IconName::Cross />
                            </form>
                        }
                    })}
            </section>
        </div>
    }
}
