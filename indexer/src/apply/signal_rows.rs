//! Reads the signals of all landlords and all current bookings from one snapshot of the database.

use roost_engine::{Date, Key, Signals};
use sqlx::{Connection, PgConnection};

use super::pg_snapshot::PgSnapshot;
use crate::error::SessionError;
use crate::postgres::copy::{ONE_SNAPSHOT, copy};
use crate::wal::convert::{Booking, Converted, convert};
use crate::wal::row::RowError;
use crate::wal::table::{Table, Target};

/// The signals of all landlords and the bookings that reserve nights, as of one snapshot.
#[derive(Debug)]
pub(crate) struct SignalRows {
    pub(crate) landlords: Vec<(Key, Signals)>,
    pub(crate) bookings: Vec<(Key, Booking)>,
    pub(crate) rejected: Vec<RowError>,
    pub(crate) snapshot: PgSnapshot,
}

impl SignalRows {
    /// Reads them, except bookings that are over on `first_night`.
    pub(crate) async fn read(
        sql: &mut PgConnection,
        first_night: Date,
    ) -> Result<SignalRows, SessionError> {
        let doing = "reading landlords and bookings";
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
            bookings: Vec::new(),
            rejected: Vec::new(),
            snapshot: snapshot.parse()?,
        };
        for table in Table::in_memory() {
            let clause = match table.target() {
                Target::Documents(_) => continue,
                Target::LandlordSignals => String::new(),
                Target::BookedNights => not_over(first_night),
            };
            copy(&mut sql, table, &clause, |row| {
                match convert(row) {
                    Ok(Converted::Signals(key, signals)) => rows.landlords.push((key, signals)),
                    Ok(Converted::Booking(key, Some(booking))) => {
                        rows.bookings.push((key, booking));
                    }
                    Ok(Converted::Booking(_, None) | Converted::Document(..)) => {}
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

/// The SQL clause that selects bookings which reserve nights and are not over on a day.
pub(crate) fn not_over(first_night: Date) -> String {
    format!("WHERE status <> 'cancelled' AND check_out > '{first_night}'")
}
