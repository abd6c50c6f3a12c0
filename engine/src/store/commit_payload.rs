//! The data stored with a commit: the format of the index, its schemas and the checkpoint.

use serde::{Deserialize, Serialize};
use tantivy::IndexMeta;

use crate::checkpoint::Checkpoint;
use crate::index::encoding::fields::FORMAT_VERSION;
use crate::index::error::StoreError;
use crate::schema::Collection;

/// Tantivy's payload of a commit, as JSON.
#[derive(Serialize, Deserialize)]
pub(crate) struct CommitPayload {
    format: u32,
    /// A hash of the names and schemas of all collections of the store.
    schema: String,
    pub(crate) checkpoint: Option<Checkpoint>,
}

impl CommitPayload {
    pub(crate) fn new(collections: &[Collection], checkpoint: Option<Checkpoint>) -> CommitPayload {
        CommitPayload {
            format: FORMAT_VERSION,
            schema: hash(collections),
            checkpoint,
        }
    }

    pub(crate) fn read(
        meta: &IndexMeta,
        collections: &[Collection],
    ) -> Result<CommitPayload, StoreError> {
        let Some(text) = &meta.payload else {
            return Ok(CommitPayload::new(collections, None));
        };
        let damaged =
            |error| StoreError::Damaged(format!("the payload of a commit is invalid: {error}"));
        let json: serde_json::Value = serde_json::from_str(text).map_err(damaged)?;
        if json["format"] != FORMAT_VERSION {
            let (found, expected) = (json["format"].to_string(), FORMAT_VERSION);
            return Err(StoreError::OtherVersion { found, expected });
        }
        let payload: CommitPayload = serde_json::from_value(json).map_err(damaged)?;
        match payload.schema == hash(collections) {
            true => Ok(payload),
            false => Err(StoreError::OtherSchema),
        }
    }
}

/// A hash of the collections, which is the same on every machine.
fn hash(collections: &[Collection]) -> String {
    let hashes = collections.iter().map(|collection| {
        let (name, hash) = (collection.name(), collection.schema().hash());
        format!("{name}:{hash:016x}")
    });
    hashes.collect::<Vec<String>>().join(",")
}
