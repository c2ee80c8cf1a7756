//! Where every line of the scene runs: pure numbers in, markup with whole numbers out.
//!
//! The horizon is y = 0. Chairs are tubs: a seat, a body, and a backrest that is open towards the middle. Sine and
//! cosine are our own, so that the server and the browser draw the same and the browser loads less.

use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::fmt::Write;

use crate::domain::seat_counts::{SeatCounts, SeatForm, order};

/// The pages that have a scene. Each has its own height of ground and of sky.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScenePlace {
    /// The home page: the seats of the next group with a free seat.
    Home,
    /// After a reservation: your seat among the others, the free ones faint.
    Confirmed,
    /// A search without a result: only the therapist's chair is there, the others are outlines.
    Empty,
    /// The service does not answer: the same outlines in a smaller picture.
    Unavailable,
}

impl ScenePlace {
    /// The view box of the `<svg>`. Outlines have sky above the horizon; otherwise the sun reaches out of the picture.
    pub const fn view_box(self) -> &'static str {
        match self {
            Self::Home => "0 0 640 336",
            Self::Confirmed => "0 0 640 312",
            Self::Empty => "0 -84 640 436",
            Self::Unavailable => "0 -78 640 384",
        }
    }

    const fn has_outlines_only(self) -> bool {
        matches!(self, Self::Empty | Self::Unavailable)
    }

    const fn ground(self) -> Ground {
        let (id, middle, across, along, chair, sun) = match self {
            Self::Home => ("h", 168.0, 240.0, 101.0, 34.0, "78"),
            Self::Confirmed => ("c", 158.0, 236.0, 94.0, 36.0, "82"),
            Self::Empty => ("e", 176.0, 244.0, 108.0, 36.0, "80"),
            Self::Unavailable => ("x", 153.0, 234.0, 94.0, 34.0, "75"),
        };
        Ground { id, middle, across, along, chair, sun }
    }
}

/// The measures of one scene.
struct Ground {
    /// Makes the id of the clip path unique in its page.
    id: &'static str,
    /// The y of the middle of the circle; its x is `MIDDLE`.
    middle: f64,
    /// Half of the circle's width.
    across: f64,
    /// Half of the circle's depth, foreshortened.
    along: f64,
    /// Half of the width of a chair at the middle of the circle.
    chair: f64,
    /// The radius of the sun.
    sun: &'static str,
}

/// The x of the middle of the circle: the scene is 640 wide.
const MIDDLE: f64 = 320.0;
/// Half of the angle that a backrest covers.
const SPAN: f64 = 86.0 * PI / 180.0;
/// Half of the angle in which a backrest has its full height.
const FLAT: f64 = 52.0 * PI / 180.0;

/// What is inside the `<svg>` of a scene. Only numbers go in, so nothing needs escaping.
pub fn scene_markup(place: ScenePlace, counts: SeatCounts) -> String {
    let ground = place.ground();
    let mut out = String::with_capacity(600 * (usize::from(counts.capacity) + 2));
    push_sky(&mut out, &ground, place.has_outlines_only());
    push_pool(&mut out, &ground, "p1", 0.86);
    push_pool(&mut out, &ground, "p2", 0.56);
    for chair in chairs(place, &ground, counts) {
        chair.push(&mut out);
    }
    out
}

/// The half disc on the horizon, which is the sun by day and the moon by night.
fn push_sky(out: &mut String, ground: &Ground, horizon: bool) {
    for text in [
        "<clipPath id=\"above",
        ground.id,
        "\"><path d=\"M0-300h640V0H0z\"/></clipPath><circle class=\"sun\" clip-path=\"url(#above",
        ground.id,
        ")\" cx=\"320\" cy=\"-4\" r=\"",
        ground.sun,
        "\"/>",
    ] {
        out.push_str(text);
    }
    if horizon {
        out.push_str("<path class=\"horizon\" d=\"M0 0h640\"/>");
    }
}

/// One step of the light on the floor.
fn push_pool(out: &mut String, ground: &Ground, class: &str, part: f64) {
    let radii = (ground.across * part, ground.along * part);
    push_ellipse(out, class, (MIDDLE, ground.middle), radii);
}

