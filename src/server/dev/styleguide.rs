//! `/dev/styleguide`: every component in every state, on one page without script. In development only.

use crate::{
    api::{form::FormState, groups::SeatLine},
    components::{
        drawing::{Drawing, DrawingName},
        error_summary::ErrorSummary,
        face::{Avatar, FaceSize},
        field::TextField,
        icon::{Icon, IconName},
        loaded::{Shape, Skeleton},
        scene::{Scene, ScenePlace},
        seat_ring::{RingCenter, RingSize, SeatRing},
        seats::Seats,
        state_select::StateField,
        submit::Submit,
        subscribe_form::SubscribeForm,
        text::Drawn,
        text_area::TextArea,
        topic_mark::TopicMark,
        wish_fields::{TimeFields, TopicFields},
    },
    domain::{about::FieldError, finder::FinderQuery, place::UsState, seat_counts::SeatCounts, topic::Topic},
    paths,
    server::{content::pages, drawings},
};
use larger::Larger;
use leptos::prelude::*;
use leptos_router::{components::Router, location::RequestUrl};

mod larger;

/// The page's contents as HTML.
pub fn markup() -> String {
    Owner::new_root(None).with(|| {
        // Some parts ask where they stand.
        provide_context(RequestUrl::new(paths::DEV_STYLEGUIDE));
        view! { <Router><StyleGuide /></Router> }.to_html()
    })
}

/// States of a circle: name, what stands beside it, counts, forming.
fn circles() -> [(&'static str, &'static str, SeatCounts, bool); 7] {
    let counts = |capacity, reserved, held, yours| SeatCounts { capacity, reserved, held, yours, offered: 0 };
    [
        ("Open", "3 seats free, of 8", counts(8, 5, 0, 0), false),
        ("One on hold", "1 seat free, one more is on hold", counts(8, 6, 1, 0), false),
        ("Yours", "The seat with the dot is yours", counts(8, 5, 0, 1), false),
        ("Forming", "Forming: 3 of the 4 it needs", counts(7, 3, 0, 0), true),
        ("Full", "Full, 2 people waiting", counts(6, 6, 0, 0), false),
        ("Smallest", "5 seats", counts(5, 2, 0, 0), false),
        ("Largest", "12 seats", counts(12, 6, 0, 0), false),
    ]
}

