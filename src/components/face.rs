//! The picture of somebody without a photo: initials on a sky above one of five horizons.

use leptos::prelude::*;

/// How large a face is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaceSize {
    /// 40 px, in lists.
    Small,
    /// 56 px.
    Middle,
    /// 104 px, once on a page.
    Large,
}

/// Draws the initials of a therapist. Members have no picture at all.
#[component]
pub fn Avatar(
    /// One or two letters.
    #[prop(into)]
    initials: String,
    /// Chooses horizon and hue, so that they never change for the same person.
    id: u32,
    /// How large.
    #[prop(default = FaceSize::Middle)]
    size: FaceSize,
) -> impl IntoView {
    let (land, furrows) = pattern(id);
    view! {
        <svg
            class=hue(id)
            class:l=size == FaceSize::Large
            class:s=size == FaceSize::Small
            viewBox="0 0 56 56"
            aria-hidden="true"
        >
            <path class="sky" d="M0 0h56v56H0z"></path>
            <path class="land" d=land></path>
            <path class="mark" d=furrows></path>
            <text x="28" y="31">
                {initials}
            </text>
        </svg>
    }
}

/// The horizon and the furrows below it.
const fn pattern(id: u32) -> (&'static str, &'static str) {
    match id % 5 {
        0 => ("M0 39q28-7 56 0v17H0z", "M0 46q28-8 56 0M0 50.5q28-6 56 0"),
        1 => ("M0 42q18-8 56-5v19H0z", "M8 56q6-14 24-18M22 56q5-10 22-15M36 56q4-6 20-9"),
        2 => ("M0 38q20 5 56 0v18H0z", "M0 44q14-6 28 0t28 0M0 50q14-6 28 0t28 0"),
        3 => ("M0 40h56v16H0z", "M20 56a8 6 0 0 1 16 0M12 56a16 10.5 0 0 1 32 0M4 56a24 14 0 0 1 48 0"),
        _ => ("M0 38h56v18H0z", "M0 56L28 38L56 56M14 56L28 38L42 56M28 38V56"),
    }
}

const fn hue(id: u32) -> &'static str {
    match id / 5 % 5 {
        0 => "face a",
        1 => "face b",
        2 => "face c",
        3 => "face d",
        _ => "face e",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_five_people_have_different_faces() {
        let faces: std::collections::HashSet<_> = (0..25).map(|id| (pattern(id), hue(id))).collect();
        assert_eq!(faces.len(), 25);
        assert_eq!((pattern(3), hue(3)), (pattern(28), hue(28)));
        assert_eq!((pattern(u32::MAX), hue(u32::MAX)), (pattern(20), hue(20)));
    }

    #[test]
    fn initials_are_escaped() {
        let face = view! { <Avatar initials="<&" id=7 size=FaceSize::Large /> }.to_html();
        assert!(face.contains(r#"class="face b l""#), "{face}");
        assert!(face.contains(r#"<text x="28" y="31">&lt;&amp;<"#), "{face}");
    }
}
