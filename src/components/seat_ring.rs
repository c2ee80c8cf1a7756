//! The ring of seats: the meter, the loading sign and the picture of a group, drawn from counts.
//!
//! The ring is silent: the words beside it say what it shows.

use std::f64::consts::TAU;
use std::fmt::Write;

use leptos::prelude::*;

use crate::domain::seat_counts::{SeatCounts, SeatForm, order};

/// How large a ring is drawn. Below the size of a bar, words are used alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RingSize {
    /// 44 px, in bars.
    Bar,
    /// 60 px, in lists.
    List,
    /// 112 to 152 px, at the desk.
    Desk,
    /// 272 px, once on a page; the only size that has room for a center.
    Page,
}

impl RingSize {
    const fn class(self) -> &'static str {
        match self {
            Self::Bar => "ring s",
            Self::List => "ring",
            Self::Desk => "ring l",
            Self::Page => "ring xl",
        }
    }

    /// Small rings have wider seats, and a backrest for the therapist only.
    const fn is_compact(self) -> bool {
        matches!(self, Self::Bar | Self::List)
    }
}

/// The number in the middle of a large ring, and the words below it: "3", "seats free".
///
/// The words go into markup as they are, so they are words of ours and never of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingCenter {
    /// The number.
    pub count: u16,
    /// What is counted.
    pub word: &'static str,
}

/// Draws the seats of one group. `counts` may be a value or a signal; a seat that changes its state on a live page
/// moves to its new place.
#[component]
pub fn SeatRing(
    /// The seats to draw.
    #[prop(into)]
    counts: Signal<SeatCounts>,
    /// How large.
    #[prop(default = RingSize::List)]
    size: RingSize,
    /// What stands in the middle.
    #[prop(optional, into)]
    center: Option<Signal<RingCenter>>,
    /// Whether the group still waits for enough members to begin.
    #[prop(default = false.into(), into)]
    forming: Signal<bool>,
    /// Whether the ring is a sign that something loads: its seats fade in turn.
    #[prop(optional)]
    waiting: bool,
) -> impl IntoView {
    let drawing = Memo::new(move |last: Option<&RingDrawing>| RingDrawing {
        counts: counts.get(),
        before: last.map(|last| last.counts),
        center: center.map(|center| center.get()),
        forming: forming.get(),
    });
    view! {
        <svg
            class=size.class()
            class:waiting-ring=waiting
            viewBox="0 0 120 120"
            aria-hidden="true"
            inner_html=move || ring_markup(drawing.get(), size)
        />
    }
}

/// Everything that changes the drawing while a page is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RingDrawing {
    pub counts: SeatCounts,
    /// The counts of the drawing that this one replaces: seats that differ from them move.
    pub before: Option<SeatCounts>,
    pub center: Option<RingCenter>,
    pub forming: bool,
}

/// What is inside the `<svg>` of a ring. Only numbers and words of ours go in, so nothing needs escaping.
pub(crate) fn ring_markup(drawing: RingDrawing, size: RingSize) -> String {
    let counts = drawing.counts;
    let mut out = String::with_capacity(160 * (usize::from(counts.capacity) + 2));
    push_floor(&mut out, drawing);
    let chair = ChairShape::new(counts.capacity, size);
    chair.push(&mut out, "lead", None, 0.0);
    let step = 360.0 / (f64::from(counts.capacity) + 1.0);
    let mut before = drawing.before.map(SeatCounts::forms);
    for (position, form) in order(counts.capacity).zip(counts.forms()) {
        let from = before.as_mut().and_then(Iterator::next).unwrap_or(form);
        let (from, to) = (chair.pull(from), chair.pull(form));
        let turn = Turn {
            degrees: f64::from(position) * step,
            moved: if to > from {
                " class=\"moved-out\""
            } else if to < from {
                " class=\"moved-in\""
            } else {
                ""
            },
        };
        chair.push(&mut out, form_class(form), Some(turn), to);
    }
    if let Some(RingCenter { count, word }) = drawing.center {
        push(
            &mut out,
            format_args!(
                r#"<text class="count" x="60" y="65">{count}</text><text class="word" x="60" y="77">{word}</text>"#
            ),
        );
    }
    out
}

