//! What do landlords' signals and booked nights start from?
//!
//! They live in memory only. Each session reads them anew before it applies a change, and then
//! leaves out the streamed changes that it has already seen that way, so that nothing ever goes
//! back to an older value.

use std::str::FromStr;

use roost_engine::{Date, Key, Signals};
use sqlx::{Connection, PgConnection};

use crate::apply::bookings::Booking;
use crate::copy::{ONE_SNAPSHOT, copy};
use crate::error::SessionError;
use crate::wal::convert::{Converted, convert};
use crate::wal::table::{RowError, Table};

/// The signals of all landlords and the bookings that take nights, at one moment.
#[derive(Debug)]
pub(crate) struct SignalRows {
    pub(crate) landlords: Vec<(Key, Signals)>,
    pub(crate) bookings: Vec<(Key, Booking)>,
    pub(crate) refused: Vec<RowError>,
    pub(crate) seen: Seen,
}

/// Which transactions a snapshot of the database sees: `pg_current_snapshot()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// All before this one had ended.
    all_before: u64,
    /// None from this one on had begun.
    none_from: u64,
    /// Those between that had not ended, in order.
    running: Vec<u64>,
}

impl SignalRows {
    /// Reads them, but for bookings that are over on `first_day`.
    pub(crate) async fn read(
        sql: &mut PgConnection,
        first_day: Date,
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
            refused: Vec::new(),
            seen: snapshot.parse()?,
        };
        let current = current(first_day);
        for (table, clause) in [(Table::Landlords, ""), (Table::Bookings, &*current)] {
            copy(&mut sql, table, clause, |row| {
                match convert(row) {
                    Ok(Converted::Signals(key, found)) => rows.landlords.push((key, found)),
                    Ok(Converted::Booking(key, Some(found))) => rows.bookings.push((key, found)),
                    Ok(Converted::Booking(_, None) | Converted::Document(..)) => {}
                    Err(error) => rows.refused.push(error),
                }
                Ok(())
            })
            .await?;
        }
        sql.commit().await.map_err(SessionError::sql(doing))?;
        Ok(rows)
    }
}

/// Selects the bookings that take nights and are not over on a day.
pub(crate) fn current(first_day: Date) -> String {
    format!("WHERE status <> 'cancelled' AND check_out > '{first_day}'")
}

impl Seen {
    /// Whether the snapshot sees what a transaction did. The stream numbers transactions by the
    /// lower half of their full number.
    pub(crate) fn contains(&self, xid: u32) -> bool {
        let xid = self.full(xid);
        xid < self.all_before || (xid < self.none_from && self.running.binary_search(&xid).is_err())
    }

    /// The full number nearest to the snapshot: two transactions that are around at the same time
    /// are never 2^31 apart.
    fn full(&self, xid: u32) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the difference is taken modulo 2^32"
        )]
        let behind = (self.none_from as u32).wrapping_sub(xid).cast_signed();
        self.none_from.saturating_add_signed(-i64::from(behind))
    }
}

impl FromStr for Seen {
    type Err = SessionError;

    fn from_str(text: &str) -> Result<Seen, SessionError> {
        let parse = || {
            let mut parts = text.split(':');
            let all_before = parts.next()?.parse().ok()?;
            let none_from = parts.next()?.parse().ok()?;
            let list = parts.next()?;
            let numbers = list.split(',').filter(|number| !number.is_empty());
            let mut running: Vec<u64> = numbers.map(|n| n.parse().ok()).collect::<Option<_>>()?;
            running.sort_unstable();
            Some(Seen {
                all_before,
                none_from,
                running,
            })
        };
        parse().ok_or(SessionError::OutOfOrder("a snapshot that cannot be read"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_sees_what_had_ended_and_nothing_else() {
        let seen: Seen = "10:20:10,14,15".parse().unwrap();
        let visible: Vec<u32> = (5..25).filter(|&xid| seen.contains(xid)).collect();
        assert_eq!(visible, [5, 6, 7, 8, 9, 11, 12, 13, 16, 17, 18, 19]);
        let quiet: Seen = "7:7:".parse().unwrap();
        assert!(quiet.contains(6) && !quiet.contains(7));
    }

    #[test]
    fn transaction_numbers_may_wrap_around() {
        // Three epochs have passed, and the numbers have just begun anew.
        let start = 3u64 << 32;
        let text = format!("{}:{}:{}", start - 2, start + 2, start - 2);
        let seen: Seen = text.parse().unwrap();
        assert!(seen.contains(u32::MAX - 2));
        assert!(!seen.contains(u32::MAX - 1));
        assert!(seen.contains(u32::MAX));
        assert!(seen.contains(0) && seen.contains(1));
        assert!(!seen.contains(2));
    }

    #[test]
    fn what_is_no_snapshot_is_refused() {
        for text in ["", "1", "1:2", "a:b:c", "1:2:3,x"] {
            assert!(text.parse::<Seen>().is_err(), "{text}");
        }
    }
}
