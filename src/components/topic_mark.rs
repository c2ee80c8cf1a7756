//! The ground marks: one small drawing for each topic, made of a line and one soft area.

use leptos::prelude::*;

use crate::domain::topic::Topic;

/// Draws the mark of a topic. Its name stands beside it, so the mark is silent.
#[component]
pub fn TopicMark(
    /// Which topic.
    topic: Topic,
) -> impl IntoView {
    view! { <svg class="mark10" viewBox="0 0 56 56" aria-hidden="true" inner_html=mark(topic) /> }
}

/// The marks of what has no topic of its own: a ring of seats for process groups, steps for the DBT skills group.
#[component]
pub fn OtherMark(
    /// Whether it stands for the DBT skills group.
    of_skills: bool,
) -> impl IntoView {
    let shapes = if of_skills {
        r#"<path class="fill" d="M30 14a9 9 0 0 1 18 0z"/><path d="M6 42h9v-7h9v-7h9v-7h9v-7h10"/><path class="soft" d="M6 48h44"/>"#
    } else {
        concat!(
            r#"<circle class="fill" cx="28" cy="28" r="8"/><circle cx="28" cy="10" r="4"/><circle cx="43.6" cy="19" r="4"/>"#,
            r#"<circle cx="43.6" cy="37" r="4"/><circle cx="28" cy="46" r="4"/><circle cx="12.4" cy="37" r="4"/><circle cx="12.4" cy="19" r="4"/>"#,
        )
    };
    view! { <svg class="mark10" viewBox="0 0 56 56" aria-hidden="true" inner_html=shapes /> }
}

/// What is inside the `<svg>`.
const fn mark(topic: Topic) -> &'static str {
    match topic {
        Topic::AngerManagement => {
            r#"<path class="fill" d="M14 40a14 14 0 0 1 28 0z"/><path d="M6 40h44M28 20v-8M17 24l-5-6M39 24l5-6"/>"#
        }
        Topic::Anxiety => r#"<path d="M4 30q3-14 6 0t6 0 6 0 7-4 9 2 14 2"/><path class="soft" d="M6 42h44"/>"#,
        Topic::BorderlinePersonality => concat!(
            r#"<path class="fill" d="M26 14a14 14 0 0 0 0 28z"/>"#,
            r#"<path d="M26 14a14 14 0 0 0 0 28zM30 14a14 14 0 0 1 0 28z"/>"#,
        ),
        Topic::ChronicIllness => {
            r#"<path d="M4 40q8-2 10-10t8-2 8 8 8-14 8 6 6 12"/><path class="soft" d="M4 44h48"/>"#
        }
        Topic::Depression => concat!(
            r#"<path class="fill" d="M16 36a12 12 0 0 1 24 0z"/>"#,
            r#"<path d="M6 36h44"/>"#,
            r#"<path class="soft" d="M18 41h20M22 46h12"/>"#,
        ),
        Topic::DialecticalBehaviorTherapy => concat!(
            r#"<path class="fill" d="M28 17a13 13 0 0 1 0 22 13 13 0 0 1 0-22z"/>"#,
            r#"<circle cx="21" cy="28" r="13"/>"#,
            r#"<circle cx="35" cy="28" r="13"/>"#,
        ),
        Topic::GriefAndLoss => concat!(
            r#"<circle class="solid" cx="28" cy="13" r="3"/>"#,
            r#"<circle class="solid" cx="41" cy="20.5" r="3"/>"#,
            r#"<circle class="solid" cx="15" cy="20.5" r="3"/>"#,
            r#"<circle class="solid" cx="41" cy="35.5" r="3"/>"#,
            r#"<circle class="solid" cx="15" cy="35.5" r="3"/>"#,
            r#"<circle class="fill" cx="28" cy="43" r="5"/>"#,
            r#"<circle class="soft" cx="28" cy="43" r="3"/>"#,
        ),
        Topic::ObsessiveCompulsiveDisorder => {
            r#"<path d="M28 28m-3 0a3 3 0 1 1 6 1 7 7 0 1 1-11-5 12 12 0 1 1-2 12"/><path d="M18 36q8 10 20 6"/>"#
        }
        Topic::RelationshipIssues => concat!(
            r#"<circle class="fill" cx="20" cy="32" r="10"/>"#,
            r#"<circle cx="20" cy="32" r="10"/>"#,
            r#"<circle cx="36" cy="24" r="10"/>"#,
        ),
        Topic::TraumaAndPtsd => concat!(
            r#"<path d="M4 38h18l3-7 4 14 4-11 2 4h17"/>"#,
            r#"<path class="fill" d="M18 26a10 10 0 0 1 20 0z"/>"#,
            r#"<path class="soft" d="M14 26h28"/>"#,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_its_own_mark() {
        let marks: std::collections::HashSet<_> = Topic::ALL.into_iter().map(mark).collect();
        assert_eq!(marks.len(), Topic::ALL.len());
    }
}
