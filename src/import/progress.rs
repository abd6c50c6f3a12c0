//! The interface through which an import reports its progress.

/// Receives the progress of an import, one step at a time.
pub(crate) trait Progress: Send + Sync {
    /// A step starts. `total` is its number of rows, if known.
    fn start(&self, name: &str, total: Option<u64>);
    /// More rows have been sent.
    fn advance(&self, rows: u64);
    /// The current step has ended.
    fn finish(&self);
}
