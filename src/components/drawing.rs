//! The header drawings: one line, one disc or a lit door, and the ground. They only accompany words.

use leptos::prelude::*;

/// The drawings there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawingName {
    /// The sign-in page: five houses, and one door with a light.
    Doors,
    /// The page about anxiety: a wave that comes to rest, and a low sun.
    ComingToRest,
    /// The skill STOP: a wave, a lit disc, a smaller wave.
    Stop,
}

impl DrawingName {
    const fn view_box(self) -> &'static str {
        match self {
            Self::Doors => "0 0 360 110",
            Self::ComingToRest => "0 0 480 200",
            Self::Stop => "0 0 480 120",
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
            Self::ComingToRest => concat!(
                r#"<path class="sun" d="M300 110a56 56 0 0 1 112 0z"/>"#,
                r#"<path class="ink" d="M4 110q5.5 -100 11 0q5.5 100 11 0q5.75 -96 11.5 0q6 88 12 0q6.25 -76 12.5 0q6.75 62 13.5 0q7.5 -48 15 0q8.5 34 17 0q10 -22 20 0q12 12 24 0q14 -6 28 0H476"/>"#,
                r#"<path class="soft" d="M40 154h420M110 174h290"/>"#,
            ),
            Self::Stop => concat!(
                r#"<path class="ink" d="M4 66q14-70 28 0t26 0q12-46 24 0t22 0h34"/>"#,
                r#"<path class="ink" d="M196 66h104"/>"#,
                r#"<circle class="lit" cx="168" cy="66" r="17"/>"#,
                r#"<path class="ink" d="M300 66q30-18 60-6t114 6"/>"#,
                r#"<path class="soft" d="M4 92h472"/>"#,
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
