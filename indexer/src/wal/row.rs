//! A row of a followed table in text form, and the error for a row that the index cannot take.

use roost_engine::Key;

use super::table::{Column, Table};

/// The columns of a row that are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) table: Table,
    /// The values in the order of [`Table::columns`].
    pub(crate) values: Vec<Value>,
}

/// The value of a column in its type's text format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    /// A large value that an update left unchanged; Postgres does not send it again.
    Unchanged,
    Text(String),
}

/// A row, or a value in it, that the index cannot take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{table} {key}: column {column} {reason}: {value:?}")]
pub struct RowError {
    /// Name of the table.
    pub table: &'static str,
    /// The row's key as text.
    pub key: String,
    /// Name of the column.
    pub column: &'static str,
    /// The value, shortened if it is long.
    pub value: String,
    /// What is wrong with the value.
    pub reason: String,
}

impl Row {
    /// The text of the key column; empty if the key is missing.
    pub(crate) fn key_text(&self) -> &str {
        match self.values.first() {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The row's key.
    pub(crate) fn key(&self) -> Result<Key, RowError> {
        let text = self.key_text();
        text.parse().map_err(|error| {
            self.error(
                self.table.key().name,
                text,
                format!("is not a UUID ({error})"),
            )
        })
    }

    /// The columns whose values an update left out.
    pub(crate) fn unchanged(&self) -> impl Iterator<Item = Column> {
        let columns = self.table.columns().iter().zip(&self.values);
        columns
            .filter(|(_, value)| **value == Value::Unchanged)
            .map(|(&column, _)| column)
    }

    /// Replaces each value that was not sent by the one that `source` returns, if it knows one.
    pub(crate) fn fill(&mut self, mut source: impl FnMut(Column) -> Option<Value>) {
        for (value, column) in self.values.iter_mut().zip(self.table.columns()) {
            if *value == Value::Unchanged
                && let Some(known) = source(*column)
            {
                *value = known;
            }
        }
    }

    pub(crate) fn error(&self, column: &'static str, value: &str, reason: String) -> RowError {
        RowError::new(self.table, self.key_text(), column, value, reason)
    }
}

impl RowError {
    /// Shortens key, value and reason, each of which may contain a value of any length, so that
    /// one row cannot flood the log.
    pub(crate) fn new(
        table: Table,
        key: &str,
        column: &'static str,
        value: &str,
        reason: String,
    ) -> RowError {
        RowError {
            table: table.name(),
            key: shorten(key, 80),
            column,
            value: shorten(value, 80),
            reason: shorten(&reason, 400),
        }
    }
}

fn shorten(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
