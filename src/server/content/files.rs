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

/// The ten topics, process groups and the DBT skills group, in the order of lists.
pub const TOPICS: [File; 12] = [
    file!("topics/anger-management.md"),
    file!("topics/anxiety.md"),
    file!("topics/borderline-personality.md"),
    file!("topics/chronic-illness.md"),
    file!("topics/depression.md"),
    file!("topics/dialectical-behavior-therapy.md"),
    file!("topics/grief-and-loss.md"),
    file!("topics/obsessive-compulsive-disorder.md"),
    file!("topics/relationship-issues.md"),
    file!("topics/trauma-and-ptsd.md"),
    file!("topics/process-groups.md"),
    file!("topics/dbt-skills.md"),
];

/// The articles, in the order in which somebody who is new would read them.
pub const ARTICLES: [File; 7] = [
    file!("learn/first-meeting.md"),
    file!("learn/what-you-need.md"),
    file!("learn/choosing-a-group.md"),
    file!("learn/privacy-in-an-online-group.md"),
    file!("learn/process-group-therapy.md"),
    file!("learn/dbt-skills-groups.md"),
    file!("learn/licences-and-states.md"),
];

/// The skill cards, by week and in the order of the week.
pub const SKILLS: [File; 33] = [
    file!("skills/states-of-mind.md"),
    file!("skills/wise-mind.md"),
    file!("skills/observe.md"),
    file!("skills/describe.md"),
    file!("skills/participate.md"),
    file!("skills/non-judgmentally.md"),
    file!("skills/one-mindfully.md"),
    file!("skills/effectively.md"),
    file!("skills/stop.md"),
    file!("skills/pros-and-cons.md"),
    file!("skills/tipp.md"),
    file!("skills/accepts.md"),
    file!("skills/self-soothing.md"),
    file!("skills/improve.md"),
    file!("skills/radical-acceptance.md"),
    file!("skills/turning-the-mind.md"),
    file!("skills/willingness.md"),
    file!("skills/naming-emotions.md"),
    file!("skills/check-the-facts.md"),
    file!("skills/opposite-action.md"),
    file!("skills/problem-solving.md"),
    file!("skills/accumulating-positives.md"),
    file!("skills/building-mastery.md"),
    file!("skills/coping-ahead.md"),
    file!("skills/please.md"),
    file!("skills/what-gets-in-the-way.md"),
    file!("skills/clarifying-priorities.md"),
    file!("skills/dear-man.md"),
    file!("skills/give.md"),
    file!("skills/fast.md"),
    file!("skills/how-strongly-to-ask.md"),
    file!("skills/validation.md"),
    file!("skills/a-plan-to-go-on.md"),
];

/// The texts about rights and duties.
pub const LEGAL: [File; 4] = [
    file!("legal/privacy.md"),
    file!("legal/terms.md"),
    file!("legal/notice-of-privacy-practices.md"),
    file!("legal/accessibility.md"),
];

/// The text of an agreement.
pub fn agreement(kind: AgreementKind) -> File {
    match kind {
        AgreementKind::Group => file!("agreements/group.md"),
        AgreementKind::Telehealth => file!("agreements/telehealth.md"),
        AgreementKind::Privacy => file!("agreements/privacy.md"),
    }
}
