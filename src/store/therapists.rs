//! Therapists as everybody may read about them.

use super::Failure;
use crate::domain::{
    ids::{AccountId, TherapistId},
    listing::Leader,
};
use sqlx::PgExecutor;
use uuid::Uuid;

/// A therapist's public page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Therapist {
    /// Last part of the page's address.
    pub slug: String,
    /// Name, credentials, avatar.
    pub leader: Leader,
    /// Her own words; may be empty.
    pub words: String,
    /// How she works; may be empty.
    pub approach: String,
}

struct Row {
    id: Uuid,
    number: i32,
    slug: String,
    name: String,
    credentials: String,
    profession: String,
    words: String,
    approach: String,
}

impl From<Row> for Therapist {
    fn from(row: Row) -> Self {
        Self {
            slug: row.slug,
            leader: Leader {
                id: TherapistId(row.id),
                number: row.number,
                name: row.name,
                credentials: row.credentials,
                profession: row.profession,
            },
            words: row.words,
            approach: row.approach,
        }
    }
}

/// All of them, by name.
pub async fn find_all(executor: impl PgExecutor<'_>) -> Result<Vec<Therapist>, Failure> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, number as "number!", slug, name, credentials, profession, words, approach from therapists
           order by name, slug"#
    )
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(Therapist::from).collect())
}

/// One of them, or nothing.
pub async fn find(executor: impl PgExecutor<'_>, slug: &str) -> Result<Option<Therapist>, Failure> {
    // Postgres refuses a NUL; a slug never has one.
    if slug.contains('\0') {
        return Ok(None);
    }
    let row = sqlx::query_as!(
        Row,
        r#"select id, number as "number!", slug, name, credentials, profession, words, approach from therapists
           where slug = $1"#,
        slug
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(Therapist::from))
}

/// The therapist who signs in with this account.
pub async fn of_account(executor: impl PgExecutor<'_>, account: AccountId) -> Result<Option<TherapistId>, Failure> {
    let id = sqlx::query_scalar!("select id from therapists where account_id = $1", account.0)
        .fetch_optional(executor)
        .await?;
    Ok(id.map(TherapistId))
}

/// The last part of the address of a therapist's page.
pub async fn slug_of(executor: impl PgExecutor<'_>, therapist: TherapistId) -> Result<Option<String>, Failure> {
    let slug =
        sqlx::query_scalar!("select slug from therapists where id = $1", therapist.0).fetch_optional(executor).await?;
    Ok(slug)
}
