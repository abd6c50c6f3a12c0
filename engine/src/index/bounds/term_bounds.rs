//! Upper bounds of a term's score in each leaf of a segment, and cursors into its postings.
//!
//! The first search that needs them reads the postings of the term once, and keeps a byte for each
//! leaf with the term: an upper bound of its saturation there. Of a frequent term it also keeps a
//! bit for each document, so that a leaf without a document that contains all terms of a query is
//! skipped. It keeps cursors at regular distances, since tantivy's own cursors only go forward.

use std::sync::Arc;

use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, InvertedIndexReader, TERMINATED, TantivyError};

use crate::control::search_budget::SearchBudget;
use crate::index::cell_tree::CellTree;
use crate::index::columns::Columns;
use crate::index::error::StoreError;

/// The parts of a segment that the bounds of its terms are computed from.
#[derive(Clone, Copy)]
pub(crate) struct TermSource<'a> {
    pub(crate) tree: &'a CellTree,
    pub(crate) columns: &'a Columns,
    pub(crate) index: &'a InvertedIndexReader,
}

/// The length term of the saturation, by field norm id.
pub(crate) type Lengths = [f64; 256];

/// The parameters of the saturation `tf / (tf + lengths[norm])`.
pub(crate) struct Saturation<'a> {
    pub(crate) lengths: &'a Lengths,
    pub(crate) words_average: f64,
}

/// The bounds of one term in one segment.
pub(crate) struct TermBounds {
    leaves: Leaves,
    /// The documents that contain the term, one bit each; `None` for a term in few documents, whose
    /// leaves tell enough.
    docs: Option<Arc<[u64]>>,
    /// The average length with which the saturations were computed.
    words_average: f64,
    /// Cursors into the postings, each with the document it is at; the first one at the first
    /// document.
    cursors: Vec<(u32, SegmentPostings)>,
}

/// By leaf ordinal: the largest saturation in parts of 255, rounded up.
enum Leaves {
    Dense(Arc<[u8]>),
    /// With the ordinal of each leaf, for a term that occurs in few.
    Sparse(Box<[(u32, u8)]>),
}

/// The size of a leaf with its ordinal, where a leaf without takes one byte.
const SPARSE_LEAF_BYTES: usize = size_of::<(u32, u8)>();

/// A term in at least one document of this many has a bit for each document: about one document in
/// two leaves.
const DOCUMENTS_PER_POSTING: usize = 64;

const CURSOR_BYTES: usize = size_of::<(u32, SegmentPostings)>();

impl TermBounds {
    /// Reads the postings of a term. `None` once the budget is exhausted.
    pub(super) fn compute(
        source: TermSource<'_>,
        term: &TermInfo,
        saturation: &Saturation<'_>,
        postings_per_cursor: u32,
        budget: &mut SearchBudget,
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
        let mut cursors = Vec::new();
        let mut found: Vec<(u32, u8)> = Vec::new();
        let documents = columns.keys.len();
        let is_frequent = term.doc_freq as usize >= documents / DOCUMENTS_PER_POSTING;
        let mut docs = is_frequent.then(|| vec![0u64; documents.div_ceil(64)]);
        let mut leaves = (0..).zip(tree.leaves());
        let (mut ordinal, mut end) = (0, 0);
        let mut count = 0u32;
        while postings.doc() != TERMINATED {
            let doc = postings.doc();
            if count & (postings_per_cursor - 1) == 0 {
                cursors.push((doc, postings.clone()));
            }
            if count % 1024 == 1023 && budget.spend(1024).is_err() {
                return Ok(None);
            }
            count += 1;
            while doc >= end {
                let Some((next, &leaf)) = leaves.next() else {
                    break;
                };
                ordinal = next;
                end = tree.node(leaf).docs.end;
            }
            if let Some(docs) = &mut docs {
                docs[doc as usize / 64] |= 1 << (doc % 64);
            }
            let tf = f64::from(postings.term_freq());
            let byte = rounded_up(tf / (tf + lengths[usize::from(columns.lengths[doc as usize])]));
            match found.last_mut() {
                Some((last, before)) if *last == ordinal => *before = byte.max(*before),
                _ => found.push((ordinal, byte)),
            }
            postings.advance();
        }
        Ok(Some(TermBounds {
            leaves: Leaves::of(found, tree.leaves().len()),
            docs: docs.map(Arc::from),
            words_average,
            cursors,
        }))
    }

