//! How does an index begin?

use roost_engine::crash_point;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::apply::Applier;
use crate::copy::{ONE_SNAPSHOT, Pace, copy};
use crate::error::SessionError;
use crate::status::Phase;
use crate::wal::table::Table;

/// Copies every document as one snapshot of the database has it. Searches see nothing of it until
/// the commit, which is up to the caller: so a copy that breaks off leaves no trace.
pub(crate) async fn first_copy(
    sql: &mut PgConnection,
    snapshot: &str,
    applier: &mut Applier,
) -> Result<(), SessionError> {
    let doing = "taking over the slot's snapshot";
    applier.clear()?;
    let mut sql = sql
        .begin_with(ONE_SNAPSHOT)
        .await
        .map_err(SessionError::sql(doing))?;
    // The name cannot be a parameter. The server made it, of digits and hyphens.
    let statement = format!(
        "SET TRANSACTION SNAPSHOT '{}'",
        snapshot.replace('\'', "''")
    );
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut *sql)
        .await
        .map_err(SessionError::sql(doing))?;
    let counts = sqlx::query!(
        r#"
        SELECT
            (SELECT count(*) FROM rooms) AS "rooms!",
            (SELECT count(*) FROM exam_venues) AS "exam_venues!"
        "#
    )
    .fetch_one(&mut *sql)
    .await
    .map_err(SessionError::sql("counting rows"))?;
    for (table, total) in [
        (Table::ExamVenues, counts.exam_venues),
        (Table::Rooms, counts.rooms),
    ] {
        copy_table(&mut sql, table, total.unsigned_abs(), applier).await?;
    }
    sql.commit().await.map_err(SessionError::sql(doing))
}

async fn copy_table(
    sql: &mut PgConnection,
    table: Table,
    total: u64,
    applier: &mut Applier,
) -> Result<(), SessionError> {
    let name = table.name();
    let report = |applier: &Applier, rows| {
        let phase = Phase::Copying {
            table: name,
            rows,
            total,
        };
        let rows = applier.rows;
        applier.status.update(|progress| {
            progress.phase = phase;
            progress.rows = rows;
        });
    };
    report(applier, 0);
    let mut pace = Pace::new(name, total);
    // PostGIS orders geometries along a curve, so neighbours arrive together, as the index keeps
    // them.
    copy(sql, table, "ORDER BY location::geometry", |row| {
        applier.put(row, &mut Vec::new())?;
        if let Some(rows) = pace.count() {
            report(applier, rows);
        }
        Ok(())
    })
    .await?;
    report(applier, total);
    crash_point("table_is_copied");
    pace.finish();
    Ok(())
}
