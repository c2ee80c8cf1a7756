//! The files that are compiled in, by name.

use super::File;
use crate::domain::agreement::AgreementKind;

macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/content/", $name)))
    };
}

/// Each curriculum: its head and its units in order.
pub const CURRICULA: [(File, &[File]); 3] = [
    (
        file!("curricula/dbt-skills/curriculum.md"),
        &[
            file!("curricula/dbt-skills/01.md"),
            file!("curricula/dbt-skills/02.md"),
            file!("curricula/dbt-skills/03.md"),
            file!("curricula/dbt-skills/04.md"),
            file!("curricula/dbt-skills/05.md"),
            file!("curricula/dbt-skills/06.md"),
            file!("curricula/dbt-skills/07.md"),
            file!("curricula/dbt-skills/08.md"),
            file!("curricula/dbt-skills/09.md"),
            file!("curricula/dbt-skills/10.md"),
            file!("curricula/dbt-skills/11.md"),
            file!("curricula/dbt-skills/12.md"),
        ],
    ),
    (
        file!("curricula/living-with/curriculum.md"),
        &[
            file!("curricula/living-with/01.md"),
            file!("curricula/living-with/02.md"),
            file!("curricula/living-with/03.md"),
            file!("curricula/living-with/04.md"),
            file!("curricula/living-with/05.md"),
            file!("curricula/living-with/06.md"),
            file!("curricula/living-with/07.md"),
            file!("curricula/living-with/08.md"),
        ],
    ),
    (
        file!("curricula/process/curriculum.md"),
        &[
            file!("curricula/process/01.md"),
            file!("curricula/process/02.md"),
            file!("curricula/process/03.md"),
            file!("curricula/process/04.md"),
            file!("curricula/process/05.md"),
            file!("curricula/process/06.md"),
            file!("curricula/process/07.md"),
            file!("curricula/process/08.md"),
        ],
    ),
];

/// The text of an agreement.
pub fn agreement(kind: AgreementKind) -> File {
    match kind {
        AgreementKind::Group => file!("agreements/group.md"),
        AgreementKind::Telehealth => file!("agreements/telehealth.md"),
        AgreementKind::Privacy => file!("agreements/privacy.md"),
    }
}
