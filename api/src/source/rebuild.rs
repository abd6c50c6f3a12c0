//! How far is the new index that takes the place of the old one?

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new index, made from all rows. Searches see it once it is whole and has caught up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RebuildReport {
    /// What it is at.
    pub phase: RebuildPhase,
    /// The table that is copied.
    #[schema(example = "rooms")]
    pub table: Option<String>,
    /// Rows of it that are copied.
    #[schema(example = 250_000)]
    pub rows: u64,
    /// Rows that it has.
    #[schema(example = 1_000_000)]
    pub total: u64,
    /// Why it came to nothing.
    pub reason: Option<String>,
}

/// What a new index is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RebuildPhase {
    /// It was asked for, and begins once changes are followed.
    Requested,
    /// The tables are copied.
    Copying,
    /// What changed since then is applied.
    CatchingUp,
    /// Searches see it.
    Done,
    /// It came to nothing; searches see the old one.
    Failed,
}

impl RebuildPhase {
    /// As in JSON.
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
