//! The data stored with a commit: the format of the index and the checkpoint.

use serde::{Deserialize, Serialize};
use tantivy::IndexMeta;

use crate::checkpoint::Checkpoint;
use crate::collection::Collection;
use crate::index::error::StoreError;
use crate::index::schema::fields::FORMAT_VERSION;

/// Tantivy's payload of a commit, as JSON.
#[derive(Serialize, Deserialize)]
pub(crate) struct CommitPayload {
    format: u32,
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// The collection whose commits carry the checkpoint: the one that is committed last.
pub(crate) const CHECKPOINTED: Collection = Collection::Rooms;

impl CommitPayload {
    pub(crate) fn new(checkpoint: Option<Checkpoint>) -> CommitPayload {
        CommitPayload {
            format: FORMAT_VERSION,
            checkpoint,
        }
    }

    pub(crate) fn read(meta: &IndexMeta) -> Result<CommitPayload, StoreError> {
        let Some(text) = &meta.payload else {
            return Ok(CommitPayload::new(None));
        };
        let damaged =
            |error| StoreError::Damaged(format!("the payload of a commit is invalid: {error}"));
        let json: serde_json::Value = serde_json::from_str(text).map_err(damaged)?;
        if json["format"] != FORMAT_VERSION {
            let (found, expected) = (json["format"].to_string(), FORMAT_VERSION);
            return Err(StoreError::OtherVersion { found, expected });
        }
        serde_json::from_value(json).map_err(damaged)
    }
}
