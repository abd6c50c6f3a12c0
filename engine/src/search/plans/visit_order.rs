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
        let roots = (0..).zip(sources).map(|(source, _)| Pending {
            bound: f64::INFINITY,
            source,
            node: 0,
            is_inside: false,
        });
        let mut order = VisitOrder::ByBound(BinaryHeap::new());
        for root in roots {
            order.add(state, sources, root);
        }
        order
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
                state.budget.visit_node().ok()?;
                if let Some(checked) = check(state, sources, first) {
                    return Some(checked);
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
        let segment = sources[parent.source as usize].segment;
        let tree = &state.snapshot.segments[segment as usize].segment.tree;
        let children = tree.node(parent.node).children.clone();
        let child = |node| Pending { node, ..parent };
        match self {
            VisitOrder::ByBound(_) => {
                for node in children {
                    self.add(state, sources, child(node));
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
            let segment = sources[pending.source as usize].segment;
            let tree = &state.snapshot.segments[segment as usize].segment.tree;
            tree.node(pending.node).docs.start
        };
        stack.sort_by_cached_key(|pending| (pending.source, first_doc(pending)));
        stack.reverse();
        VisitOrder::ByDocument(stack)
    }

    pub(super) fn is_by_bound(&self) -> bool {
        matches!(self, VisitOrder::ByBound(_))
    }

    fn add<C: TermCursor>(
        &mut self,
        state: &mut SearchState<'_>,
        sources: &[SegmentSource<'_, C>],
        pending: Pending,
    ) {
        match self {
            VisitOrder::ByBound(queue) => {
                // The next visit notices if this exhausts the budget.
                let terms = sources[pending.source as usize].term_count();
                let _ = state.budget.visit_node();
                let _ = state.budget.spend(terms / TERMS_PER_STEP);
                queue.extend(check(state, sources, pending));
            }
            VisitOrder::ByDocument(stack) => stack.push(pending),
        }
    }
}

/// A node with its bound and its relation to the filter; `None` if it can't contain a competitive
/// match.
fn check<C: TermCursor>(
    state: &SearchState<'_>,
    sources: &[SegmentSource<'_, C>],
    pending: Pending,
) -> Option<Pending> {
    let source = &sources[pending.source as usize];
    let tree = &state.snapshot.segments[source.segment as usize]
        .segment
        .tree;
    let node = pending.node;
    let bound = || {
        let bound = source.bound(state, tree, node)?;
        state.top.is_competitive(bound).then_some(bound)
    };
    // A node inside the filter has children inside the filter.
    let relation = || match pending.is_inside {
        true => Relation::Inside,
        false => state.query.filter.relation(tree, node),
    };
    // The cheaper check comes first: without a center that is the bound.
    let (bound, relation) = if state.query.scorer.has_center() {
        match relation() {
            Relation::Outside => return None,
            relation => (bound()?, relation),
        }
    } else {
        (bound()?, relation())
    };
    (relation != Relation::Outside).then_some(Pending {
        bound,
        is_inside: relation == Relation::Inside,
        ..pending
    })
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
