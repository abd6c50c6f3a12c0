//! Size and SHA-256 checksum of a file.

use std::fs::File;
use std::io::{self, Read, Seek};

use sha2::{Digest as _, Sha256};

/// Size and checksum of the bytes added so far.
#[derive(Default)]
pub(super) struct Digest {
    bytes: u64,
    sha256: Sha256,
}

impl Digest {
    /// Reads a whole file, which must be at its start, and rewinds it.
    pub(super) fn of(file: &mut File) -> io::Result<Digest> {
        let mut digest = Digest::default();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                count => digest.add(&buffer[..count]),
            }
        }
        file.rewind()?;
        Ok(digest)
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.sha256.update(bytes);
    }

    /// Returns the number of bytes and the checksum in hexadecimal digits.
    pub(super) fn finish(self) -> (u64, String) {
        let sha256 = self.sha256.finalize();
        (
            self.bytes,
            sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
        )
    }
}
