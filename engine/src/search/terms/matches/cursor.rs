//! The documents of one query term in one segment.
//!
//! There are two ways to read them: forward, from the first document to the last, and leaf by leaf
//! in any order with the help of term bounds. What both share is [`TermPostings`].

use std::io;
use std::ops::Range;

use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::{DocSet, InvertedIndexReader, TERMINATED, TantivyError};

use crate::index::StoreError;
use crate::search::terms::expanded_query::ExpandedTerm;
use crate::search::terms::phrase::Phrase;

/// The steps of opening the postings of an expansion.
pub(crate) const STEPS_PER_OPENED: u32 = 32;

/// The expansions whose postings one step moves forward.
const EXPANSIONS_PER_STEP: usize = 4;

/// Reads the documents that contain one query term.
pub(crate) trait TermCursor {
    fn postings(&self) -> &TermPostings<'_>;

    /// Moves forward to the first document from `target` on that can contain the term.
    fn seek(&mut self, target: u32) -> u32;

    /// Moves forward to a document and checks which phrases it contains.
    fn check(&mut self, doc: u32);

    /// An upper bound of the term's saturation in a range of leaves; 0 if none of them contains the
    /// term.
    fn saturation_max(&self, leaves: Range<u32>) -> f64;
}

/// The postings of a query term's expansions in one segment, and where they stand.
pub(crate) struct TermPostings<'a> {
    pub(super) is_required: bool,
    pub(super) idf: f64,
    pub(super) weight: f64,
    /// All expansions with their penalties, the phrases last.
    pub(super) expansions: &'a [(TermInfo, f64)],
    phrases: Vec<Phrase>,
    /// The postings that were opened; of a phrase those of its rarest term.
    pub(super) opened: Vec<SegmentPostings>,
    /// The expansions that can occur at the current document, each with the index of its postings
    /// in `opened`.
    pub(super) active: Vec<(usize, usize)>,
}

impl<'a> TermPostings<'a> {
    /// Opens the phrases; the caller opens the postings.
    pub(super) fn new(
        term: &'a ExpandedTerm,
        is_required: bool,
        segment: usize,
        index: &InvertedIndexReader,
    ) -> Result<TermPostings<'a>, StoreError> {
        let here = &term.segments[segment];
        let phrases = here.phrases.iter();
        let phrases: io::Result<Vec<Phrase>> =
            phrases.map(|terms| Phrase::open(index, terms)).collect();
        Ok(TermPostings {
            is_required,
            idf: term.idf,
            weight: term.weight(),
            expansions: &here.postings,
            phrases: phrases.map_err(TantivyError::from)?,
            opened: Vec::new(),
            active: Vec::new(),
        })
    }

    pub(super) fn has_phrases(&self) -> bool {
        !self.phrases.is_empty()
    }

    /// An upper bound of the number of documents.
    pub(super) fn size_max(&self) -> u64 {
        let expansions = self.expansions.iter();
        expansions.map(|(term, _)| u64::from(term.doc_freq)).sum()
    }

    /// The steps of a seek.
    #[inline]
    pub(super) fn steps_per_seek(&self) -> u32 {
        steps_of(self.active.len())
    }

    #[inline]
    pub(super) fn seek(&mut self, target: u32) -> u32 {
        let docs = self.active.iter().map(|&(_, at)| {
            let postings = &mut self.opened[at];
            if postings.doc() < target {
                postings.seek(target)
            } else {
                postings.doc()
            }
        });
        docs.min().unwrap_or(TERMINATED)
    }

    pub(super) fn check(&mut self, doc: u32) {
        self.seek(doc);
        let terms = self.single_terms();
        for &(expansion, at) in &self.active {
            if expansion >= terms && self.opened[at].doc() == doc {
                self.phrases[expansion - terms].frequency(doc);
            }
        }
    }

    /// Whether a checked document contains the term.
    pub(super) fn contains(&self, doc: u32) -> bool {
        let terms = self.single_terms();
        let mut active = self.active.iter();
        active.any(|&(expansion, at)| match expansion.checked_sub(terms) {
            None => self.opened[at].doc() == doc,
            Some(phrase) => self.phrases[phrase].checked_frequency(doc) > 0,
        })
    }

    /// What the term adds to the BM25 sum of a document that the postings stand at.
    #[inline]
    pub(super) fn score(&self, doc: u32, length_norm: f64) -> f64 {
        let best = self.best(doc, length_norm);
        best.map_or(0.0, |(_, saturation)| self.weight * saturation)
    }

    /// The expansion that adds most in a document, and its saturation.
    #[inline]
    pub(super) fn best(&self, doc: u32, length_norm: f64) -> Option<(usize, f64)> {
        let terms = self.single_terms();
        let mut best = None;
        for &(expansion, at) in &self.active {
            let postings = &self.opened[at];
            if postings.doc() == doc {
                let tf = match expansion.checked_sub(terms) {
                    None => postings.term_freq(),
                    Some(phrase) => self.phrases[phrase].checked_frequency(doc),
                };
                let (_, penalty) = self.expansions[expansion];
                let saturation = penalty * f64::from(tf) / (f64::from(tf) + length_norm);
                if tf > 0 && best.is_none_or(|(_, max)| saturation > max) {
                    best = Some((expansion, saturation));
                }
            }
        }
        best
    }

    /// The number of expansions that are single terms.
    fn single_terms(&self) -> usize {
        self.expansions.len() - self.phrases.len()
    }
}

/// The steps of going along some expansions.
#[inline]
pub(crate) fn steps_of(expansions: usize) -> u32 {
    u32::try_from(1 + expansions / EXPANSIONS_PER_STEP).unwrap_or(u32::MAX)
}