/// All chairs, the farthest first, so that the near ones cover the far ones.
fn chairs(place: ScenePlace, ground: &Ground, counts: SeatCounts) -> Vec<Chair> {
    let step = TAU / (f64::from(counts.capacity) + 1.0);
    let mut classes = vec!["l"; usize::from(counts.capacity) + 1];
    for (position, form) in order(counts.capacity).zip(counts.forms()) {
        classes[usize::from(position)] = chair_class(place, counts, form);
    }
    let mut chairs: Vec<Chair> = Vec::with_capacity(classes.len());
    for (position, class) in (0..=counts.capacity).zip(classes) {
        let chair = Chair::new(ground, class, f64::from(position) * step - FRAC_PI_2);
        // Chairs that face each other are equally far, up to the last bits of a sine.
        let nearer = chairs.iter().position(|other| other.floor.1 > chair.floor.1 + 1e-6);
        chairs.insert(nearer.unwrap_or(chairs.len()), chair);
    }
    chairs
}

/// The letter that a chair's classes begin with. A seat on hold is an outline: neither taken nor free.
const fn chair_class(place: ScenePlace, counts: SeatCounts, form: SeatForm) -> &'static str {
    match form {
        _ if place.has_outlines_only() => "e",
        SeatForm::Reserved => "t",
        SeatForm::Held => "e",
        SeatForm::Yours => "y",
        SeatForm::Free if counts.yours > 0 => "g",
        SeatForm::Free => "f",
    }
}

/// A point of the picture: x to the right, y down.
type Point = (f64, f64);

/// One tub chair, ready to be drawn.
struct Chair {
    class: &'static str,
    /// Where on the circle it stands, and where the middle of its backrest is.
    angle: f64,
    /// The middle of its foot.
    floor: Point,
    /// Half of its width and half of its depth.
    radii: Point,
    /// The height of the seat above the floor.
    seat: f64,
    /// The height of the backrest above the seat.
    back: f64,
}

impl Chair {
    fn new(ground: &Ground, class: &'static str, angle: f64) -> Self {
        let (sine, cosine) = (sine(angle), cosine(angle));
        let pull = if matches!(class, "f" | "g") { 1.09 } else { 1.0 };
        // Near chairs are larger than far ones, and the therapist's backrest is higher than the others.
        let scale = 0.86 + 0.2 * (sine + 1.0) / 2.0;
        let across = ground.chair * scale;
        let rise = if class == "l" { 1.22 } else { 1.0 };
        Self {
            class,
            angle,
            floor: (MIDDLE + ground.across * pull * cosine, ground.middle + ground.along * pull * sine),
            radii: (across, across * (ground.along / ground.across * 1.04)),
            seat: 25.0 * scale * ground.chair / 37.0,
            back: 42.0 * scale * ground.chair / 37.0 * rise,
        }
    }

    /// Draws the shadow, the far part of the backrest, the body with its seat, and the near part of the backrest.
    fn push(&self, out: &mut String) {
        let (x, y) = self.floor;
        let (across, along) = self.radii;
        // The shadow falls outward from the light in the middle.
        let shade = (x + cosine(self.angle) * across * 0.5, y + sine(self.angle) * along * 0.9 + along * 0.12);
        push_ellipse(out, "shade", shade, (across * 1.16, along * 1.1));

        let cuts = self.cuts();
        let runs = runs(&cuts);
        if runs.iter().any(|run| run.far) {
            self.open_path(out, "2");
            for run in runs.iter().filter(|run| run.far) {
                self.push_band(out, run.cuts, -2.0);
            }
            out.push_str("\"/>");
        }

        self.open_path(out, "3");
        push_point(out, "M", (x - across, y - self.seat));
        push_whole(out, "v", self.seat);
        push_point(out, "a", self.radii);
        push_whole(out, " 0 0 0 ", 2.0 * across);
        push_whole(out, " 0v-", self.seat);
        out.push_str("z\"/>");
        push_ellipse(out, &[self.class, "1"].concat(), (x, y - self.seat), self.radii);

        if runs.iter().any(|run| !run.far) {
            self.open_path(out, "3");
            for run in runs.iter().filter(|run| !run.far) {
                self.push_band(out, run.cuts, -self.seat * 0.55);
            }
            out.push_str("\"/>");
            self.open_path(out, "r");
            for run in runs.iter().filter(|run| !run.far) {
                push_point(out, "M", self.top(run.cuts[0]));
                self.push_top(out, run.cuts);
            }
            out.push_str("\"/>");
        }
    }

