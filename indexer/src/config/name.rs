//! Names of slots, publications and streams.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use roost_engine::Key;

use super::error::ConfigError;

/// The name of a slot, publication or stream, which never needs quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl FromStr for Name {
    type Err = ConfigError;

    fn from_str(name: &str) -> Result<Name, ConfigError> {
        let is_valid = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        if (1..=60).contains(&name.len()) && name.bytes().all(is_valid) {
            Ok(Name(name.to_owned()))
        } else {
            Err(ConfigError::Name(name.to_owned()))
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Name {
    pub(super) fn new(name: &str) -> Name {
        Name(name.to_owned())
    }

    /// A unique slot name for a new index beside the current one.
    pub(crate) fn for_new_index(index: Key) -> Name {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now_ms = since_1970.unwrap_or_default().as_millis();
        Name(format!("roost_{}_{now_ms:x}", index.simple()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_need_quotes_are_rejected() {
        assert!("roost_2".parse::<Name>().is_ok());
        for name in ["", "Roost", "a b", "x'y", &"x".repeat(61)] {
            assert!(name.parse::<Name>().is_err(), "{name}");
        }
    }
}