    /// The bytes of all leaves for a term without a penalty, if they are dense and valid for this
    /// average.
    pub(super) fn bytes(&self, words_average: f64) -> Option<&Arc<[u8]>> {
        match &self.leaves {
            Leaves::Dense(bytes) if words_average <= self.words_average => Some(bytes),
            _ => None,
        }
    }

    /// Raises the bounds of leaves to those of the term, times its penalty.
    pub(super) fn raise(&self, leaves: &mut [u8], penalty: f64, words_average: f64) {
        // The saturation tf / (tf + k(average)) grows by a smaller factor than the average does.
        let grown = (words_average / self.words_average).max(1.0);
        let parts = parts_of_256(penalty * grown);
        let scaled = |byte: u8| {
            let scaled = (u32::from(byte) * parts).div_ceil(256).min(255);
            u8::try_from(scaled).unwrap_or(u8::MAX)
        };
        match &self.leaves {
            Leaves::Dense(bytes) => {
                for (leaf, &byte) in leaves.iter_mut().zip(bytes.iter()) {
                    *leaf = scaled(byte).max(*leaf);
                }
            }
            Leaves::Sparse(found) => {
                for &(ordinal, byte) in found {
                    let leaf = &mut leaves[ordinal as usize];
                    *leaf = scaled(byte).max(*leaf);
                }
            }
        }
    }

    /// Whether a document of a leaf contains the term.
    pub(super) fn contains(&self, leaf: u32) -> bool {
        match &self.leaves {
            Leaves::Dense(bytes) => bytes[leaf as usize] > 0,
            Leaves::Sparse(found) => found
                .binary_search_by_key(&leaf, |&(ordinal, _)| ordinal)
                .is_ok(),
        }
    }

    /// The documents that contain the term, in words of 64; `None` for a term in few documents.
    pub(super) fn docs(&self) -> Option<&Arc<[u64]>> {
        self.docs.as_ref()
    }

    /// The last cursor before a document, with the document it is at.
    pub(super) fn cursor(&self, doc: u32) -> Option<&(u32, SegmentPostings)> {
        let behind = self.cursors.partition_point(|&(first, _)| first <= doc);
        // The first cursor serves all documents before it.
        self.cursors.get(behind.saturating_sub(1))
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let leaves = match &self.leaves {
            Leaves::Dense(bytes) => size_of_val(&bytes[..]),
            Leaves::Sparse(found) => size_of_val(&found[..]),
        };
        let docs = self.docs.as_ref().map_or(0, |docs| size_of_val(&docs[..]));
        leaves + docs + self.cursors.len() * CURSOR_BYTES + size_of::<TermBounds>()
    }
}

impl Leaves {
    fn of(found: Vec<(u32, u8)>, count: usize) -> Leaves {
        if found.len() * SPARSE_LEAF_BYTES < count {
            return Leaves::Sparse(found.into_boxed_slice());
        }
        let mut bytes = vec![0; count];
        for (ordinal, byte) in found {
            bytes[ordinal as usize] = byte;
        }
        Leaves::Dense(bytes.into())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a saturation is between 0 and 1"
)]
fn rounded_up(saturation: f64) -> u8 {
    (saturation * 255.0).ceil() as u8
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a penalty is between 0 and 1, and an average does not grow a millionfold"
)]
fn parts_of_256(share: f64) -> u32 {
    (share * 256.0).ceil().min(65_536.0) as u32
}
