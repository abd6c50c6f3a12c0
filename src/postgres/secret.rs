//! Random passwords.

use std::fs::File;
use std::io::Read;

use anyhow::Context;

/// Returns 32 random hexadecimal digits.
pub(super) fn secret() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("cannot read /dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
