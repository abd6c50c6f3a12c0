//! Term cursor that jumps from leaf to leaf in any order, guided by the term's bounds.

use std::ops::Range;
use std::sync::Arc;

use tantivy::DocSet;

use super::cursor::{TermCursor, TermPostings, steps_of};
use crate::control::search_budget::SearchBudget;
use crate::index::{Saturation, SegmentView, StoreError, WordBounds};
use crate::search::terms::term_query::TermQuery;

/// Reads the postings of a term leaf by leaf. It opens postings when a leaf first needs them.
pub(crate) struct BoundedCursor<'a> {
    postings: TermPostings<'a>,
    bounds: Arc<WordBounds>,
    words_average: f64,
    /// The index of each expansion's postings among the opened ones.
    opened_at: Vec<Option<usize>>,
}

/// The bounds of a query term in one segment, with what the term counts for.
pub(crate) struct TermBound<'a> {
    pub(crate) bounds: &'a Arc<WordBounds>,
    /// The share of the term in the text component.
    pub(crate) share: f64,
    pub(crate) idf: f64,
    pub(crate) is_required: bool,
}

impl<'a> BoundedCursor<'a> {
    /// Opens a cursor for each term of a query; `None` once the budget is exhausted.
    pub(super) fn open_all(
        query: &'a TermQuery,
        segment: usize,
        view: &SegmentView,
        budget: &mut SearchBudget,
    ) -> Result<Option<Vec<BoundedCursor<'a>>>, StoreError> {
        let saturation = Saturation {
            lengths: &query.expanded.length_norms,
            words_average: query.expanded.words_average,
        };
        let index = view.segment.terms.index();
        let mut cursors = Vec::with_capacity(query.expanded.terms.len());
        for (term, &is_required) in query.expanded.terms.iter().zip(query.required.iter()) {
            let postings = TermPostings::new(term, is_required, segment, index)?;
            let bounds = view
                .segment
                .word_bounds(postings.expansions, &saturation, budget)?;
            let Some(bounds) = bounds else {
                return Ok(None);
            };
            cursors.push(BoundedCursor {
                opened_at: vec![None; postings.expansions.len()],
                postings,
                bounds,
                words_average: query.expanded.words_average,
            });
        }
        Ok(Some(cursors))
    }

    /// The steps of a jump: it goes along all expansions.
    pub(super) fn steps_per_jump(&self) -> u32 {
        steps_of(self.opened_at.len())
    }

    /// Activates the expansions that occur in the leaf with this number, or all expansions, and
    /// brings their postings close enough before `target` that they can seek forward.
    pub(super) fn jump(&mut self, leaf: Option<u32>, target: u32) {
        let BoundedCursor {
            postings,
            bounds,
            opened_at,
            ..
        } = self;
        postings.active.clear();
        for (expansion, opened_at) in opened_at.iter_mut().enumerate() {
            if leaf.is_some_and(|leaf| !bounds.may_contain(expansion, leaf)) {
                continue;
            }
            // The first start stands at the first document, so it serves all targets before it.
            let Some((first, start)) = bounds.cursor(expansion, target) else {
                continue;
            };
            match *opened_at {
                Some(at) => {
                    let opened = &mut postings.opened[at];
                    if !(*first..=target).contains(&opened.doc()) {
                        opened.clone_from(start);
                    }
                }
                None => {
                    *opened_at = Some(postings.opened.len());
                    postings.opened.push(start.clone());
                }
            }
            postings.active.extend(opened_at.map(|at| (expansion, at)));
        }
    }

    /// Which of up to 64 documents may contain the term, one bit each, the first one lowest.
    pub(super) fn docs_in(&self, docs: Range<u32>) -> u64 {
        self.bounds.docs_in(docs)
    }

    /// The bounds of the term, which adds `weight_total` to the query's weight.
    pub(super) fn bound(&self, weight_total: f64) -> TermBound<'_> {
        TermBound {
            bounds: &self.bounds,
            share: self.postings.weight / weight_total,
            idf: self.postings.idf,
            is_required: self.postings.is_required,
        }
    }
}

impl TermCursor for BoundedCursor<'_> {
    #[inline]
    fn postings(&self) -> &TermPostings<'_> {
        &self.postings
    }

    #[inline]
    fn seek(&mut self, target: u32) -> u32 {
        self.postings.seek(target)
    }

    fn check(&mut self, doc: u32) {
        self.postings.check(doc);
    }

    fn saturation_max(&self, leaves: Range<u32>) -> f64 {
        self.bounds.upper_bound(leaves, self.words_average)
    }
}
