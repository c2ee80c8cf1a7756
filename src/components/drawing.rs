//! The drawings that belong to a page whatever it shows. Those of topics and skills come with their pages, from
//! `server/drawings.rs`. They only accompany words.

use leptos::prelude::*;

/// The drawings there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawingName {
    /// The sign-in page: five houses, and one door with a light.
    Doors,
}

impl DrawingName {
    const fn view_box(self) -> &'static str {
        match self {
            Self::Doors => "0 0 360 110",
        }
    }

    /// What is inside the `<svg>`.
    const fn shapes(self) -> &'static str {
        match self {
            Self::Doors => concat!(
                r#"<path class="tone" d="M14 104V52l26-18 26 18v52zM84 104V40h56v64zM158 104V58l30-22 30 22v46zM236 104V34h44v70zM298 104V56l24-16 24 16v48z"/>"#,
                r#"<path class="lit" d="M178 94V76a10 10 0 0 1 20 0v18z"/>"#,
                r#"<path class="soft" d="M0 104h360"/>"#,
                r#"<path class="paper" d="M32 92V76a8 8 0 0 1 16 0v16zM104 78V62a8 8 0 0 1 16 0v16zM250 70V56a8 8 0 0 1 16 0v14zM314 92V76a8 8 0 0 1 16 0v16z"/>"#,
            ),
        }
    }
}

/// Draws one of them.
#[component]
pub fn Drawing(
    /// Which one.
    name: DrawingName,
) -> impl IntoView {
    view! {
        <svg
            class="drawing"
            viewBox=name.view_box()
            aria-hidden="true"
            inner_html=name.shapes()
        />
    }
}
