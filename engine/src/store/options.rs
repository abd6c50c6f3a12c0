//! The resources that a store uses for writing, and what all of its indexes have in common.

use std::sync::Arc;

use crate::control::tuning::Tuning;
use crate::schema::Collection;

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

/// The collections of a store, and the constants that decide between algorithms. Cheap to clone.
#[derive(Clone)]
pub(crate) struct StoreSettings {
    /// At least one. The first is committed last, and its commits carry the checkpoint.
    pub(crate) collections: Arc<[Collection]>,
    pub(crate) tuning: Tuning,
}

impl StoreSettings {
    pub(crate) fn new(collections: &[Collection], tuning: Tuning) -> StoreSettings {
        StoreSettings {
            collections: collections.into(),
            tuning,
        }
    }
}
