//! CSV records with their line numbers, read from plain or gzipped files.

mod error;
mod input;

use std::io::Read;

use csv::ByteRecord;

pub use error::{FileError, ReadError, RowError};
use input::{Lines, decompressed};

use crate::text::shortened;

/// The records of a CSV file, plain or gzipped, with their columns found by name.
pub(crate) struct Records {
    reader: csv::Reader<Lines>,
    header: Vec<String>,
    record: ByteRecord,
}

impl Records {
    pub(crate) fn open(input: impl Read + Send + 'static) -> Result<Self, FileError> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(Lines::new(decompressed(input)?));
        let header = reader
            .byte_headers()
            .map_err(|source| FileError::Read { line: 1, source })?
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim().to_lowercase())
            .collect();
        Ok(Self {
            reader,
            header,
            record: ByteRecord::new(),
        })
    }

    /// Returns the column with the first of these names that the file has.
    pub(crate) fn column(&self, names: &[&str]) -> Option<usize> {
        names
            .iter()
            .find_map(|name| self.header.iter().position(|column| column == name))
    }

    /// Like [`Self::column`], for a required column.
    pub(crate) fn required(&self, names: &'static [&'static str]) -> Result<usize, FileError> {
        self.column(names).ok_or_else(|| FileError::MissingColumn {
            column: names[0],
            accepted: names.join(", "),
            found: self.header_excerpt(),
        })
    }

    /// The header for an error message, truncated, because a file that is not CSV may have a header
    /// of any length.
    fn header_excerpt(&self) -> String {
        const HEADER_CHARS_MAX: usize = 400;
        if self.header.iter().all(String::is_empty) {
            return "none, it is empty".to_owned();
        }
        let header = self.header.join(", ").replace(char::is_control, "\u{fffd}");
        let is_long = header.chars().nth(HEADER_CHARS_MAX).is_some();
        let more = if is_long { "…" } else { "" };
        shortened(header, HEADER_CHARS_MAX) + more
    }

    /// Returns the next record or row error, or none at the end of the file.
    pub(crate) fn next(&mut self) -> Option<Result<Record<'_>, ReadError>> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => return None,
            Ok(true) => {}
            Err(source) => {
                let line = self.reader.get_ref().line;
                return Some(Err(FileError::Read { line, source }.into()));
            }
        }
        let start = self.record.position().map_or(0, csv::Position::byte);
        let line = self.reader.get_mut().line_of_record(start);
        let record = Record {
            line,
            header: &self.header,
            fields: &self.record,
        };
        Some(
            record
                .check_width()
                .map(|()| record)
                .map_err(ReadError::Row),
        )
    }
}

/// One record. Fields are parsed on access.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    line: u64,
    header: &'a [String],
    fields: &'a ByteRecord,
}

impl<'a> Record<'a> {
    /// Returns the trimmed text of a column, empty if the file has no such column.
    pub(crate) fn text(&self, column: Option<usize>) -> Result<&'a str, RowError> {
        let Some(index) = column else { return Ok("") };
        let bytes = self.fields.get(index).unwrap_or_default();
        std::str::from_utf8(bytes).map(str::trim).map_err(|_| {
            self.error(
                Some(index),
                &String::from_utf8_lossy(bytes),
                "text in valid UTF-8",
            )
        })
    }

    /// Like [`Self::text`], for a column that must not be empty.
    pub(crate) fn filled(&self, column: usize) -> Result<&'a str, RowError> {
        match self.text(Some(column))? {
            "" => Err(self.error(Some(column), "", "a value, not an empty field")),
            text => Ok(text),
        }
    }

    /// Parses a number within the range.
    pub(crate) fn number(
        &self,
        column: usize,
        range: std::ops::RangeInclusive<f64>,
    ) -> Result<f64, RowError> {
        let text = self.text(Some(column))?;
        match text.parse::<f64>() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => {
                let expected = format!("a number from {} to {}", range.start(), range.end());
                Err(self.error(Some(column), text, &expected))
            }
        }
    }

    /// Parses a whole number within the range; none if the field is empty or the file has no such
    /// column.
    pub(crate) fn whole(
        &self,
        column: Option<usize>,
        range: std::ops::RangeInclusive<i32>,
    ) -> Result<Option<i32>, RowError> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        // Some tools write whole numbers with a fraction of zero, such as "3.0".
        let whole = text.strip_suffix(".0").unwrap_or(text);
        match whole.parse::<i32>() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => {
                let expected = format!("a whole number from {} to {}", range.start(), range.end());
                Err(self.error(column, text, &expected))
            }
        }
    }

    /// Creates the error for an invalid value in a column of this record.
    pub(crate) fn error(&self, column: Option<usize>, value: &str, expected: &str) -> RowError {
        const VALUE_CHARS_MAX: usize = 60;
        let mut shown: String = value.chars().take(VALUE_CHARS_MAX).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        let column = column
            .and_then(|index| self.header.get(index))
            .cloned()
            .unwrap_or_default();
        RowError {
            line: self.line,
            column,
            value: shown,
            expected: expected.to_owned(),
        }
    }

    fn check_width(&self) -> Result<(), RowError> {
        let (found, expected) = (self.fields.len(), self.header.len());
        if found == expected {
            return Ok(());
        }
        let mut error = self.error(
            None,
            &format!("{found} fields"),
            &format!("{expected} fields, as many as the header has"),
        );
        error.column = "(all)".to_owned();
        Err(error)
    }
}

#[cfg(test)]
mod tests;
