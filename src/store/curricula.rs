//! Curricula as they were when a cycle began: a running cycle keeps its version.

use super::{Conn, Failure};
use crate::domain::curriculum::{Mode, Unit};
use sqlx::{PgExecutor, types::Json};

/// A version of a curriculum that is about to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewVersion<'a> {
    /// Word of the curriculum.
    pub slug: &'a str,
    /// Hash of its content.
    pub version: &'a str,
    /// Title.
    pub title: &'a str,
    /// Rolling or closed.
    pub mode: Mode,
    /// The weeks.
    pub units: &'a [Unit],
}

/// A version of a curriculum as it was kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredCurriculum {
    /// Title.
    pub title: String,
    /// Rolling or closed.
    pub mode: Mode,
    /// The weeks.
    pub units: Vec<Unit>,
}

/// Keeps a version; a version that is there already stays as it is.
pub async fn insert_version(conn: &mut Conn, new: NewVersion<'_>) -> Result<(), Failure> {
    sqlx::query!(
        "insert into curricula (slug, version, title, mode, units) values ($1, $2, $3, $4, $5) on conflict do nothing",
        new.slug,
        new.version,
        new.title,
        new.mode.code(),
        Json(new.units) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A version of a curriculum.
pub async fn find(
    executor: impl PgExecutor<'_>,
    slug: &str,
    version: &str,
) -> Result<Option<StoredCurriculum>, Failure> {
    let row = sqlx::query!(
        r#"select title, mode, units as "units: Json<Vec<Unit>>" from curricula where slug = $1 and version = $2"#,
        slug,
        version
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| StoredCurriculum {
        title: row.title,
        // A check of the table allows these two words only.
        mode: if row.mode == "rolling" { Mode::Rolling } else { Mode::Closed },
        units: row.units.0,
    }))
}
