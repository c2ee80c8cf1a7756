//! The finder: its query string is the state of the page. With script results follow at once, without it the button does
//! the same.

use crate::{
    api::{
        groups::{FinderPage as Found, Notice, find_groups, read_query},
        text::HeadText,
    },
    components::{
        frame::{Around, Frame},
        group_row::GroupRowView,
        head::{PageHead, Picture},
        icon::{Icon, IconName},
        live::Live,
        loaded::{Shape, Skeleton},
        problem::Problem,
        return_place::{go_back_to_mark, go_to_first, leave_a_mark, return_to_mark},
        scene::{Scene, ScenePlace},
        subscribe_form::{SubscribeForm, SubscribePart},
        zone_line::ZoneLine,
    },
    domain::{
        finder::{FinderQuery, Sort},
        place::Place,
    },
    error::AppError,
    paths,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_location;

mod form;

use form::FinderForm;

/// The page.
#[component]
pub fn FinderPage() -> impl IntoView {
    let location = use_location();
    let query = Memo::new(move |_| read_query(&location.search.get()));
    // Loaded once; later wishes change what is shown in place, so that the form keeps its focus and nothing jumps.
    let first = OnceResource::new(find_groups(query.get_untracked().to_query()));
    let head = HeadText {
        title: "Find your group".to_owned(),
        description: "Therapist-led groups that meet online every week. Choose by state, topic, day and time, and see which have a free seat.".to_owned(),
        path: paths::GROUPS.to_owned(),
        data: String::new(),
    };
    view! {
        // Whatever is filtered, there is one page for search engines.
        <PageHead head picture=Picture::Circle />
        <Frame around=Around::Public current=paths::GROUPS>
            <Suspense fallback=|| view! { <Skeleton shape=Shape::Finder /> }>
                {move || Suspend::new(async move {
                    match first.await {
                        Ok(found) => view! { <Content query found /> }.into_any(),
                        Err(error) => view! { <Problem error /> }.into_any(),
                    }
                })}
            </Suspense>
        </Frame>
    }
}

#[component]
fn Content(query: Memo<FinderQuery>, found: Found) -> impl IntoView {
    let states = found.practice_states.clone();
    let shown = RwSignal::new(found);
    let failed = RwSignal::new(None::<AppError>);
    let location = use_location();
    let latest = StoredValue::new(0_u32);
    // The short form stands among the results and is drawn anew with them.
    let typed = RwSignal::new(String::new());
    let live = Live::follow(move || {
        shown.with(|shown| {
            shown.sections.iter().flat_map(|section| section.rows.iter().map(|row| row.slug.clone())).collect()
        })
    });
    Effect::new(move |before: Option<FinderQuery>| {
        let wish = query.get();
        // Leaving for another page changes the address as well; that is no wish.
        if let Some(before) = before.filter(|before| *before != wish)
            && location.pathname.get_untracked() == paths::GROUPS
        {
            // Another page of the same list, rather than another list: that is where she wants to be.
            let is_turned = before.on_page(wish.page) == wish;
            let number = latest.get_value() + 1;
            latest.set_value(number);
            let text = wish.to_query();
            spawn_local(async move {
                let answer = find_groups(text).await;
                // Only the newest wish is shown, in whatever order answers arrive.
                // Whoever has left the page meanwhile is shown nothing.
                if latest.try_get_value() == Some(number) {
                    match answer {
                        Ok(found) => {
                            shown.set(found);
                            failed.set(None);
                            if !return_to_mark() && is_turned {
                                go_to_first("main li.slot");
                            }
                        }
                        Err(error) => failed.set(Some(error)),
                    }
                }
            });
        }
        wish
    });
    go_back_to_mark();
    view! {
        <div class="wrap top finder-top">
            <h1>"Find your group"</h1>
            {move || shown.with(|shown| view! { <ZoneLine zone=shown.zone.clone() /> })}
        </div>
        <div class="wrap">
            <FinderForm query shown states />
            {move || {
                failed.get().map(|error| view! { <p class="note caution"><Icon name=IconName::Alert /><span>{error.to_string()}</span></p> })
            }}
            <div on:click=move |event| leave_a_mark(&event)>
                <ResultsHead query shown />
                {move || shown.with(|shown| shown.notice.clone()).map(|notice| view! { <ForPlace notice /> })}
                <Results query shown live typed />
            </div>
        </div>
    }
}

/// What her state means, loud only where it takes something away.
#[component]
fn ForPlace(notice: Notice) -> impl IntoView {
    if notice.limits {
        view! { <p class="note"><Icon name=IconName::Circle /><span>{notice.words}</span></p> }.into_any()
    } else {
        view! { <p class="forplace">{notice.words}</p> }.into_any()
    }
}

/// "9 groups", the filters as chips that take themselves off, and the order.
#[component]
fn ResultsHead(query: Memo<FinderQuery>, shown: RwSignal<Found>) -> impl IntoView {
    let count = move || match shown.with(|shown| shown.count) {
        0 => "No group".to_owned(),
        1 => "1 group".to_owned(),
        count => format!("{count} groups"),
    };
    let rest = move || if shown.with(|shown| shown.count) == 0 { " matches all of this yet" } else { "" };
    let chips = move || {
        let wish = query.get();
        wish.filters()
            .into_iter()
            .map(|filter| {
                let url = paths::finder(&wish.without(&filter));
                view! {
                    <a class="chip" href=url>
                        {form::filter_words(&filter, &wish)} <Icon name=IconName::Cross />
                        <span class="hidden">"remove this filter"</span>
                    </a>
                }
            })
            .collect_view()
    };
    let sort = move || {
        let wish = query.get();
        match wish.sort {
            Sort::Soonest => view! {
                <b>"Soonest first"</b>
                " · "
                <a href=paths::finder(&wish.sorted(Sort::Seats))>"Most seats first"</a>
            }
            .into_any(),
            Sort::Seats => view! {
                <a href=paths::finder(&wish.sorted(Sort::Soonest))>"Soonest first"</a>
                " · "
                <b>"Most seats first"</b>
            }
            .into_any(),
        }
    };
    view! {
        <div class="results-head">
            <p role="status"><b>{count}</b>{rest}</p>
            <div class="chips">{chips}</div>
            <p class="sort">{sort}</p>
        </div>
    }
}

#[component]
fn Results(query: Memo<FinderQuery>, shown: RwSignal<Found>, live: Live, typed: RwSignal<String>) -> impl IntoView {
    move || {
        let found = shown.get();
        let wish = query.get_untracked();
        if found.count == 0 {
            return view! { <Nothing found wish typed /> }.into_any();
        }
        let carried = carried(&wish);
        let sections = found
            .sections
            .into_iter()
            .map(|section| {
                let rows = section
                    .rows
                    .into_iter()
                    .map(|row| view! { <GroupRowView row query=carried.clone() live /> })
                    .collect_view();
                if section.name.is_empty() {
                    view! { <h2 class="hidden">"Most seats first"</h2> <ul class="slots">{rows}</ul> }.into_any()
                } else {
                    view! {
                        <section class="day">
                            <h2>{section.name} " " <small>{section.date}</small></h2>
                            <ul>{rows}</ul>
                        </section>
                    }
                    .into_any()
                }
            })
            .collect_view();
        let pager = view! { <Pager wish=wish.clone() page=found.page pages=found.pages /> };
        view! { {sections} {pager} <SubscribePart wish typed /> }.into_any()
    }
}

/// The whole wish goes along to the group's page: state and zone are read there, and its link back leads to this list.
fn carried(wish: &FinderQuery) -> String {
    let text = wish.to_query();
    if text.is_empty() { text } else { format!("?{text}") }
}

#[component]
fn Pager(wish: FinderQuery, page: u32, pages: u32) -> impl IntoView {
    (pages > 1).then(|| {
        let to = |page: u32| paths::finder(&wish.on_page(page));
        view! {
            <nav class="pager" aria-label="Pages">
                {(page > 1)
                    .then(|| view! { <a class="act" href=to(page - 1)><Icon name=IconName::Back />"Back"</a> })}
                {(page < pages)
                    .then(|| view! { <a class="act" href=to(page + 1)>"More groups"<Icon name=IconName::Arrow /></a> })}
                <span class="muted">{format!("Page {page} of {pages}")}</span>
            </nav>
        }
    })
}

/// An empty result: what to relax, each way with its count.
#[component]
fn Nothing(found: Found, wish: FinderQuery, typed: RwSignal<String>) -> impl IntoView {
    let ways = !found.relaxations.is_empty();
    let hint = if wish.place == Some(Place::OutsideUs) {
        "Groups can only be joined from inside the United States. On the next page you can say in which state you will be."
    } else if wish.words.is_empty() {
        "Your choices above come with it. One mail a week at most, and only when there is something new."
    } else {
        "Your choices above come with it, but not the words you searched for. One mail a week at most, and only when there is something new."
    };
    view! {
        <div class="empty emptygrid">
            <figure class="figure"><Scene place=ScenePlace::Empty label="A circle of empty chairs." /></figure>
            <div class="flow">
                <h2>{if ways { "Close by, there is something." } else { "Nothing fits at the moment." }}</h2>
                <ul class="lines">
                    {found
                        .relaxations
                        .into_iter()
                        .map(|way| {
                            view! {
                                <li><a href=way.url><span><b>{way.words}</b></span><span class="n">{way.count}</span></a></li>
                            }
                        })
                        .collect_view()}
                    <li><a href=paths::GROUPS><span>"All groups, without any filter"</span><Icon name=IconName::Arrow go=true /></a></li>
                </ul>
                <h3>"Or let us tell you when one opens"</h3>
                <SubscribeForm
                    wish
                    typed
                    label="Tell me when one opens"
                    hint
                />
            </div>
        </div>
    }
}
