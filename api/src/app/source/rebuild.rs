//! Progress of a rebuild.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A rebuild: a new index is built from all rows, and replaces the current one once it has caught
/// up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RebuildReport {
    /// What the rebuild does.
    pub phase: RebuildPhase,
    /// The table that is being copied.
    #[schema(example = "rooms")]
    pub table: Option<String>,
    /// Rows of the table copied so far.
    #[schema(example = 250_000)]
    pub rows: u64,
    /// Rows of the table in all.
    #[schema(example = 1_000_000)]
    pub total: u64,
    /// Why the rebuild failed.
    pub reason: Option<String>,
}

/// What a rebuild does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RebuildPhase {
    /// Waits until the follower follows the change stream.
    Requested,
    /// Copies the tables.
    Copying,
    /// Applies the changes made since the copy.
    CatchingUp,
    /// Finished: searches use the new index.
    Done,
    /// Failed: searches still use the old index.
    Failed,
}

impl RebuildPhase {
    /// The name in JSON and metrics.
    pub fn name(self) -> &'static str {
        match self {
            RebuildPhase::Requested => "requested",
            RebuildPhase::Copying => "copying",
            RebuildPhase::CatchingUp => "catching_up",
            RebuildPhase::Done => "done",
            RebuildPhase::Failed => "failed",
        }
    }
}
