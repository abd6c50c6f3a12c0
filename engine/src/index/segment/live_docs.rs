//! The live documents of a segment: those that are not deleted, one bit each.

use std::ops::Range;

use tantivy::{BitSet, SegmentReader};

use crate::index::bits::bits_of;

/// A bit for each document of a segment with deletes.
#[derive(Debug)]
pub(crate) struct LiveDocs(Vec<u64>);

impl LiveDocs {
    /// `None` if no document is deleted.
    pub(crate) fn of(reader: &SegmentReader) -> Option<LiveDocs> {
        let live = reader.alive_bitset()?.bitset();
        let mut bits = BitSet::with_max_value_and_full(live.max_value());
        bits.intersect_update(live);
        let words = (0..live.max_value().div_ceil(64))
            .map(|word| u64::from_le_bytes(bits.tinyset(word).into_bytes()));
        Some(LiveDocs(words.collect()))
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(&self.0[..])
    }

    pub(crate) fn contains(&self, doc: u32) -> bool {
        self.0[doc as usize / 64] >> (doc % 64) & 1 == 1
    }

    /// The bits of 64 documents.
    pub(crate) fn word(&self, at: usize) -> u64 {
        self.0[at]
    }

    /// The bits of up to 64 documents, the first one lowest.
    pub(crate) fn bits(&self, docs: Range<u32>) -> u64 {
        bits_of(docs, |at| self.0[at])
    }

    /// The deleted ones of `count` documents.
    pub(crate) fn deleted(&self, count: usize) -> impl Iterator<Item = usize> {
        (0..count.div_ceil(64)).flat_map(move |at| {
            let mut deleted = !self.word(at);
            std::iter::from_fn(move || {
                let bit = (deleted != 0).then(|| deleted.trailing_zeros() as usize)?;
                deleted &= deleted - 1;
                Some(at * 64 + bit)
            })
            .take_while(move |&doc| doc < count)
        })
    }
}
