//! The visible documents of a segment: listed ones of available owners, one bit each.
//!
//! With bits a search counts the visible documents of a range 64 at a time, and skips the others
//! without reading the signals of their owners. The bits change with the signals.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::live_docs::LiveDocs;
use crate::index::bits::bits_of;
use crate::index::columns::Columns;
use crate::signals::{OwnerOrdinal, SignalView};

/// A bit for each document of a segment.
#[derive(Debug)]
pub(crate) struct VisibleDocs(Box<[AtomicU64]>);

impl VisibleDocs {
    pub(crate) fn of(columns: &Columns, signals: &SignalView) -> VisibleDocs {
        let documents = columns.owners.len();
        let words = (0..documents).step_by(64).map(|first| {
            let docs = first..documents.min(first + 64);
            let visible = docs
                .map(|doc| columns.is_listed(doc) && signals.get(columns.owners[doc]).available);
            let word = (0..).zip(visible).fold(0u64, |word, (bit, visible)| {
                word | u64::from(visible) << bit
            });
            AtomicU64::new(word)
        });
        VisibleDocs(words.collect())
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(&self.0[..])
    }

    pub(crate) fn contains(&self, doc: u32) -> bool {
        self.0[doc as usize / 64].load(Ordering::Acquire) >> (doc % 64) & 1 == 1
    }

    /// The bits of up to 64 documents, the first one lowest.
    pub(crate) fn bits(&self, docs: Range<u32>) -> u64 {
        bits_of(docs, |at| self.0[at].load(Ordering::Acquire))
    }

    /// Shows or hides the documents of an owner in a range.
    pub(crate) fn set(
        &self,
        columns: &Columns,
        docs: Range<u32>,
        owner: OwnerOrdinal,
        available: bool,
    ) {
        for doc in docs {
            let at = doc as usize;
            let (word, bit) = (&self.0[at / 64], 1 << (doc % 64));
            if columns.owners[at] != owner || !columns.is_listed(at) {
                continue;
            }
            if available {
                word.fetch_or(bit, Ordering::AcqRel);
            } else {
                word.fetch_and(!bit, Ordering::AcqRel);
            }
        }
    }

    /// The number of documents in a range that are visible and live.
    pub(crate) fn count(&self, docs: Range<u32>, live: Option<&LiveDocs>) -> u64 {
        let mut count = 0;
        let mut from = docs.start;
        while from < docs.end {
            let at = from as usize / 64;
            let end = docs.end.min((from / 64 + 1) * 64);
            let mut word = self.0[at].load(Ordering::Acquire) >> (from % 64) << (from % 64);
            if !end.is_multiple_of(64) {
                word &= (1 << (end % 64)) - 1;
            }
            if let Some(live) = live {
                word &= live.word(at);
            }
            count += u64::from(word.count_ones());
            from = end;
        }
        count
    }
}
