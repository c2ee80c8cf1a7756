//! What stands around every page: skip link, header, main, the member's bar, footer.

use super::icon::{BrandMark, Icon, IconName};
use crate::{
    api::preferences::{ChooseScheme, FrameData, Viewer, get_frame},
    api::sign_in::SignOut,
    paths,
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_location;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::Event;

/// Which frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Around {
    /// Header with links, and the footer that is the whole menu.
    Public,
    /// One thing to do: nothing at the side, a small footer.
    Focus,
    /// The member's pages.
    Member,
    /// As public, but drawn without asking anybody: works when the database is away.
    Still,
}

/// What frames share: who reads, asked once a page, and whether this is the first page.
#[derive(Clone, Copy)]
pub struct SharedFrame {
    data: Resource<FrameData>,
    last: RwSignal<FrameData>,
    is_later_page: StoredValue<bool>,
}

/// Provides what frames share; called once, inside of the router.
pub fn provide_frame() {
    let location = use_location();
    let data = Resource::new(
        move || location.pathname.get(),
        |path| async move {
            // These are drawn without asking anybody: help must be there when the database is not.
            let is_still =
                [paths::HELP_NOW, paths::SIGN_IN, "/reserve", "/offers"].iter().any(|still| path.starts_with(still));
            if is_still { FrameData::default() } else { get_frame().await.unwrap_or_default() }
        },
    );
    Effect::new(|_| set_timeout(super::zone_line::tell_zone, super::zone_line::AFTER));
    provide_context(SharedFrame {
        data,
        last: RwSignal::new(FrameData::default()),
        is_later_page: StoredValue::new(false),
    });
}

/// Whether somebody came to this page from another one of the same document.
pub fn is_later_page() -> bool {
    expect_context::<SharedFrame>().is_later_page.get_value()
}

/// Set on the root as soon as the page has been taken over.
const TAKEN_OVER: &str = "js";

/// Leaves clicks to the browser until the page has been taken over. The router listens from its first moment, while the part of
/// the program that the page needs may still be on its way: a link that is followed in between would change what is taken
/// over, and all that is left of the page would be dead.
pub fn leave_early_clicks() {
    let leave = Closure::<dyn Fn(Event)>::new(|event: Event| {
        if !document().document_element().is_some_and(|root| root.class_list().contains(TAKEN_OVER)) {
            event.stop_immediate_propagation();
        }
    });
    // On the way down, so before anybody else; what the browser does with a click it does all the same.
    let _ = window().add_event_listener_with_callback_and_bool("click", leave.as_ref().unchecked_ref(), true);
    leave.forget();
}

/// The frame around a page.
#[component]
pub fn Frame(
    /// Which frame.
    around: Around,
    /// Path of the page in the menu that is open now.
    #[prop(default = "")]
    current: &'static str,
    /// The page.
    children: Children,
) -> impl IntoView {
    let shared = expect_context::<SharedFrame>();
    // Only now do buttons work that need script, so only now may the style sheet show them.
    Effect::new(|_| {
        if let Some(root) = document().document_element() {
            // A class list refuses empty names and names with spaces; this is neither.
            let _ = root.class_list().add_1(TAKEN_OVER);
        }
    });
    // After a change of pages the focus goes to the new page, as it would without script.
    Effect::new(move |_| {
        if shared.is_later_page.get_value()
            && let Some(main) = document().get_element_by_id("main")
            && let Ok(main) = main.dyn_into::<web_sys::HtmlElement>()
        {
            let _ = main.focus();
        }
        shared.is_later_page.set_value(true);
    });
    let data = (around != Around::Still && around != Around::Focus).then_some(shared.data);
    let menu = move |part: fn(Viewer, &'static str) -> AnyView| match data {
        None => part(Viewer::Visitor, current),
        Some(data) => view! {
            <Transition fallback=move || part(shared.last.get_untracked().viewer, current)>
                {move || Suspend::new(async move {
                    let frame = data.await;
                    shared.last.set(frame.clone());
                    part(frame.viewer, current)
                })}
            </Transition>
        }
        .into_any(),
    };
    // An element around the text: a text that arrives later cannot be told from the text beside it when it hydrates.
    let practice = move || match data {
        None => ().into_any(),
        Some(data) => view! {
            <Transition fallback=move || view! { <span>{shared.last.get_untracked().practice}</span> }>
                {move || Suspend::new(async move {
                    let practice = data.await.practice;
                    view! { <span>{practice}</span> }
                })}
            </Transition>
        }
        .into_any(),
    };
    let header = if around == Around::Focus {
        view! {
            <header class="head plain-head">
                <div class="wrap narrow"><Brand /><HelpLink /></div>
            </header>
        }
        .into_any()
    } else {
        view! {
            <header class="head">
                <div class="wrap">
                    <Brand />
                    <nav aria-label="Main">{menu(main_menu)}</nav>
                    <a class="tap menu" href="#menu" rel="external">"Menu"</a>
                    <HelpLink />
                </div>
            </header>
        }
        .into_any()
    };
    let footer = if around == Around::Focus {
        view! {
            <footer class="foot small-foot">
                <div class="wrap narrow">
                    <p class="end">
                        "In an emergency call "<a href="tel:911">"911"</a>
                        ". For the Suicide and Crisis Lifeline call or text "<a href="tel:988">"988"</a>
                        ", day and night."
                    </p>
                </div>
            </footer>
        }
        .into_any()
    } else {
        view! {
            <footer class="foot">
                <div class="wrap foot-in">
                    <p class="call">
                        "If you may hurt yourself or someone else, or you cannot keep safe: call "
                        <a href="tel:911">"911"</a>". To talk with somebody now, call or text "
                        <a href="tel:988">"988"</a>". Day and night, free."
                    </p>
                    <nav id="menu" aria-label="All pages">{menu(whole_menu)}</nav>
                    <SchemeSwitch />
                    <p class="end">
                        {practice()}
                        " We use no trackers. Our few cookies are for signing in, for a form that has to be shown again, for your time zone, and for light or dark."
                    </p>
                </div>
            </footer>
        }
        .into_any()
    };
    view! {
        <a class="skip" href="#main" rel="external">"Skip to the content"</a>
        {header}
        <main id="main" tabindex="-1">{children()}</main>
        {footer}
    }
}