#[component]
fn StyleGuide() -> impl IntoView {
    let wrong = Signal::stored(FormState {
        values: vec![("name".to_owned(), "W".to_owned())],
        errors: vec![FieldError::new("name", "Please give us a name to call you by.")],
        message: None,
    });
    let first: Vec<UsState> = UsState::parse("NY").into_iter().collect();
    let right = Signal::stored(FormState::default());
    let chosen =
        Signal::stored(FormState { values: vec![("day".to_owned(), "mon,sun".to_owned())], ..FormState::default() });
    view! {
        <h1>"Parts"</h1>
        <p class="lead">"Every component in its states."</p>
        <div class="parts">
            <section class="part">
                <h2>"Circles"</h2>
                <ul class="ringrow">
                    {circles()
                        .into_iter()
                        .map(|(name, words, counts, forming)| {
                            view! {
                                <li>
                                    <div class="pair">
                                        <SeatRing counts size=RingSize::Desk forming />
                                        <SeatRing counts forming />
                                        <SeatRing counts size=RingSize::Bar forming />
                                    </div>
                                    <b>{name}</b>
                                    <small>{words}</small>
                                </li>
                            }
                        })
                        .collect_view()}
                    <li>
                        <div class="pair"><SeatRing counts=SeatCounts::filled(8) size=RingSize::Desk waiting=true /></div>
                        <b>"Loading"</b>
                    </li>
                </ul>
                <SeatRing
                    counts=SeatCounts { capacity: 8, reserved: 5, held: 0, yours: 0, offered: 0 }
                    size=RingSize::Page
                    center=RingCenter { count: 3, word: "seats free" }
                />
                <Seats line=SeatLine {
                    counts: SeatCounts { capacity: 8, reserved: 5, held: 0, yours: 0, offered: 0 },
                    forming: false,
                    text: "3 seats free".to_owned(),
                    sub: "of 8".to_owned(),
                } />
            </section>
            <section class="part">
                <h2>"Scenes and drawings"</h2>
                {[ScenePlace::Home, ScenePlace::Confirmed, ScenePlace::Empty, ScenePlace::Unavailable]
                    .map(|place| view! { <Scene place label="A circle of chairs." /> })
                    .collect_view()}
                <Drawing name=DrawingName::Doors />
                {pages::topics().iter().map(|text| view! { <Drawn drawing=drawings::topic(&text.slug) /> }).collect_view()}
                {pages::skills()
                    .chunk_by(|one, next| one.module == next.module)
                    .map(|cards| view! { <Drawn drawing=drawings::skill(&cards[0].slug, &cards[0].module) /> })
                    .collect_view()}
                <ul class="topics">
                    {Topic::ALL
                        .into_iter()
                        .map(|topic| view! { <li><span><TopicMark topic /></span><span>{topic.name()}</span></li> })
                        .collect_view()}
                </ul>
                <p class="row">
                    {(0_u32..10).map(|id| view! { <Avatar initials="RO" id size=FaceSize::Middle /> }).collect_view()}
                </p>
            </section>
            <section class="part narrowcol flow">
                <h2>"Buttons"</h2>
                <Submit label="Send me a code" icon=IconName::Mail />
                <Submit label="Reserve a seat" class="button seat" />
                <Submit label="Not this time" class="button quiet" />
                <Submit label="On its way" pending=true />
                <button class="button" type="button" disabled>"Not yet: it opens at 6:50 PM"</button>
            </section>
            <section class="part narrowcol flow">
                <h2>"Forms"</h2>
                <ErrorSummary form=wrong />
                <TextField form=wrong name="name" label="What should we call you?" hint="A first name, a nickname, an initial." />
                <TextField form=right name="number" label="Your phone" kind="tel" />
                <TextField form=right name="code" label="The six digits" class="code" />
                <StateField
                    form=right
                    label="Where will you be?"
                    hint="The state you are in when we meet."
                    first=first
                />
                <div class="field"><label for="note">"A note"</label><TextArea name="note" value="" /></div>
                <label class="choice solo">
                    <input type="checkbox" checked />
                    <span>"This is my own device"<small>"You stay signed in for two weeks."</small></span>
                </label>
            </section>
            <section class="part narrowcol flow notifications">
                <h2>"The weekly list"</h2>
                <SubscribeForm wish=FinderQuery::default() />
                <TimeFields form=chosen />
                <TopicFields form=right />
            </section>
            <section class="part narrowcol flow">
                <h2>"Notes"</h2>
                <p class="note"><Icon name=IconName::Circle /><span>"Something to know."</span></p>
                <p class="note plain"><Icon name=IconName::Mail /><span>"Something quiet."</span></p>
                <p class="note caution"><Icon name=IconName::Clock /><span>"Something that is due."</span></p>
                <p class="note danger"><Icon name=IconName::Alert /><span>"Something that went wrong."</span></p>
                <p class="note seat"><Icon name=IconName::Circle /><span>"A place for you."</span></p>
            </section>
            <section class="part"><h2>"Waiting"</h2><Skeleton shape=Shape::Text /><Skeleton shape=Shape::Finder /></section>
            <Larger />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// What has no place among the parts, and why.
    const ELSEWHERE: [(&str, &str); 14] = [
        ("Frame", "stands around every page"),
        ("BrandMark", "in the frame"),
        ("PageHead", "says something to machines"),
        ("LinkedData", "says something to machines"),
        ("Problem", "is a page"),
        ("FieldMessage", "in a field"),
        ("StateOptions", "in a select"),
        ("SubscribeAside", "stands on pages to read"),
        ("SubscribePart", "stands on pages with groups"),
        ("SubscribeLike", "is the part to subscribe, with a wish from a page"),
        ("PlaceField", "in the form of the weekly list, a select like others"),
        ("ChoiceField", "in the form of the weekly list, boxes like others"),
        ("Links", "in what to read next"),
        ("Exit", "listens to the whole window, which is not there where this is drawn"),
    ];

    #[test]
    fn shows_every_component() {
        let source = |path: &Path| fs::read_to_string(path).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let shown =
            ["styleguide.rs", "styleguide/larger.rs"].map(|file| source(&root.join("server/dev").join(file))).concat();
        let mut found = 0;
        for entry in fs::read_dir(root.join("components")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "rs") {
                continue;
            }
            for part in source(&path).split("#[component]\npub fn ").skip(1) {
                let name = part.split('(').next().unwrap();
                found += 1;
                let is_shown = shown.contains(&format!("<{name} ")) || shown.contains(&format!("<{name}\n"));
                let is_elsewhere = ELSEWHERE.iter().any(|(other, _)| *other == name);
                assert!(is_shown != is_elsewhere, "{name} of {}", path.display());
            }
        }
        assert!(found > 25, "{found}");
    }

    #[test]
    fn shows_every_state() {
        let html = super::markup();
        for mark in
            ["waiting-ring", "forming", "aria-invalid=\"true\"", "class=\"summary\"", "note danger", "aria-busy"]
        {
            assert!(html.contains(mark), "{mark} in {html}");
        }
        assert!(!html.contains("style="));
    }
}
