//! Upper bounds of a word's text score below each tree node.
//!
//! A text component of at most 1 is no useful bound: without a radius nearly every node could then
//! contain a better document. So each leaf has a byte: zero if no document contains the word, else
//! an upper bound of the word's saturation there. A word stands for several terms, and two words
//! seldom for the same ones, but the same terms recur: their bounds are cached and combined for
//! each word.

use std::ops::Range;
use std::sync::Arc;

use tantivy::postings::SegmentPostings;

use super::term_bounds::TermBounds;
use crate::index::bits::bits_of;

/// The bounds of one word in one segment.
pub(crate) struct WordBounds {
    /// By leaf ordinal: the largest saturation in parts of 255, rounded up.
    leaves: Arc<[u8]>,
    /// The largest byte of each block of leaves.
    blocks: Box<[u8]>,
    /// The documents that may contain the word, in words of 64; `None` if that is not known.
    docs: Option<Arc<[u64]>>,
    /// A block has two to the power of this many leaves.
    block_shift: u32,
    /// The average length with which the saturations were computed.
    words_average: f64,
    terms: Vec<Arc<TermBounds>>,
}

impl WordBounds {
    pub(super) fn of(
        leaves: usize,
        terms: Vec<Arc<TermBounds>>,
        penalties: &[f64],
        words_average: f64,
        leaves_per_block: usize,
    ) -> WordBounds {
        let leaves = match (&terms[..], penalties) {
            ([term], [1.0]) if let Some(bytes) = term.bytes(words_average) => Arc::clone(bytes),
            _ => {
                let mut bytes = vec![0; leaves];
                for (term, &penalty) in terms.iter().zip(penalties) {
                    term.raise(&mut bytes, penalty, words_average);
                }
                bytes.into()
            }
        };
        debug_assert!(leaves_per_block.is_power_of_two());
        WordBounds {
            blocks: leaves.chunks(leaves_per_block).map(max).collect(),
            block_shift: leaves_per_block.trailing_zeros(),
            docs: match &terms[..] {
                [term] => term.docs().map(Arc::clone),
                _ => None,
            },
            leaves,
            words_average,
            terms,
        }
    }

    /// An upper bound of the saturation of every document in a range of leaf ordinals; 0 if none
    /// contains the word.
    pub(crate) fn upper_bound(&self, leaves: Range<u32>, words_average: f64) -> f64 {
        let (first, end) = (leaves.start as usize, leaves.end as usize);
        let shift = self.block_shift;
        let (first_block, end_block) = ((first + (1 << shift) - 1) >> shift, end >> shift);
        let byte = if first_block < end_block {
            let before = max(&self.leaves[first..first_block << shift]);
            let behind = max(&self.leaves[end_block << shift..end]);
            max(&self.blocks[first_block..end_block])
                .max(before)
                .max(behind)
        } else {
            max(&self.leaves[first..end])
        };
        self.upper_bound_of(byte, words_average)
    }

    /// The byte of a leaf; 0 if no document contains the word.
    pub(crate) fn byte_of_leaf(&self, ordinal: u32) -> u8 {
        self.leaves[ordinal as usize]
    }

    /// The bytes of the leaves from an ordinal on.
    pub(crate) fn bytes_of_leaves(&self, first: u32) -> &[u8] {
        &self.leaves[first as usize..]
    }

    /// An upper bound of the saturations that a byte stands for.
    pub(crate) fn upper_bound_of(&self, byte: u8, words_average: f64) -> f64 {
        let saturation = f64::from(byte) / 255.0;
        // The saturation tf / (tf + k(average)) grows by a smaller factor than the average does.
        if words_average > self.words_average {
            saturation * (words_average / self.words_average)
        } else {
            saturation
        }
    }

    /// Which of up to 64 documents may contain the word, one bit each, the first one lowest.
    pub(crate) fn docs_in(&self, docs: Range<u32>) -> u64 {
        let of_range = |words: &Arc<[u64]>| bits_of(docs, |at| words[at]);
        self.docs.as_ref().map_or(u64::MAX, of_range)
    }

    /// Whether a document of a leaf may contain a term of the word.
    pub(crate) fn may_contain(&self, term: usize, leaf: u32) -> bool {
        self.terms.len() == 1 || self.terms[term].contains(leaf)
    }

    /// A cursor into the postings of a term that is at most a few thousand postings before a
    /// document, with the document it is at; `None` if no document contains the term.
    pub(crate) fn cursor(&self, term: usize, doc: u32) -> Option<&(u32, SegmentPostings)> {
        self.terms[term].cursor(doc)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&self.leaves[..])
            + size_of_val(&self.blocks[..])
            + size_of_val(&self.terms[..])
            + size_of::<WordBounds>()
    }
}

fn max(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |max, &byte| byte.max(max))
}
