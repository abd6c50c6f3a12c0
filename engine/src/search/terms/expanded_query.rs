//! The terms of a query with their expansions and weights in one snapshot.

use tantivy::postings::TermInfo;

use super::bm25;
use super::expand::{Dictionary, Expansion, TermExpansions, expand};
use crate::control::search_budget::SearchBudget;
use crate::index::{Lengths, Segment, Snapshot, StoreError};
use crate::query::Words;

/// All terms of a query, expanded in one snapshot.
pub(super) struct ExpandedQuery {
    pub(super) terms: Vec<ExpandedTerm>,
    pub(super) idf_total: f64,
    pub(super) weight_total: f64,
    /// The length part of the BM25 denominator, by field norm id.
    pub(super) length_norms: Box<Lengths>,
    pub(super) words_average: f64,
    /// Expansions beyond the limit of a term.
    pub(super) expansions_dropped: u64,
}

/// A query term with its expansions.
pub(super) struct ExpandedTerm {
    pub(super) text: String,
    /// The position of the term in the query. A term that is split into two has both halves at the
    /// same position.
    pub(super) position: usize,
    pub(super) is_quoted: bool,
    /// Above 0; 0 for a term without expansions.
    pub(super) idf: f64,
    pub(super) expansions: Vec<Expansion>,
    /// For each segment, the expansions that occur there.
    pub(super) segments: Vec<SegmentExpansions>,
}

/// The expansions of a term that occur in one segment: single terms first, then phrases.
pub(super) struct SegmentExpansions {
    /// The postings of each expansion with its penalty; of a phrase those of its rarest term.
    pub(super) postings: Vec<(TermInfo, f64)>,
    /// The postings of all terms of each phrase.
    pub(super) phrases: Vec<Vec<TermInfo>>,
    /// The index of each expansion in [`ExpandedTerm::expansions`].
    pub(super) indexes: Vec<usize>,
}

impl ExpandedQuery {
    pub(super) fn look_up(
        words: &Words,
        snapshot: &Snapshot,
        budget: &mut SearchBudget,
    ) -> Result<ExpandedQuery, StoreError> {
        let statistics = snapshot.statistics;
        let segments = snapshot.segments.len();
        let mut terms = Vec::new();
        let mut expansions_dropped = 0;
        for found in expand(&Dictionary::of(snapshot), words, budget)? {
            expansions_dropped += found.dropped;
            terms.push(ExpandedTerm::new(found, segments, statistics.documents));
        }
        Ok(ExpandedQuery {
            idf_total: terms.iter().map(|term| term.idf).sum(),
            weight_total: terms.iter().map(ExpandedTerm::weight).sum(),
            terms,
            length_norms: bm25::length_norms(statistics.words_average),
            words_average: statistics.words_average,
            expansions_dropped,
        })
    }

    /// The length part of the BM25 denominator for a document.
    pub(super) fn length_norm(&self, segment: &Segment, doc: u32) -> f64 {
        self.length_norms[usize::from(segment.columns.lengths[doc as usize])]
    }
}

impl ExpandedTerm {
    fn new(found: TermExpansions, segments: usize, documents: u64) -> ExpandedTerm {
        let with_term = found.document_frequency().min(documents);
        let segments = 0..segments;
        ExpandedTerm {
            position: found.position,
            is_quoted: found.is_quoted,
            idf: bm25::idf(with_term, documents),
            segments: segments
                .map(|segment| SegmentExpansions::of(&found.expansions, segment))
                .collect(),
            text: found.term,
            expansions: found.expansions,
        }
    }

    pub(super) fn weight(&self) -> f64 {
        bm25::weight(self.idf)
    }
}

impl SegmentExpansions {
    fn of(expansions: &[Expansion], segment: usize) -> SegmentExpansions {
        let mut here = SegmentExpansions {
            postings: Vec::new(),
            phrases: Vec::new(),
            indexes: Vec::new(),
        };
        let all = || expansions.iter().enumerate();
        let terms = all().filter(|(_, expansion)| expansion.phrase.is_empty());
        let phrases = all().filter(|(_, expansion)| !expansion.phrase.is_empty());
        for (index, expansion) in terms.chain(phrases) {
            if let Some(postings) = &expansion.postings[segment] {
                here.postings.push((postings.clone(), expansion.penalty));
                here.phrases.extend(expansion.phrase.get(segment).cloned());
                here.indexes.push(index);
            }
        }
        here
    }
}
