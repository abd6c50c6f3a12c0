//! Plan `scan`: scores every document that the filter accepts, in document order.
//!
//! There is neither a queue nor a bound, so this plan is the cheapest where nearly all documents
//! must be visited anyway: in small collections, for pages far down, and for filters that accept
//! next to nothing. It counts as it goes.

use std::ops::Range;

use super::state::SearchState;
use crate::control::search_budget::BudgetExhausted;
use crate::geo::area::Relation;
use crate::index::SegmentView;
use crate::search::compiled::scoring::CompetitiveDocs;

pub(super) fn run(state: &mut SearchState<'_>) {
    for (segment, view) in (0..).zip(&state.snapshot.segments) {
        if scan_segment(state, view, segment).is_err() {
            return;
        }
    }
}

fn scan_segment(
    state: &mut SearchState<'_>,
    view: &SegmentView,
    segment: u32,
) -> Result<(), BudgetExhausted> {
    let tree = &view.segment.tree;
    // A stack of the nodes that are left, the first in document order on top, and whether they lie
    // inside the filter.
    let mut nodes = vec![(0, false)];
    while let Some((at, is_inside)) = nodes.pop() {
        let steps = state.query.filter.steps_per_node();
        state.budget.visit_node(steps)?;
        let is_inside = is_inside
            || match state.query.filter.relation(tree, at) {
                Relation::Outside => continue,
                Relation::Crosses => false,
                Relation::Inside => true,
            };
        let node = tree.node(at);
        if node.children.is_empty() {
            scan_leaf(state, view, segment, node.docs.clone(), is_inside)?;
        } else {
            let children = node.children.clone().rev();
            nodes.extend(children.map(|child| (child, is_inside)));
        }
    }
    Ok(())
}

fn scan_leaf(
    state: &mut SearchState<'_>,
    view: &SegmentView,
    segment: u32,
    docs: Range<u32>,
    is_inside: bool,
) -> Result<(), BudgetExhausted> {
    let shown = state.query.filter.shown(view, docs.clone());
    let steps = state.query.filter.steps();
    state.budget.spend(steps * shown.count_ones())?;
    let filter = &state.query.filter;
    let accepted = filter.accepted(view, docs.start, shown, is_inside);
    state.counter.add(u64::from(accepted.count_ones()));
    state.collect_all(view, segment, (docs.start, accepted), CompetitiveDocs::ALL);
    Ok(())
}
