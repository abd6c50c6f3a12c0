//! Iterates all matches of a segment in the order of doc ids, without pruning.
//!
//! The iterator walks the tree nodes that the filter does not exclude, and the postings beside
//! them. Both are in H3 order. It does not descend into nodes that lie inside the filter.

use std::ops::Range;

use super::compiled::filter::Filter;
use super::terms::{ForwardCursor, ForwardMatches, Matches, TermCursor, TermQuery};
use crate::control::search_budget::{BudgetExhausted, SearchBudget};
use crate::geo::area::Relation;
use crate::index::{SegmentView, Snapshot, StoreError};

/// The matches of one segment, in the order of doc ids.
pub(crate) struct MatchIter<'a, C = ForwardCursor<'a>> {
    view: &'a SegmentView,
    filter: &'a Filter<'a>,
    /// `None` if the query has no terms.
    matches: Option<Matches<'a, C>>,
    /// A stack of the nodes that are left, the first in document order on top.
    nodes: Vec<u32>,
    /// The documents that are left of the current node.
    docs: Range<u32>,
    /// Whether the filter accepts all shown documents of the current node.
    is_inside: bool,
    /// Without terms: the documents that are left of up to 64 from `first` on, one bit each.
    accepted: u64,
    first: u32,
}

impl<'a> MatchIter<'a> {
    /// `None` if the segment can't contain a match, as far as its dictionary shows, and once the
    /// budget is exhausted.
    pub(crate) fn of_segment(
        snapshot: &'a Snapshot,
        segment: usize,
        filter: &'a Filter<'a>,
        terms: Option<&'a TermQuery>,
        budget: &mut SearchBudget,
    ) -> Result<Option<MatchIter<'a>>, StoreError> {
        let view = &snapshot.segments[segment];
        let Some(terms) = terms else {
            return Ok(Some(MatchIter::new(view, filter, None)));
        };
        let matches = ForwardMatches::open(terms, segment, view, budget)?;
        Ok(matches.map(|matches| MatchIter::new(view, filter, Some(matches))))
    }
}

impl<'a, C: TermCursor> MatchIter<'a, C> {
    /// The matches must stand at their first document.
    pub(crate) fn new(
        view: &'a SegmentView,
        filter: &'a Filter<'a>,
        matches: Option<Matches<'a, C>>,
    ) -> MatchIter<'a, C> {
        MatchIter {
            view,
            filter,
            matches,
            nodes: vec![0],
            docs: 0..0,
            is_inside: false,
            accepted: 0,
            first: 0,
        }
    }

    pub(crate) fn view(&self) -> &'a SegmentView {
        self.view
    }

    /// The next match; `None` at the end and once the budget is exhausted.
    #[inline]
    pub(crate) fn next(&mut self, budget: &mut SearchBudget) -> Option<u32> {
        match self.matches {
            None => self.next_without_terms(budget),
            Some(_) => self.next_with_terms(budget),
        }
    }

    #[inline]
    fn next_without_terms(&mut self, budget: &mut SearchBudget) -> Option<u32> {
        while self.accepted == 0 {
            if self.docs.is_empty() && !self.enter_next_node(budget).ok()? {
                return None;
            }
            self.accept_next(budget).ok()?;
        }
        let doc = self.first + self.accepted.trailing_zeros();
        self.accepted &= self.accepted - 1;
        Some(doc)
    }

    /// Finds out which of the next 64 documents of the current node the filter accepts.
    fn accept_next(&mut self, budget: &mut SearchBudget) -> Result<(), BudgetExhausted> {
        self.first = self.docs.start;
        self.docs.start = self.docs.end.min(self.first + 64);
        let shown = self.filter.shown(self.view, self.first..self.docs.start);
        budget.spend(self.filter.steps() * shown.count_ones())?;
        self.accepted = self
            .filter
            .accepted(self.view, self.first, shown, self.is_inside);
        Ok(())
    }

    fn next_with_terms(&mut self, budget: &mut SearchBudget) -> Option<u32> {
        loop {
            while let Some(matches) = &mut self.matches
                && self.docs.start < self.docs.end
            {
                let doc = matches.seek(self.docs.start, budget);
                if doc >= self.docs.end {
                    break;
                }
                budget.spend(self.filter.steps()).ok()?;
                self.docs.start = doc + 1;
                let is_accepted = self.filter.accepts(self.view, doc, self.is_inside);
                // Phrases are checked last, as that takes longest.
                if is_accepted && matches.is_match() {
                    return Some(doc);
                }
            }
            if !self.enter_next_node(budget).ok()? {
                return None;
            }
        }
    }

    /// The text component of the last match.
    pub(crate) fn text_score(&mut self) -> f64 {
        self.matches.as_mut().map_or(0.0, Matches::score)
    }

    /// Goes on to the next node that is a leaf or lies inside the filter; `false` if there is none.
    fn enter_next_node(&mut self, budget: &mut SearchBudget) -> Result<bool, BudgetExhausted> {
        let tree = &self.view.segment.tree;
        while let Some(at) = self.nodes.pop() {
            let node = tree.node(at);
            if let Some(matches) = &mut self.matches
                && matches.seek(node.docs.start, budget) >= node.docs.end
            {
                continue;
            }
            budget.visit_node(self.filter.steps_per_node())?;
            match self.filter.relation(tree, at) {
                Relation::Outside => {}
                Relation::Crosses if !node.children.is_empty() => {
                    self.nodes.extend(node.children.clone().rev());
                }
                relation => {
                    self.docs = node.docs.clone();
                    self.is_inside = relation == Relation::Inside;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}
