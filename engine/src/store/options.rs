//! The resources that a store uses for writing.

/// Threads, memory and merging of a store.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// The threads that index documents, for each collection.
    pub writer_threads: usize,
    /// The memory for documents that are not yet in a segment, in bytes, for all threads of a
    /// collection together; at least 15 MB per thread.
    pub writer_memory_bytes: usize,
    /// Whether to merge segments in the background. Benches turn it off to fix the number of
    /// segments.
    pub is_merging: bool,
}

impl Default for StoreOptions {
    fn default() -> StoreOptions {
        StoreOptions {
            writer_threads: 2,
            writer_memory_bytes: 256 << 20,
            is_merging: true,
        }
    }
}
