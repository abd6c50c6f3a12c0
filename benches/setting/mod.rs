//! What does the environment set, which `make NAME=value` fills?

use anyhow::{Context, Result};

/// A whole number; `default` where nothing is set.
///
/// # Errors
/// If it is something else.
pub(crate) fn setting(name: &str, default: u64) -> Result<u64> {
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => text
            .parse()
            .with_context(|| format!("{name} is {text:?}: expected a whole number")),
        _ => Ok(default),
    }
}