/// The circle on the floor: closed when the group is full, dashed while it is forming.
fn push_floor(out: &mut String, drawing: RingDrawing) {
    out.push_str(r#"<circle class="floor"#);
    if drawing.counts.is_full() {
        out.push_str(" closed");
    }
    if drawing.forming {
        out.push_str(" forming");
    }
    out.push_str(r#"" cx="60" cy="60" r=""#);
    out.push_str(if drawing.center.is_some() { "29" } else { "25" });
    out.push_str("\"/>");
}

const fn form_class(form: SeatForm) -> &'static str {
    match form {
        SeatForm::Reserved => "taken",
        SeatForm::Held => "held",
        SeatForm::Free => "free",
        SeatForm::Yours => "yours",
    }
}

/// Where around the circle a chair stands, and the class attribute that lets it move there.
struct Turn {
    degrees: f64,
    moved: &'static str,
}

/// The measures that all chairs of one ring share, in units of the view box.
struct ChairShape {
    compact: bool,
    radius: f64,
    width: f64,
    height: f64,
    corner: f64,
}

impl ChairShape {
    fn new(capacity: u8, size: RingSize) -> Self {
        let chairs = f64::from(capacity) + 1.0;
        if size.is_compact() {
            let width = (TAU * 44.0 / chairs * 0.7).min(22.0);
            Self { compact: true, radius: 44.0, width, height: width * 0.9, corner: width * 0.4 }
        } else {
            let width = (TAU * 43.0 / chairs * 0.62).min(19.0);
            Self { compact: false, radius: 43.0, width, height: width * 0.84, corner: width * 0.34 }
        }
    }

    /// How far a seat is pulled out of the circle: a free one invites.
    const fn pull(&self, form: SeatForm) -> f64 {
        match form {
            SeatForm::Free if self.compact => 3.5,
            SeatForm::Free => 4.5,
            SeatForm::Held => 2.0,
            SeatForm::Reserved | SeatForm::Yours => 0.0,
        }
    }

    /// Draws one chair at the top of the circle and turns it to its place.
    fn push(&self, out: &mut String, class: &str, turn: Option<Turn>, pull: f64) {
        let width = self.width;
        let left = 60.0 - width / 2.0;
        let middle = 60.0 - self.radius - pull;
        let top = middle - self.height / 2.0;
        out.push_str("<g");
        if let Some(Turn { degrees, moved }) = turn {
            out.push_str(moved);
            push_number(out, " transform=\"rotate(", degrees);
            out.push_str(" 60 60)\"");
        }
        out.push_str("><rect class=\"");
        out.push_str(class);
        push_number(out, "\" x=\"", left);
        push_number(out, "\" y=\"", top);
        push_number(out, "\" width=\"", width);
        push_number(out, "\" height=\"", self.height);
        push_number(out, "\" rx=\"", self.corner);
        out.push_str("\"/>");
        if !self.compact || class == "lead" {
            out.push_str("<path class=\"backrest ");
            out.push_str(class);
            push_number(out, "-b\" d=\"M", left + 1.0);
            push_number(out, " ", top - 3.4);
            push_number(out, "q", width / 2.0 - 1.0);
            push_number(out, " -4.6 ", width - 2.0);
            out.push_str(" 0\"/>");
        }
        if class == "yours" {
            push_number(out, "<circle class=\"you-dot\" cx=\"60\" cy=\"", middle);
            push_number(out, "\" r=\"", width * 0.17);
            out.push_str("\"/>");
        }
        out.push_str("</g>");
    }
}

/// Appends `text` and a number that is not negative, rounded to one decimal; a decimal of zero is left out.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "every number of a ring lies between 0 and 360"
)]
fn push_number(out: &mut String, text: &str, number: f64) {
    let tenths = (number * 10.0 + 0.5) as u32;
    out.push_str(text);
    let (whole, tenth) = (tenths / 10, tenths % 10);
    if tenth == 0 {
        push(out, format_args!("{whole}"));
    } else {
        push(out, format_args!("{whole}.{tenth}"));
    }
}

