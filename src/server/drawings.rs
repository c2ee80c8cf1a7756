//! The drawings in the heads of topics and skills: one line, one disc and the ground. They only accompany words. They are sent
//! with the page that shows them, so that no browser loads those of the others.

use crate::api::text::Drawing;

const GROUND: &str = r#"<path class="soft" d="M40 154h420M110 174h290"/>"#;

/// The drawing of a topic, of process groups or of the DBT skills group.
pub fn topic(slug: &str) -> Drawing {
    let shapes = match slug {
        // A line that climbs, breaks in spikes and is even again.
        "anger-management" => concat!(
            r#"<path class="sun" d="M322 110a50 50 0 0 1 100 0z"/>"#,
            r#"<path class="ink" d="M4 110h52q22 0 30-28l16-58 26 122 24-104 20 82 16-40 10 26q6 0 12 0H476"/>"#,
        ),
        // A wave that comes to rest.
        "anxiety" => concat!(
            r#"<path class="sun" d="M300 110a56 56 0 0 1 112 0z"/>"#,
            r#"<path class="ink" d="M4 110q5.5 -100 11 0q5.5 100 11 0q5.75 -96 11.5 0q6 88 12 0q6.25 -76 12.5 0q6.75 62 13.5 0q7.5 -48 15 0q8.5 34 17 0q10 -22 20 0q12 12 24 0q14 -6 28 0H476"/>"#,
        ),
        // Wide swings between high and low that find the middle.
        "borderline-personality" => concat!(
            r#"<path class="sun" d="M352 110a44 44 0 0 1 88 0z"/>"#,
            r#"<path class="ink" d="M4 110C24 -6 64 -6 84 110S144 226 164 128 216 22 240 104 286 150 312 110H476"/>"#,
        ),
        // Hills that come back, and a line that goes on over them.
        "chronic-illness" => concat!(
            r#"<path class="sun" d="M206 110a40 40 0 0 1 80 0z"/>"#,
            r#"<path class="ink" d="M4 110h40q22-58 44 0h56q16-36 32 0h110q26-66 52 0h40q14-30 28 0h70"/>"#,
        ),
        // A long way down, and a slow way up to where the light is.
        "depression" => concat!(
            r#"<path class="sun" d="M366 86a34 34 0 0 1 68 0z"/>"#,
            r#"<path class="ink" d="M4 62C96 62 104 138 196 138S296 86 356 86H476"/>"#,
        ),
        // Two opposites, both true, become one line.
        "dialectical-behavior-therapy" => concat!(
            r#"<path class="sun" d="M322 110a48 48 0 0 1 96 0z"/>"#,
            r#"<path class="ink" d="M4 110c34-86 76-86 110 0s76 86 110 0 48-30 62 0H476M4 110c34 86 76 86 110 0s76-86 110 0 48 30 62 0"/>"#,
        ),
        // A place that is empty, and a light that went below the line.
        "grief-and-loss" => concat!(
            r#"<path class="sun" d="M196 110a46 46 0 0 0 92 0z"/>"#,
            r#"<path class="ink" d="M4 110h150M330 110h146"/>"#,
            r#"<path class="ink" d="M186 92a58 58 0 0 1 112 0" stroke-dasharray="2 11"/>"#,
        ),
        // The same loop again, smaller each time, and then on.
        "obsessive-compulsive-disorder" => concat!(
            r#"<path class="sun" d="M352 110a48 48 0 0 1 96 0z"/>"#,
            r#"<path class="ink" d="M4 110h60c70 0 62-92 16-92s-50 92 30 92h20c56 0 50-68 14-68s-40 68 24 68h18c40 0 36-46 10-46s-28 46 18 46H476"/>"#,
        ),
        // Two lines that keep their own height and meet for a while.
        "relationship-issues" => concat!(
            r#"<path class="sun" d="M196 100a44 44 0 0 1 88 0z"/>"#,
            r#"<path class="ink" d="M4 46C96 46 128 104 196 104h92c60 0 100-34 188-34"/>"#,
            r#"<path class="ink" d="M4 138C96 138 128 114 196 114h92c60 0 100 20 188 20"/>"#,
        ),
        // A jolt, then a shelter that one can sit in.
        "trauma-and-ptsd" => concat!(
            r#"<path class="sun" d="M292 110a44 44 0 0 1 88 0z"/>"#,
            r#"<path class="ink" d="M4 110h48l12-62 18 104 14-78 12 44 8-8h120a100 100 0 0 1 200 0h40"/>"#,
        ),
        // Seats around something that is between them.
        "process-groups" => concat!(
            r#"<path class="sun" d="M206 96a34 34 0 0 1 68 0z"/>"#,
            r#"<path class="ink" d="M4 110h112M364 110h112M116 110a124 44 0 0 0 248 0 124 44 0 0 0-248 0"/>"#,
            r#"<circle class="solid" cx="164" cy="76" r="7"/><circle class="solid" cx="316" cy="76" r="7"/>"#,
            r#"<circle class="solid" cx="116" cy="110" r="8"/><circle class="solid" cx="364" cy="110" r="8"/>"#,
            r#"<circle class="solid" cx="172" cy="147" r="9"/><circle class="solid" cx="308" cy="147" r="9"/>"#,
        ),
        // Twelve steps, none of them high.
        _ => concat!(
            r#"<path class="sun" d="M376 57a40 40 0 0 1 80 0z"/>"#,
            r#"<path class="ink" d="M4 134h44v-7h29v-7h29v-7h29v-7h29v-7h29v-7h29v-7h29v-7h29v-7h29v-7h29v-7h29v-7h108"/>"#,
        ),
    };
    Drawing { view_box: "0 0 480 200".to_owned(), shapes: format!("{shapes}{GROUND}") }
}

