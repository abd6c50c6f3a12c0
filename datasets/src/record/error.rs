//! Errors of a CSV file: of one row, or of the file as a whole.

use std::io;

/// A row that could not be used. Other rows are unaffected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("line {line}, column {column}: {value:?}, expected {expected}")]
pub struct RowError {
    /// The line on which the row starts, from 1, after decompression.
    pub line: u64,
    /// The name of the column in the file.
    pub column: String,
    /// The value found, truncated.
    pub value: String,
    /// The valid values.
    pub expected: String,
}

/// A file that could not be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A required column is missing.
    #[error("the file has no column {column} (known as: {accepted}); its columns are: {found}")]
    MissingColumn {
        /// Our name for the column.
        column: &'static str,
        /// The accepted names.
        accepted: String,
        /// The header of the file.
        found: String,
    },
    /// An option of the reader is invalid.
    #[error("{option} is {value:?}, expected {expected}")]
    Option {
        /// The name of the option.
        option: &'static str,
        /// The given value.
        value: String,
        /// The valid values.
        expected: &'static str,
    },
    /// The file has an unsupported compression format.
    #[error("the file is compressed as {format}: expected a CSV file, plain or gzipped")]
    Compressed {
        /// The format.
        format: &'static str,
    },
    /// The file could not be read to its end.
    #[error("the file cannot be read near line {line}")]
    Read {
        /// The last line that was read.
        line: u64,
        /// The cause.
        #[source]
        source: csv::Error,
    },
    /// The file could not be opened or decompressed.
    #[error("the file cannot be read")]
    Open(#[from] io::Error),
}

/// The error in place of a row.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// This row is invalid; the next one can be read.
    #[error(transparent)]
    Row(#[from] RowError),
    /// No further row can be read.
    #[error(transparent)]
    File(#[from] FileError),
}
