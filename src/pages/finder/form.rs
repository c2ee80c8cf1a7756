//! The form of the finder: a plain GET form that sends itself when something changes, if script is there.

use crate::{
    api::groups::{FinderPage as Found, read_query},
    components::{
        icon::{Icon, IconName},
        state_select::{StateOptions, counted},
    },
    domain::{
        finder::{Filter, FinderQuery, Sort, TimeOfDay},
        group::Kind,
        place::{Place, UsState},
        series::{WEEK, weekday_code, weekday_name},
        topic::Topic,
    },
    paths,
};
use leptos::{
    ev::{Event, SubmitEvent},
    html,
    leptos_dom::helpers::TimeoutHandle,
    prelude::*,
};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use std::time::Duration;
use wasm_bindgen::JsCast as _;

/// How long typing may pause before the words are looked for.
const PAUSE: Duration = Duration::from_millis(350);

/// What a filter is called on its chip.
pub fn filter_words(filter: &Filter, wish: &FinderQuery) -> String {
    match filter {
        Filter::Topic(topic) => topic.name().to_owned(),
        Filter::Kind(kind) => kind.plural().to_owned(),
        Filter::Day(day) => weekday_name(*day).to_owned(),
        Filter::Time(time) => time.name().to_owned(),
        Filter::Open => "Free seats only".to_owned(),
        Filter::Words => format!("“{}”", wish.words),
    }
}

/// What stands in a form, as a wish.
fn read_form(form: &web_sys::HtmlFormElement) -> Option<FinderQuery> {
    let data = web_sys::FormData::new_with_form(form).ok()?;
    let text = web_sys::UrlSearchParams::new_with_str_sequence_sequence(data.unchecked_ref()).ok()?.to_string();
    Some(read_query(&String::from(text)))
}

/// The form.
#[component]
pub fn FinderForm(
    /// The wish in the address.
    query: Memo<FinderQuery>,
    /// What is shown now.
    shown: RwSignal<Found>,
    /// States that stand first.
    states: Vec<UsState>,
) -> impl IntoView {
    let node = NodeRef::<html::Form>::new();
    let navigate = use_navigate();
    let go = StoredValue::new(move |changed: &str| {
        let Some(wish) = node.get_untracked().as_ref().and_then(read_form) else { return };
        let wish = wish.chosen_in(changed);
        if wish != query.get_untracked() {
            let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
            navigate(&paths::finder(&wish), options);
        }
    });
    let later = StoredValue::new(None::<TimeoutHandle>);
    let type_on = move |_| {
        if let Some(waiting) = later.get_value() {
            waiting.clear();
        }
        later.set_value(set_timeout_with_handle(move || go.with_value(|go| go("")), PAUSE).ok());
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        go.with_value(|go| go(""));
    };
    let change = move |event: Event| {
        let select = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlSelectElement>().ok());
        let name = select.map(|select| select.name()).unwrap_or_default();
        go.with_value(|go| go(&name));
    };
    // A chip that takes itself off, or the back button, changes the address: the form follows it.
    Effect::new(move |before: Option<()>| {
        let wish = query.get();
        if before.is_some()
            && let Some(form) = node.get_untracked()
            && read_form(&form).is_some_and(|typed| typed != wish)
        {
            follow(&form, &wish);
        }
    });
    let wish = query.get_untracked();
    let place = wish.place.map_or("", Place::value);
    let topic = wish.topics.first().map_or("", |topic| topic.slug());
    let facets = Signal::derive(move || shown.with(|shown| shown.facets.clone()));
    let day = wish.days.first().map_or("", |day| weekday_code(*day));
    let time = wish.times.first().map_or("", |time| time.code());
    view! {
        <form
            class="ledger"
            action=paths::GROUPS
            aria-label="Find a group"
            node_ref=node
            on:submit=submit
            on:change=change
        >
            <div class="cell">
                <label for="f-state">"I am in"</label>
                <select id="f-state" name="state">
                    <option value="" selected=place.is_empty()>"Any state"</option>
                    <StateOptions first=states chosen=place.to_owned() facets />
                </select>
            </div>
            <div class="cell">
                <label for="f-topic">"Topic"</label>
                <select id="f-topic" name="topic">
                    <option value="" selected=topic.is_empty()>"Any topic"</option>
                    {Topic::ALL
                        .into_iter()
                        .map(|choice| {
                            let words = move || counted(choice.name(), facets.with(|facets| facets.topic(choice)));
                            let code = choice.slug();
                            view! { <option value=code selected=code == topic>{words}</option> }
                        })
                        .collect_view()}
                </select>
            </div>
            <div class="cell">
                <label for="f-day">"Day"</label>
                <select id="f-day" name="day">
                    <option value="" selected=day.is_empty()>"Any day"</option>
                    {WEEK
                        .into_iter()
                        .map(|weekday| {
                            let words = move || counted(weekday_name(weekday), facets.with(|facets| facets.day(weekday)));
                            let code = weekday_code(weekday);
                            view! { <option value=code selected=code == day>{words}</option> }
                        })
                        .collect_view()}
                </select>
            </div>
            <div class="cell">
                <label for="f-time">"Time of day"</label>
                <select id="f-time" name="time">
                    <option value="" selected=time.is_empty()>"Any time"</option>
                    {TimeOfDay::ALL
                        .into_iter()
                        .map(|part| {
                            let words = move || counted(part.name(), facets.with(|facets| facets.time(part)));
                            view! { <option value=part.code() selected=part.code() == time>{words}</option> }
                        })
                        .collect_view()}
                </select>
            </div>
            <div class="more">
                <div class="words">
                    <label for="f-words">"Words or a name"</label>
                    <input
                        class="input"
                        id="f-words"
                        name="q"
                        type="search"
                        maxlength="80"
                        autocomplete="off"
                        value=wish.words.clone()
                        on:input=type_on
                    />
                </div>
                <div class="chips">
                    <label class="chip">
                        <input type="checkbox" name="open" value="true" checked=wish.open />
                        "Free seats only "
                        <Count count=Signal::derive(move || facets.with(|facets| facets.open)) />
                    </label>
                    {Kind::ALL
                        .into_iter()
                        .map(|kind| {
                            let checked = wish.kinds.contains(&kind);
                            view! {
                                <label class="chip">
                                    <input type="checkbox" name="kind" value=kind.code() checked=checked />
                                    {kind.plural()}
                                    " "
                                    <Count count=Signal::derive(move || facets.with(|facets| facets.kind(kind))) />
                                </label>
                            }
                        })
                        .collect_view()}
                </div>
                {move || kept(&query.get())}
                <button class="button small" type="submit">"Show groups"<Icon name=IconName::Arrow /></button>
            </div>
        </form>
    }
}

