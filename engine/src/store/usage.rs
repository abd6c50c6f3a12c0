//! How large is an index, and what does it take of memory?

use crate::index::Snapshot;

/// How large one collection of an index is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Documents that are there, listed or not.
    pub documents: u64,
    /// The segments that each search visits, the largest first.
    pub segments: Vec<SegmentUsage>,
    /// What is held in memory.
    pub memory: Memory,
}

/// How large one segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentUsage {
    /// Documents that are there.
    pub documents: u64,
    /// Documents that were deleted or replaced, and go with the next merge.
    pub deleted: u64,
}

/// What a collection takes of memory, beyond the files that the system maps and may drop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The columns that filters, scores and facets read, and the names that stand in them by number.
    pub columns_bytes: u64,
    /// The trees over the documents' places.
    pub trees_bytes: u64,
    /// Which documents are deleted.
    pub deletes_bytes: u64,
    /// The words that typos and beginnings are looked up among.
    pub term_dictionary_bytes: u64,
    /// Bounds that searches keep of words and profiles, and which documents are shown.
    pub bounds_bytes: u64,
    /// Which nights of which documents are taken.
    pub nights_bytes: u64,
}

impl Usage {
    pub(super) fn of(snapshot: &Snapshot) -> Usage {
        let mut segments: Vec<SegmentUsage> = Vec::new();
        let mut memory = Memory {
            columns_bytes: bytes(snapshot.names.memory_bytes()),
            nights_bytes: bytes(snapshot.nights.memory_bytes()),
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
            let deletes = view.alive.as_ref();
            memory.deletes_bytes += bytes(deletes.map_or(0, |alive| alive.memory_bytes()));
            memory.bounds_bytes += bytes(view.segment.bounds_memory_bytes());
            memory.nights_bytes += bytes(view.segment.tree.booked.memory_bytes());
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

    /// What each document takes of memory.
    pub fn bytes_per_document(&self) -> f64 {
        ratio(self.memory.total_bytes(), self.documents)
    }
}

impl Memory {
    /// All of it.
    pub fn total_bytes(&self) -> u64 {
        self.columns_bytes
            + self.trees_bytes
            + self.deletes_bytes
            + self.term_dictionary_bytes
            + self.bounds_bytes
            + self.nights_bytes
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn bytes(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}