    /// Opens a path of one of the chair's tones, or of its rim.
    fn open_path(&self, out: &mut String, tone: &str) {
        let rim = if tone == "r" { "rim " } else { "" };
        for text in ["<path class=\"", rim, self.class, tone, "\" d=\""] {
            out.push_str(text);
        }
    }

    /// The angles at which the backrest's outline changes: its ends, the ends of its full height, and the points
    /// where it turns from the far to the near side of the chair.
    fn cuts(&self) -> Vec<f64> {
        let mut cuts = vec![self.angle - SPAN, self.angle - FLAT, self.angle + FLAT, self.angle + SPAN];
        for turn in [-PI, 0.0, PI, TAU] {
            if turn > self.angle - SPAN + 0.01 && turn < self.angle + SPAN - 0.01 {
                let next = cuts.iter().position(|cut| *cut > turn);
                cuts.insert(next.unwrap_or(cuts.len()), turn);
            }
        }
        cuts
    }

    /// The height of the backrest at an angle: full in the middle, falling towards its ends.
    fn height(&self, angle: f64) -> f64 {
        let beside = (angle - self.angle).abs();
        if beside <= FLAT {
            return self.back;
        }
        let fall = (beside - FLAT) / (SPAN - FLAT);
        self.back * (0.46 + 0.54 * cosine(fall * FRAC_PI_2))
    }

    /// The point of the chair's wall at an angle, `up` above the seat.
    fn wall(&self, angle: f64, up: f64) -> Point {
        (self.floor.0 + self.radii.0 * cosine(angle), self.floor.1 - self.seat + self.radii.1 * sine(angle) - up)
    }

    /// The upper edge of the backrest at an angle.
    fn top(&self, angle: f64) -> Point {
        self.wall(angle, self.height(angle))
    }

    /// Draws the upper edge: an arc where the height is full, curves where it falls.
    fn push_top(&self, out: &mut String, cuts: &[f64]) {
        for pair in cuts.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let middle = f64::midpoint(from, to);
            if (middle - self.angle).abs() < FLAT {
                push_point(out, "A", self.radii);
                push_point(out, " 0 0 1 ", self.wall(to, self.back));
            } else {
                let (start, through, end) = (self.top(from), self.top(middle), self.top(to));
                let control =
                    (2.0 * through.0 - f64::midpoint(start.0, end.0), 2.0 * through.1 - f64::midpoint(start.1, end.1));
                push_point(out, "Q", control);
                push_point(out, " ", end);
            }
        }
    }

    /// Draws a part of the backrest as a closed band from `bottom` above the seat to its upper edge.
    fn push_band(&self, out: &mut String, cuts: &[f64], bottom: f64) {
        let (from, to) = (cuts[0], cuts[cuts.len() - 1]);
        push_point(out, "M", self.wall(from, bottom));
        push_point(out, "L", self.top(from));
        self.push_top(out, cuts);
        push_point(out, "L", self.wall(to, bottom));
        push_point(out, "A", self.radii);
        push_point(out, " 0 0 0 ", self.wall(from, bottom));
        out.push('z');
    }
}

/// Neighboring cuts on the same side of a chair.
struct Run<'a> {
    far: bool,
    cuts: &'a [f64],
}

