//! Reads the values of one row by column, and reports which one is wrong.

use roost_engine::{Date, Key};

use crate::wal::literal;
use crate::wal::row::{Row, RowError, Value};
use crate::wal::table::{Column, Table};

/// The values of a row that has a valid key. Each is read once.
pub(super) struct Values {
    pub(super) key: Key,
    pub(super) table: Table,
    values: Vec<Value>,
}

impl Values {
    pub(super) fn new(row: Row, key: Key) -> Values {
        Values {
            key,
            table: row.table,
            values: row.values,
        }
    }

    pub(super) fn text_or_null(&mut self, column: Column) -> Result<Option<String>, RowError> {
        let value = self.values.get_mut(column.index);
        match value.map(|value| std::mem::replace(value, Value::Null)) {
            Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Unchanged) => {
                let reason = "was not sent and its former value is not known".to_owned();
                Err(self.error(column, "", reason))
            }
            None => Err(self.error(column, "", "is missing in the row".to_owned())),
        }
    }

    pub(super) fn text(&mut self, column: Column) -> Result<String, RowError> {
        let text = self.text_or_null(column)?;
        text.ok_or_else(|| self.error(column, "NULL", "must not be NULL".to_owned()))
    }

    pub(super) fn parsed<T>(
        &mut self,
        column: Column,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, RowError> {
        let text = self.text(column)?;
        parse(&text).map_err(|reason| self.error(column, &text, reason))
    }

    pub(super) fn parsed_or_null<T>(
        &mut self,
        column: Column,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, RowError> {
        let Some(text) = self.text_or_null(column)? else {
            return Ok(None);
        };
        let parsed = parse(&text).map_err(|reason| self.error(column, &text, reason))?;
        Ok(Some(parsed))
    }

    pub(super) fn error(&self, column: Column, value: &str, reason: String) -> RowError {
        RowError::new(
            self.table,
            &self.key.to_string(),
            column.name,
            value,
            reason,
        )
    }
}

pub(super) fn uuid(text: &str) -> Result<Key, String> {
    text.parse()
        .map_err(|error| format!("is not a UUID ({error})"))
}

pub(super) fn date(text: &str) -> Result<Date, String> {
    text.parse()
        .map_err(|_| "is not a date such as 2026-11-21".to_owned())
}

pub(super) fn not_negative(text: &str) -> Result<f64, String> {
    literal::number(text)
        .filter(|&number| number >= 0.0)
        .ok_or_else(|| "is not a finite number of at least 0".to_owned())
}
