//! What came of a load?

use std::fmt;

use roost_datasets::{ReadError, RowError};

/// How many bad rows are kept for showing. All are counted.
const ERRORS_KEPT: usize = 20;

/// What came of a load.
#[derive(Debug, Default)]
pub(crate) struct LoadReport {
    pub(crate) venues: Counts,
    pub(crate) landlords: Counts,
    pub(crate) rooms: Counts,
    pub(crate) bookings: Counts,
    pub(crate) rejected: Rejected,
    /// Why nothing was to be done, if that is so.
    pub(crate) skipped: Option<String>,
}

/// What became of the good rows of one table.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) inserted: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
}

/// The rows that could not be used.
#[derive(Debug, Default)]
pub(crate) struct Rejected {
    pub(crate) count: u64,
    pub(crate) first: Vec<RowError>,
}

impl Rejected {
    /// The good rows up to the end or to an error of the file, which `broken` then has.
    pub(super) fn good_rows<T>(
        &mut self,
        rows: impl Iterator<Item = Result<T, ReadError>>,
        broken: &mut Option<ReadError>,
    ) -> impl Iterator<Item = T> {
        rows.map_while(move |row| match row {
            Ok(row) => Some(Some(row)),
            Err(ReadError::Row(error)) => {
                self.count += 1;
                if self.first.len() < ERRORS_KEPT {
                    self.first.push(error);
                }
                Some(None)
            }
            Err(error) => {
                *broken = Some(error);
                None
            }
        })
        .flatten()
    }
}

impl LoadReport {
    /// Whether a file had rows and none of them was good.
    pub(crate) fn is_all_rejected(&self) -> bool {
        self.rejected.count > 0 && self.has_no_good_row()
    }

    fn has_no_good_row(&self) -> bool {
        let tables = [self.venues, self.landlords, self.rooms];
        tables.iter().all(Counts::is_empty)
    }
}

impl Counts {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// For a person, a line a table.
impl fmt::Display for LoadReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(why) = &self.skipped {
            return writeln!(out, "{why}");
        }
        if self.has_no_good_row() && self.rejected.count == 0 {
            return writeln!(out, "the file has no rows, nothing to load");
        }
        let tables = [
            ("venues", self.venues),
            ("landlords", self.landlords),
            ("rooms", self.rooms),
            ("bookings", self.bookings),
        ];
        for (table, counts) in tables.iter().filter(|(_, counts)| !counts.is_empty()) {
            let Counts {
                inserted,
                updated,
                unchanged,
            } = counts;
            writeln!(
                out,
                "{table}: {inserted} new, {updated} changed, {unchanged} unchanged"
            )?;
        }
        if self.rejected.count > 0 {
            writeln!(out, "rejected rows: {}", self.rejected.count)?;
            for error in &self.rejected.first {
                writeln!(out, "  {error}")?;
            }
            let more = self.rejected.count - self.rejected.first.len() as u64;
            if more > 0 {
                writeln!(out, "  and {more} more")?;
            }
        }
        Ok(())
    }
}
