//! Which record of a CSV file comes next, and on which line does it start?

use std::collections::VecDeque;
use std::io::{self, Cursor, Read};

use csv::ByteRecord;
use flate2::read::MultiGzDecoder;

use crate::text::shortened;

/// A row that could not be used. The rows around it are not touched by that.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("line {line}, column {column}: {value:?}, expected {expected}")]
pub struct RowError {
    /// The line of the file that the row starts on, from 1, after unpacking.
    pub line: u64,
    /// The column by its name in the file.
    pub column: String,
    /// What is there, shortened.
    pub value: String,
    /// What should be there.
    pub expected: String,
}

/// A file that could not be used at all.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A column without which no row makes sense.
    #[error("the file has no column {column} (known as: {accepted}); its columns are: {found}")]
    MissingColumn {
        /// The name that we would give it.
        column: &'static str,
        /// The names under which it is known.
        accepted: String,
        /// The header of the file.
        found: String,
    },
    /// The reader was asked for something impossible.
    #[error("{option} is {value:?}, expected {expected}")]
    Option {
        /// Which option.
        option: &'static str,
        /// What was given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The file is packed in a way that we do not unpack.
    #[error("the file is packed as {packing}: expected a CSV file, plain or gzipped")]
    Packed {
        /// How.
        packing: &'static str,
    },
    /// The file could not be read to its end.
    #[error("the file cannot be read near line {line}")]
    Read {
        /// The last line that was read.
        line: u64,
        /// Why not.
        #[source]
        source: csv::Error,
    },
    /// The file could not be opened or unpacked.
    #[error("the file cannot be read")]
    Open(#[from] io::Error),
}

/// What stands where a row should be.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// This row is bad; go on with the next.
    #[error(transparent)]
    Row(#[from] RowError),
    /// There is no going on.
    #[error(transparent)]
    File(#[from] FileError),
}

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
            .from_reader(Lines::new(unpacked(input)?));
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

    /// The column that goes by the first of these names which the file has.
    pub(crate) fn column(&self, names: &[&str]) -> Option<usize> {
        names
            .iter()
            .find_map(|name| self.header.iter().position(|column| column == name))
    }

    /// Like [`Self::column`], of a column that must be there.
    pub(crate) fn required(&self, names: &'static [&'static str]) -> Result<usize, FileError> {
        self.column(names).ok_or_else(|| FileError::MissingColumn {
            column: names[0],
            accepted: names.join(", "),
            found: self.header_shown(),
        })
    }

    /// The header for a person: something that is no CSV at all must not fill the screen.
    fn header_shown(&self) -> String {
        const HEADER_CHARS_MAX: usize = 400;
        if self.header.iter().all(String::is_empty) {
            return "none, it is empty".to_owned();
        }
        let header = self.header.join(", ").replace(char::is_control, "\u{fffd}");
        let is_long = header.chars().nth(HEADER_CHARS_MAX).is_some();
        let more = if is_long { "…" } else { "" };
        shortened(header, HEADER_CHARS_MAX) + more
    }

    /// The next record, none at the end. It may well be a bad row.
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

/// One record; fields are looked at only when asked for.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    line: u64,
    header: &'a [String],
    fields: &'a ByteRecord,
}

impl<'a> Record<'a> {
    /// The trimmed text of a column; empty where the file has no such column.
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

    /// Like [`Self::text`], of a column that must not be empty.
    pub(crate) fn filled(&self, column: usize) -> Result<&'a str, RowError> {
        match self.text(Some(column))? {
            "" => Err(self.error(Some(column), "", "something, not an empty field")),
            text => Ok(text),
        }
    }

    /// A number within bounds.
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

    /// A whole number within bounds, none where the field is empty or the file has no such column.
    pub(crate) fn whole(
        &self,
        column: Option<usize>,
        range: std::ops::RangeInclusive<i32>,
    ) -> Result<Option<i32>, RowError> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        // Some tools write whole numbers with a fraction of zero, as in "3.0".
        let whole = text.strip_suffix(".0").unwrap_or(text);
        match whole.parse::<i32>() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => {
                let expected = format!("a whole number from {} to {}", range.start(), range.end());
                Err(self.error(column, text, &expected))
            }
        }
    }

    /// The error that this record's column does not hold what was expected.
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

/// The first bytes of files that people have at hand and that would be read as noise.
const OTHER_PACKINGS: [(&[u8; 4], &str); 3] = [
    (b"PK\x03\x04", "zip"),
    (b"\xfd7zX", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
];

/// The bytes of a file without its packing and byte order mark. What it is packed with is told by
/// its first bytes, since names lie.
fn unpacked(input: impl Read + Send + 'static) -> Result<Box<dyn Read + Send>, FileError> {
    let (head, input) = peek(input, 4)?;
    if let Some((_, packing)) = OTHER_PACKINGS.iter().find(|(magic, _)| head == *magic) {
        return Err(FileError::Packed { packing });
    }
    let plain: Box<dyn Read + Send> = match head.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(Cursor::new(head).chain(input))),
        _ => Box::new(Cursor::new(head).chain(input)),
    };
    let (head, plain) = peek(plain, 3)?;
    let kept = if head == [0xef, 0xbb, 0xbf] {
        Vec::new()
    } else {
        head
    };
    Ok(Box::new(Cursor::new(kept).chain(plain)))
}

fn peek<R: Read>(mut input: R, count: u64) -> io::Result<(Vec<u8>, R)> {
    let mut head = Vec::new();
    input.by_ref().take(count).read_to_end(&mut head)?;
    Ok((head, input))
}

/// Passes bytes on and remembers where lines start. The CSV reader's own count is off after blank
/// lines and with carriage returns, and a line number that is off by one helps nobody.
struct Lines {
    input: Box<dyn Read + Send>,
    offset: u64,
    line: u64,
    at_line_start: bool,
    /// Where lines that are not blank start (offset, line), as far as no record has passed them.
    starts: VecDeque<(u64, u64)>,
}

impl Lines {
    fn new(input: Box<dyn Read + Send>) -> Self {
        Self {
            input,
            offset: 0,
            line: 1,
            at_line_start: true,
            starts: VecDeque::new(),
        }
    }

    /// The line of the record that the CSV reader found at this offset. Line ends and blank lines
    /// before the record's first byte may have been counted to it.
    fn line_of_record(&mut self, offset: u64) -> u64 {
        while self
            .starts
            .front()
            .is_some_and(|(start, _)| *start < offset)
        {
            self.starts.pop_front();
        }
        self.starts.front().map_or(self.line, |(_, line)| *line)
    }
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        for byte in &buffer[..count] {
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.at_line_start = true;
                }
                b'\r' => {}
                _ if self.at_line_start => {
                    self.starts.push_back((self.offset, self.line));
                    self.at_line_start = false;
                }
                _ => {}
            }
            self.offset += 1;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