/// Divides the cuts of a backrest into the parts on its far and on its near side.
fn runs(cuts: &[f64]) -> Vec<Run<'_>> {
    let is_far = |from: usize| sine(f64::midpoint(cuts[from], cuts[from + 1])) <= 0.0;
    let mut runs = Vec::new();
    let mut start = 0;
    for end in 1..cuts.len() {
        if end + 1 == cuts.len() || is_far(end) != is_far(start) {
            runs.push(Run { far: is_far(start), cuts: &cuts[start..=end] });
            start = end;
        }
    }
    runs
}

fn push_ellipse(out: &mut String, class: &str, middle: Point, radii: Point) {
    out.push_str("<ellipse class=\"");
    out.push_str(class);
    push_whole(out, "\" cx=\"", middle.0);
    push_whole(out, "\" cy=\"", middle.1);
    push_whole(out, "\" rx=\"", radii.0);
    push_whole(out, "\" ry=\"", radii.1);
    out.push_str("\"/>");
}

/// Appends `text` and a point.
fn push_point(out: &mut String, text: &str, point: Point) {
    push_whole(out, text, point.0);
    push_whole(out, " ", point.1);
}

/// Appends `text` and a number, rounded to the nearest whole one, halves upward.
#[expect(clippy::cast_possible_truncation, reason = "every number of a scene lies between -1000 and 1000")]
fn push_whole(out: &mut String, text: &str, number: f64) {
    out.push_str(text);
    // Writing to a string cannot fail.
    let _ = write!(out, "{}", (number + 0.5).floor() as i32);
}

/// The sine of an angle of a few turns at most: folded to a quarter turn, then the first nine terms of its series,
/// which are exact to thirteen digits.
fn sine(mut angle: f64) -> f64 {
    loop {
        if angle > FRAC_PI_2 {
            angle = PI - angle;
        } else if angle < -FRAC_PI_2 {
            angle = -PI - angle;
        } else {
            break;
        }
    }
    let square = angle * angle;
    [272.0, 210.0, 156.0, 110.0, 72.0, 42.0, 20.0, 6.0]
        .into_iter()
        .fold(1.0, |series, divisor| 1.0 - square / divisor * series)
        * angle
}

