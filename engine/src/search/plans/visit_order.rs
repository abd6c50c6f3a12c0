//! The order in which a best-first search visits nodes: by bound, later by document.
//!
//! A search begins with a priority queue of nodes, the best bound first. After some leaves the k-th
//! best document hardly improves, and it matters more that visits go forward through memory and
//! postings. Then the remaining nodes are visited in document order.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::segment_source::SegmentSource;
use super::state::SearchState;
use crate::index::Tree;
use crate::search::compiled::filter::Relations;
use crate::search::terms::TermCursor;

/// The terms whose bounds of a node are computed in one step.
const TERMS_PER_STEP: u32 = 2;

/// The siblings that are compared with the filter together. A cell has seven children.
const SIBLINGS_AT_ONCE: u32 = 8;

/// The nodes that wait to be visited.
pub(super) enum VisitOrder {
    /// A priority queue with the best bound on top. Nodes are checked when they are added.
    ByBound(BinaryHeap<Pending>),
    /// A stack with the first node in document order on top. Nodes are checked when they are
    /// visited.
    ByDocument(Vec<Pending>),
}

/// A node that waits to be visited.
#[derive(Clone, Copy)]
pub(super) struct Pending {
    /// An upper bound of the rank values below the node.
    bound: f64,
    /// The index of the node's segment among the sources.
    pub(super) source: u32,
    pub(super) node: u32,
    /// Whether the node lies inside the filter.
    pub(super) is_inside: bool,
}

impl VisitOrder {
    /// The roots of all sources, by bound.
    pub(super) fn of_roots<C: TermCursor>(
        state: &mut SearchState<'_>,
        sources: &[SegmentSource<'_, C>],
    ) -> VisitOrder {
        let mut queue = BinaryHeap::new();
        for (index, source) in (0..).zip(sources) {
            let root = Pending {
                bound: f64::INFINITY,
                source: index,
                node: 0,
                is_inside: false,
            };
            visit(state, source, 1);
            for_each_competitive(state, source, 0..1, root, |root| queue.push(root));
        }
        VisitOrder::ByBound(queue)
    }

    /// The next node that can contain a competitive match; `None` if there is none, and once the
    /// budget is exhausted.
    pub(super) fn next<C: TermCursor>(
        &mut self,
        state: &mut SearchState<'_>,
        sources: &[SegmentSource<'_, C>],
    ) -> Option<Pending> {
        match self {
            VisitOrder::ByBound(queue) => {
                let best = queue.pop()?;
                if !state.top.is_competitive(best.bound) || state.budget.step().is_err() {
                    state.bound_at_stop = Some(best.bound);
                    return None;
                }
                Some(best)
            }
            VisitOrder::ByDocument(stack) => loop {
                let first = stack.pop()?;
                let steps = state.query.filter.steps_per_node();
                state.budget.visit_node(steps).ok()?;
                let source = &sources[first.source as usize];
                let (siblings, mut competitive) = (first.node..first.node + 1, None);
                for_each_competitive(state, source, siblings, first, |node| {
                    competitive = Some(node);
                });
                if competitive.is_some() {
                    return competitive;
                }
            },
        }
    }

    /// Adds the children of a node.
    pub(super) fn add_children<C: TermCursor>(
        &mut self,
        state: &mut SearchState<'_>,
        sources: &[SegmentSource<'_, C>],
        parent: Pending,
    ) {
        let source = &sources[parent.source as usize];
        let children = source.tree(state).node(parent.node).children.clone();
        match self {
            VisitOrder::ByBound(queue) => {
                visit(state, source, children.len());
                for_each_competitive(state, source, children, parent, |child| queue.push(child));
            }
            VisitOrder::ByDocument(stack) => {
                let child = |node| Pending { node, ..parent };
                stack.extend(children.rev().map(child));
            }
        }
    }

    /// Goes on in document order.
    pub(super) fn into_document_order<C>(
        self,
        state: &SearchState<'_>,
        sources: &[SegmentSource<'_, C>],
    ) -> VisitOrder {
        let mut stack = match self {
            VisitOrder::ByBound(queue) => queue.into_vec(),
            VisitOrder::ByDocument(stack) => return VisitOrder::ByDocument(stack),
        };
        let first_doc = |pending: &Pending| {
            let source = &sources[pending.source as usize];
            source.tree(state).node(pending.node).docs.start
        };
        stack.sort_by_cached_key(|pending| (pending.source, first_doc(pending)));
        stack.reverse();
        VisitOrder::ByDocument(stack)
    }

    pub(super) fn is_by_bound(&self) -> bool {
        matches!(self, VisitOrder::ByBound(_))
    }
}

/// Counts nodes that are about to be added to the queue, which takes less time than to count each
/// of them.
fn visit<C: TermCursor>(state: &mut SearchState<'_>, source: &SegmentSource<'_, C>, nodes: usize) {
    let steps = state.query.filter.steps_per_node() + source.term_count() / TERMS_PER_STEP;
    // The next visit notices if this exhausts the budget.
    let _ = state.budget.visit_nodes(nodes, steps);
}

/// Calls `collect` with each of some sibling nodes that can contain a competitive match. They are
/// inside the filter if their parent is.
#[inline]
fn for_each_competitive<C: TermCursor>(
    state: &SearchState<'_>,
    source: &SegmentSource<'_, C>,
    siblings: Range<u32>,
    parent: Pending,
    mut collect: impl FnMut(Pending),
) {
    let tree = source.tree(state);
    let relations = |first, nodes| match parent.is_inside {
        true => Relations {
            inside: nodes,
            outside: 0,
        },
        false => state.query.filter.relations(tree, first, nodes),
    };
    let mut first = siblings.start;
    while first < siblings.end {
        let count = (siblings.end - first).min(SIBLINGS_AT_ONCE);
        let nodes = (1 << count) - 1;
        let pending = |at: u32, bound, inside: u64| Pending {
            bound,
            source: parent.source,
            node: first + at,
            is_inside: inside >> at & 1 != 0,
        };
        // The cheaper check comes first: without a center that is the bound.
        if state.query.scorer.prefers_places() {
            let Relations { inside, outside } = relations(first, nodes);
            for at in bits(nodes & !outside) {
                if let Some(bound) = competitive_bound(state, source, tree, first + at) {
                    collect(pending(at, bound, inside));
                }
            }
        } else {
            let (mut bounds, mut competitive) = ([0.0; SIBLINGS_AT_ONCE as usize], 0);
            for at in bits(nodes) {
                if let Some(bound) = competitive_bound(state, source, tree, first + at) {
                    bounds[at as usize] = bound;
                    competitive |= 1 << at;
                }
            }
            let Relations { inside, outside } = relations(first, competitive);
            for at in bits(competitive & !outside) {
                collect(pending(at, bounds[at as usize], inside));
            }
        }
        first += count;
    }
}

/// The positions of the bits that are set.
fn bits(mut set: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let first = (set != 0).then(|| set.trailing_zeros())?;
        set &= set - 1;
        Some(first)
    })
}

/// The bound of a node; `None` if it is not competitive.
#[inline]
fn competitive_bound<C: TermCursor>(
    state: &SearchState<'_>,
    source: &SegmentSource<'_, C>,
    tree: &Tree,
    node: u32,
) -> Option<f64> {
    let bound = source.bound(state, tree, node)?;
    state.top.is_competitive(bound).then_some(bound)
}

impl Ord for Pending {
    fn cmp(&self, other: &Pending) -> Ordering {
        self.bound.total_cmp(&other.bound)
    }
}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Pending) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pending {
    fn eq(&self, other: &Pending) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Pending {}
