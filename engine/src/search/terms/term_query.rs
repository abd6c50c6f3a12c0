//! The terms of a query and which of them a match must contain.
//!
//! A match contains all required terms. If none is required it contains at least one term, and
//! after relaxation enough terms that their IDFs add up to a third of the query's.

use std::sync::Arc;

use super::expand::Expansion;
use super::expanded_query::{ExpandedQuery, ExpandedTerm};
use crate::control::search_budget::SearchBudget;
use crate::index::{SegmentView, Snapshot, StoreError};
use crate::query::{MatchMode, SearchAfter, Words};

/// An expanded query with its required terms. Relaxing it makes another value.
#[derive(Clone)]
pub(crate) struct TermQuery {
    pub(super) expanded: Arc<ExpandedQuery>,
    mode: MatchMode,
    /// Whether a document that lacks the term is no match, by index of the term.
    pub(super) required: Box<[bool]>,
    /// Whether any term is required. If not, one leading term is enough.
    pub(super) has_required: bool,
    /// The minimum sum of the IDFs of a match's terms: minimum should match.
    pub(super) idf_min: f64,
    /// The indexes of the terms that matches are found by: all required terms, or if none is
    /// required those of which each match contains at least one.
    pub(super) leading: Vec<usize>,
}

/// The share of the query's IDF that a relaxed match must contain. With half, two of three equally
/// informative terms would be needed; with less, the more common of two terms would be enough, and
/// "institute bombay" would find every institute.
const IDF_SHARE_MIN: f64 = 1.0 / 3.0;

/// Far more than the rounding errors of sums in another order.
const ROUNDING: f64 = 1e-9;

impl TermQuery {
    /// Looks up the terms for the page after `after`, which has the same optional terms as the page
    /// before it. `None` once the budget is exhausted, since a search by some of the expansions
    /// would find and score other documents.
    pub(crate) fn look_up(
        words: &Words,
        snapshot: &Snapshot,
        after: Option<SearchAfter>,
        budget: &mut SearchBudget,
    ) -> Result<Option<TermQuery>, StoreError> {
        let optional = match words.mode() {
            MatchMode::All => 0,
            MatchMode::Relaxed { .. } => after.map_or(0, |after| after.optional_words),
            MatchMode::Any => u32::MAX,
        };
        let expanded = ExpandedQuery::look_up(words, snapshot, budget)?;
        if budget.is_exhausted() {
            return Ok(None);
        }
        let terms = expanded.terms.iter();
        let required = terms.map(|term| term.is_quoted || optional >> term.position & 1 == 0);
        let mut required: Box<[bool]> = required.collect();
        // Terms that no document contains are the first to become optional.
        let occurs = |term: &ExpandedTerm| !term.expansions.is_empty() || term.is_quoted;
        if is_relaxable(words.mode()) && expanded.terms.iter().any(occurs) {
            for (required, term) in required.iter_mut().zip(&expanded.terms) {
                *required &= occurs(term);
            }
        }
        let terms = TermQuery::new(Arc::new(expanded), words.mode(), required);
        Ok(Some(terms))
    }

    fn new(expanded: Arc<ExpandedQuery>, mode: MatchMode, required: Box<[bool]>) -> TermQuery {
        let has_required = required.contains(&true);
        let idf_min = if is_relaxable(mode) && !has_required {
            idf_min(&expanded)
        } else {
            0.0
        };
        TermQuery {
            leading: leading(&expanded, &required, idf_min),
            expanded,
            mode,
            required,
            has_required,
            idf_min,
        }
    }

    /// The query in which matches may lack any term that is not quoted, as long as the others are
    /// informative enough; `None` if it can't be relaxed further. All terms become optional at
    /// once, because how common a term is does not show whether it is the wrong one.
    pub(crate) fn relaxed(&self) -> Option<TermQuery> {
        let terms = &self.expanded.terms;
        let mut plain = terms
            .iter()
            .zip(self.required.iter())
            .filter(|(term, required)| **required && !term.is_quoted)
            .map(|(term, _)| term);
        let first = plain.next()?;
        // The only term with any information stays required.
        let is_only = plain.all(|term| term.position == first.position);
        let has_quoted = terms.iter().any(|term| term.is_quoted);
        if !is_relaxable(self.mode) || is_only && !has_quoted {
            return None;
        }
        let required = terms.iter().zip(self.required.iter());
        let required = required.map(|(term, required)| *required && term.is_quoted);
        Some(TermQuery::new(
            Arc::clone(&self.expanded),
            self.mode,
            required.collect(),
        ))
    }