/// Appends formatted text, which cannot fail for a `String`.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE_FREE: RingCenter = RingCenter { count: 3, word: "seats free" };

    fn drawing(capacity: u8, reserved: u8, held: u8, yours: u8) -> RingDrawing {
        RingDrawing {
            counts: SeatCounts { capacity, reserved, held, yours, offered: 0 },
            before: None,
            center: None,
            forming: false,
        }
    }

    // The expected drawings were written by `ring()` of the look's reference code, run by node.

    const OPEN: &str = concat!(
        r#"<circle class="floor" cx="60" cy="60" r="29"/>"#,
        r#"<g><rect class="lead" x="50.7" y="9.2" width="18.6" height="15.6" rx="6.3"/><path class="backrest lead-b" d="M51.7 5.8q8.3 -4.6 16.6 0"/></g>"#,
        r#"<g transform="rotate(40 60 60)"><rect class="taken" x="50.7" y="9.2" width="18.6" height="15.6" rx="6.3"/><path class="backrest taken-b" d="M51.7 5.8q8.3 -4.6 16.6 0"/></g>"#,
        r#"<g transform="rotate(320 60 60)"><rect class="taken" x="50.7" y="9.2" width="18.6" height="15.6" rx="6.3"/><path class="backrest taken-b" d="M51.7 5.8q8.3 -4.6 16.6 0"/></g>"#,
        r#"<g transform="rotate(80 60 60)"><rect class="taken" x="50.7" y="9.2" width="18.6" height="15.6" rx="6.3"/><path class="backrest taken-b" d="M51.7 5.8q8.3 -4.6 16.6 0"/></g>"#,
        r#"<g transform="rotate(280 60 60)"><rect class="taken" x="50.7" y="9.2" width="18.6" height="15.6" rx="6.3"/><path class="backrest taken-b" d="M51.7 5.8q8.3 -4.6 16.6 0"/></g>"#,
        r#"<g transform="rotate(120 60 60)"><rect class="taken" x="50.7" y="9.2" width="18.6" height="15.6" rx="6.3"/><path class="backrest taken-b" d="M51.7 5.8q8.3 -4.6 16.6 0"/></g>"#,
        r#"<g transform="rotate(240 60 60)"><rect class="free" x="50.7" y="4.7" width="18.6" height="15.6" rx="6.3"/><path class="backrest free-b" d="M51.7 1.3q8.3 -4.6 16.6 0"/></g>"#,
        r#"<g transform="rotate(160 60 60)"><rect class="free" x="50.7" y="4.7" width="18.6" height="15.6" rx="6.3"/><path class="backrest free-b" d="M51.7 1.3q8.3 -4.6 16.6 0"/></g>"#,
        r#"<g transform="rotate(200 60 60)"><rect class="free" x="50.7" y="4.7" width="18.6" height="15.6" rx="6.3"/><path class="backrest free-b" d="M51.7 1.3q8.3 -4.6 16.6 0"/></g>"#,
        r#"<text class="count" x="60" y="65">3</text>"#,
        r#"<text class="word" x="60" y="77">seats free</text>"#,
    );

    const COMPACT: &str = concat!(
        r#"<circle class="floor" cx="60" cy="60" r="25"/>"#,
        r#"<g><rect class="lead" x="49" y="6.1" width="22" height="19.8" rx="8.8"/><path class="backrest lead-b" d="M50 2.7q10 -4.6 20 0"/></g>"#,
        r#"<g transform="rotate(60 60 60)"><rect class="taken" x="49" y="6.1" width="22" height="19.8" rx="8.8"/></g>"#,
        r#"<g transform="rotate(300 60 60)"><rect class="taken" x="49" y="6.1" width="22" height="19.8" rx="8.8"/></g>"#,
        r#"<g transform="rotate(120 60 60)"><rect class="held" x="49" y="4.1" width="22" height="19.8" rx="8.8"/></g>"#,
        r#"<g transform="rotate(240 60 60)"><rect class="free" x="49" y="2.6" width="22" height="19.8" rx="8.8"/></g>"#,
        r#"<g transform="rotate(180 60 60)"><rect class="yours" x="49" y="6.1" width="22" height="19.8" rx="8.8"/><circle class="you-dot" cx="60" cy="16" r="3.7"/></g>"#,
    );

    const FORMING: &str = concat!(
        r#"<circle class="floor forming" cx="60" cy="60" r="25"/>"#,
        r#"<g><rect class="lead" x="50.5" y="9" width="19" height="16" rx="6.5"/><path class="backrest lead-b" d="M51.5 5.6q8.5 -4.6 17 0"/></g>"#,
        r#"<g transform="rotate(60 60 60)"><rect class="taken" x="50.5" y="9" width="19" height="16" rx="6.5"/><path class="backrest taken-b" d="M51.5 5.6q8.5 -4.6 17 0"/></g>"#,
        r#"<g transform="rotate(300 60 60)"><rect class="held" x="50.5" y="7" width="19" height="16" rx="6.5"/><path class="backrest held-b" d="M51.5 3.6q8.5 -4.6 17 0"/></g>"#,
        r#"<g transform="rotate(120 60 60)"><rect class="free" x="50.5" y="4.5" width="19" height="16" rx="6.5"/><path class="backrest free-b" d="M51.5 1.1q8.5 -4.6 17 0"/></g>"#,
        r#"<g transform="rotate(240 60 60)"><rect class="free" x="50.5" y="4.5" width="19" height="16" rx="6.5"/><path class="backrest free-b" d="M51.5 1.1q8.5 -4.6 17 0"/></g>"#,
        r#"<g transform="rotate(180 60 60)"><rect class="yours" x="50.5" y="9" width="19" height="16" rx="6.5"/><path class="backrest yours-b" d="M51.5 5.6q8.5 -4.6 17 0"/><circle class="you-dot" cx="60" cy="17" r="3.2"/></g>"#,
    );

    #[test]
    fn rings_equal_the_reference() {
        let open = RingDrawing { center: Some(THREE_FREE), ..drawing(8, 5, 0, 0) };
        assert_eq!(ring_markup(open, RingSize::Page), OPEN);
        assert_eq!(ring_markup(drawing(5, 2, 1, 1), RingSize::List), COMPACT);
        let forming = RingDrawing { forming: true, ..drawing(5, 1, 1, 1) };
        assert_eq!(ring_markup(forming, RingSize::Desk), FORMING);
    }

    /// Every ring that can occur, with one chair for each seat and one for the therapist.
    #[test]
    fn all_rings_equal_the_reference() {
        let mut fingerprint = 0xcbf2_9ce4_8422_2325;
        for capacity in 5..=12 {
            for reserved in 0..=capacity {
                for held in 0..=capacity - reserved {
                    for yours in 0..=capacity - reserved - held {
                        let plain = drawing(capacity, reserved, held, yours);
                        let forming = RingDrawing { forming: true, ..plain };
                        let center = Some(THREE_FREE);
                        let centered = RingDrawing { center, ..plain };
                        for ring in [
                            ring_markup(plain, RingSize::Bar),
                            ring_markup(forming, RingSize::Desk),
                            ring_markup(centered, RingSize::Page),
                        ] {
                            assert_eq!(ring.matches("<g").count(), usize::from(capacity) + 1);
                            add(&mut fingerprint, &ring);
                        }
                    }
                }
            }
        }
        assert_eq!(fingerprint, 0xbb02_53e9_8a03_2525);
    }

    /// FNV-1a, to compare many drawings with the reference at once.
    fn add(fingerprint: &mut u64, text: &str) {
        for byte in text.bytes() {
            *fingerprint = (*fingerprint ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    #[test]
    fn an_offered_seat_is_drawn_as_free() {
        let mut offer = drawing(8, 7, 0, 0);
        let free = ring_markup(offer, RingSize::Page);
        offer.counts.offered = 1;
        assert_eq!(ring_markup(offer, RingSize::Page), free);
    }

    #[test]
    fn a_full_circle_is_closed() {
        let full = ring_markup(drawing(6, 5, 0, 1), RingSize::List);
        assert!(full.starts_with(r#"<circle class="floor closed" cx="60""#));
    }

    #[test]
    fn only_seats_that_change_move() {
        let taken = drawing(8, 6, 0, 0);
        let moves = |after: RingDrawing| {
            let before = Some(taken.counts);
            let ring = ring_markup(RingDrawing { before, ..after }, RingSize::Desk);
            (ring.matches(r#"<g class="moved-out""#).count(), ring.matches(r#"<g class="moved-in""#).count())
        };
        assert_eq!(moves(taken), (0, 0));
        assert_eq!(moves(drawing(8, 5, 0, 0)), (1, 0));
        assert_eq!(moves(drawing(8, 8, 0, 0)), (0, 2));
        assert_eq!(moves(drawing(8, 6, 1, 0)), (0, 1));
        assert_eq!(moves(drawing(9, 6, 0, 0)), (0, 0), "a new seat is there at once");
    }

    #[test]
    fn the_ring_is_silent() {
        let counts = drawing(8, 5, 0, 0).counts;
        let draw = || view! { <SeatRing counts=counts size=RingSize::Bar waiting=true /> }.to_html();
        let ring = Owner::new_root(None).with(draw);
        assert!(ring.contains(r#"class="ring s waiting-ring""#), "{ring}");
        assert!(ring.contains(r#"aria-hidden="true""#), "{ring}");
        assert!(ring.ends_with("</g></svg>"), "{ring}");
    }
}
