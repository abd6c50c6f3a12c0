//! Which of the staged rows were new, which changed a row, and which changed nothing?

use anyhow::{Context, Result};
use sqlx::PgConnection;

use super::Counts;

/// Makes a staging table; it goes with the transaction. Not checked when compiling, since there
/// is no such table then.
pub(super) async fn create(connection: &mut PgConnection, sql: &'static str) -> Result<()> {
    sqlx::query(sql)
        .execute(connection)
        .await
        .context("cannot make the staging table")?;
    Ok(())
}

/// Runs an `INSERT ... ON CONFLICT ... RETURNING xmax = 0` over the staged rows. Postgres leaves
/// `xmax` at 0 in a row that is new, and returns no row for one that it left alone.
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
    // The statement is one of this module's own; only the counting is put around it.
    let (inserted, updated): (i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(counting))
        .bind(source)
        .fetch_one(connection)
        .await
        .context("cannot merge the staged rows")?;
    let (inserted, updated) = (inserted as u64, updated as u64);
    Ok(Counts {
        inserted,
        updated,
        unchanged: staged - inserted - updated,
    })
}
