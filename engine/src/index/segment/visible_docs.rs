//! Which documents of a segment are shown: listed, and of an owner who is available?
//!
//! A bit each, so that all that are shown in a range are counted sixty-four at a time, and a search
//! passes over the others without a look at their owners. The bits change with the signals.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::live_docs::AliveBits;
use crate::collection::Status;
use crate::index::columns::Columns;
use crate::signals::{OwnerOrdinal, SignalView};

#[derive(Debug)]
pub(crate) struct Shown(Box<[AtomicU64]>);

impl Shown {
    pub(crate) fn of(columns: &Columns, owners: &SignalView) -> Shown {
        let words = columns.slots.chunks(64).zip(columns.traits.chunks(64));
        let words = words.map(|(slots, traits)| {
            let shown = slots.iter().zip(traits).map(|(&slot, traits)| {
                traits.status == Status::LISTED.0 && owners.get(slot).available
            });
            let word = (0..)
                .zip(shown)
                .fold(0u64, |word, (bit, shown)| word | u64::from(shown) << bit);
            AtomicU64::new(word)
        });
        Shown(words.collect())
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(&self.0[..])
    }

    pub(crate) fn holds(&self, doc: u32) -> bool {
        self.0[doc as usize / 64].load(Ordering::Acquire) >> (doc % 64) & 1 == 1
    }

    /// Shows or hides an owner's documents of a range.
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
            if columns.slots[at] != owner || columns.traits[at].status != Status::LISTED.0 {
                continue;
            }
            if available {
                word.fetch_or(bit, Ordering::AcqRel);
            } else {
                word.fetch_and(!bit, Ordering::AcqRel);
            }
        }
    }

    /// How many documents of a range are shown and alive.
    pub(crate) fn count(&self, docs: Range<u32>, alive: Option<&AliveBits>) -> u64 {
        let mut count = 0;
        let mut from = docs.start;
        while from < docs.end {
            let at = from as usize / 64;
            let end = docs.end.min((from / 64 + 1) * 64);
            let mut word = self.0[at].load(Ordering::Acquire) >> (from % 64) << (from % 64);
            if !end.is_multiple_of(64) {
                word &= (1 << (end % 64)) - 1;
            }
            if let Some(alive) = alive {
                word &= alive.word(at);
            }
            count += u64::from(word.count_ones());
            from = end;
        }
        count
    }
}
