//! Iterates the matches of a term query in one segment.

use std::ops::Range;
use std::sync::Arc;

use tantivy::TERMINATED;

use super::bounded_cursor::{BoundedCursor, TermBound};
use super::cursor::TermCursor;
use super::forward_cursor::ForwardCursor;
use crate::control::search_budget::SearchBudget;
use crate::index::bits::first_bits;
use crate::index::{Segment, SegmentView, StoreError, Tree, WordBounds};
use crate::search::terms::term_query::TermQuery;

/// The documents of one segment that can match, in the order of their ids: those with every
/// required term, or if none is required those with a leading term. Whether a document reaches the
/// minimum IDF and contains the phrases whose rarest term it has is checked one document at a time.
pub(crate) struct Matches<'a, C> {
    query: &'a TermQuery,
    /// In the order of the query: a sum in another order would differ in its last bits.
    cursors: Vec<C>,
    /// The indexes of the leading cursors, those with the fewest documents first, so that the
    /// others skip more.
    leading: Vec<usize>,
    has_phrases: bool,
    segment: Arc<Segment>,
    doc: u32,
}

/// Matches that are read forward.
pub(crate) type ForwardMatches<'a> = Matches<'a, ForwardCursor<'a>>;

/// Matches that are read leaf by leaf, with bounds of their scores.
pub(crate) type BoundedMatches<'a> = Matches<'a, BoundedCursor<'a>>;

impl<'a> ForwardMatches<'a> {
    /// The matches in a segment, standing at the first; `None` if it can't contain one, and once
    /// the budget is exhausted.
    pub(crate) fn open(
        query: &'a TermQuery,
        segment: usize,
        view: &SegmentView,
        budget: &mut SearchBudget,
    ) -> Result<Option<ForwardMatches<'a>>, StoreError> {
        if !query.can_match(segment) {
            return Ok(None);
        }
        let Some(cursors) = ForwardCursor::open_all(query, segment, view, budget)? else {
            return Ok(None);
        };
        let mut matches = Matches::new(query, cursors, view);
        matches.align(0, budget);
        Ok(Some(matches))
    }
}

impl<'a> BoundedMatches<'a> {
    /// The matches in a segment, before any jump; `None` if it can't contain one, and once
    /// the budget is exhausted.
    pub(crate) fn open_bounded(
        query: &'a TermQuery,
        segment: usize,
        view: &SegmentView,
        budget: &mut SearchBudget,
    ) -> Result<Option<BoundedMatches<'a>>, StoreError> {
        if !query.can_match(segment) {
            return Ok(None);
        }
        let cursors = BoundedCursor::open_all(query, segment, view, budget)?;
        Ok(cursors.map(|cursors| Matches::new(query, cursors, view)))
    }

    /// Moves, forward or back, to the first match from `target` on in the leaf with this number; to
    /// a document after the leaf if there is none.
    pub(crate) fn jump(&mut self, leaf: u32, target: u32, budget: &mut SearchBudget) {
        self.move_cursors(Some(leaf), target, budget);
    }

    /// Which of up to 64 documents may match, one bit each, the first one lowest.
    pub(crate) fn possible(&self, docs: Range<u32>) -> u64 {
        let all = first_bits(docs.end - docs.start);
        let leading = self.leading.iter().map(|&at| &self.cursors[at]);
        let of_terms = leading.map(|cursor| cursor.docs_in(docs.clone()));
        match self.query.has_required {
            true => of_terms.fold(all, |all, of_term| all & of_term),
            false => all & of_terms.fold(0, |any, of_term| any | of_term),
        }
    }

    /// Moves back to the first match of the segment.
    pub(crate) fn rewind(&mut self, budget: &mut SearchBudget) {
        self.move_cursors(None, 0, budget);
    }

    /// The bounds of each term.
    pub(crate) fn bounds(&self) -> impl Iterator<Item = TermBound<'_>> {
        let weight_total = self.query.expanded.weight_total;
        let cursors = self.cursors.iter();
        cursors.map(move |cursor| cursor.bound(weight_total))
    }

    /// An upper bound of the saturation that a byte of a term's bounds stands for.
    pub(crate) fn saturation_max(&self, bounds: &WordBounds, byte: u8) -> f64 {
        bounds.upper_bound_of(byte, self.query.expanded.words_average)
    }

    fn move_cursors(&mut self, leaf: Option<u32>, target: u32, budget: &mut SearchBudget) {
        for cursor in &mut self.cursors {
            if budget.spend(cursor.steps_per_jump()).is_err() {
                break;
            }
            cursor.jump(leaf, target);
        }
        self.align(target, budget);
    }
}

