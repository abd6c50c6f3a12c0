//! The resources that a store uses for writing.

/// What writing may take of the machine.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// Threads that index documents, for each collection.
    pub writer_threads: usize,
    /// Memory for documents not yet in a segment, in bytes, over all threads of a collection; at
    /// least 15 MB a thread.
    pub writer_memory_bytes: usize,
    /// Whether segments are merged in the background; off for benches that want a set number of
    /// them.
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
