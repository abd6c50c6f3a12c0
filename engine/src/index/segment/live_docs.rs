//! The documents of a segment that are not deleted, one bit each.

use tantivy::{BitSet, SegmentReader};

/// Which documents of a segment are alive, a bit each.
#[derive(Debug)]
pub(crate) struct AliveBits(Vec<u64>);

impl AliveBits {
    /// `None` if nothing is deleted.
    pub(crate) fn of(reader: &SegmentReader) -> Option<AliveBits> {
        let alive = reader.alive_bitset()?.bitset();
        let mut all = BitSet::with_max_value_and_full(alive.max_value());
        all.intersect_update(alive);
        let words = (0..alive.max_value().div_ceil(64))
            .map(|word| u64::from_le_bytes(all.tinyset(word).into_bytes()));
        Some(AliveBits(words.collect()))
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(&self.0[..])
    }

    pub(crate) fn is_alive(&self, doc: u32) -> bool {
        self.0[doc as usize / 64] >> (doc % 64) & 1 == 1
    }

    /// Sixty-four documents.
    pub(crate) fn word(&self, at: usize) -> u64 {
        self.0[at]
    }
}
