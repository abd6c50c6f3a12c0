//! The checkpoint in each commit of an index: the position, and the stream that it belongs to.
//!
//! A position is only meaningful within one stream: one server, timeline, slot, and conversion of
//! rows. So each commit contains all of these beside the position, and a restart resumes from the
//! position only if none of them has changed.

use roost_engine::{Checkpoint, Key, Position};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::config::FollowConfig;
use crate::error::SessionError;
use crate::postgres::change_source::Server;
use crate::wal::schema::Schema;

/// The stream that an index follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub(crate) version: u32,
    pub(crate) phase: Phase,
    /// The identity of the index, assigned by its initial copy. It is part of the application name
    /// of its sessions, which distinguishes a session that was left behind from one of another
    /// index.
    pub(crate) index: Key,
    pub(crate) system_id: String,
    pub(crate) timeline: u32,
    pub(crate) database: String,
    pub(crate) slot: String,
    pub(crate) publication: String,
    pub(crate) schema_hash: String,
}

/// The phase of the index. A copy is committed only when it is complete, so there is only one
/// phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    Streaming,
}

/// How the stream of a checkpoint differs from the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch(pub(crate) String);

impl Origin {
    pub(crate) const VERSION: u32 = 1;

    /// The stream of an index that is created or resumed now.
    pub(crate) fn current(
        config: &FollowConfig,
        schema: &Schema,
        server: &Server,
        index: Key,
    ) -> Origin {
        Origin {
            version: Origin::VERSION,
            phase: Phase::Streaming,
            index,
            system_id: server.system_id.clone(),
            timeline: server.timeline,
            database: config.database.database().to_owned(),
            slot: match config.nats_stream() {
                Some(stream) => format!("NATS stream {stream}"),
                None => config.slot.to_string(),
            },
            publication: config.publication.to_string(),
            schema_hash: schema.hash().to_owned(),
        }
    }

    /// Reads the stream of a checkpoint.
    pub(crate) fn read(checkpoint: &Checkpoint) -> Result<Origin, Mismatch> {
        let version = checkpoint.source.get("version");
        if version.and_then(serde_json::Value::as_u64) != Some(u64::from(Origin::VERSION)) {
            let found = version.map_or("none".to_owned(), ToString::to_string);
            return Err(Mismatch(format!(
                "its checkpoint has version {found}, not {}",
                Origin::VERSION
            )));
        }
        serde_json::from_value(checkpoint.source.clone())
            .map_err(|error| Mismatch(format!("its checkpoint cannot be parsed: {error}")))
    }

    /// The checkpoint of an index that has applied this stream up to a position.
    pub(crate) fn at(&self, position: Position) -> Result<Checkpoint, serde_json::Error> {
        Ok(Checkpoint {
            position,
            source: serde_json::to_value(self)?,
        })
    }

    /// Identifies the WAL that positions refer to.
    pub(super) fn stream(&self) -> String {
        format!(
            "{} {} {} {}",
            self.system_id, self.timeline, self.database, self.publication
        )
    }

    /// Compares the stream with the current one.
    pub(crate) fn compare(&self, current: &Origin) -> Result<(), Mismatch> {
        let timelines = (self.timeline.to_string(), current.timeline.to_string());
        let properties = [
            (
                "the server with system id",
                &self.system_id,
                &current.system_id,
            ),
            ("the server's timeline", &timelines.0, &timelines.1),
            ("the database", &self.database, &current.database),
            ("the slot", &self.slot, &current.slot),
            ("the publication", &self.publication, &current.publication),
            (
                "tables with the schema hash",
                &self.schema_hash,
                &current.schema_hash,
            ),
        ];
        for (what, then, now) in properties {
            if then != now {
                return Err(Mismatch(format!(
                    "it follows {what} {then}, but now it is {now}"
                )));
            }
        }
        Ok(())
    }
}

/// The application name of the sessions of an index.
pub(crate) fn application_name(index: Key) -> String {
    format!("roost {index}")
}

/// Assigns an identity to a new index.
pub(crate) async fn new_index_id(sql: &mut PgConnection) -> Result<Key, SessionError> {
    sqlx::query_scalar!(r#"SELECT gen_random_uuid() AS "index!""#)
        .fetch_one(sql)
        .await
        .map_err(SessionError::sql("assigning an identity to the index"))
}

/// The stream and position of a checkpoint, or the reason why an index cannot resume from it.
pub(crate) fn resume_point(checkpoint: Option<&Checkpoint>) -> Result<(Origin, Position), String> {
    let checkpoint = checkpoint.ok_or(
        "the index has no complete copy: it was removed, or its initial copy was interrupted",
    )?;
    let origin = Origin::read(checkpoint).map_err(|mismatch| mismatch.0)?;
    Ok((origin, checkpoint.position))
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
    fn a_checkpoint_of_another_version_or_phase_is_rejected() {
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
