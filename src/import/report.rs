//! The result of an import, per table and for rejected rows.

use std::fmt;

use roost_datasets::{ReadError, RowError};

/// The report keeps this many errors and counts the rest.
const ERRORS_KEPT: usize = 20;

/// The result of an import.
#[derive(Debug, Default)]
pub(crate) struct ImportReport {
    pub(crate) venues: Counts,
    pub(crate) landlords: Counts,
    pub(crate) rooms: Counts,
    pub(crate) bookings: Counts,
    pub(crate) requests: Counts,
    pub(crate) rejected: Rejected,
    /// Why the import had nothing to do, if it had nothing to do.
    pub(crate) skipped: Option<String>,
}

/// The valid rows of one table, by outcome.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) inserted: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
}

impl Counts {
    /// The counts of a statement that has merged some staged rows.
    pub(super) fn of_merge(staged: u64, inserted: i64, updated: i64) -> Self {
        let (inserted, updated) = (inserted as u64, updated as u64);
        Self {
            inserted,
            updated,
            unchanged: staged - inserted - updated,
        }
    }
}

/// The invalid rows.
#[derive(Debug, Default)]
pub(crate) struct Rejected {
    pub(crate) count: u64,
    pub(crate) errors: Vec<RowError>,
}

impl Rejected {
    /// Yields the valid rows, up to the end or to an error of the file, which is stored in
    /// `file_error`.
    pub(super) fn valid_rows<T>(
        &mut self,
        rows: impl Iterator<Item = Result<T, ReadError>>,
        file_error: &mut Option<ReadError>,
    ) -> impl Iterator<Item = T> {
        rows.map_while(move |row| match row {
            Ok(row) => Some(Some(row)),
            Err(ReadError::Row(error)) => {
                self.count += 1;
                if self.errors.len() < ERRORS_KEPT {
                    self.errors.push(error);
                }
                Some(None)
            }
            Err(error) => {
                *file_error = Some(error);
                None
            }
        })
        .flatten()
    }
}

impl ImportReport {
    /// Whether the file has rows and every one is invalid.
    pub(crate) fn is_all_rejected(&self) -> bool {
        self.rejected.count > 0 && self.has_no_valid_row()
    }

    fn has_no_valid_row(&self) -> bool {
        let tables = [self.venues, self.landlords, self.rooms];
        tables.iter().all(Counts::is_empty)
    }
}

impl Counts {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One line per table.
impl fmt::Display for ImportReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(reason) = &self.skipped {
            return writeln!(out, "{reason}");
        }
        if self.has_no_valid_row() && self.rejected.count == 0 {
            return writeln!(out, "the file has no rows, nothing to load");
        }
        let tables = [
            ("venues", self.venues),
            ("landlords", self.landlords),
            ("rooms", self.rooms),
            ("bookings", self.bookings),
            ("requests", self.requests),
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
            for error in &self.rejected.errors {
                writeln!(out, "  {error}")?;
            }
            let more = self.rejected.count - self.rejected.errors.len() as u64;
            if more > 0 {
                writeln!(out, "  and {more} more")?;
            }
        }
        Ok(())
    }
}
