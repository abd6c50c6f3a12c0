//! Which stream does an index follow?
//!
//! A position means something only within one stream: one server, one timeline, one slot, one way
//! of converting rows. So each commit of the index carries all of these beside the position, and a
//! restart goes on from there only if every one of them still holds.

use roost_engine::{Checkpoint, Key, Position};
use serde::{Deserialize, Serialize};

/// The stream that an index follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub(crate) version: u32,
    pub(crate) phase: Phase,
    /// Drawn when the index was first copied. A session of ours is called by it, so that one that
    /// was left behind can be told from another index that uses the same slot.
    pub(crate) index: Key,
    pub(crate) system_id: String,
    pub(crate) timeline: u32,
    pub(crate) database: String,
    pub(crate) slot: String,
    pub(crate) publication: String,
    pub(crate) schema_hash: String,
}

/// How far the first copy has come. It is committed only when whole, so there is but one phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    Streaming,
}

/// Why a checkpoint of another stream is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch(pub(crate) String);

impl Origin {
    pub(crate) const VERSION: u32 = 1;

    /// Reads what a checkpoint says of its stream.
    pub(crate) fn read(checkpoint: &Checkpoint) -> Result<Origin, Mismatch> {
        let version = checkpoint.source.get("version");
        if version.and_then(serde_json::Value::as_u64) != Some(u64::from(Origin::VERSION)) {
            let found = version.map_or("none".to_owned(), ToString::to_string);
            return Err(Mismatch(format!(
                "its checkpoint is of version {found}, not {}",
                Origin::VERSION
            )));
        }
        serde_json::from_value(checkpoint.source.clone())
            .map_err(|error| Mismatch(format!("its checkpoint cannot be read: {error}")))
    }

    /// The checkpoint of this stream at a position.
    pub(crate) fn at(&self, position: Position) -> Result<Checkpoint, serde_json::Error> {
        Ok(Checkpoint {
            position,
            source: serde_json::to_value(self)?,
        })
    }

    /// Says in which respect the stream of today is another.
    pub(crate) fn compare(&self, today: &Origin) -> Result<(), Mismatch> {
        let timelines = (self.timeline.to_string(), today.timeline.to_string());
        let respects = [
            (
                "the server with system id",
                &self.system_id,
                &today.system_id,
            ),
            ("the server's timeline", &timelines.0, &timelines.1),
            ("the database", &self.database, &today.database),
            ("the slot", &self.slot, &today.slot),
            ("the publication", &self.publication, &today.publication),
            ("tables of the shape", &self.schema_hash, &today.schema_hash),
        ];
        for (what, then, now) in respects {
            if then != now {
                return Err(Mismatch(format!(
                    "it follows {what} {then}, but now it is {now}"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin {
            version: Origin::VERSION,
            phase: Phase::Streaming,
            index: Key::from_u128(7),
            system_id: "7430000000000000000".to_owned(),
            timeline: 1,
            database: "roost".to_owned(),
            slot: "roost".to_owned(),
            publication: "roost".to_owned(),
            schema_hash: "00ff".to_owned(),
        }
    }

    #[test]
    fn a_checkpoint_reads_back_as_written() {
        let checkpoint = origin().at(Position(99)).unwrap();
        assert_eq!(checkpoint.position, Position(99));
        assert_eq!(checkpoint.source["phase"], "streaming");
        assert_eq!(Origin::read(&checkpoint), Ok(origin()));
    }

    #[test]
    fn a_checkpoint_of_another_version_or_shape_is_refused() {
        for source in [
            serde_json::json!(null),
            serde_json::json!({}),
            serde_json::json!({"version": 2}),
            serde_json::json!({"version": 1, "phase": "copying"}),
        ] {
            let checkpoint = Checkpoint {
                position: Position(1),
                source,
            };
            assert!(Origin::read(&checkpoint).is_err(), "{checkpoint:?}");
        }
    }

    #[test]
    fn each_difference_between_two_streams_is_named() {
        assert_eq!(origin().compare(&origin()), Ok(()));
        let others = [
            Origin {
                system_id: "8".to_owned(),
                ..origin()
            },
            Origin {
                timeline: 2,
                ..origin()
            },
            Origin {
                database: "other".to_owned(),
                ..origin()
            },
            Origin {
                slot: "other".to_owned(),
                ..origin()
            },
            Origin {
                publication: "other".to_owned(),
                ..origin()
            },
            Origin {
                schema_hash: "other".to_owned(),
                ..origin()
            },
        ];
        let mut reasons = Vec::new();
        for other in others {
            reasons.push(origin().compare(&other).unwrap_err().0);
        }
        reasons.dedup();
        assert_eq!(reasons.len(), 6, "{reasons:?}");
    }
}
