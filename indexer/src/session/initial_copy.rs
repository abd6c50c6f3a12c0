//! Copies all documents into a new index, as of one snapshot of the database.

use std::time::SystemTime;

use roost_engine::crash_point;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::checkpoint::Origin;
use super::copy_progress::CopyProgress;
use crate::apply::Applier;
use crate::error::SessionError;
use crate::postgres::copy::{ONE_SNAPSHOT, copy};
use crate::postgres::replication::NewSlot;
use crate::wal::table::Table;

/// Copies all documents as of the snapshot of a new slot, and commits them at its position. The
/// commit comes last, so an interrupted copy leaves no trace.
pub(super) async fn copy_documents(
    sql: &mut PgConnection,
    slot: &NewSlot,
    origin: &Origin,
    started_at: SystemTime,
    applier: &mut Applier,
) -> Result<(), SessionError> {
    let position = slot.consistent_at;
    applier.dead_letters_mut().begin_copy(position);
    copy_snapshot(sql, &slot.snapshot, applier).await?;
    let tables: Vec<Table> = applier
        .tables()
        .of_documents()
        .map(|(table, _)| table)
        .collect();
    applier.dead_letters_mut().end_copy(sql, &tables).await?;
    applier.commit(origin.at(position)?)?;
    applier
        .documents()
        .writer()
        .mark_current(position, started_at);
    Ok(())
}

async fn copy_snapshot(
    sql: &mut PgConnection,
    snapshot: &str,
    applier: &mut Applier,
) -> Result<(), SessionError> {
    let doing = "importing the slot's snapshot";
    applier.clear_documents()?;
    let mut sql = sql
        .begin_with(ONE_SNAPSHOT)
        .await
        .map_err(SessionError::sql(doing))?;
    // The name cannot be a parameter. The server generates it from digits and hyphens.
    let statement = format!(
        "SET TRANSACTION SNAPSHOT '{}'",
        snapshot.replace('\'', "''")
    );
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut *sql)
        .await
        .map_err(SessionError::sql(doing))?;
    // Rooms are the largest table, and come last.
    let tables = applier.tables().clone();
    for (table, _) in tables.of_documents().rev() {
        copy_table(&mut sql, table, applier).await?;
    }
    sql.commit().await.map_err(SessionError::sql(doing))
}

async fn copy_table(
    sql: &mut PgConnection,
    table: Table,
    applier: &mut Applier,
) -> Result<(), SessionError> {
    let estimate = estimated_rows(sql, table).await?;
    let mut progress = CopyProgress::start(table.name(), estimate, applier);
    // PostGIS orders geometries along a curve, so neighbours arrive together, as the index stores
    // them.
    let order = match table.place() {
        Some(place) => format!("ORDER BY {}::geometry", place.sql()),
        None => String::new(),
    };
    copy(sql, table, &order, |row| {
        applier.put(row, &mut Vec::new())?;
        progress.count(applier);
        Ok(())
    })
    .await?;
    progress.finish(applier);
    crash_point("table_is_copied");
    Ok(())
}

/// The planner's estimate of the number of rows, from the last VACUUM or ANALYZE; 0 before the
/// first. Counting the rows would scan the whole table a second time, only for the progress.
async fn estimated_rows(sql: &mut PgConnection, table: Table) -> Result<u64, SessionError> {
    let rows: f32 =
        sqlx::query_scalar("SELECT reltuples FROM pg_class WHERE oid = to_regclass($1)")
            .bind(table.sql())
            .fetch_one(sql)
            .await
            .map_err(SessionError::sql("estimating the number of rows"))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate, whose unknown value -1 becomes 0"
    )]
    let rows = rows.max(0.0) as u64;
    Ok(rows)
}
