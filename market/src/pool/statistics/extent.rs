//! How much of the statistics is computed.

/// Whether statistics are computed from new events, or from all rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What events since the last time have changed.
    New,
    /// Everything, which also includes rows without events, such as imported ones.
    All,
}
