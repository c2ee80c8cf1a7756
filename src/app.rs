//! The shell of the document, and the table of routes.

use crate::{
    components::frame::provide_frame,
    pages::{
        agreements::AgreementsPage,
        finder::FinderPage,
        group::GroupPage,
        help_now::HelpNowPage,
        home::HomePage,
        not_found::NotFoundPage,
        program::ProgramPage,
        reserve::{AboutPage, AgreePage, CheckPage, ConfirmedPage, HoldPage, YoungPage},
        sign_in::{CodePage, LinkPage, SignInPage},
    },
};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode, StaticSegment,
    components::{Route, Router, Routes},
    path,
};

/// Every page. Pages with data render once their data is there (`Async`), so that a status can still be set.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_frame();
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Common Ground".to_owned() } else { format!("{title} · Common Ground") }
        } />
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=StaticSegment("") view=HomePage ssr=SsrMode::Async />
                <Route path=path!("/groups") view=FinderPage ssr=SsrMode::Async />
                <Route path=path!("/groups/:slug") view=GroupPage ssr=SsrMode::Async />
                <Route path=path!("/help-now") view=HelpNowPage ssr=SsrMode::Async />
                <Route path=path!("/privacy") view=AgreementsPage ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                <Route path=path!("/sign-in/code") view=CodePage ssr=SsrMode::Async />
                <Route path=path!("/sign-in/link/:token") view=LinkPage ssr=SsrMode::Async />
                <Route path=path!("/reserve/:slug") view=HoldPage ssr=SsrMode::Async />
                <Route path=path!("/reserve/:slug/about") view=AboutPage ssr=SsrMode::Async />
                <Route path=path!("/reserve/:slug/agreements") view=AgreePage ssr=SsrMode::Async />
                <Route path=path!("/reserve/:slug/check") view=CheckPage ssr=SsrMode::Async />
                <Route path=path!("/reserve/:slug/confirmed") view=ConfirmedPage ssr=SsrMode::Async />
                <Route path=path!("/reserve/:slug/under-18") view=YoungPage ssr=SsrMode::Async />
                <Route path=path!("/program") view=ProgramPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
