//! The state of a search that all plans work on: what is collected, counted and spent so far.

use crate::control::search_budget::SearchBudget;
use crate::index::{SegmentView, Snapshot};
use crate::search::collector::{Counter, TopCollector};
use crate::search::compiled::CompiledQuery;
use crate::search::compiled::scoring::{CompetitiveDocs, NodeBounds};
use crate::search::terms::{Matches, TermCursor};

/// A search in progress.
pub(crate) struct SearchState<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) query: &'a CompiledQuery<'a>,
    pub(crate) top: TopCollector,
    pub(crate) counter: Counter,
    pub(crate) budget: &'a mut SearchBudget,
    /// The upper bound of everything that is left unvisited.
    pub(crate) bound_at_stop: Option<f64>,
}

/// Up to 64 documents that may match.
#[derive(Clone, Copy)]
pub(super) struct Candidates {
    pub(super) first: u32,
    /// A bit for each document, by its position after `first`.
    pub(super) docs: u64,
    /// Whether the filter accepts all of them that it shows.
    pub(super) are_inside: bool,
}

impl Candidates {
    /// The first of the documents, if there are any.
    pub(super) fn first_doc(&self) -> u32 {
        self.first + self.docs.trailing_zeros()
    }
}

impl<'a> SearchState<'a> {
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        query: &'a CompiledQuery<'a>,
        top: TopCollector,
        counter: Counter,
        budget: &'a mut SearchBudget,
    ) -> SearchState<'a> {
        SearchState {
            snapshot,
            query,
            top,
            counter,
            budget,
            bound_at_stop: None,
        }
    }

    pub(super) fn bounds(&self) -> NodeBounds<'a> {
        self.query.bounds()
    }

    /// Lets the counter know what a plan that does not count has collected.
    pub(super) fn note_collected(&mut self) {
        if self.top.holds_all_matches() && !self.budget.is_exhausted() {
            self.counter.complete(self.top.len() as u64);
        } else {
            self.counter.note_collected(self.top.len());
        }
    }

    /// Collects the competitive ones of some matching documents of a query without terms, one bit
    /// each.
    pub(super) fn collect_all(
        &mut self,
        view: &SegmentView,
        segment: u32,
        (first, docs): (u32, u64),
        competitive: CompetitiveDocs<'_>,
    ) {
        let mut left = docs;
        while left != 0 {
            let doc = first + left.trailing_zeros();
            self.collect(view, segment, (doc, 0.0), competitive);
            left &= left - 1;
        }
    }

    /// Scores a matching document and collects it, unless it cannot be competitive.
    #[inline]
    fn collect(
        &mut self,
        view: &SegmentView,
        segment: u32,
        (doc, text): (u32, f64),
        competitive: CompetitiveDocs<'_>,
    ) {
        let min = self.top.competitive_min();
        let (bounds, columns) = (self.bounds(), &view.segment.columns);
        if !competitive.has_score(&bounds, columns, (doc, text), min) {
            return;
        }
        self.budget.statistics.documents_scored += 1;
        let scorer = &self.query.scorer;
        if let Some(found) = scorer.competitive_candidate(view, segment, (doc, text), min) {
            self.top.collect(found);
        }
    }

    /// Collects the competitive matches among up to 64 documents of a range, one bit each, which
    /// lie inside the filter or not, until the budget is exhausted. Returns the number of matches
    /// among these documents.
    pub(super) fn collect_matches<C: TermCursor>(
        &mut self,
        view: &SegmentView,
        segment: u32,
        matches: &mut Matches<'_, C>,
        candidates: Candidates,
        competitive: CompetitiveDocs<'_>,
    ) -> u64 {
        let Candidates {
            first,
            docs: mut left,
            are_inside,
        } = candidates;
        let mut matching = 0;
        while left != 0 {
            let doc = matches.seek(first + left.trailing_zeros(), self.budget);
            let at = doc - first;
            if at >= 64 {
                break;
            }
            let is_candidate = left >> at & 1 != 0;
            left &= (u64::MAX << at) << 1;
            if !is_candidate {
                continue;
            }
            if self.budget.spend(self.query.filter.steps()).is_err() {
                break;
            }
            let is_accepted = self.query.filter.accepts(view, doc, are_inside);
            if is_accepted && matches.is_match() {
                matching += 1;
                let text = matches.score();
                if competitive.has_text(text) {
                    self.collect(view, segment, (doc, text), competitive);
                }
            }
        }
        matching
    }
}
