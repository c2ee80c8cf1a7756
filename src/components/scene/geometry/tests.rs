//! What the drawings have to keep, whoever is in the room.

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
