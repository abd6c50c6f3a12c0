//! The error of one row of an import.

use roost_market::RowError;
use serde::Serialize;
use utoipa::ToSchema;

use super::shorten::shorten;

/// More rows are counted in the message, but not listed.
pub(crate) const ROWS_MAX: usize = 100;

/// A row of an import that is not accepted.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RowError)]
pub(crate) struct RowErrorJson {
    /// The line of the file where the row starts, from 1, with the header; of JSON, the position of
    /// the item, from 1.
    #[schema(example = 3)]
    line: u64,
    /// The column of the file, from 1; null for JSON and for an error of the whole row.
    #[schema(example = 2)]
    column: Option<usize>,
    /// The name of the column or member.
    #[schema(example = "venue_id")]
    field: String,
    /// The value, shortened.
    #[schema(example = "IIT Bombay")]
    value: Option<String>,
    /// The values that are accepted.
    #[schema(example = "the id of a venue")]
    expected: String,
    /// For people: may change.
    #[schema(example = "line 3: venue_id must be the id of a venue, not \"IIT Bombay\"")]
    message: String,
}

impl RowErrorJson {
    /// The error of a row, in a column if the file has any.
    pub(crate) fn new(row: RowError, column: Option<usize>) -> RowErrorJson {
        let mut row = row;
        row.error.value = row.error.value.map(|value| shorten(&value));
        RowErrorJson {
            line: row.line,
            column,
            message: row.to_string(),
            field: row.error.field.into_owned(),
            value: row.error.value,
            expected: row.error.expected.into_owned(),
        }
    }
}