impl<'a, C: TermCursor> Matches<'a, C> {
    fn new(query: &'a TermQuery, cursors: Vec<C>, view: &SegmentView) -> Matches<'a, C> {
        let mut leading = query.leading.clone();
        leading.sort_by_key(|&at| cursors[at].postings().size_max());
        let mut all = cursors.iter();
        Matches {
            query,
            has_phrases: all.any(|cursor| cursor.postings().has_phrases()),
            cursors,
            leading,
            segment: Arc::clone(&view.segment),
            doc: 0,
        }
    }

    /// Moves forward to the first match from `target` on; to tantivy's `TERMINATED` after the last,
    /// and once the budget is exhausted.
    pub(crate) fn seek(&mut self, target: u32, budget: &mut SearchBudget) -> u32 {
        if target > self.doc {
            self.align(target, budget);
        }
        self.doc
    }

    /// The number of query terms.
    pub(crate) fn term_count(&self) -> usize {
        self.cursors.len()
    }

    /// Whether the current document is a match: checks its phrases and the minimum IDF.
    pub(crate) fn is_match(&mut self) -> bool {
        if !self.has_phrases && self.query.idf_min == 0.0 {
            return true;
        }
        for cursor in &mut self.cursors {
            cursor.check(self.doc);
        }
        let contains = |cursor: &C| cursor.postings().contains(self.doc);
        let mut leading = self.leading.iter().map(|&at| &self.cursors[at]);
        if self.query.has_required {
            return leading.all(contains);
        }
        let present = self.cursors.iter().filter(|cursor| contains(cursor));
        let idf = present.map(|cursor| cursor.postings().idf);
        leading.any(contains) && idf.sum::<f64>() >= self.query.idf_min
    }

    /// The text component of the current document, which is a match.
    pub(crate) fn score(&mut self) -> f64 {
        if !self.query.has_required || self.leading.len() < self.cursors.len() {
            for cursor in &mut self.cursors {
                cursor.seek(self.doc);
            }
        }
        text_score_at(self.query, &self.cursors, &self.segment, self.doc)
    }

    /// An upper bound of the text component of every match below a node; `None` if there is no
    /// match.
    pub(crate) fn score_max(&self, tree: &Tree, node: u32) -> Option<f64> {
        let leaves = tree.leaves_below(node);
        let (mut sum, mut idf, mut is_found) = (0.0, 0.0, false);
        for cursor in &self.cursors {
            let saturation = cursor.saturation_max(leaves.clone());
            let postings = cursor.postings();
            if saturation > 0.0 {
                is_found = true;
                idf += postings.idf;
            } else if postings.is_required {
                return None;
            }
            sum += postings.weight * saturation;
        }
        (is_found && idf >= self.query.idf_min).then(|| sum / self.query.expanded.weight_total)
    }

    /// The minimum sum of the IDFs of a match's terms; `None` if terms are required.
    pub(crate) fn idf_min(&self) -> Option<f64> {
        (!self.query.has_required).then_some(self.query.idf_min)
    }

    /// Moves all leading cursors to the first document from `target` on that they share, or that
    /// any has if one is enough.
    fn align(&mut self, mut target: u32, budget: &mut SearchBudget) {
        self.doc = TERMINATED;
        if !self.query.has_required {
            for &at in &self.leading {
                if budget
                    .spend(self.cursors[at].postings().steps_per_seek())
                    .is_err()
                {
                    self.doc = TERMINATED;
                    return;
                }
                self.doc = self.cursors[at].seek(target).min(self.doc);
            }
            return;
        }
        'again: loop {
            for &at in &self.leading {
                if budget
                    .spend(self.cursors[at].postings().steps_per_seek())
                    .is_err()
                {
                    return;
                }
                let doc = self.cursors[at].seek(target);
                if doc > target {
                    target = doc;
                    if target == TERMINATED {
                        break 'again;
                    }
                    continue 'again;
                }
            }
            break;
        }
        self.doc = target;
    }
}

/// The text component of a document that all cursors stand at or after.
pub(super) fn text_score_at<C: TermCursor>(
    query: &TermQuery,
    cursors: &[C],
    segment: &Segment,
    doc: u32,
) -> f64 {
    let length_norm = query.expanded.length_norm(segment, doc);
    let scores = cursors.iter();
    let sum: f64 = scores
        .map(|cursor| cursor.postings().score(doc, length_norm))
        .sum();
    // The weights are 0 if no term has an expansion.
    if query.expanded.weight_total > 0.0 {
        sum / query.expanded.weight_total
    } else {
        0.0
    }
}
