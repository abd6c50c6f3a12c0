//! The size of a collection and the memory that it uses.

use crate::index::Snapshot;

/// The size of one collection of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The live documents, listed or not.
    pub documents: u64,
    /// The segments, which every search visits, the largest first.
    pub segments: Vec<SegmentUsage>,
    /// The memory that it uses.
    pub memory: Memory,
}

/// The size of one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentUsage {
    /// The live documents.
    pub documents: u64,
    /// The documents that were deleted or replaced, until a merge drops them.
    pub deleted: u64,
}

/// The memory of a collection, without the mapped files, which the system may evict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The columns that filters, scores and facets read, with the names to which they refer.
    pub columns_bytes: u64,
    /// The segment trees.
    pub trees_bytes: u64,
    /// The live-documents bits of segments with deletes.
    pub deletes_bytes: u64,
    /// The term dictionaries for typos and prefixes.
    pub term_dictionary_bytes: u64,
    /// The cached bounds of words and profiles, and the visible-documents bits.
    pub bounds_bytes: u64,
    /// The signals of the documents, such as busy days.
    pub document_signals_bytes: u64,
}

impl Usage {
    pub(super) fn of(snapshot: &Snapshot) -> Usage {
        let mut segments: Vec<SegmentUsage> = Vec::new();
        let mut memory = Memory {
            columns_bytes: bytes(snapshot.names.memory_bytes()),
            document_signals_bytes: bytes(snapshot.document_signals.memory_bytes()),
            ..Memory::default()
        };
        for view in &snapshot.segments {
            segments.push(SegmentUsage {
                documents: u64::from(view.reader.num_docs()),
                deleted: u64::from(view.reader.num_deleted_docs()),
            });
            memory.columns_bytes += bytes(view.segment.columns.memory_bytes());
            memory.term_dictionary_bytes += bytes(view.segment.terms.memory_bytes());
            memory.trees_bytes += bytes(view.segment.tree.memory_bytes());
            let deletes = view.live.as_ref();
            memory.deletes_bytes += bytes(deletes.map_or(0, |live| live.memory_bytes()));
            memory.bounds_bytes += bytes(view.segment.bounds_memory_bytes());
            let signals = &view.segment.tree.document_signals;
            memory.document_signals_bytes += bytes(signals.memory_bytes());
        }
        segments.sort_by_key(|segment| std::cmp::Reverse(segment.documents));
        Usage {
            documents: snapshot.document_count(),
            segments,
            memory,
        }
    }

    /// The share of deleted documents, 0 to 1.
    pub fn deleted_share(&self) -> f64 {
        let deleted: u64 = self.segments.iter().map(|segment| segment.deleted).sum();
        ratio(deleted, self.documents + deleted)
    }

    /// The memory per document.
    pub fn bytes_per_document(&self) -> f64 {
        ratio(self.memory.total_bytes(), self.documents)
    }
}

impl Memory {
    /// All of these together.
    pub fn total_bytes(&self) -> u64 {
        self.columns_bytes
            + self.trees_bytes
            + self.deletes_bytes
            + self.term_dictionary_bytes
            + self.bounds_bytes
            + self.document_signals_bytes
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn bytes(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}
