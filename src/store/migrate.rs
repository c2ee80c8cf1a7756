//! Migrations: forward only, compiled in, run under an advisory lock; and the rights of the application's role.

use super::Failure;
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection,
    migrate::{MigrateError, Migrator},
    postgres::PgConnectOptions,
};
use std::{str::FromStr as _, time::Duration};

/// How often a program that waits for another one's migrations looks whether they are done.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The migrations this program was built with. Others that the database has had are those of a newer program, and no
/// error: while that is rolled out, or after it was taken back, this one goes on working.
pub static MIGRATOR: Migrator = Migrator { ignore_missing: true, ..sqlx::migrate!() };

/// Brings the database to the schema of this program. Two programs that start at once wait for each other: sqlx takes
/// an advisory lock, and so do we. When the application signs in as another role, that role gets what it needs and no more.
pub async fn run(migrate_url: &str, application_url: &str) -> Result<(), Failure> {
    let mut connection = PgConnection::connect(migrate_url).await?;
    // Whoever waits for a lock within a statement holds a snapshot meanwhile, for whose end an index that is made
    // concurrently waits in turn: both would wait for ever. So nobody waits within one.
    let look = "select pg_try_advisory_lock(hashtextextended('common-ground migrations', 0))";
    while !sqlx::query_scalar::<_, bool>(look).fetch_one(&mut connection).await? {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    MIGRATOR.run(&mut connection).await.map_err(|error| match error {
        MigrateError::Execute(error) => Failure::from(error),
        other => Failure::Broken(other.to_string()),
    })?;
    let owner = PgConnectOptions::from_str(migrate_url)?.get_username().to_owned();
    let application = PgConnectOptions::from_str(application_url)?.get_username().to_owned();
    if owner != application {
        let role = application.replace('"', "\"\"");
        // Two programs that grant at the same time would fail with "tuple concurrently updated"; what is sent as one text
        // is one transaction, at whose end the lock is free again.
        let grants = format!(
            "select pg_advisory_xact_lock(hashtextextended('common-ground grants', 0));
             grant usage on schema public to \"{role}\";
             grant select, insert, update, delete on all tables in schema public to \"{role}\";
             grant usage on all sequences in schema public to \"{role}\";
             revoke update, delete, truncate on audit_events from \"{role}\";
             revoke insert, update, delete, truncate on _sqlx_migrations from \"{role}\";"
        );
        sqlx::raw_sql(AssertSqlSafe(grants)).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}

/// Whether every migration of this program has been run. A newer schema is fine: an old program goes on working
/// while a new one is rolled out.
pub async fn is_current(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
    // Not checked when compiled: the table is sqlx's own, and stands in no migration.
    let done: Option<bool> = sqlx::query_scalar("select success from _sqlx_migrations where version = $1")
        .bind(newest)
        .fetch_optional(connection)
        .await?;
    Ok(done == Some(true))
}
