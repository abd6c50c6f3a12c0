//! Counts the matches that a plan has not counted, as far as the query needs them.

use super::segment_source::{BoundedSource, ForwardSource};
use super::state::SearchState;
use crate::geo::area::Relation;
use crate::index::SegmentView;
use crate::search::match_iter::MatchIter;
use crate::search::terms::{Matches, TermCursor};

/// Counts along postings that were read leaf by leaf before.
pub(super) fn count_bounded(state: &mut SearchState<'_>, sources: Vec<BoundedSource<'_>>) {
    for source in sources {
        if !state.counter.needs_more() {
            return;
        }
        if let Some(mut matches) = source.matches {
            matches.rewind(state.budget);
            count_matches(state, source.segment, matches);
        }
    }
}

/// Counts along postings that stand at their first match.
pub(super) fn count_forward(state: &mut SearchState<'_>, sources: Vec<ForwardSource<'_>>) {
    for source in sources {
        if !state.counter.needs_more() {
            return;
        }
        if let Some(matches) = source.matches {
            count_matches(state, source.segment, matches);
        }
    }
}

fn count_matches<C: TermCursor>(
    state: &mut SearchState<'_>,
    segment: u32,
    matches: Matches<'_, C>,
) {
    let view = &state.snapshot.segments[segment as usize];
    let mut iter = MatchIter::new(view, &state.query.filter, Some(matches));
    while state.counter.needs_more() && iter.next(state.budget).is_some() {
        state.counter.add(1);
    }
}

/// Counts the matches of a query without terms. A node that lies inside the filter adds its number
/// of documents as a whole.
pub(super) fn count_by_nodes(state: &mut SearchState<'_>) {
    let segments = state.snapshot.segments.iter();
    let mut nodes: Vec<(&SegmentView, u32)> = segments.map(|view| (view, 0)).collect();
    let filter = &state.query.filter;
    while state.counter.needs_more()
        && let Some((view, at)) = nodes.pop()
    {
        if state.budget.visit_node(filter.steps_per_node()).is_err() {
            return;
        }
        let node = view.segment.tree.node(at);
        match filter.relation(&view.segment.tree, at) {
            Relation::Outside => {}
            Relation::Inside => state.counter.add(view.visible_count(node.docs.clone())),
            Relation::Crosses if node.children.is_empty() => {
                let shown = filter.shown(view, node.docs.clone());
                if state
                    .budget
                    .spend(filter.steps() * shown.count_ones())
                    .is_err()
                {
                    return;
                }
                let accepted = filter.accepted(view, node.docs.start, shown, false);
                state.counter.add(u64::from(accepted.count_ones()));
            }
            Relation::Crosses => nodes.extend(node.children.clone().map(|child| (view, child))),
        }
    }
}