    /// The terms that became optional because too few documents match all.
    pub(crate) fn optional_words(&self) -> Vec<String> {
        let optional = self.optional().filter(|_| is_relaxable(self.mode));
        let mut terms: Vec<(usize, String)> = optional
            .map(|term| (term.position, term.text.clone()))
            .collect();
        terms.dedup();
        terms.into_iter().map(|(_, text)| text).collect()
    }

    /// The optional terms in the form of [`SearchAfter::optional_words`].
    pub(crate) fn optional_words_bits(&self) -> u32 {
        self.optional()
            .fold(0, |bits, term| bits | 1 << term.position)
    }

    /// Each term with its expansions.
    pub(crate) fn expansions(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&str, &[Expansion])> + Clone {
        let terms = self.expanded.terms.iter();
        terms.map(|term| (term.text.as_str(), term.expansions.as_slice()))
    }

    pub(crate) fn expansions_dropped(&self) -> u64 {
        self.expanded.expansions_dropped
    }

    /// Whether a segment can contain a match, as far as its dictionary shows.
    pub(crate) fn can_match(&self, segment: usize) -> bool {
        let mut leading = self.leading.iter().map(|&at| &self.expanded.terms[at]);
        let occurs = |term: &ExpandedTerm| !term.segments[segment].postings.is_empty();
        if self.has_required {
            leading.all(occurs)
        } else {
            leading.any(occurs)
        }
    }

    /// An upper bound of the number of matches: in each segment the frequency of the rarest
    /// required term, or the sum over the terms of which a match contains one.
    pub(crate) fn matches_max(&self) -> u64 {
        let terms = &self.expanded.terms;
        let segments = terms.first().map_or(0, |term| term.segments.len());
        let in_segment = |segment: usize| -> u64 {
            let terms = self.leading.iter().map(|&at| &terms[at].segments[segment]);
            let documents = terms.map(|term| -> u64 {
                let postings = term.postings.iter();
                postings.map(|(term, _)| u64::from(term.doc_freq)).sum()
            });
            if self.has_required {
                documents.min().unwrap_or(0)
            } else {
                documents.sum()
            }
        };
        (0..segments).map(in_segment).sum()
    }

    /// How many searches so far had to do without the bounds of some term in a segment;
    /// [`u32::MAX`] if all bounds are cached.
    pub(crate) fn bounds_misses(&self, segment: usize, view: &SegmentView) -> u32 {
        let cache = &view.segment.bounds;
        let terms = self.expanded.terms.iter();
        let postings = terms.map(|term| &term.segments[segment].postings);
        let misses = postings
            .filter(|postings| !postings.is_empty())
            .map(|postings| cache.count_miss(postings));
        misses.flatten().max().unwrap_or(u32::MAX)
    }

    fn optional(&self) -> impl Iterator<Item = &ExpandedTerm> {
        let terms = self.expanded.terms.iter().zip(self.required.iter());
        terms
            .filter(|(_, required)| !**required)
            .map(|(term, _)| term)
    }
}

/// Whether terms may become optional if too few documents match all.
fn is_relaxable(mode: MatchMode) -> bool {
    matches!(mode, MatchMode::Relaxed { .. })
}

/// The minimum IDF of a match if no term is required. The most informative term alone is always
/// enough, so that relaxing never loses a match.
fn idf_min(expanded: &ExpandedQuery) -> f64 {
    let terms = expanded.terms.iter();
    let max = terms.map(|term| term.idf).fold(0.0, f64::max);
    max.min(IDF_SHARE_MIN * expanded.idf_total) * (1.0 - ROUNDING)
}

/// All required terms; if none is required, the terms without which the others do not reach
/// `idf_min`.
fn leading(expanded: &ExpandedQuery, required: &[bool], idf_min: f64) -> Vec<usize> {
    let terms = &expanded.terms;
    let mut leading: Vec<usize> = (0..terms.len()).collect();
    if required.contains(&true) {
        leading.retain(|&at| required[at]);
        return leading;
    }
    let mut others = 0.0;
    leading.sort_by(|&a, &b| terms[a].idf.total_cmp(&terms[b].idf));
    leading.retain(|&at| {
        others += terms[at].idf;
        others > 0.0 && others >= idf_min
    });
    leading
}
