//! Positions in the source, and the checkpoint of a commit.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// A position in the source's stream of changes. Later positions are larger. It is displayed like a
/// WAL position of Postgres: two hexadecimal halves with a slash between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

/// The data with which a follower continues after a restart. A commit makes it durable in the same
/// step as the documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The index contains every change up to this position.
    pub position: Position,
    /// The state of the follower, opaque to the engine.
    pub source: serde_json::Value,
}

/// How fresh the answers of an index are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Freshness {
    /// Every change up to this position is searchable.
    pub position: Position,
    /// The answers reflect the source as it was at this moment; `None` while that is unknown.
    pub current_at: Option<SystemTime>,
}

/// A text that is not a position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a position such as 16/B374D848")]
pub struct PositionError(String);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Position, PositionError> {
        let parse = || {
            let (high, low) = text.split_once('/')?;
            // The standard library accepts a sign, which is not a digit.
            let half = |text: &str| match text.starts_with('+') {
                true => None,
                false => u32::from_str_radix(text, 16).ok(),
            };
            Some(Position(
                u64::from(half(high)?) << 32 | u64::from(half(low)?),
            ))
        };
        parse().ok_or_else(|| PositionError(text.to_owned()))
    }
}

impl Serialize for Position {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Position, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_reads_back_as_written() {
        for position in [0, 1, 0x16_B374_D848, u64::MAX] {
            assert_eq!(
                Position(position).to_string().parse(),
                Ok(Position(position))
            );
        }
        assert_eq!(Position(0x16_B374_D848).to_string(), "16/B374D848");
        for text in ["", "16", "G/1", "1/2/3", "1/123456789", "+1/2", "1/-2"] {
            assert!(text.parse::<Position>().is_err(), "{text}");
        }
    }
}