/// The drawing of a skill: its module's, and an own one for STOP, which is the first that many learn.
pub fn skill(slug: &str, module: &str) -> Drawing {
    let shapes = match (slug, module) {
        ("stop", _) => concat!(
            r#"<path class="ink" d="M4 66q14-70 28 0t26 0q12-46 24 0t22 0h34"/>"#,
            r#"<path class="ink" d="M196 66h104"/>"#,
            r#"<circle class="lit" cx="168" cy="66" r="17"/>"#,
            r#"<path class="ink" d="M300 66q30-18 60-6t114 6"/>"#,
        ),
        // Rings on still water.
        (_, "Mindfulness") => concat!(
            r#"<path class="ink" d="M4 66h96M380 66h96"/>"#,
            r#"<path class="ink" d="M130 66a110 34 0 0 1 220 0M170 66a70 22 0 0 1 140 0"/>"#,
            r#"<circle class="lit" cx="240" cy="62" r="15"/>"#,
        ),
        // A high wave, and a small boat's light that is carried over it.
        (_, "Distress tolerance") => concat!(
            r#"<path class="ink" d="M4 66h80c60 0 70-52 130-52s62 52 122 52h140"/>"#,
            r#"<circle class="lit" cx="336" cy="48" r="15"/>"#,
        ),
        // Up and down, and each time less.
        (_, "Emotion regulation") => concat!(
            r#"<path class="ink" d="M4 66q24-96 48 0t44 0q20-60 40 0t36 0q16-32 32 0t30 0h242"/>"#,
            r#"<circle class="lit" cx="330" cy="46" r="15"/>"#,
        ),
        // Two lines that come near, with something between them.
        (_, "Interpersonal effectiveness") => concat!(
            r#"<path class="ink" d="M4 34c80 0 110 24 190 24M4 80c80 0 110-8 190-8"/>"#,
            r#"<circle class="lit" cx="240" cy="65" r="16"/>"#,
            r#"<path class="ink" d="M286 58c80 0 110-24 190-24M286 72c80 0 110 8 190 8"/>"#,
        ),
        // A way on.
        _ => concat!(
            r#"<path class="ink" d="M4 66h60l20-10h60l20-10h60l20-10h60l20-10h152"/>"#,
            r#"<circle class="lit" cx="420" cy="64" r="15"/>"#,
        ),
    };
    Drawing { view_box: "0 0 480 120".to_owned(), shapes: format!("{shapes}<path class=\"soft\" d=\"M4 92h472\"/>") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::content::pages;
    use std::collections::BTreeSet;

    #[test]
    fn every_topic_has_its_own_drawing() {
        let drawn: BTreeSet<_> = pages::topics().iter().map(|text| topic(&text.slug).shapes).collect();
        assert_eq!(drawn.len(), pages::topics().len());
    }

    #[test]
    fn every_module_has_its_own_drawing() {
        let modules: BTreeSet<_> = pages::skills().iter().map(|card| card.module.as_str()).collect();
        let drawn: BTreeSet<_> = modules.iter().map(|module| skill("", module).shapes).collect();
        assert_eq!(drawn.len(), modules.len());
    }
}
