//! The confirmation: the reference, what happens next and when, the calendar file, what we mailed.

use crate::{
    api::{
        reserve::{ConfirmedPage as Data, get_confirmed_page},
        waiting::LeaveOtherLines,
    },
    components::{
        frame::{Around, Frame},
        icon::{Icon, IconName},
        line::Refused,
        loaded::loaded,
        scene::{Scene, ScenePlace},
    },
    pages::program::WayIn,
    paths,
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::{Meta, Title};

/// The page.
#[component]
pub fn ConfirmedPage() -> impl IntoView {
    let page = Resource::new(super::slug(), get_confirmed_page);
    view! {
        <Title text="Your seat is reserved" />
        <Meta name="robots" content="noindex" />
        <Frame around=Around::Focus>{loaded(page, |page| view! { <Content page /> }.into_any())}</Frame>
    }
}

#[component]
fn Content(page: Data) -> impl IntoView {
    let group = page.group;
    view! {
        <section class="confirmed">
            <div class="wrap narrow">
                <h1>"Your seat is reserved."</h1>
                <p class="lead">
                    {if group.meets() {
                        format!("{}, {}. The first time on {}.", group.title, group.rhythm, group.first_day)
                    } else {
                        format!("{}. No meeting is planned at the moment.", group.title)
                    }}
                </p>
            </div>
            <div class="hero-ground">
                <div class="wrap narrow">
                    <Scene
                        place=ScenePlace::Confirmed
                        counts=group.seats.counts
                        label="A circle of chairs. One of them is yours."
                    />
                    <p class="small muted refline">"Reference " <b class="ref">{page.reference}</b></p>
                </div>
            </div>
        </section>
        <div class="wrap narrow end">
            <section class="part">
                <h2>"What happens now"</h2>
                <ol class="steps">
                    <li><div>
                        <h3>"Today"</h3>
                        <p>
                            "We mailed a confirmation to " <b>{page.mailed_to}</b>
                            ". It names no topic, so anybody may see it. The dates come with it."
                        </p>
                    </div></li>
                    <li><div>
                        <h3>{page.before}</h3>
                        <p>"Read the week’s text, “" {page.unit} "”. It waits in your program and takes a few minutes."</p>
                    </div></li>
                    <li><div>
                        <h3>{page.meets}</h3>
                        <p><WayIn phone=page.phone /></p>
                    </div></li>
                </ol>
            </section>
            {(!page.other_lines.is_empty())
                .then(|| view! { <OtherLines slug=group.slug.clone() titles=page.other_lines /> })}
            <div class="stack">
                <a class="button" href=paths::PROGRAM>"Go to my program"<Icon name=IconName::Arrow /></a>
                <a class="button quiet" href=paths::reserve_calendar(&group.slug) rel="external">
                    "Add to my calendar"<Icon name=IconName::Calendar />
                </a>
            </div>
        </div>
    }
}

/// She waits for more of the same: whether she still wants to.
#[component]
fn OtherLines(slug: String, titles: Vec<String>) -> impl IntoView {
    let action = ServerAction::<LeaveOtherLines>::new();
    let (lines, label) =
        if titles.len() == 1 { ("one more line", "Leave that line") } else { ("other lines", "Leave those lines") };
    view! {
        <section class="part">
            <h2>"You still wait elsewhere"</h2>
            <p>"You are in " {lines} " for something alike. Whoever stands behind you moves up if you leave."</p>
            <ul class="plainlist">{titles.into_iter().map(|title| view! { <li>{title}</li> }).collect_view()}</ul>
            <ActionForm action attr:class="confirm">
                <input type="hidden" name="slug" value=slug />
                <label class="choice solo">
                    <input type="checkbox" name="leave" value="true" checked />
                    <span>{label}</span>
                </label>
                <button class="button quiet" type="submit" aria-busy=move || action.pending().get().then_some("true")>
                    "Save this"
                </button>
                <Refused answer=Signal::derive(move || action.value().get()) />
            </ActionForm>
        </section>
    }
}
