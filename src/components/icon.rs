//! The icons of the product, 24 × 24, and its mark. They stand beside a word and are silent themselves.

use leptos::prelude::*;

/// The icons there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    /// Go on.
    Arrow,
    /// Go back.
    Back,
    /// Done, or chosen.
    Check,
    /// Remove or close.
    Cross,
    /// Call.
    Phone,
    /// Send a text message.
    Text,
    /// Write with somebody.
    Chat,
    /// A date.
    Calendar,
    /// A time, or a time that runs.
    Clock,
    /// Private, or locked.
    Lock,
    /// Open what is below.
    Down,
    /// This week.
    Week,
    /// A seat in a circle.
    Circle,
    /// Skills and reading.
    Book,
    /// Diary and notes.
    Pen,
    /// Progress.
    Line,
    /// Help now.
    Help,
    /// A mail.
    Mail,
    /// Print.
    Print,
    /// Something to keep.
    Star,
    /// Caution, an alert, or an error.
    Alert,
    /// Take back.
    Undo,
    /// Add.
    Plus,
    /// Save to this device.
    Download,
    /// Who may do what.
    Key,
    /// The meeting by video.
    Video,
}

impl IconName {
    /// What is inside the `<svg>`.
    const fn shapes(self) -> &'static str {
        match self {
            Self::Arrow => r#"<path d="M4 12h15M13 6l6 6-6 6"/>"#,
            Self::Back => r#"<path d="M20 12H5M11 6l-6 6 6 6"/>"#,
            Self::Check => r#"<path d="M4.5 12.5l5 5L20 7"/>"#,
            Self::Cross => r#"<path d="M6 6l12 12M18 6L6 18"/>"#,
            Self::Phone => {
                r#"<path d="M6.5 3.5h3l1.5 4.5-2 1.5a12 12 0 0 0 5.5 5.5l1.5-2 4.5 1.5v3a2 2 0 0 1-2.2 2A17 17 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2z"/>"#
            }
            Self::Text => r#"<path d="M4 5h16v11H11l-5 4v-4H4z"/>"#,
            Self::Chat => r#"<path d="M4 5h16v11H11l-5 4v-4H4zM8.5 9.5h7M8.5 12.5h4"/>"#,
            Self::Calendar => r#"<path d="M4 6h16v14H4zM4 10h16M8.5 3.5V7M15.5 3.5V7"/>"#,
            Self::Clock => r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>"#,
            Self::Lock => r#"<path d="M5.5 11h13v9h-13zM8.5 11V8a3.5 3.5 0 0 1 7 0v3"/>"#,
            Self::Down => r#"<path d="M6 9.5l6 6 6-6"/>"#,
            Self::Week => {
                r#"<circle cx="12" cy="12" r="2.2"/><path d="M12 3.5v1M12 19.5v1M3.5 12h1M19.5 12h1M6 6l.7.7M17.3 17.3l.7.7M18 6l-.7.7M6.7 17.3L6 18"/>"#
            }
            Self::Circle => {
                r#"<circle cx="12" cy="4.5" r="1.8"/><circle cx="18.5" cy="9" r="1.8"/><circle cx="16.5" cy="17" r="1.8"/><circle cx="7.5" cy="17" r="1.8"/><circle cx="5.5" cy="9" r="1.8"/>"#
            }
            Self::Book => {
                r#"<path d="M12 6.5C9.5 4.8 6.5 4.5 3.5 5v13.5c3-.5 6-.2 8.5 1.5 2.5-1.7 5.5-2 8.5-1.5V5c-3-.5-6-.2-8.5 1.5zM12 6.5V20"/>"#
            }
            Self::Pen => r#"<path d="M5 19l1-4L16.5 4.5l3 3L9 18zM14.5 6.5l3 3"/>"#,
            Self::Line => r#"<path d="M3.5 19.5h17M5 15l4-4 4 2.5 6-7.5"/>"#,
            Self::Help => {
                r#"<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="3.5"/><path d="M6 6l3.5 3.5M18 6l-3.5 3.5M6 18l3.5-3.5M18 18l-3.5-3.5"/>"#
            }
            Self::Mail => r#"<path d="M3.5 6h17v12.5h-17zM3.5 7l8.5 6.5L20.5 7"/>"#,
            Self::Print => r#"<path d="M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z"/>"#,
            Self::Star => r#"<path d="M12 4l2.4 5.2 5.6.6-4.2 3.8 1.2 5.6-5-2.9-5 2.9 1.2-5.6L4 9.8l5.6-.6z"/>"#,
            Self::Alert => r#"<path d="M12 4L21 19.5H3zM12 10v4.5M12 17v.2"/>"#,
            Self::Undo => r#"<path d="M8 5L4 9l4 4M4 9h9.5a5.5 5.5 0 0 1 0 11H9"/>"#,
            Self::Plus => r#"<path d="M12 5v14M5 12h14"/>"#,
            Self::Download => r#"<path d="M12 4v12M6.5 11l5.5 5.5 5.5-5.5M4.5 20h15"/>"#,
            Self::Key => r#"<circle cx="8" cy="15" r="4"/><path d="M11 12l8-8M16 7l3 3"/>"#,
            Self::Video => r#"<path d="M3.5 7h11.5v10H3.5zM15 11l5.5-3v8L15 13"/>"#,
        }
    }
}

/// Draws an icon in the color of the text around it.
#[component]
pub fn Icon(
    /// Which one.
    name: IconName,
    /// Whether it stands at the end of a line that leads somewhere.
    #[prop(optional)]
    go: bool,
) -> impl IntoView {
    view! {
        <svg
            class=if go { "icon go" } else { "icon" }
            viewBox="0 0 24 24"
            aria-hidden="true"
            inner_html=name.shapes()
        />
    }
}

/// Draws the mark beside the name of the product: seven seats, one of them free.
#[component]
pub fn BrandMark() -> impl IntoView {
    view! { <svg viewBox="0 0 32 32" aria-hidden="true" inner_html=BRAND_MARK /> }
}

const BRAND_MARK: &str = concat!(
    r#"<circle class="taken" cx="16" cy="4.8" r="3.4"/>"#,
    r#"<circle class="taken" cx="24.8" cy="9" r="2.7"/>"#,
    r#"<circle class="taken" cx="26.9" cy="18.5" r="2.7"/>"#,
    r#"<circle class="free" cx="21.5" cy="27.4" r="2.7"/>"#,
    r#"<circle class="taken" cx="11.1" cy="26.1" r="2.7"/>"#,
    r#"<circle class="taken" cx="5.1" cy="18.5" r="2.7"/>"#,
    r#"<circle class="taken" cx="7.2" cy="9" r="2.7"/>"#,
);
