//! How much can a word add to the score of any document below a node?
//!
//! A text component of at most 1 says too little: without a radius nearly every node may then hold
//! a better document. So there is a byte a node: nothing where no document below holds the word, else the
//! most that it adds there. A word may stand for many terms, and two words seldom for the same ones, but
//! the terms themselves come again and again: their bounds are kept, and put together for each word.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use moka::sync::Cache;
use tantivy::postings::{SegmentPostings, TermInfo};

use super::term_bounds::{Saturation, TermBounds, TermSource};
use crate::index::error::StoreError;
use crate::tuning::Tuning;

/// The bounds of one word in one segment.
pub(crate) struct WordBounds {
    /// By leaf, in the order of their documents: the largest saturation in parts of 255, rounded up.
    leaves: Arc<[u8]>,
    /// The largest of each block of leaves.
    blocks: Box<[u8]>,
    /// A block has two to the power of this many leaves.
    block_shift: u32,
    /// What the saturations were computed with.
    words_average: f64,
    terms: Vec<Arc<TermBounds>>,
}

/// The terms and words of one segment whose bounds searches use most, up to a number of bytes.
pub(crate) struct WordBoundsCache {
    /// By where in the segment their postings begin.
    terms: Cache<u64, KeptTerm>,
    words: Cache<WordKey, Arc<WordBounds>>,
    tuning: Tuning,
}

#[derive(Clone)]
enum KeptTerm {
    /// So many searches would have used bounds that were not made yet.
    Missed(u32),
    Made(Arc<TermBounds>),
}

/// Where in the segment the postings of each term begin, with the bits of its penalty.
type WordKey = Box<[(u64, u64)]>;

/// Enough for some 500 words: those that more than a few documents hold. With room for 120 of them, as
/// drawn by a bench, one search in a hundred walked the postings of a word that had to make way.
const BYTES_A_DOCUMENT: u64 = 128;
const BYTES_LEAST: u64 = 1 << 20;

impl fmt::Debug for WordBoundsCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WordBoundsCache")
            .finish_non_exhaustive()
    }
}

impl WordBounds {
    fn of(
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
        WordBounds {
            blocks: leaves.chunks(leaves_per_block).map(largest).collect(),
            block_shift: leaves_per_block.trailing_zeros(),
            leaves,
            words_average,
            terms,
        }
    }

    /// At least the saturation of every document in a range of leaves, by their numbers in the order of
    /// documents; 0 if none holds the word.
    pub(crate) fn most(&self, leaves: Range<u32>, words_average: f64) -> f64 {
        let (first, end) = (leaves.start as usize, leaves.end as usize);
        let shift = self.block_shift;
        let (first_block, end_block) = ((first + (1 << shift) - 1) >> shift, end >> shift);
        let most = if first_block < end_block {
            let before = largest(&self.leaves[first..first_block << shift]);
            let behind = largest(&self.leaves[end_block << shift..end]);
            largest(&self.blocks[first_block..end_block])
                .max(before)
                .max(behind)
        } else {
            largest(&self.leaves[first..end])
        };
        self.most_of(most, words_average)
    }

    /// The byte of the leaf of that number in the order of documents; 0 if none holds the word.
    pub(crate) fn byte_of_leaf(&self, number: u32) -> u8 {
        self.leaves[number as usize]
    }

    /// The bytes of leaves, from the one of that number on.
    pub(crate) fn bytes_of_leaves(&self, first: u32) -> &[u8] {
        &self.leaves[first as usize..]
    }

    /// At least the saturation that a byte stands for.
    pub(crate) fn most_of(&self, byte: u8, words_average: f64) -> f64 {
        let most = f64::from(byte) / 255.0;
        // The saturation tf / (tf + k(average)) grows by less than the average does.
        if words_average > self.words_average {
            most * (words_average / self.words_average)
        } else {
            most
        }
    }

    /// Whether any document of the leaf of that number holds one of the word's terms.
    pub(crate) fn is_in(&self, term: usize, leaf: u32) -> bool {
        self.terms.len() == 1 || self.terms[term].is_in(leaf)
    }

    /// A cursor into the postings of a term from which it is not far forward to a document, with the
    /// document that it stands at; `None` if no document holds the term.
    pub(crate) fn start(&self, term: usize, doc: u32) -> Option<&(u32, SegmentPostings)> {
        self.terms[term].start(doc)
    }

