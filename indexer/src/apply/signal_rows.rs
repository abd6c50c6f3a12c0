//! Reads the rows of all tables that are kept in memory from one snapshot of the database.

use roost_collections::SignalSource;
use roost_engine::{Date, Key, Signals};
use sqlx::{Connection, PgConnection};

use super::pg_snapshot::PgSnapshot;
use super::row_change::SignalChange;
use crate::error::SessionError;
use crate::postgres::copy::{ONE_SNAPSHOT, copy};
use crate::wal::convert::{Converted, convert};
use crate::wal::identifier::identifier;
use crate::wal::row::RowError;
use crate::wal::table::{Table, Tables, Target};

/// The signals of all landlords and documents, as of one snapshot.
#[derive(Debug)]
pub(crate) struct SignalRows {
    pub(crate) landlords: Vec<(Key, Signals)>,
    /// What replaces all signals of documents by those of the snapshot.
    pub(crate) documents: Vec<SignalChange>,
    pub(crate) rejected: Vec<RowError>,
    pub(crate) snapshot: PgSnapshot,
}

impl SignalRows {
    /// Reads them, except rows that are over on `first_night`.
    pub(crate) async fn read(
        sql: &mut PgConnection,
        tables: &Tables,
        first_night: Date,
    ) -> Result<SignalRows, SessionError> {
        let doing = "reading the tables that are kept in memory";
        let mut sql = sql
            .begin_with(ONE_SNAPSHOT)
            .await
            .map_err(SessionError::sql(doing))?;
        let snapshot = sqlx::query_scalar!(r#"SELECT pg_current_snapshot()::text AS "snapshot!""#)
            .fetch_one(&mut *sql)
            .await
            .map_err(SessionError::sql(doing))?;
        let mut rows = SignalRows {
            landlords: Vec::new(),
            documents: tables.signals().map(SignalChange::clear).collect(),
            rejected: Vec::new(),
            snapshot: snapshot.parse()?,
        };
        for table in tables.in_memory() {
            copy(&mut sql, table, &not_over(table, first_night), |row| {
                match convert(row) {
                    Ok(Converted::Signals(key, signals)) => rows.landlords.push((key, signals)),
                    Ok(converted) => rows.documents.extend(SignalChange::of(converted)),
                    Err(error) => rows.rejected.push(error),
                }
                Ok(())
            })
            .await?;
        }
        sql.commit().await.map_err(SessionError::sql(doing))?;
        Ok(rows)
    }
}

/// The SQL clause that selects the rows of a table that count: of a signal of days, those that make
/// days busy and are not over on `first_night`, otherwise all.
pub(crate) fn not_over(table: Table, first_night: Date) -> String {
    let Target::DocumentSignal(signal) = table.target() else {
        return String::new();
    };
    let SignalSource::Days {
        end_column,
        status_column,
        statuses,
        busy_statuses,
        ..
    } = signal.declaration.source
    else {
        return String::new();
    };
    let (end, status) = (identifier(end_column), identifier(status_column));
    let free = statuses.iter().skip(busy_statuses);
    let is_busy = free.map(|free| format!("{status} <> '{}' AND ", free.replace('\'', "''")));
    format!(
        "WHERE {}{end} > '{first_night}'",
        is_busy.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_selected_that_make_days_busy_and_are_not_over() {
        let clause = |table: &str| {
            let table = Tables::built_in().named(table).unwrap();
            not_over(table, "2026-12-01".parse().unwrap())
        };
        // The index over bookings that are not cancelled has this condition.
        assert_eq!(
            clause("bookings"),
            "WHERE status <> 'cancelled' AND check_out > '2026-12-01'"
        );
        assert_eq!(clause("request_exposure"), "");
        assert_eq!(clause("landlords"), "");
    }
}
