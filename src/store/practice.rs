//! The one row that says who runs this installation.

use super::Failure;
use crate::domain::practice::Practice;
use sqlx::PgExecutor;

struct PracticeRow {
    name: String,
    address: String,
    phone: String,
    email: String,
    zone: String,
    billing: String,
}

impl From<PracticeRow> for Practice {
    fn from(row: PracticeRow) -> Self {
        let PracticeRow { name, address, phone, email, zone, billing } = row;
        Self { name, address, phone, email, zone, billing }
    }
}

/// The practice; none before `demo` or `practice load` was run.
pub async fn find(executor: impl PgExecutor<'_>) -> Result<Option<Practice>, Failure> {
    let row = sqlx::query_as!(PracticeRow, "select name, address, phone, email, zone, billing from practice")
        .fetch_optional(executor)
        .await?;
    Ok(row.map(Practice::from))
}

/// Its phone, for whoever is to call it; empty where there is none.
pub async fn phone(executor: impl PgExecutor<'_>) -> Result<String, Failure> {
    Ok(find(executor).await?.map(|practice| practice.phone).unwrap_or_default())
}
