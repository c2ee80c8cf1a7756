//! The ten topics.

use serde::{Deserialize, Serialize};

/// What a group is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Topic {
    /// Anger management.
    AngerManagement,
    /// Anxiety.
    Anxiety,
    /// Borderline personality.
    BorderlinePersonality,
    /// Chronic illness.
    ChronicIllness,
    /// Depression.
    Depression,
    /// Dialectical behavior therapy (DBT).
    DialecticalBehaviorTherapy,
    /// Grief and loss.
    GriefAndLoss,
    /// Obsessive compulsive disorder.
    ObsessiveCompulsiveDisorder,
    /// Relationship issues.
    RelationshipIssues,
    /// Trauma and PTSD.
    TraumaAndPtsd,
}

impl Topic {
    /// All of them, in the order in which lists show them.
    pub const ALL: [Self; 10] = [
        Self::AngerManagement,
        Self::Anxiety,
        Self::BorderlinePersonality,
        Self::ChronicIllness,
        Self::Depression,
        Self::DialecticalBehaviorTherapy,
        Self::GriefAndLoss,
        Self::ObsessiveCompulsiveDisorder,
        Self::RelationshipIssues,
        Self::TraumaAndPtsd,
    ];

    /// The word in addresses, query strings and the database.
    pub fn slug(self) -> &'static str {
        match self {
            Self::AngerManagement => "anger-management",
            Self::Anxiety => "anxiety",
            Self::BorderlinePersonality => "borderline-personality",
            Self::ChronicIllness => "chronic-illness",
            Self::Depression => "depression",
            Self::DialecticalBehaviorTherapy => "dialectical-behavior-therapy",
            Self::GriefAndLoss => "grief-and-loss",
            Self::ObsessiveCompulsiveDisorder => "obsessive-compulsive-disorder",
            Self::RelationshipIssues => "relationship-issues",
            Self::TraumaAndPtsd => "trauma-and-ptsd",
        }
    }

    /// The name for readers, as a title.
    pub fn name(self) -> &'static str {
        match self {
            Self::AngerManagement => "Anger management",
            Self::Anxiety => "Anxiety",
            Self::BorderlinePersonality => "Borderline personality",
            Self::ChronicIllness => "Chronic illness",
            Self::Depression => "Depression",
            Self::DialecticalBehaviorTherapy => "DBT skills",
            Self::GriefAndLoss => "Grief and loss",
            Self::ObsessiveCompulsiveDisorder => "Obsessive compulsive disorder",
            Self::RelationshipIssues => "Relationship issues",
            Self::TraumaAndPtsd => "Trauma and PTSD",
        }
    }

    /// The name inside a sentence: "living with anxiety".
    pub fn in_sentence(self) -> &'static str {
        match self {
            Self::AngerManagement => "anger",
            Self::Anxiety => "anxiety",
            Self::BorderlinePersonality => "borderline personality",
            Self::ChronicIllness => "a chronic illness",
            Self::Depression => "depression",
            Self::DialecticalBehaviorTherapy => "strong emotions",
            Self::GriefAndLoss => "grief",
            Self::ObsessiveCompulsiveDisorder => "obsessive thoughts",
            Self::RelationshipIssues => "trouble in relationships",
            Self::TraumaAndPtsd => "trauma",
        }
    }

    /// Finds a topic by its slug.
    pub fn parse(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.slug() == slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slug_leads_back_to_its_topic() {
        for topic in Topic::ALL {
            assert_eq!(Topic::parse(topic.slug()), Some(topic));
        }
        assert_eq!(Topic::parse("stars"), None);
    }
}