#[component]
fn Brand() -> impl IntoView {
    view! { <a class="brand" href=paths::HOME><BrandMark />"Common Ground"</a> }
}

#[component]
fn HelpLink() -> impl IntoView {
    view! { <a class="tap help" href=paths::HELP_NOW><Icon name=IconName::Help />"Help now"</a> }
}

fn link(url: &'static str, words: &'static str, current: &'static str) -> AnyView {
    view! { <li><a href=url aria-current=(url == current).then_some("page")>{words}</a></li> }.into_any()
}

const HOW: &str = "/#how";

fn main_menu(viewer: Viewer, current: &'static str) -> AnyView {
    let own = match viewer {
        Viewer::Visitor => link(paths::SIGN_IN, "Sign in", current),
        Viewer::Member => view! {
            {link(paths::PROGRAM, "This week", current)} {link(paths::SEATS, "My seats", current)}
            {link(paths::ACCOUNT, "Account", current)}
        }
        .into_any(),
        Viewer::Therapist | Viewer::Office => {
            view! { {link(paths::PROGRAM, "This week", current)} {link(paths::ACCOUNT, "Account", current)} }.into_any()
        }
    };
    view! {
        <ul>
            {link(paths::GROUPS, "Groups", current)} {link(paths::TOPICS, "Topics", current)}
            <li><a href=HOW rel="external">"How it works"</a></li>
            {link(paths::DBT_SKILLS, "DBT skills", current)} {own}
        </ul>
    }
    .into_any()
}

fn whole_menu(viewer: Viewer, current: &'static str) -> AnyView {
    let own = match viewer {
        Viewer::Visitor => link(paths::SIGN_IN, "Sign in", current),
        _ => view! {
            {link(paths::PROGRAM, "This week", current)}
            {(viewer == Viewer::Member).then(|| link(paths::SEATS, "My seats", current))}
            {(viewer == Viewer::Office).then(|| link(paths::OFFICE_DIGESTS, "Weekly mails", current))}
            {link(paths::ACCOUNT, "Your account", current)}
            <li>
                <form class="inline" method="post" action=SignOut::url()>
                    <button type="submit">"Sign out"</button>
                </form>
            </li>
        }
        .into_any(),
    };
    view! {
        <ul>
            {link(paths::GROUPS, "Groups", current)} {link(paths::TOPICS, "Topics", current)}
            {link(paths::DBT_SKILLS, "DBT skills", current)} {link(paths::LEARN, "Learn", current)}
            {link(paths::SKILLS, "Skill cards", current)} <li><a href=HOW rel="external">"How it works"</a></li>
            {link(paths::THERAPISTS, "Therapists", current)} {link(paths::NOTIFICATIONS, "Weekly mail", current)}
            {link(paths::HELP_NOW, "Help now", current)}
            {link(paths::PRIVACY, "Privacy", current)} {link(paths::TERMS, "Terms", current)}
            {link(paths::NOTICE, "Notice of privacy practices", current)} {link(paths::AGREEMENTS, "Agreements", current)}
            {link(paths::ACCESSIBILITY, "Accessibility", current)} {link(paths::CONTACT, "Ask us something", current)} {own}
        </ul>
    }
    .into_any()
}

/// Light, dark, or as the device has it. A plain form: the server writes the choice into the page.
#[component]
fn SchemeSwitch() -> impl IntoView {
    let location = use_location();
    let back = move || format!("{}{}", location.pathname.get(), with_mark(&location.search.get()));
    view! {
        <form class="scheme" method="post" action=ChooseScheme::url()>
            <input type="hidden" name="back" value=back />
            <fieldset>
                <legend>"Light or dark"</legend>
                <div class="set">
                    <button type="submit" name="scheme" value="light">"Light"</button>
                    <button type="submit" name="scheme" value="dark">"Dark"</button>
                    <button type="submit" name="scheme" value="auto">"As the device"</button>
                </div>
            </fieldset>
        </form>
    }
}

fn with_mark(search: &str) -> String {
    let search = search.trim_start_matches('?');
    if search.is_empty() { String::new() } else { format!("?{search}") }
}
