//! Decompresses a file and counts its lines.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read};

use flate2::read::MultiGzDecoder;

use super::error::FileError;

/// Magic bytes of common compression formats that are not supported.
const UNSUPPORTED_FORMATS: [(&[u8; 4], &str); 3] = [
    (b"PK\x03\x04", "zip"),
    (b"\xfd7zX", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
];

/// Returns the bytes of a file without compression and byte order mark. The first bytes decide
/// about the format, because file names can be wrong.
pub(super) fn decompressed(
    input: impl Read + Send + 'static,
) -> Result<Box<dyn Read + Send>, FileError> {
    let (head, input) = peek(input, 4)?;
    let mut unsupported = UNSUPPORTED_FORMATS.iter();
    if let Some((_, format)) = unsupported.find(|(magic, _)| head == *magic) {
        return Err(FileError::Compressed { format });
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

/// A reader that records where lines start. The line count of the CSV reader is wrong after blank
/// lines and with carriage returns.
pub(super) struct Lines {
    input: Box<dyn Read + Send>,
    offset: u64,
    pub(super) line: u64,
    at_line_start: bool,
    /// Offset and number of each line that is not blank, from the current record on.
    starts: VecDeque<(u64, u64)>,
}

impl Lines {
    pub(super) fn new(input: Box<dyn Read + Send>) -> Self {
        Self {
            input,
            offset: 0,
            line: 1,
            at_line_start: true,
            starts: VecDeque::new(),
        }
    }

    /// Returns the line of the record that the CSV reader found at this offset. The offset may
    /// include line ends and blank lines before the first byte of the record.
    pub(super) fn line_of_record(&mut self, offset: u64) -> u64 {
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
