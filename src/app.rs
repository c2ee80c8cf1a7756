//! The shell of the document, and the table of routes.

use crate::{
    components::frame::provide_frame,
    pages::{
        account::{
            AccountPage, AddressLinkPage, AddressPage, CalendarPage, DataPage, DeletePage, DeletedPage, FreshCodePage,
            MailsPage, ProfilePage, SessionsPage, SignOutPage,
        },
        agreements::AgreementsPage,
        contact::{ContactPage, ContactSentPage},
        dbt_skills::DbtSkillsPage,
        finder::FinderPage,
        group::GroupPage,
        help_now::HelpNowPage,
        home::HomePage,
        learn::{ArticlePage, LearnPage},
        legal::{AccessibilityPage, NoticePage, PrivacyPage, TermsPage},
        not_found::NotFoundPage,
        notifications::{
            ConfirmPage as NotificationsConfirmPage, OwnDataPage, PreferencesPage, SentPage, SubscribePage,
            UnsubscribePage,
        },
        offer::OfferPage,
        office::DigestsPage,
        program::ProgramPage,
        reserve::{AboutPage, AgreePage, CheckPage, ConfirmedPage, HoldPage, YoungPage},
        seats::{ReleasePage, SeatsPage},
        sign_in::{CodePage, LinkPage, SignInPage},
        skills::{SkillPage, SkillsPage},
        therapists::{TherapistPage, TherapistsPage},
        topics::{TopicPage, TopicsPage},
    },
};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    Lazy, LazyRoute, SsrMode, StaticSegment,
    components::{Route, Router, Routes},
    hooks::{use_location, use_matched},
    lazy_route, path,
};

/// Makes routes whose pages are a part of the program of their own, loaded when somebody goes there: the finder is what most
/// people open first, and it should not wait for the pages behind it.
///
/// Pages that people walk through one after the other are one part, told apart by the pieces of their path. Parts are few: what
/// any set of them shares becomes a file of its own, and each file costs a phone some milliseconds before anything works (eleven
/// parts made 40 files for one article).
macro_rules! lazy {
    ($($route:ident { $($pieces:pat => $page:ident),+ $(,)? })+) => {$(
        #[derive(Debug)]
        struct $route;

        #[lazy_route]
        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            fn view(_route: Self) -> AnyView {
                // What this route matched. The address of the whole page may still be the one that is being left.
                let path = use_matched().get_untracked();
                let pieces: Vec<_> = path.split('/').filter(|piece| !piece.is_empty()).collect();
                match pieces[..] {
                    $($pieces => view! { <$page /> }.into_any(),)+
                }
            }
        }
    )+};
}

lazy! {
    // Where people look around: what there is, and when.
    VisitRoute {
        ["groups", _] => GroupPage,
        ["topics"] => TopicsPage,
        ["topics", _] => TopicPage,
        ["dbt-skills"] => DbtSkillsPage,
        ["therapists"] => TherapistsPage,
        ["therapists", _] => TherapistPage,
        [..] => HomePage,
    }
    // What is read, and the weekly mail.
    ReadingRoute {
        ["learn"] => LearnPage,
        ["learn", "skills"] => SkillsPage,
        ["learn", "skills", _] => SkillPage,
        ["learn", _] => ArticlePage,
        ["privacy"] => PrivacyPage,
        ["terms"] => TermsPage,
        ["accessibility"] => AccessibilityPage,
        ["notice-of-privacy-practices"] => NoticePage,
        ["contact"] => ContactPage,
        ["contact", _] => ContactSentPage,
        ["agreements"] => AgreementsPage,
        ["unsubscribe", _] => UnsubscribePage,
        ["account", "notifications"] | [_, "preferences", _] => PreferencesPage,
        ["account", "notifications", _] | [_, "preferences", _, _] => OwnDataPage,
        [_, "sent"] => SentPage,
        [_, "confirm", _] => NotificationsConfirmPage,
        [..] => SubscribePage,
    }
    // The way to a seat, and back.
    SeatsRoute {
        ["sign-in"] => SignInPage,
        ["sign-in", "code"] => CodePage,
        ["sign-in", ..] => LinkPage,
        ["reserve", _, "about"] => AboutPage,
        ["reserve", _, "agreements"] => AgreePage,
        ["reserve", _, "check"] => CheckPage,
        ["reserve", _, "confirmed"] => ConfirmedPage,
        ["reserve", _, "under-18"] => YoungPage,
        ["reserve", ..] => HoldPage,
        ["offers", ..] => OfferPage,
        ["seats", _, "release"] => ReleasePage,
        [..] => SeatsPage,
    }
    // What is a member's own, and the office's.
    AccountRoute {
        ["program"] => ProgramPage,
        ["office", ..] => DigestsPage,
        [_, "profile"] => ProfilePage,
        [_, "sessions"] => SessionsPage,
        [_, "sign-out"] => SignOutPage,
        [_, "code"] => FreshCodePage,
        [_, "address"] => AddressPage,
        [_, "address", _] => AddressLinkPage,
        [_, "calendar"] => CalendarPage,
        [_, "data"] => DataPage,
        [_, "mails"] => MailsPage,
        [_, "delete"] => DeletePage,
        [_, "deleted"] => DeletedPage,
        [..] => AccountPage,
    }
}

