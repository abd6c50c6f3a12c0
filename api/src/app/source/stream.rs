//! Progress of the change stream.

use roost_engine::Position;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The change stream since the node started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StreamReport {
    /// The end of the server's WAL, as far as known.
    #[schema(value_type = String, example = "16/B374D9A0")]
    pub server_position: Position,
    /// The end of the last received transaction.
    #[schema(value_type = String, example = "16/B374D9A0")]
    pub received_position: Position,
    /// Every transaction up to here is applied. Its documents become searchable with the next
    /// commit.
    #[schema(value_type = String, example = "16/B374D9A0")]
    pub applied_position: Position,
    /// A restart continues from here, so the server may remove its WAL up to here.
    #[schema(value_type = String, example = "16/B374D848")]
    pub committed_position: Position,
    /// Rows copied or changed.
    #[schema(example = 1_250_000)]
    pub rows: u64,
    /// Commits of the index.
    pub commits: CommitReport,
    /// The replication slot; null while unknown.
    pub slot: Option<SlotReport>,
}

/// The durations of index commits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommitReport {
    /// The number of commits.
    #[schema(example = 5_200)]
    pub count: u64,
    /// Their total duration, in microseconds.
    #[schema(example = 78_000_000)]
    pub total_us: u64,
    /// Histogram: for each upper bound in milliseconds, the commits that took at most this and more
    /// than the bound before. The last bucket has no bound.
    #[serde(skip)]
    pub buckets: Vec<(Option<u64>, u64)>,
}

/// The replication slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlotReport {
    /// The state as Postgres names it: `reserved` is normal, `extended` is beyond `max_wal_size`,
    /// `unreserved` is about to be `lost`.
    #[schema(example = "reserved")]
    pub wal_status: String,
    /// Bytes of WAL that Postgres retains for the slot.
    #[schema(example = 16_777_216)]
    pub retained_wal_bytes: u64,
    /// Bytes of WAL that can be written before the slot may be lost; null without a limit.
    #[schema(example = 21_474_836_480_u64)]
    pub safe_wal_bytes: Option<i64>,
}
