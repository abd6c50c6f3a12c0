//! How many documents match?

use super::Total;
use super::effort::Effort;
use super::filter::{Filter, Relation};
use crate::index::{SegmentView, Snapshot};
use crate::query::Count;

/// The matches seen so far, and how many are of interest.
pub(crate) struct Counter {
    count: Count,
    /// So many are of interest even if no count was asked for.
    min_matches: u64,
    counted: u64,
    /// There are no more.
    is_whole: bool,
}

impl Counter {
    pub(crate) fn new(count: Count, min_matches: u64) -> Counter {
        Counter {
            count,
            min_matches,
            counted: 0,
            is_whole: false,
        }
    }

    /// Whether one more match would change the total.
    pub(crate) fn wants_more(&self) -> bool {
        let is_enough = self.counted >= self.min_matches;
        match self.count {
            _ if self.is_whole => false,
            Count::None => !is_enough,
            Count::UpTo(limit) => self.counted <= limit || !is_enough,
            Count::Exact => true,
        }
    }

    /// How many matches are known, of which so many were found without a count.
    pub(crate) fn known(&self, found: usize) -> u64 {
        self.counted.max(found as u64)
    }

    /// So many were found: nothing need be counted to know that they are enough.
    pub(crate) fn have_found(&mut self, found: usize) {
        if found as u64 >= self.min_matches {
            self.min_matches = 0;
        }
    }

    /// All that match were found, so many.
    pub(crate) fn have_found_all(&mut self, found: usize) {
        self.counted = found as u64;
        self.is_whole = true;
    }

    pub(crate) fn add(&mut self, matches: u64) {
        self.counted += matches;
    }

    /// A search that was cut short may have found more than it has counted.
    pub(crate) fn at_least(&mut self, found: usize) {
        self.counted = self.counted.max(found as u64);
    }

    /// The total; a number that is reached if the search was cut short.
    pub(crate) fn total(&self, is_partial: bool) -> Option<Total> {
        let (value, is_exact) = match self.count {
            Count::None => return None,
            Count::Exact => (self.counted, true),
            Count::UpTo(limit) => (self.counted.min(limit), self.counted <= limit),
        };
        Some(Total {
            value,
            is_exact: is_exact && !is_partial,
        })
    }

    /// Counts the matches of a query without words. A node whose documents all match adds its
    /// number without a look at them.
    pub(crate) fn count_all(
        &mut self,
        snapshot: &Snapshot,
        filter: &Filter<'_>,
        effort: &mut Effort,
    ) {
        let mut nodes: Vec<(&SegmentView, u32)> =
            snapshot.segments.iter().map(|view| (view, 0)).collect();
        while self.wants_more()
            && let Some((view, at)) = nodes.pop()
        {
            if effort.visit_node() {
                return;
            }
            let node = view.segment.tree.node(at);
            match filter.relation(&view.segment.tree, at) {
                Relation::Outside => {}
                Relation::Inside => self.add(view.shown_count(node.docs.clone())),
                Relation::Crosses if node.children.is_empty() => {
                    let docs = node.docs.clone();
                    let matching = docs.filter(|&doc| filter.admits(view, doc));
                    self.add(matching.count() as u64);
                }
                Relation::Crosses => nodes.extend(node.children.clone().map(|child| (view, child))),
            }
        }
    }
}
