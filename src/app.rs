//! The shell of the document, and the table of routes.

use crate::{
    components::frame::provide_frame,
    pages::{
        account::{
            AccountPage, AddressLinkPage, AddressPage, CalendarPage, DataPage, DeletePage, DeletedPage, FreshCodePage,
            ProfilePage, SessionsPage, SignOutPage,
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
        offer::OfferPage,
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
    lazy_route, path,
};

/// Makes a route whose page is a part of the program of its own, loaded when somebody goes there: the finder is what most
/// people open first, and it should not wait for the pages behind it.
macro_rules! lazy {
    ($($route:ident => $page:ident),+ $(,)?) => {$(
        #[derive(Debug)]
        struct $route;

        #[lazy_route]
        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            fn view(_route: Self) -> AnyView {
                view! { <$page /> }.into_any()
            }
        }
    )+};
}

lazy! {
    HomeRoute => HomePage,
    GroupRoute => GroupPage,
    AgreementsRoute => AgreementsPage,
    ContactRoute => ContactPage,
    ContactSentRoute => ContactSentPage,
    SignInRoute => SignInPage,
    CodeRoute => CodePage,
    LinkRoute => LinkPage,
    HoldRoute => HoldPage,
    AboutRoute => AboutPage,
    AgreeRoute => AgreePage,
    CheckRoute => CheckPage,
    ConfirmedRoute => ConfirmedPage,
    YoungRoute => YoungPage,
    ProgramRoute => ProgramPage,
    SeatsRoute => SeatsPage,
    ReleaseRoute => ReleasePage,
    OfferRoute => OfferPage,
    TopicsRoute => TopicsPage,
    TopicRoute => TopicPage,
    DbtSkillsRoute => DbtSkillsPage,
    LearnRoute => LearnPage,
    ArticleRoute => ArticlePage,
    SkillsRoute => SkillsPage,
    SkillRoute => SkillPage,
    TherapistsRoute => TherapistsPage,
    TherapistRoute => TherapistPage,
    PrivacyRoute => PrivacyPage,
    TermsRoute => TermsPage,
    NoticeRoute => NoticePage,
    AccessibilityRoute => AccessibilityPage,
    AccountRoute => AccountPage,
    ProfileRoute => ProfilePage,
    SessionsRoute => SessionsPage,
    SignOutRoute => SignOutPage,
    FreshCodeRoute => FreshCodePage,
    AddressRoute => AddressPage,
    AddressLinkRoute => AddressLinkPage,
    CalendarRoute => CalendarPage,
    DataRoute => DataPage,
    DeleteRoute => DeletePage,
    DeletedRoute => DeletedPage,
}

/// Every page. Pages with data render once their data is there (`Async`), so that a status can still be set.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Common Ground".to_owned() } else { format!("{title} · Common Ground") }
        } />
        <Router>
            <Pages />
        </Router>
    }
}

/// The table of routes.
#[component]
fn Pages() -> impl IntoView {
    provide_frame();
    view! {
        <Routes fallback=NotFoundPage>
            <Route path=StaticSegment("") view={Lazy::<HomeRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/groups") view=FinderPage ssr=SsrMode::Async />
            <Route path=path!("/groups/:slug") view={Lazy::<GroupRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/topics") view={Lazy::<TopicsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/topics/:slug") view={Lazy::<TopicRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/dbt-skills") view={Lazy::<DbtSkillsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/learn") view={Lazy::<LearnRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/learn/skills") view={Lazy::<SkillsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/learn/skills/:slug") view={Lazy::<SkillRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/learn/:slug") view={Lazy::<ArticleRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/help-now") view=HelpNowPage ssr=SsrMode::Async />
            <Route path=path!("/therapists") view={Lazy::<TherapistsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/therapists/:slug") view={Lazy::<TherapistRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/agreements") view={Lazy::<AgreementsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/privacy") view={Lazy::<PrivacyRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/terms") view={Lazy::<TermsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/notice-of-privacy-practices") view={Lazy::<NoticeRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/accessibility") view={Lazy::<AccessibilityRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/contact") view={Lazy::<ContactRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/contact/sent") view={Lazy::<ContactSentRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/sign-in") view={Lazy::<SignInRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/sign-in/code") view={Lazy::<CodeRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/sign-in/link/:token") view={Lazy::<LinkRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/reserve/:slug") view={Lazy::<HoldRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/reserve/:slug/about") view={Lazy::<AboutRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/reserve/:slug/agreements") view={Lazy::<AgreeRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/reserve/:slug/check") view={Lazy::<CheckRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/reserve/:slug/confirmed") view={Lazy::<ConfirmedRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/reserve/:slug/under-18") view={Lazy::<YoungRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/program") view={Lazy::<ProgramRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/seats") view={Lazy::<SeatsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/seats/:slug/release") view={Lazy::<ReleaseRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/offers/:id") view={Lazy::<OfferRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account") view={Lazy::<AccountRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/profile") view={Lazy::<ProfileRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/sessions") view={Lazy::<SessionsRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/sign-out") view={Lazy::<SignOutRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/code") view={Lazy::<FreshCodeRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/address") view={Lazy::<AddressRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/address/:token") view={Lazy::<AddressLinkRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/calendar") view={Lazy::<CalendarRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/data") view={Lazy::<DataRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/delete") view={Lazy::<DeleteRoute>::new()} ssr=SsrMode::Async />
            <Route path=path!("/account/deleted") view={Lazy::<DeletedRoute>::new()} ssr=SsrMode::Async />
        </Routes>
    }
}
