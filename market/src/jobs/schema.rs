//! The tables of jobs.

use graphile_worker::{Database, WorkerUtils};
use sqlx::PgPool;

/// The schema with the tables of jobs, which its library owns.
pub(super) const SCHEMA: &str = "graphile_worker";

/// Why the tables of jobs were not migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateJobsError {
    /// The library cannot migrate its tables.
    #[error("the schema {SCHEMA}: {0}")]
    Tables(String),
    /// The functions of migration 0012 fail.
    #[error("the functions of jobs")]
    Functions(#[from] sqlx::Error),
}

/// Migrates the tables of jobs to the version of this program, and lets roles use them that have
/// privileges. The migrations of the other tables come first.
///
/// # Errors
///
/// Missing rights, such as CREATE on the database, or tables of a newer version.
pub async fn migrate_jobs(pool: &PgPool) -> Result<(), MigrateJobsError> {
    let tables = WorkerUtils::new(Database::from(pool.clone()), SCHEMA.to_owned());
    let migrated = tables.migrate().await;
    migrated.map_err(|error| MigrateJobsError::Tables(error.to_string()))?;
    sqlx::query!("SELECT prepare_jobs()")
        .fetch_one(pool)
        .await?;
    Ok(())
}

/// Whether the tables of jobs exist.
pub(super) async fn exists(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let table = format!("{SCHEMA}._private_jobs");
    sqlx::query_scalar!(r#"SELECT to_regclass($1) IS NOT NULL AS "exists!""#, table)
        .fetch_one(pool)
        .await
}