/// How many groups a chip would leave.
#[component]
fn Count(#[prop(into)] count: Signal<u32>) -> impl IntoView {
    let unit = move || if count.get() == 1 { " group" } else { " groups" };
    view! { <span class="count">{count}<span class="hidden">{unit}</span></span> }
}

/// What the controls do not show but must not lose: the order, the zone, and further topics, days and times. Without script they
/// are sent along with whatever is chosen, and "any" gives them up; see [`FinderQuery::from_pairs`].
fn kept(wish: &FinderQuery) -> impl IntoView + use<> {
    let hidden = |name: &'static str, value: String| view! { <input type="hidden" name=name value=value /> };
    let topics = wish.topics.iter().skip(1).map(|topic| hidden("topic", topic.slug().to_owned()));
    let days = wish.days.iter().skip(1).map(|day| hidden("day", weekday_code(*day).to_owned()));
    let times = wish.times.iter().skip(1).map(|time| hidden("time", time.code().to_owned()));
    let sort = (wish.sort == Sort::Seats).then(|| hidden("sort", "seats".to_owned()));
    let zone = wish.zone.clone().map(|zone| hidden("zone", zone));
    topics.chain(days).chain(times).chain(sort).chain(zone).collect_view()
}

/// Sets the controls of the form to a wish.
fn follow(form: &web_sys::HtmlFormElement, wish: &FinderQuery) {
    let select = |id: &str, value: &str| {
        let found =
            document().get_element_by_id(id).and_then(|found| found.dyn_into::<web_sys::HtmlSelectElement>().ok());
        if let Some(select) = found {
            select.set_value(value);
        }
    };
    select("f-state", wish.place.map_or("", Place::value));
    select("f-topic", wish.topics.first().map_or("", |topic| topic.slug()));
    select("f-day", wish.days.first().map_or("", |day| weekday_code(*day)));
    select("f-time", wish.times.first().map_or("", |time| time.code()));
    let inputs = form.elements();
    for index in 0..inputs.length() {
        let Some(input) = inputs.item(index).and_then(|item| item.dyn_into::<web_sys::HtmlInputElement>().ok()) else {
            continue;
        };
        match input.name().as_str() {
            "q" => input.set_value(&wish.words),
            "open" => input.set_checked(wish.open),
            "kind" => input.set_checked(wish.kinds.iter().any(|kind| kind.code() == input.value())),
            _ => {}
        }
    }
}