    fn memory_bytes(&self) -> usize {
        size_of_val(&self.leaves[..])
            + size_of_val(&self.blocks[..])
            + size_of_val(&self.terms[..])
            + size_of::<WordBounds>()
    }
}

impl WordBoundsCache {
    pub(crate) fn new(documents: u32, tuning: &Tuning) -> WordBoundsCache {
        let bytes_max = BYTES_A_DOCUMENT * u64::from(documents) + BYTES_LEAST;
        let weight = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        let terms = Cache::builder().max_capacity(bytes_max / 4 * 3).weigher(
            move |_: &u64, kept: &KeptTerm| match kept {
                KeptTerm::Missed(_) => 128,
                KeptTerm::Made(bounds) => weight(bounds.memory_bytes()),
            },
        );
        let words = Cache::builder().max_capacity(bytes_max / 4).weigher(
            move |key: &WordKey, bounds: &Arc<WordBounds>| {
                weight(size_of_val(&key[..]) + bounds.memory_bytes())
            },
        );
        WordBoundsCache {
            terms: terms.build(),
            words: words.build(),
            tuning: *tuning,
        }
    }

    /// How many searches asked before this one and did without; `None` if there are bounds, or soon.
    pub(crate) fn miss(&self, terms: &[(TermInfo, f64)]) -> Option<u32> {
        if self.words.contains_key(&key_of(terms)) {
            return None;
        }
        let common = terms
            .iter()
            .filter(|(term, _)| term.doc_freq > self.tuning.rare_term_documents);
        let misses = common.filter_map(|(term, _)| {
            let key = term.postings_range.start as u64;
            let missed = match self.terms.get(&key) {
                Some(KeptTerm::Made(_)) => return None,
                Some(KeptTerm::Missed(missed)) => missed,
                None => 0,
            };
            self.terms.insert(key, KeptTerm::Missed(missed + 1));
            Some(missed)
        });
        misses.max()
    }

    /// The bounds of a word, which are made where there are none. `None` once `is_over` says that there
    /// is no time.
    pub(crate) fn get_or_make(
        &self,
        source: TermSource<'_>,
        terms: &[(TermInfo, f64)],
        saturation: &Saturation<'_>,
        is_over: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Arc<WordBounds>>, StoreError> {
        let key = key_of(terms);
        if let Some(bounds) = self.words.get(&key) {
            return Ok(Some(bounds));
        }
        let mut bounds = Vec::with_capacity(terms.len());
        for (term, _) in terms {
            match self.term(source, term, saturation, is_over)? {
                Some(here) => bounds.push(here),
                None => return Ok(None),
            }
        }
        let penalties: Vec<f64> = terms.iter().map(|(_, penalty)| *penalty).collect();
        let leaves = source.tree.leaves().len();
        let bounds = WordBounds::of(
            leaves,
            bounds,
            &penalties,
            saturation.words_average,
            self.tuning.leaves_per_block,
        );
        let bounds = Arc::new(bounds);
        self.words.insert(key, Arc::clone(&bounds));
        Ok(Some(bounds))
    }

    fn term(
        &self,
        source: TermSource<'_>,
        term: &TermInfo,
        saturation: &Saturation<'_>,
        is_over: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Arc<TermBounds>>, StoreError> {
        let key = term.postings_range.start as u64;
        if let Some(KeptTerm::Made(bounds)) = self.terms.get(&key) {
            return Ok(Some(bounds));
        }
        let walked = TermBounds::walk(
            source,
            term,
            saturation,
            self.tuning.postings_per_cursor,
            is_over,
        )?;
        Ok(walked.map(|bounds| {
            let bounds = Arc::new(bounds);
            self.terms.insert(key, KeptTerm::Made(Arc::clone(&bounds)));
            bounds
        }))
    }

    pub(crate) fn memory_bytes(&self) -> u64 {
        self.terms.weighted_size() + self.words.weighted_size()
    }
}

fn largest(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |most, &byte| byte.max(most))
}

fn key_of(terms: &[(TermInfo, f64)]) -> WordKey {
    let terms = terms
        .iter()
        .map(|(term, penalty)| (term.postings_range.start as u64, penalty.to_bits()));
    terms.collect()
}
