//! Staging tables: merge staged rows, and count inserts, updates and unchanged rows.

use anyhow::{Context, Result};
use sqlx::PgConnection;

use super::report::Counts;

/// Creates a staging table, which the end of the transaction drops. The statement is not checked at
/// compile time, because the table does not exist then.
pub(super) async fn create(connection: &mut PgConnection, sql: &'static str) -> Result<()> {
    sqlx::query(sql)
        .execute(connection)
        .await
        .context("cannot create the staging table")?;
    Ok(())
}

/// Runs an `INSERT ... ON CONFLICT ... RETURNING xmax = 0` over the staged rows. Postgres sets
/// `xmax` to 0 in a new row, and returns no row for one that it did not change.
pub(super) async fn merge(
    connection: &mut PgConnection,
    staged: u64,
    sql: &'static str,
    source: &str,
) -> Result<Counts> {
    let counting = format!(
        "WITH merged (is_new) AS ({sql})
         SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM merged"
    );
    // Safe: `sql` is a constant of this crate, wrapped in a count.
    let (inserted, updated): (i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(counting))
        .bind(source)
        .fetch_one(connection)
        .await
        .context("cannot merge the staged rows")?;
    Ok(Counts::of_merge(staged, inserted, updated))
}
