//! Where in a segment does a term occur, and how much can it add there?
//!
//! The first search that needs it walks the postings of the term once and keeps a byte for each leaf that
//! holds it: the most that it adds to a document there. Beside that it keeps places in the postings from
//! which reading can start, since tantivy's own cursors only go forward.

use std::sync::Arc;

use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, InvertedIndexReader, TERMINATED, TantivyError};

use crate::index::columns::Columns;
use crate::index::error::StoreError;
use crate::index::tree::Tree;

/// The parts of a segment that the bounds of its terms are computed from.
#[derive(Clone, Copy)]
pub(crate) struct TermSource<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) columns: &'a Columns,
    pub(crate) index: &'a InvertedIndexReader,
}

/// How long the saturation takes of a document's length, by the number of that.
pub(crate) type Lengths = [f64; 256];

/// What of a search the bounds of its words are computed with.
pub(crate) struct Saturation<'a> {
    pub(crate) lengths: &'a Lengths,
    pub(crate) words_average: f64,
}

/// The bounds of one term in one segment.
pub(crate) struct TermBounds {
    leaves: Leaves,
    /// What the saturations were computed with.
    words_average: f64,
    /// Cursors into the postings, each with the document that it stands at; the first one at the first
    /// document.
    starts: Vec<(u32, SegmentPostings)>,
}

/// By leaf, in the order of their documents: the largest saturation in parts of 255, rounded up.
enum Leaves {
    All(Arc<[u8]>),
    /// Of a term that few of them hold.
    Some(Box<[(u32, u8)]>),
}

/// A leaf that is named takes so many times the room of one that stands in its place.
const NAMED_LEAF_BYTES: usize = size_of::<(u32, u8)>();

const START_BYTES: usize = size_of::<(u32, SegmentPostings)>();

impl TermBounds {
    /// Walks the postings of a term. `None` once `is_over` says that there is no time.
    pub(super) fn walk(
        source: TermSource<'_>,
        term: &TermInfo,
        saturation: &Saturation<'_>,
        postings_per_cursor: u32,
        is_over: &mut dyn FnMut() -> bool,
    ) -> Result<Option<TermBounds>, StoreError> {
        let &Saturation {
            lengths,
            words_average,
        } = saturation;
        let TermSource {
            tree,
            columns,
            index,
        } = source;
        let mut postings = index
            .read_postings_from_terminfo(term, IndexRecordOption::WithFreqs)
            .map_err(TantivyError::from)?;
        let mut starts = Vec::new();
        let mut held: Vec<(u32, u8)> = Vec::new();
        let mut leaves = (0..).zip(tree.leaves());
        let (mut number, mut end) = (0, 0);
        let mut walked = 0u32;
        while postings.doc() != TERMINATED {
            let doc = postings.doc();
            if walked.is_multiple_of(postings_per_cursor) {
                starts.push((doc, postings.clone()));
            }
            if walked % 1024 == 1023 && is_over() {
                return Ok(None);
            }
            walked += 1;
            while doc >= end {
                let Some((next, &leaf)) = leaves.next() else {
                    break;
                };
                number = next;
                end = tree.node(leaf).docs.end;
            }
            let tf = f64::from(postings.term_freq());
            let most = rounded_up(tf / (tf + lengths[usize::from(columns.lengths[doc as usize])]));
            match held.last_mut() {
                Some((last, before)) if *last == number => *before = most.max(*before),
                _ => held.push((number, most)),
            }
            postings.advance();
        }
        Ok(Some(TermBounds {
            leaves: Leaves::of(held, tree.leaves().len()),
            words_average,
            starts,
        }))
    }

    /// By leaf, what the term adds at most, where it counts in full and there is a byte for each.
    pub(super) fn bytes(&self, words_average: f64) -> Option<&Arc<[u8]>> {
        match &self.leaves {
            Leaves::All(bytes) if words_average <= self.words_average => Some(bytes),
            _ => None,
        }
    }

    /// Raises bounds of leaves to what the term adds where it counts only a part of itself.
    pub(super) fn raise(&self, leaves: &mut [u8], penalty: f64, words_average: f64) {
        // The saturation tf / (tf + k(average)) grows by less than the average does.
        let grown = (words_average / self.words_average).max(1.0);
        let parts = parts_of_256(penalty * grown);
        let of_byte = |byte: u8| {
            let most = (u32::from(byte) * parts).div_ceil(256).min(255);
            u8::try_from(most).unwrap_or(u8::MAX)
        };
        match &self.leaves {
            Leaves::All(bytes) => {
                for (leaf, &byte) in leaves.iter_mut().zip(bytes.iter()) {
                    *leaf = of_byte(byte).max(*leaf);
                }
            }
            Leaves::Some(held) => {
                for &(number, byte) in held {
                    let leaf = &mut leaves[number as usize];
                    *leaf = of_byte(byte).max(*leaf);
                }
            }
        }
    }

    /// Whether any document of a leaf holds the term.
    pub(super) fn is_in(&self, leaf: u32) -> bool {
        match &self.leaves {
            Leaves::All(bytes) => bytes[leaf as usize] > 0,
            Leaves::Some(held) => held
                .binary_search_by_key(&leaf, |&(number, _)| number)
                .is_ok(),
        }
    }

    /// The cursor from which it is not far forward to a document, with the document that it stands at.
    pub(super) fn start(&self, doc: u32) -> Option<&(u32, SegmentPostings)> {
        let behind = self.starts.partition_point(|&(first, _)| first <= doc);
        // What is before the first document of all needs no other.
        self.starts.get(behind.saturating_sub(1))
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let leaves = match &self.leaves {
            Leaves::All(bytes) => size_of_val(&bytes[..]),
            Leaves::Some(held) => size_of_val(&held[..]),
        };
        leaves + self.starts.len() * START_BYTES + size_of::<TermBounds>()
    }
}

impl Leaves {
    fn of(held: Vec<(u32, u8)>, count: usize) -> Leaves {
        if held.len() * NAMED_LEAF_BYTES < count {
            return Leaves::Some(held.into_boxed_slice());
        }
        let mut bytes = vec![0; count];
        for (number, byte) in held {
            bytes[number as usize] = byte;
        }
        Leaves::All(bytes.into())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a saturation is within 0 to 1"
)]
fn rounded_up(saturation: f64) -> u8 {
    (saturation * 255.0).ceil() as u8
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a penalty is within 0 to 1, and an average does not grow a millionfold"
)]
fn parts_of_256(share: f64) -> u32 {
    (share * 256.0).ceil().min(65_536.0) as u32
}