fn cosine(angle: f64) -> f64 {
    sine(angle + FRAC_PI_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: [(ScenePlace, u64); 4] = [
        (ScenePlace::Home, 0xb79f_9f3a_ca30_e237),
        (ScenePlace::Confirmed, 0x60ab_c517_e9af_cdcd),
        (ScenePlace::Empty, 0x58fb_e085_7b8d_fca1),
        (ScenePlace::Unavailable, 0x04fa_ad14_c183_4b92),
    ];

    fn counts(capacity: u8, reserved: u8, yours: u8) -> SeatCounts {
        SeatCounts { capacity, reserved, held: 0, yours, offered: 0 }
    }

    // The expected drawings were written by `scene()` of the look's reference code, run by node; chairs that are
    // equally far stand in the order of their positions.

    const CONFIRMED: &str = concat!(
        r#"<clipPath id="abovec"><path d="M0-300h640V0H0z"/></clipPath>"#,
        r#"<circle class="sun" clip-path="url(#abovec)" cx="320" cy="-4" r="82"/>"#,
        r#"<ellipse class="p1" cx="320" cy="158" rx="203" ry="81"/>"#,
        r#"<ellipse class="p2" cx="320" cy="158" rx="132" ry="53"/>"#,
        r#"<ellipse class="shade" cx="320" cy="54" rx="36" ry="14"/>"#,
        r#"<path class="l2" d="M289 44L289 22Q290 -3 296 -8A31 13 0 0 1 344 -8Q350 -3 351 22L351 44A31 13 0 0 0 289 44z"/>"#,
        r#"<path class="l3" d="M289 43v21a31 13 0 0 0 62 0v-21z"/>"#,
        r#"<ellipse class="l1" cx="320" cy="43" rx="31" ry="13"/>"#,
        r#"<ellipse class="shade" cx="482" cy="78" rx="37" ry="14"/>"#,
        r#"<path class="t2" d="M449 57L449 39Q456 18 465 16A32 13 0 0 1 504 28L504 67A32 13 0 0 0 449 57z"/>"#,
        r#"<path class="t3" d="M440 65v21a32 13 0 0 0 64 0v-21z"/>"#,
        r#"<ellipse class="t1" cx="472" cy="65" rx="32" ry="13"/>"#,
        r#"<path class="t3" d="M504 76L504 28A32 13 0 0 1 503 29Q503 35 497 56L497 84A32 13 0 0 0 504 76z"/>"#,
        r#"<path class="rim tr" d="M504 28A32 13 0 0 1 503 29Q503 35 497 56"/>"#,
        r#"<ellipse class="shade" cx="158" cy="78" rx="37" ry="14"/>"#,
        r#"<path class="t2" d="M136 67L136 28A32 13 0 0 1 175 16Q184 18 191 39L191 57A32 13 0 0 0 136 67z"/>"#,
        r#"<path class="t3" d="M136 65v21a32 13 0 0 0 64 0v-21z"/>"#,
        r#"<ellipse class="t1" cx="168" cy="65" rx="32" ry="13"/>"#,
        r#"<path class="t3" d="M143 84L143 56Q137 35 137 29A32 13 0 0 1 136 28L136 76A32 13 0 0 0 143 84z"/>"#,
        r#"<path class="rim tr" d="M143 56Q137 35 137 29A32 13 0 0 1 136 28"/>"#,
        r#"<ellipse class="shade" cx="569" cy="141" rx="39" ry="15"/>"#,
        r#"<path class="t2" d="M549 107L549 87Q559 68 568 68A34 14 0 0 1 586 80L586 121A34 14 0 0 0 549 107z"/>"#,
        r#"<path class="t3" d="M518 119v23a34 14 0 0 0 68 0v-23z"/>"#,
        r#"<ellipse class="t1" cx="552" cy="119" rx="34" ry="14"/>"#,
        r#"<path class="t3" d="M586 131L586 80A34 14 0 0 1 578 90Q571 95 561 115L561 145A34 14 0 0 0 586 131z"/>"#,
        r#"<path class="rim tr" d="M586 80A34 14 0 0 1 578 90Q571 95 561 115"/>"#,
        r#"<ellipse class="shade" cx="71" cy="141" rx="39" ry="15"/>"#,
        r#"<path class="t2" d="M54 121L54 80A34 14 0 0 1 72 68Q81 68 91 87L91 107A34 14 0 0 0 54 121z"/>"#,
        r#"<path class="t3" d="M54 119v23a34 14 0 0 0 68 0v-23z"/>"#,
        r#"<ellipse class="t1" cx="88" cy="119" rx="34" ry="14"/>"#,
        r#"<path class="t3" d="M79 145L79 115Q69 95 62 90A34 14 0 0 1 54 80L54 131A34 14 0 0 0 79 145z"/>"#,
        r#"<path class="rim tr" d="M79 115Q69 95 62 90A34 14 0 0 1 54 80"/>"#,
        r#"<ellipse class="shade" cx="540" cy="214" rx="42" ry="17"/>"#,
        r#"<path class="t2" d="M545 170L545 149Q554 131 558 134A36 15 0 0 1 561 139L561 182A36 15 0 0 0 545 170z"/>"#,
        r#"<path class="t3" d="M488 180v25a36 15 0 0 0 73 0v-25z"/>"#,
        r#"<ellipse class="t1" cx="524" cy="180" rx="36" ry="15"/>"#,
        r#"<path class="t3" d="M561 194L561 139A36 15 0 0 1 529 154Q518 157 508 175L508 207A36 15 0 0 0 561 194z"/>"#,
        r#"<path class="rim tr" d="M561 139A36 15 0 0 1 529 154Q518 157 508 175"/>"#,
        r#"<ellipse class="shade" cx="81" cy="218" rx="42" ry="17"/>"#,
        r#"<path class="g2" d="M61 187L61 143A36 15 0 0 1 64 138Q68 135 77 153L77 174A36 15 0 0 0 61 187z"/>"#,
        r#"<path class="g3" d="M61 185v25a36 15 0 0 0 73 0v-25z"/>"#,
        r#"<ellipse class="g1" cx="97" cy="185" rx="36" ry="15"/>"#,
        r#"<path class="g3" d="M113 212L113 179Q103 161 92 158A36 15 0 0 1 61 143L61 198A36 15 0 0 0 113 212z"/>"#,
        r#"<path class="rim gr" d="M113 179Q103 161 92 158A36 15 0 0 1 61 143"/>"#,
        r#"<ellipse class="shade" cx="233" cy="262" rx="44" ry="17"/>"#,
        r#"<path class="y2" d="M201 223L201 185Q201 190 203 197L203 218A38 16 0 0 0 201 223z"/>"#,
        r#"<path class="y3" d="M201 221v26a38 16 0 0 0 76 0v-26z"/>"#,
        r#"<ellipse class="y1" cx="239" cy="221" rx="38" ry="16"/>"#,
        r#"<path class="y3" d="M274 241L274 207Q269 190 259 191A38 16 0 0 1 203 182Q201 180 201 185L201 235A38 16 0 0 0 274 241z"/>"#,
        r#"<path class="rim yr" d="M274 207Q269 190 259 191A38 16 0 0 1 203 182Q201 180 201 185"/>"#,
        r#"<ellipse class="shade" cx="414" cy="269" rx="44" ry="17"/>"#,
        r#"<path class="g2" d="M444 226L444 204Q446 198 446 193L446 231A38 16 0 0 0 444 226z"/>"#,
        r#"<path class="g3" d="M370 229v26a38 16 0 0 0 76 0v-26z"/>"#,
        r#"<ellipse class="g1" cx="408" cy="229" rx="38" ry="16"/>"#,
        r#"<path class="g3" d="M446 243L446 193Q446 188 444 190A38 16 0 0 1 388 199Q378 198 373 215L373 249A38 16 0 0 0 446 243z"/>"#,
        r#"<path class="rim gr" d="M446 193Q446 188 444 190A38 16 0 0 1 388 199Q378 198 373 215"/>"#,
    );

    #[test]
    fn the_scene_after_a_reservation_equals_the_reference() {
        assert_eq!(scene_markup(ScenePlace::Confirmed, counts(8, 5, 1)), CONFIRMED);
    }

    #[test]
    fn all_scenes_equal_the_reference() {
        for (place, expected) in PLACES {
            let mut fingerprint = 0xcbf2_9ce4_8422_2325;
            for capacity in 5..=12 {
                for reserved in 0..=capacity {
                    for yours in 0..=1.min(capacity - reserved) {
                        let scene = scene_markup(place, counts(capacity, reserved, yours));
                        assert_eq!(
                            scene.matches("class=\"shade\"").count(),
                            usize::from(capacity) + 1,
                            "one chair for each seat and one for the therapist"
                        );
                        add(&mut fingerprint, &scene);
                    }
                }
            }
            assert_eq!(fingerprint, expected, "{place:?}");
        }
    }

    /// FNV-1a, to compare many drawings with the reference at once.
    fn add(fingerprint: &mut u64, text: &str) {
        for byte in text.bytes() {
            *fingerprint = (*fingerprint ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    #[test]
    fn a_seat_on_hold_is_an_outline() {
        let mut held = counts(8, 5, 0);
        held.held = 1;
        let scene = scene_markup(ScenePlace::Home, held);
        assert_eq!(scene.matches("class=\"e1\"").count(), 1);
        assert_eq!(scene.matches("class=\"f1\"").count(), 2);
    }

    #[test]
    fn any_capacity_can_be_drawn() {
        for (place, _) in PLACES {
            for capacity in [0, 1, 2, 13, 40, u8::MAX] {
                let scene = scene_markup(place, counts(capacity, 0, 0));
                assert!(!scene.contains("NaN") && !scene.contains("--"));
            }
        }
    }

    #[test]
    fn sine_and_cosine_are_exact_enough() {
        for step in -800..=800 {
            let angle = f64::from(step) / 100.0;
            assert!((sine(angle) - angle.sin()).abs() < 1e-12, "{angle}");
            assert!((cosine(angle) - angle.cos()).abs() < 1e-12, "{angle}");
        }
    }
}
