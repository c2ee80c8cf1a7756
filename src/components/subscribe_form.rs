//! The short form of the weekly list: an address, and what the page is about goes along unseen. It is posted as a plain form,
//! also where script runs; what is wrong comes back on the list's own page, with everything that was typed.

use super::icon::{Icon, IconName};
use crate::{
    api::notifications::Subscribe,
    domain::{finder::FinderQuery, place::Place, series::weekday_code, subscription::CONSENT_TEXT},
    paths,
};
use leptos::{html, prelude::*, server_fn::ServerFn};

/// What goes along: the part of a wish that keeps its sense from week to week, and the zone if it was chosen.
#[component]
fn Along(wish: FinderQuery) -> impl IntoView {
    let place = wish.place.map(Place::value).map(|value| ("state", value));
    let chosen = wish
        .topics
        .iter()
        .map(|topic| ("topic[]", topic.slug()))
        .chain(wish.kinds.iter().map(|kind| ("kind[]", kind.code())))
        .chain(wish.days.iter().map(|day| ("day[]", weekday_code(*day))))
        .chain(wish.times.iter().map(|time| ("time[]", time.code())))
        .chain(place)
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view();
    view! { {chosen} {wish.zone.map(|zone| view! { <input type="hidden" name="zone" value=zone /> })} }
}

/// The form.
#[component]
pub fn SubscribeForm(
    /// What the page is about, or what was looked for.
    wish: FinderQuery,
    /// Label of the button.
    #[prop(default = "Write to me once a week")]
    label: &'static str,
    /// Class of the button: "button quiet" where the page has another one that matters more.
    #[prop(default = "button")]
    class: &'static str,
    /// What goes along, in words.
    #[prop(default = "One mail a week at most, and only when there is something new.")]
    hint: &'static str,
    /// The address as far as it is typed: a form that is drawn anew keeps it.
    #[prop(default = RwSignal::new(String::new()))]
    typed: RwSignal<String>,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    // What was typed before the program was there.
    Effect::new(move |_| {
        if let Some(input) = node.get().filter(|input| !input.value().is_empty()) {
            typed.set(input.value());
        }
    });
    let value = typed.with_untracked(|typed| (!typed.is_empty()).then(|| typed.clone()));
    let more = paths::notifications(&wish);
    view! {
        <form class="tellme flow" method="post" action=Subscribe::url() novalidate>
            <Along wish />
            <div class="field">
                <label for="tell-email">"Your e-mail address"</label>
                <span class="hint" id="tell-email-hint">{hint}</span>
                <input
                    class="input mid"
                    id="tell-email"
                    name="email"
                    type="email"
                    autocomplete="email"
                    inputmode="email"
                    maxlength="254"
                    value=value
                    node_ref=node
                    on:input=move |event| typed.set(event_target_value(&event))
                    aria-describedby="tell-email-hint tell-consent"
                />
            </div>
            <p class="small muted consent" id="tell-consent">"By sending this I say: “" {CONSENT_TEXT} "”"</p>
            <button class=class type="submit">{label}<Icon name=IconName::Mail /></button>
            <p class="small"><a href=more>"Choose days, times and topics first"</a></p>
        </form>
    }
}

/// The short form at the end of a page that one comes to for reading: a small part of it, and not in print.
#[component]
pub fn SubscribeAside(
    /// What the page is about.
    wish: FinderQuery,
    /// Class of the part: "part margin" where the parts beside it have their headings in the margin.
    #[prop(default = "part noprint")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <section class=class>
            <h2>"Hear of new times"</h2>
            <div class="flow">
                <p>"If you want a group later, we can tell you when there are new meeting times with free seats."</p>
                <SubscribeForm wish class="button quiet" />
            </div>
        </section>
    }
}

/// The short form as a part of a page, under its own heading.
#[component]
pub fn SubscribePart(
    /// What the page is about.
    wish: FinderQuery,
    /// The address as far as it is typed.
    #[prop(default = RwSignal::new(String::new()))]
    typed: RwSignal<String>,
) -> impl IntoView {
    view! {
        <section class="part margin noprint">
            <h2>"No time that fits?"</h2>
            <div class="flow">
                <p>"We can tell you when there are new meeting times with free seats."</p>
                <SubscribeForm wish typed />
            </div>
        </section>
    }
}
