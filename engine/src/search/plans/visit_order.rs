//! The order in which a best-first search visits nodes: by bound, later by document.
//!
//! A search begins with a priority queue of nodes, the best bound first. After some leaves the k-th
//! best document hardly improves, and it matters more that visits go forward through memory and
//! postings. Then the remaining nodes are visited in document order.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::segment_source::SegmentSource;
use super::state::SearchState;
use crate::geo::area::Relation;
use crate::index::Tree;
use crate::search::terms::TermCursor;

/// The terms whose bounds of a node are computed in one step.
const TERMS_PER_STEP: u32 = 2;

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
    is_inside: bool,
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
            add(&mut queue, state, source, root);
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
                if let Some((bound, is_inside)) = check(state, source, first) {
                    return Some(Pending {
                        bound,
                        is_inside,
                        ..first
                    });
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
        let child = |node| Pending { node, ..parent };
        match self {
            VisitOrder::ByBound(queue) => {
                visit(state, source, children.len());
                for node in children {
                    add(queue, state, source, child(node));
                }
            }
            VisitOrder::ByDocument(stack) => stack.extend(children.rev().map(child)),
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

/// Adds a node to the queue if it can contain a competitive match.
#[inline]
fn add<C: TermCursor>(
    queue: &mut BinaryHeap<Pending>,
    state: &SearchState<'_>,
    source: &SegmentSource<'_, C>,
    pending: Pending,
) {
    if let Some((bound, is_inside)) = check(state, source, pending) {
        queue.push(Pending {
            bound,
            source: pending.source,
            node: pending.node,
            is_inside,
        });
    }
}

/// The bound of a node, and whether it lies inside the filter; `None` if it can't contain a
/// competitive match.
///
/// Two values fit into registers. Returning the whole node made a search without terms a fifth
/// slower, because reading it right after its parts were written stalls.
#[inline]
fn check<C: TermCursor>(
    state: &SearchState<'_>,
    source: &SegmentSource<'_, C>,
    pending: Pending,
) -> Option<(f64, bool)> {
    let tree = source.tree(state);
    // The cheaper check comes first: without a center that is the bound.
    if state.query.scorer.has_center() {
        let is_inside = is_inside_filter(state, tree, pending)?;
        Some((competitive_bound(state, source, tree, pending)?, is_inside))
    } else {
        let bound = competitive_bound(state, source, tree, pending)?;
        Some((bound, is_inside_filter(state, tree, pending)?))
    }
}

/// The bound of a node; `None` if it is not competitive.
#[inline]
fn competitive_bound<C: TermCursor>(
    state: &SearchState<'_>,
    source: &SegmentSource<'_, C>,
    tree: &Tree,
    pending: Pending,
) -> Option<f64> {
    let bound = source.bound(state, tree, pending.node)?;
    state.top.is_competitive(bound).then_some(bound)
}

/// Whether a node lies inside the filter; `None` if it lies outside.
#[inline]
fn is_inside_filter(state: &SearchState<'_>, tree: &Tree, pending: Pending) -> Option<bool> {
    // A node inside the filter has children inside the filter.
    if pending.is_inside {
        return Some(true);
    }
    match state.query.filter.relation(tree, pending.node) {
        Relation::Inside => Some(true),
        Relation::Crosses => Some(false),
        Relation::Outside => None,
    }
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
