//! Converts a row of a table that a signal of documents is read from, as its declaration says.
//!
//! The columns of a row are those of
//! [`SignalDeclaration::fields`](roost_collections::SignalDeclaration::fields), in that order.

use roost_engine::{DateRange, Key};

use super::values::{Values, date, not_negative, uuid};
use crate::wal::row::RowError;

/// A row that makes days of a document busy, such as a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BusyRow {
    pub(crate) document: Key,
    pub(crate) days: DateRange,
}

/// Converts a row of a signal of days; `None` if its status is not one of the first
/// `busy_statuses`.
pub(super) fn busy_row(
    values: &mut Values,
    statuses: &[&str],
    busy_statuses: usize,
) -> Result<Option<BusyRow>, RowError> {
    let [_, document, start, end, status] = *values.table.columns() else {
        let reason = "has other columns than a signal of days".to_owned();
        return Err(values.error(values.table.key(), "", reason));
    };
    let document = values.parsed(document, uuid)?;
    let first = values.parsed(start, date)?;
    let days = values.parsed(end, |text| {
        DateRange::new(first, date(text)?)
            .map_err(|_| format!("is not after {}, {first}", start.name))
    })?;
    let status = values.parsed(status, |text| {
        let found = statuses.iter().position(|status| *status == text);
        found.ok_or_else(|| format!("is none of {}", statuses.join(", ")))
    })?;
    Ok((status < busy_statuses).then_some(BusyRow { document, days }))
}

/// Converts a row of a signal of numbers.
pub(super) fn number(values: &mut Values) -> Result<f64, RowError> {
    let [_, number] = *values.table.columns() else {
        let reason = "has other columns than a signal of numbers".to_owned();
        return Err(values.error(values.table.key(), "", reason));
    };
    values.parsed(number, not_negative)
}
