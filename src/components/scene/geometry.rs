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
mod tests;