/// Every page. Pages with data render once their data is there (`Async`), so that a status can still be set.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // A page's own title is known when its part of the program is there. The one that the document came with stays until then,
    // and is nobody's any more on the next page.
    let came_with = RwSignal::new(if is_browser() { without_site(&document().title()) } else { String::new() });
    view! {
        <Title text=move || came_with.get() formatter=with_site />
        <Router>
            <Pages came_with />
        </Router>
    }
}

/// The name that stands behind the title of every page.
const SITE: &str = "Common Ground";

fn with_site(title: String) -> String {
    if title.is_empty() { SITE.to_owned() } else { format!("{title} · {SITE}") }
}

fn without_site(title: &str) -> String {
    title.strip_suffix(SITE).map(|title| title.trim_end_matches(" · ")).unwrap_or_default().to_owned()
}

/// The table of routes.
#[component]
fn Pages(
    /// The title of the document, until somebody goes on from the first page.
    came_with: RwSignal<String>,
) -> impl IntoView {
    let location = use_location();
    Effect::new(move |first: Option<String>| {
        let path = location.pathname.get();
        if first.as_ref().is_some_and(|first| *first != path) {
            came_with.set(String::new());
        }
        first.unwrap_or(path)
    });
    provide_frame();
    view! {
        <Routes fallback=NotFoundPage>
            <Route path=StaticSegment("") view={Lazy::<VisitRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/groups") view=FinderPage ssr=SsrMode::Async />
            <Route path=path!("/groups/:slug") view={Lazy::<VisitRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/topics") view={Lazy::<VisitRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/topics/:slug") view={Lazy::<VisitRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/dbt-skills") view={Lazy::<VisitRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/learn") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/learn/skills") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/learn/skills/:slug") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/learn/:slug") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/help-now") view=HelpNowPage ssr=SsrMode::Async />
            <Route path=path!("/therapists") view={Lazy::<VisitRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/therapists/:slug") view={Lazy::<VisitRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/agreements") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/privacy") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/terms") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/notice-of-privacy-practices") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/accessibility") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/contact") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/contact/sent") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/notifications") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/notifications/sent") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/notifications/confirm/:token") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/notifications/preferences/:token") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/notifications/preferences/:token/data") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/unsubscribe/:token") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/sign-in") view={Lazy::<SeatsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/sign-in/code") view={Lazy::<SeatsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/sign-in/link/:token") view={Lazy::<SeatsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/reserve/:slug") view={Lazy::<SeatsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/reserve/:slug/about") view={Lazy::<SeatsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/reserve/:slug/agreements") view={Lazy::<SeatsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/reserve/:slug/check") view={Lazy::<SeatsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/reserve/:slug/confirmed") view={Lazy::<SeatsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/reserve/:slug/under-18") view={Lazy::<SeatsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/program") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/seats") view={Lazy::<SeatsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/seats/:slug/release") view={Lazy::<SeatsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/offers/:id") view={Lazy::<SeatsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/profile") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/sessions") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/sign-out") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/code") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/address") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/address/:token") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/calendar") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/data") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/notifications") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/notifications/data") view={Lazy::<ReadingRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/mails") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/delete") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/deleted") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/office/digests") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
        </Routes>
    }
}
