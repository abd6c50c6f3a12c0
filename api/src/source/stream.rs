//! How far has the stream of changes come, and what did it take?

use roost_engine::Position;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The stream of changes that the node follows, since its start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StreamReport {
    /// Where the source's log ends, as far as is known.
    #[schema(value_type = String, example = "16/B374D9A0")]
    pub server_position: Position,
    /// The end of the last transaction that has arrived.
    #[schema(value_type = String, example = "16/B374D9A0")]
    pub received_position: Position,
    /// Every transaction up to here is applied; documents are found with the next commit.
    #[schema(value_type = String, example = "16/B374D9A0")]
    pub applied_position: Position,
    /// What a restart goes on from, and the source may forget its log up to.
    #[schema(value_type = String, example = "16/B374D848")]
    pub committed_position: Position,
    /// Rows that were copied or changed.
    #[schema(example = 1_250_000)]
    pub rows: u64,
    /// Commits of the index.
    pub commits: CommitReport,
    /// The replication slot; null while it is not known.
    pub slot: Option<SlotReport>,
}

/// How long commits of the index took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommitReport {
    /// How many there were.
    #[schema(example = 5_200)]
    pub count: u64,
    /// Microseconds that all of them took.
    #[schema(example = 78_000_000)]
    pub total_us: u64,
    /// How many took at most so many milliseconds and more than the bound before; the last have no
    /// bound.
    #[serde(skip)]
    pub buckets: Vec<(Option<u64>, u64)>,
}

/// What the source keeps for this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlotReport {
    /// What Postgres calls it: `reserved` is well, `extended` is beyond `max_wal_size`, `unreserved` is
    /// about to be `lost`.
    #[schema(example = "reserved")]
    pub wal_status: String,
    /// Bytes of log that are kept for it.
    #[schema(example = 16_777_216)]
    pub retained_wal_bytes: u64,
    /// Bytes that may still be written before it is in danger; null without a limit.
    #[schema(example = 21_474_836_480_u64)]
    pub safe_wal_bytes: Option<i64>,
}
