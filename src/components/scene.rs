//! The scene: a circle of chairs on the ground, in perspective, with a low light on the horizon.
//!
//! Its chairs are the real seats of a group. It stands on four pages and nowhere else, so that it stays special.

pub mod geometry;

use leptos::prelude::*;

use crate::domain::seat_counts::SeatCounts;
use geometry::scene_markup;

pub use geometry::ScenePlace;

/// Draws a circle of chairs with a label for those who do not see it. `counts` may be a value or a signal; without
/// counts it is a circle of eight.
#[component]
pub fn Scene(
    /// The page that the scene is for.
    place: ScenePlace,
    /// The seats to draw. A place with chairs in outline uses only their number.
    #[prop(optional, into)]
    counts: Option<Signal<SeatCounts>>,
    /// What the picture shows, in words.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let markup = move || {
        let counts = counts.map_or(SeatCounts::filled(8), |counts| counts.get());
        scene_markup(place, counts)
    };
    view! {
        <svg
            class="scene"
            viewBox=place.view_box()
            role="img"
            aria-label=move || label.get()
            inner_html=markup
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_is_escaped_and_the_drawing_is_not() {
        let draw = || view! { <Scene place=ScenePlace::Empty label="\"Chairs\" & light" /> }.to_html();
        let scene = Owner::new_root(None).with(draw);
        assert!(scene.contains(r#"role="img" aria-label="&quot;Chairs&quot; &amp; light""#), "{scene}");
        assert!(scene.contains(r#"><clipPath id="abovee">"#), "{scene}");
        assert_eq!(scene.matches(r#"class="e1""#).count(), 8);
    }
}
