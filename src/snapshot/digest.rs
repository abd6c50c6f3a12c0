//! How is the content of a file told from every other?

use std::fs::File;
use std::io::{self, Read, Seek};

use sha2::{Digest as _, Sha256};

/// Size and SHA-256 of what was added.
#[derive(Default)]
pub(crate) struct Digest {
    bytes: u64,
    sha256: Sha256,
}

impl Digest {
    /// Of a whole file, which is at its beginning before and after.
    pub(crate) fn of(file: &mut File) -> io::Result<Digest> {
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

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.sha256.update(bytes);
    }

    /// The number of bytes, and their checksum in hexadecimal digits.
    pub(crate) fn finish(self) -> (u64, String) {
        let sha256 = self.sha256.finalize();
        (
            self.bytes,
            sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
        )
    }
}
